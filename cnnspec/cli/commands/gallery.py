"""``cnnspec gallery DIR``"""

from __future__ import annotations

import click

from cnnspec.cli.folders import check_folder, write_folder
from cnnspec.cli.group import Command
from cnnspec.cli.options import common
from cnnspec.cli.process import SOUND, UNSOUND
from cnnspec.cli.terminal import Terminal, write_errors

_EXAMPLE = """
cnnspec gallery pictures
cnnspec gallery pictures nets specs/lenet5.cnn --format png
"""


@click.command("gallery", cls=Command, example=_EXAMPLE)
@click.argument("folder", metavar="DIR")
@click.argument("files", metavar="[FILE]...", nargs=-1)
@click.option("--style", metavar="NAME", help="Draw every model so, not in the style that suits it: graph, volumes, …")
@click.option("--format", "format_", type=click.Choice(["svg", "png"]), default="svg", help="Of the pictures.  [default: svg]")
@click.option("--pages", is_flag=True, help="Also make the page that explains each file, and link to it.")
@common
def command(folder: str, files: tuple[str, ...], style: str | None, format_: str, pages: bool) -> int:
    """Draw every model of FILEs and folders, or all that come with cnnspec, into DIR with an index page.

    Small chains of maps are drawn as maps, other chains and what grows again as volumes, all that branches as graphs.
    DIR is written whole or not at all. It must be new, empty, or a gallery, which is replaced.
    """
    from cnnspec.api.gallery import MANIFEST, draw_gallery

    check_folder(folder, MANIFEST)
    terminal = Terminal.current()
    gallery = draw_gallery(*files, format=format_, style=style, pages=pages)
    write_errors(gallery.errors)
    write_folder(folder, gallery.files)
    models = sum(len(family.entries) for family in gallery.families)
    terminal.log(f"wrote {models:,} {'picture' if models == 1 else 'pictures'}; see {folder}/index.html")
    return UNSOUND if gallery.errors else SOUND
