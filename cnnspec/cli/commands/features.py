"""``cnnspec features RUN IMAGE``"""

from __future__ import annotations

import click

from cnnspec.cli.files import check_output, write_output
from cnnspec.cli.group import Command
from cnnspec.cli.options import common
from cnnspec.cli.process import SOUND, settle
from cnnspec.cli.runs import open_run
from cnnspec.cli.terminal import Terminal

_EXAMPLE = """
cnnspec features runs/LeNet5-1 seven.png -o seven
cnnspec features runs/LeNet5-1 seven.png -o maps.svg --layer conv2d_1
"""


@click.command("features", cls=Command, example=_EXAMPLE)
@click.argument("run")
@click.argument("image")
@click.option(
    "-o", "--output", required=True, metavar="OUT", help="A folder for filters.svg and feature-maps.svg, or a file for the maps."
)
@click.option("--layer", "layers", metavar="NAME", multiple=True, help="A layer to draw. May be repeated.")
@click.option("--palette", default="colour", show_default=True, help="colour, or mono for print.")
@click.option("--width", metavar="LENGTH", help="The width on paper, such as 84mm.")
@common
def command(run: str, image: str, output: str, layers: tuple[str, ...], palette: str, width: str | None) -> int:
    """Draw what the layers of a trained run make of a picture, and its learned filters.

    OUT with a suffix (svg, png, pdf, tex) is one file, the feature maps; without one it is a folder that gets both as SVG.
    """
    settle()
    from pathlib import Path

    from cnnspec.api import picturing
    from cnnspec.cli.commands.render import format_of

    terminal = Terminal.current()
    folder = Path(output).is_dir() or not Path(output).suffix
    wanted = {output: "feature-maps"}
    if folder and output != "-":
        wanted = {str(Path(output) / "feature-maps.svg"): "feature-maps", str(Path(output) / "filters.svg"): "filters"}
    else:
        check_output(output)
    loaded = open_run(run)
    pictures = {
        path: picturing.render_run(
            loaded, style=style, layer=layers or None, image=image if style == "feature-maps" else None,
            format=format_of(path), palette=palette, width=width,
        )
        for path, style in wanted.items()
    }  # fmt: skip
    if folder and output != "-":
        Path(output).mkdir(parents=True, exist_ok=True)
    for path, picture in pictures.items():
        write_output(path, picture)
        terminal.log(f"wrote {path}")
    return SOUND
