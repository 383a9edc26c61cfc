"""``cnnspec list``"""

from __future__ import annotations

import click

from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats
from cnnspec.cli.process import SOUND
from cnnspec.cli.terminal import Terminal


@click.command("list", cls=Command, example="cnnspec list")
@click.argument("folder", required=False)
@formats("text", "json")
@common
def command(folder: str | None, format_: str) -> int:
    """List the specs that come with cnnspec, or those of a FOLDER, with their figures."""
    import json

    from cnnspec import api
    from cnnspec.render.text_list import list_to_json, write_list

    terminal = Terminal.current()
    report = api.check(folder if folder is not None else api.packaged_specs())
    if format_ == "json":
        terminal.write(json.dumps(list_to_json(report), indent=2) + "\n")
    else:
        terminal.write(write_list(report, terminal.out))
    return SOUND
