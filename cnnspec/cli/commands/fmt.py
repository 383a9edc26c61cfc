"""``cnnspec fmt FILE…``"""

from __future__ import annotations

import click

from cnnspec.cli.differences import write_difference
from cnnspec.cli.files import write_output
from cnnspec.cli.group import Command
from cnnspec.cli.options import common
from cnnspec.cli.process import SOUND, UNSOUND
from cnnspec.cli.terminal import Terminal, write_errors

_EXAMPLE = """
cnnspec fmt specs/lenet5.cnn
cnnspec fmt --check specs
cnnspec fmt --annotate - < draft.cnn
"""


@click.command("fmt", cls=Command, example=_EXAMPLE)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--check", "check_only", is_flag=True, help="Change nothing; exit with 1 if a file is not in canonical form.")
@click.option("--diff", "show_diff", is_flag=True, help="Change nothing; print what would change.")
@click.option("--annotate", is_flag=True, help="Add the shape behind every statement that claims none.")
@common
def command(files: tuple[str, ...], check_only: bool, show_diff: bool, annotate: bool) -> int:
    """Write specs in canonical form, in place; - formats standard input to standard output.

    A file with a mistake of syntax is left as it is.
    """
    from cnnspec import api
    from cnnspec.diagnostics import SpecError

    terminal = Terminal.current()
    status = SOUND
    for path in api.expand_paths(*files):
        try:
            source = api.read(path)
            after = api.format_text(source, annotate=annotate)
        except SpecError as error:
            write_errors(error.diagnostics)
            status = UNSOUND
            continue
        changed = source.text != after
        if show_diff:
            terminal.write(write_difference(path, source.text, after, "formatted"))
        elif path == "-" and not check_only:
            terminal.write(after)
        elif changed and not check_only:
            write_output(path, after)
            terminal.log(f"formatted {path}")
        if check_only and changed:
            terminal.log(f"{path} is not in canonical form")
            status = UNSOUND
    return status
