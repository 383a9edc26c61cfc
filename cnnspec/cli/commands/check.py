"""``cnnspec check FILE…``"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import click
from typing_extensions import Unpack

from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats, network_options, recipe_option
from cnnspec.cli.process import SOUND, UNSOUND
from cnnspec.cli.reports import WRITERS
from cnnspec.cli.terminal import Terminal

_EXAMPLE = """
cnnspec check specs/lenet5.cnn
cnnspec check --format json specs > report.json
cnnspec check --format github specs
"""


class Options(TypedDict):
    """What is passed on to :func:`cnnspec.api.check` as it is."""

    model: str | None
    recipe: str | None
    settings: Mapping[str, str]
    input: tuple[int, ...] | None
    max_nodes: int | None


@click.command("check", cls=Command, example=_EXAMPLE)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@network_options
@recipe_option
@formats(*WRITERS)
@common
def command(files: tuple[str, ...], format_: str, **options: Unpack[Options]) -> int:
    """Find what is wrong with specs; print a table of every model and judge its claims.

    A FILE may be a folder, which stands for every .cnn in it, or - for standard input.

    Infos are shown with -v; json has them always. As github, diagnostics are the workflow commands that
    GitHub Actions shows beside the lines of a pull request.
    """
    from cnnspec import api

    report = api.check(*files, **options)
    terminal = Terminal.current()
    terminal.write(WRITERS[format_](report, terminal))
    return SOUND if report.ok else UNSOUND
