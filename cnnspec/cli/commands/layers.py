"""``cnnspec layers``"""

from __future__ import annotations

import click

from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats
from cnnspec.cli.process import SOUND
from cnnspec.cli.terminal import Terminal


@click.command("layers", cls=Command, example="cnnspec layers\ncnnspec explain Conv2D")
@formats("text", "json")
@common
def command(format_: str) -> int:
    """List the kinds of layers, by family."""
    import json

    from cnnspec.render.text_list import layers_to_json, write_layers

    terminal = Terminal.current()
    terminal.write(json.dumps(layers_to_json(), indent=2) + "\n" if format_ == "json" else write_layers(terminal.out))
    return SOUND
