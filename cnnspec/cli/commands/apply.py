"""``cnnspec apply FILE INPUT``"""

from __future__ import annotations

from collections.abc import Mapping

import click

from cnnspec.cli.files import check_output
from cnnspec.cli.group import Command
from cnnspec.cli.options import common, max_nodes_option, model_option, set_option
from cnnspec.cli.process import SOUND, settle
from cnnspec.cli.runs import open_run
from cnnspec.cli.terminal import Terminal

_EXAMPLE = """
cnnspec apply specs/sobel.cnn photo.png -o edges.png
cnnspec apply specs/lenet5.cnn seven.png --run runs/LeNet5-1
"""


@click.command("apply", cls=Command, example=_EXAMPLE)
@click.argument("file")
@click.argument("input")
@click.option("-o", "--output", metavar="OUT", help="Write the result to a picture, .npy or text file, by its suffix.")
@click.option("--run", metavar="RUN", help="The run whose weights are taken.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="The seed of weights that no run gives.")
@click.option(
    "--format", "format_", type=click.Choice(["auto", "text"]), default="auto", help="text prints the numbers, however many."
)
@set_option
@model_option
@max_nodes_option
@common
def command(
    file: str,
    input: str,
    output: str | None,
    run: str | None,
    seed: int | None,
    format_: str,
    settings: Mapping[str, str],
    model: str | None,
    max_nodes: int | None,
) -> int:
    """Run a network on a picture or a matrix without training it.

    INPUT is PNG, JPEG, a .npy array or a text matrix. Fixed filters and pooling work as they are; learned layers take
    the weights of a run, or random ones, and that is said. A result of up to 32×32 numbers is printed.
    """
    settle()
    from pathlib import Path

    from cnnspec import api
    from cnnspec.train.apply import format_values, printable, write_values

    if output is not None:
        check_output(output)
    terminal = Terminal.current()
    spec = api.load_path(file, settings=settings, max_nodes=max_nodes)
    if spec.models:
        terminal.note_others("model", spec.model(model).name, tuple(spec.models), chosen=model is not None)
    loaded = None if run is None else open_run(run)
    applied = api.apply(spec, input, model=model, run=loaded, seed=seed)
    for note in applied.notes:
        terminal.log(note)
    if output is not None:
        for note in write_values(applied, Path(output)):
            terminal.log(note)
        terminal.log(f"wrote {output}")
    if format_ == "text" or (output is None and printable(applied.values)):
        terminal.write(format_values(applied.values) + "\n")
    elif output is None:
        extents = "×".join(str(extent) for extent in applied.values.shape)
        raise click.UsageError(f"the result has {extents} values; name a file for it with -o, or print it with --format text")
    return SOUND
