"""Pixels of an SVG, through ``resvg_py`` where it is installed."""

from __future__ import annotations

from pathlib import Path

from cnnspec.render.errors import RenderError

#: Where systems keep the font; it is passed to the converter, which drops text silently without one.
FONT_FOLDERS = (
    "/usr/share/fonts/truetype/dejavu",
    "/usr/share/fonts/dejavu-sans-fonts",
    "/usr/share/fonts/dejavu",
    "/usr/share/fonts/TTF",
    "/usr/local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts/Supplemental",
    "C:/Windows/Fonts",
)
_FILES = (("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), ("Verdana.ttf", "Verdana Bold.ttf"), ("verdana.ttf", "verdanab.ttf"),
          ("Arial.ttf", "Arial Bold.ttf"), ("arial.ttf", "arialbd.ttf"))  # fmt: skip


def find_fonts() -> list[str]:
    """A regular and a bold face that the texts fit in, or nothing."""
    for regular, bold in _FILES:
        for folder in FONT_FOLDERS:
            paths = [Path(folder, name) for name in (regular, bold)]
            if all(path.is_file() for path in paths):
                return [str(path) for path in paths]
    return []


def to_png(svg: str, *, zoom: float = 2.0, ground: str = "#FFFFFF") -> bytes:
    """The picture as PNG.

    Args:
        svg: the text of an SVG file of ours.
        zoom: pixels per unit.
        ground: the colour below everything.

    Raises:
        RenderError: the converter or a font is missing.
    """
    try:
        import resvg_py
    except ImportError:
        help = "pip install resvg_py, or write .svg"
        raise RenderError("a PNG needs the package resvg_py, which is not installed", help, missing=True) from None
    fonts = find_fonts()
    if not fonts:
        help = "install DejaVu Sans (Debian: apt install fonts-dejavu-core), or write .svg"
        raise RenderError("a PNG needs a font, and none of DejaVu Sans, Verdana and Arial was found", help, missing=True)
    family = {"DejaVuSans": "DejaVu Sans", "Verdana": "Verdana", "verdana": "Verdana"}.get(Path(fonts[0]).stem, "Arial")
    pixels = resvg_py.svg_to_bytes(
        svg_string=svg, zoom=zoom, background=ground, skip_system_fonts=True, font_files=fonts, font_family=family,
        sans_serif_family=family,
    )  # fmt: skip
    return bytes(pixels)
