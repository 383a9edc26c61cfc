"""``cnnspec check FILE…``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from typing_extensions import Unpack

from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats, lint_options, network_options, recipe_option
from cnnspec.cli.process import SOUND, UNSOUND
from cnnspec.cli.reports import WRITERS
from cnnspec.cli.terminal import Terminal

if TYPE_CHECKING:
    from cnnspec.api.checking import CheckOptions

_EXAMPLE = """
cnnspec check specs/lenet5.cnn
cnnspec check --fix specs
cnnspec check --format json specs > report.json
"""


@click.command("check", cls=Command, example=_EXAMPLE)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--fix", "fix", is_flag=True, help="Make the fixes that are safe, in the files that are named.")
@click.option("--diff", "show_diff", is_flag=True, help="Change nothing; print what --fix would change.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@click.option("--claims-only", is_flag=True, help="Show the claims alone; exit with 1 if one is false.")
@click.option("--suggest-claims", "suggest", is_flag=True, help="Print claims that could be made and are not, to paste.")
@network_options
@recipe_option
@lint_options
@formats(*WRITERS)
@common
def command(
    files: tuple[str, ...],
    fix: bool,
    show_diff: bool,
    watch: bool,
    claims_only: bool,
    suggest: bool,
    format_: str,
    **options: Unpack[CheckOptions],
) -> int:
    """Find what is wrong with specs; print a table of every model and judge its claims.

    A FILE may be a folder, which stands for every .cnn in it, or - for standard input. More than four files have one
    table together; -v shows the table of each.

    Infos are shown with -v; json and sarif have them always. As github, diagnostics are the workflow commands that
    GitHub Actions shows beside the lines of a pull request; as sarif, a log for code scanning.

    Warnings and infos can be left out by [tool.cnnspec] of the nearest pyproject.toml and by --ignore, one by one by a
    comment `# cnnspec: allow CODE`. A CODE may be the first words of codes, or all.

    With --fix, the exit status speaks of what remains. Standard input is written to standard output, fixed, and what
    remains to standard error.
    """
    from cnnspec import api

    if claims_only or suggest:
        from cnnspec.cli.claims import show_claims, suggest_claims

        _choose_one(
            ("--claims-only", claims_only),
            ("--suggest-claims", suggest),
            ("--fix", fix),
            ("--diff", show_diff),
            ("--watch", watch),
        )
        return (show_claims if claims_only else suggest_claims)(files, format_, options)
    if watch:
        from cnnspec.cli.watching import watch_files

        _refuse_beside_watch(files, fix=fix or show_diff, format_=format_)
        return watch_files(files, options)
    if fix or show_diff:
        from cnnspec.cli.fixes import fix_files

        return fix_files(files, format_, show_diff=show_diff, options=options)
    report = api.check(*files, **options)
    terminal = Terminal.current()
    terminal.write(WRITERS[format_](report, terminal))
    return SOUND if report.passes else UNSOUND


def _choose_one(*given: tuple[str, bool]) -> None:
    """Of these options one at a time."""
    chosen = [name for name, is_set in given if is_set]
    if len(chosen) > 1:
        raise click.UsageError(f"{chosen[0]} does not go with {chosen[1]}")


def _refuse_beside_watch(files: tuple[str, ...], *, fix: bool, format_: str) -> None:
    """What goes on for as long as it may can be read by people alone, and changes nothing."""
    for refused, what in ((fix, "--fix or --diff"), (format_ != "text", f"--format {format_}"), ("-" in files, "standard input")):
        if refused:
            raise click.UsageError(f"--watch does not go with {what}")
