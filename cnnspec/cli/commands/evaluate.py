"""``cnnspec evaluate RUN``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from cnnspec.cli.files import write_output
from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats
from cnnspec.cli.process import SOUND, settle
from cnnspec.cli.runs import open_run
from cnnspec.cli.terminal import Terminal

if TYPE_CHECKING:
    from cnnspec.diagnostics.writers.columns import Style
    from cnnspec.train.evaluate import Evaluation


_EXAMPLE = """
cnnspec evaluate runs/LeNet5-1
cnnspec evaluate runs/LeNet5-1 -o pictures
"""


@click.command("evaluate", cls=Command, example=_EXAMPLE)
@click.argument("run")
@click.option("--data", metavar="NAME|FOLDER", help="Other data than the run's: mnist, digits, … or a folder of pictures.")
@click.option("--data-dir", metavar="DIR", help="Where MNIST lies: its four IDX files, or Keras's mnist.npz.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, …")
@click.option("-o", "--output", metavar="DIR", help="A folder for confusion.svg and mistakes.svg; it is made if need be.")
@formats("text", "json")
@common
def command(run: str, data: str | None, data_dir: str | None, device: str, output: str | None, format_: str) -> int:
    """Test a trained run: loss and metrics of its weights on the test images, and what it takes each class for.

    RUN is the folder of a run, or one of its checkpoints.
    """
    settle()
    from cnnspec import api
    from cnnspec.train.progress import describe

    terminal = Terminal.current()
    found = api.evaluate(open_run(run), data=data, data_dir=data_dir, device=device, talk=not terminal.quiet)
    if output is not None:
        _write_pictures(found, output, terminal)
    if format_ == "json":
        terminal.write(json.dumps(found.to_json(), indent=2, allow_nan=False) + "\n")
        return SOUND
    same = "" if found.same_data else ", which are not the data of the run"
    lines = (
        f"{found.model} of {found.checkpoint.as_posix()}, epoch {found.epoch:,}",
        f"on the {found.samples:,} test images of {found.data}{same}",
        f"test  {describe(found.test)}",
    )
    text = [*map(terminal.out.plain, lines), "", *_table(found, terminal.out)]
    terminal.write("".join(f"{line}\n" for line in text))
    return SOUND


def _write_pictures(found: Evaluation, output: str, terminal: Terminal) -> None:
    from pathlib import Path

    from cnnspec.api.picturing import draw_evaluation
    from cnnspec.render.render import write_picture

    Path(output).mkdir(parents=True, exist_ok=True)
    for name, picture in draw_evaluation(found).items():
        path = str(Path(output) / f"{name}.svg")
        write_output(path, write_picture(picture, "svg"))
        terminal.log(f"wrote {path}")


def _table(found: Evaluation, style: Style) -> list[str]:
    """Per class how many images, recall, precision, and what it is taken for most."""
    from cnnspec.render.text_table import write_table

    rows: list[tuple[str, ...]] = []
    for at, row in enumerate(found.classes):
        counts = found.confusion.counts[at]
        wrong = sorted((other for other in range(len(counts)) if other != at and counts[other]), key=lambda n: -counts[n])[:2]
        taken = ", ".join(f"{found.confusion.names[other]} ({counts[other]:,})" for other in wrong)
        shares = ["–" if share is None else f"{share:.1%}" for share in (row["recall"], row["precision"])]
        rows.append((str(row["name"]), f"{row['images']:,}", *shares, taken))
    heads = ("class", "images", "recall", "precision", "most often taken for")
    return list(write_table(heads, rows, style, style.width, numeric=(False, True, True, True, False)))
