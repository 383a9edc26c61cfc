"""``cnnspec apply FILE INPUT``"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from cnnspec.cli.explaining import read_place
from cnnspec.cli.files import check_output, write_output
from cnnspec.cli.group import Command
from cnnspec.cli.options import common, max_nodes_option, model_option, set_option
from cnnspec.cli.process import SOUND, settle
from cnnspec.cli.runs import open_run
from cnnspec.cli.terminal import Terminal

if TYPE_CHECKING:
    from cnnspec.train.run import Run

_EXAMPLE = """
cnnspec apply specs/sobel.cnn photo.png -o edges.png
cnnspec apply specs/lenet5.cnn seven.png --run runs/LeNet5-1
cnnspec apply specs/filters photo.png -o kernels.svg
cnnspec apply specs/lenet5.cnn seven.png --run runs/LeNet5-1 --layer conv2d_1 --filter 3 -o map.svg
"""
#: Suffixes of formats that are drawn and nothing else.
_DRAWN = {"svg": "svg", "pdf": "pdf", "tex": "tikz", "png": "png"}


@click.command("apply", cls=Command, example=_EXAMPLE)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.argument("input")
@click.option("-o", "--output", metavar="OUT", help="Write the result to a picture, .npy or text file, by its suffix.")
@click.option(
    "--style",
    metavar="NAME",
    help="Draw a figure: kernels (every result beside the picture), activation (one filter's map), values, product.",
)
@click.option("--layer", metavar="NAME", help="activation, product: the layer.")
@click.option("--filter", "filter_", type=click.IntRange(0), metavar="N", help="activation, product: the filter, from 0.")
@click.option("--at", metavar="ROW,COLUMN", callback=read_place, help="activation, product: the unit's position from 0.")
@click.option("--palette", default="colour", help="Of a figure: colour, or mono for print.  [default: colour]")
@click.option("--width", metavar="LENGTH", help="Of a figure: the width on paper, such as 84mm.")
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
    files: tuple[str, ...],
    input: str,
    output: str | None,
    style: str | None,
    layer: str | None,
    filter_: int | None,
    at: tuple[int, ...] | None,
    palette: str,
    width: str | None,
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

    With several FILEs, a folder, --style or --layer, and into .svg, .pdf and .tex, a figure is drawn.
    """
    settle()
    from pathlib import Path

    if output is not None:
        check_output(output)
    loaded = None if run is None else open_run(run)
    file, *others = files
    several = bool(others) or Path(file).is_dir()
    suffix = "" if output is None else Path(output).suffix.lower().removeprefix(".")
    figure = several or any(given is not None for given in (style, layer, filter_, at)) or suffix in ("svg", "pdf", "tex")
    if not figure:
        return _write_result(file, input, output, loaded, seed, format_, settings, model, max_nodes)
    if format_ == "text" or suffix not in _DRAWN:
        raise click.UsageError("a figure is drawn into a file; name one with -o that ends in .svg, .png, .pdf or .tex")
    from cnnspec.api.figures import draw_applied
    from cnnspec.render.render import write_picture

    drawn = draw_applied(
        files, input, style=style, model=model, layer=layer, filter=filter_, at=at, run=loaded, seed=seed, settings=settings,
        max_nodes=max_nodes,
    )  # fmt: skip
    terminal = Terminal.current()
    for note in drawn.notes:
        terminal.log(note)
    assert output is not None, "it has a suffix"
    write_output(output, write_picture(drawn.picture, _DRAWN[suffix], palette=palette, width=width))
    terminal.log(f"wrote {output}")
    return SOUND


def _write_result(
    file: str,
    input: str,
    output: str | None,
    run: Run | None,
    seed: int | None,
    format_: str,
    settings: Mapping[str, str],
    model: str | None,
    max_nodes: int | None,
) -> int:
    """The numbers that come out, as they are."""
    from pathlib import Path

    from cnnspec import api
    from cnnspec.train.apply import format_values, printable, write_values

    terminal = Terminal.current()
    spec = api.load_path(file, settings=settings, max_nodes=max_nodes)
    if spec.models:
        terminal.note_others("model", spec.model(model).name, tuple(spec.models), chosen=model is not None)
    applied = api.apply(spec, input, model=model, run=run, seed=seed)
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
