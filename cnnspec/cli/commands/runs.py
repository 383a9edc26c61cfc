"""``cnnspec runs DIR``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats
from cnnspec.cli.process import SOUND, settle
from cnnspec.cli.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from cnnspec.train.comparison import RunRow

_EXAMPLE = """
cnnspec runs
cnnspec runs experiments --sort accuracy
"""
_SORTS = ("name", "accuracy", "loss", "epochs", "params", "time", "speed")
_HEADS = ("run", "model", "data", "epochs", "params", "accuracy", "loss", "time", "images/s", "seed", "status")
_NUMERIC = (False, False, False, True, True, True, True, True, True, True, False)


@click.command("runs", cls=Command, example=_EXAMPLE)
@click.argument("folder", default="runs", metavar="[DIR]")
@click.option(
    "--sort", type=click.Choice(_SORTS), default="name", help="What stands first: the best, the least.  [default: name]"
)
@formats("text", "json")
@common
def command(folder: str, sort: str, format_: str) -> int:
    """Compare the runs in DIR, or in runs/: what was trained, on what, how well, how fast.

    Runs that did not finish, and folders whose run.json is broken, are listed with the reason below the table.
    """
    settle()
    from pathlib import Path

    from cnnspec.train.comparison import compare_runs

    if not Path(folder).is_dir():
        raise click.UsageError(f"there is no folder {folder}; name the one that holds runs")
    terminal = Terminal.current()
    rows = compare_runs(Path(folder), sort)
    if format_ == "json":
        terminal.write(json.dumps([row.to_json() for row in rows], indent=2, allow_nan=False) + "\n")
        return SOUND
    if not rows:
        terminal.log(f"{folder} holds no run; cnnspec train FILE --out {Path(folder, 'first').as_posix()} makes one")
        return SOUND
    terminal.write(_table(rows, Path(folder), terminal))
    return SOUND


def _table(rows: list[RunRow], folder: Path, terminal: Terminal) -> str:
    from cnnspec.render.text_table import write_table

    cells = [_cells(row, terminal.out.line(_name(row, folder))) for row in rows]
    lines = list(write_table(_HEADS, cells, terminal.out, max(terminal.out.width, 120), numeric=_NUMERIC))
    notes = [f"{_name(row, folder)} {row.status}: {row.note}" for row in rows if row.note]
    lines += ["", *map(terminal.out.line, notes)] if notes else []
    return "".join(f"{line}\n" for line in lines)


def _name(row: RunRow, folder: Path) -> str:
    """The run's place below the folder that was named."""
    inner = row.path.relative_to(folder).as_posix()
    return row.path.name if inner == "." else inner


def _cells(row: RunRow, name: str) -> tuple[str, ...]:
    from cnnspec.train.progress import duration

    done = (
        None if row.epochs is None else f"{row.epochs:,}" if row.epochs == row.planned else f"{row.epochs:,}/{_or(row.planned)}"
    )
    return (
        name,
        _or(row.model),
        _or(row.data),
        _or(done),
        _or(row.params),
        "–" if row.accuracy is None else f"{row.accuracy:.4f}",
        "–" if row.loss is None else f"{row.loss:.4f}",
        "–" if row.seconds is None else duration(max(row.seconds, 0.0)),
        "–" if row.images_per_second is None else f"{row.images_per_second:,.0f}",
        "–" if row.seed is None else str(row.seed),
        row.status,
    )


def _or(value: str | int | None) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else value or "–"
