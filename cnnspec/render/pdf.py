"""Pages of an SVG, through ``vl_convert`` where it is installed."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from cnnspec.render.errors import RenderError
from cnnspec.render.pdf_order import order_objects
from cnnspec.render.png import find_fonts


def to_pdf(svg: str) -> bytes:
    """The picture as a PDF of one page with its fonts in it, as wide in points as the SVG is in pixels.

    The converter numbers fonts in another order on every run; they are brought into one, so that the bytes are the same.

    Args:
        svg: the text of an SVG file of ours.

    Raises:
        RenderError: the converter or a font is missing.
    """
    try:
        converter: Any = import_module("vl_convert")
    except ImportError:
        help = "pip install 'cnnspec[pdf]', or write .svg"
        message = "a PDF needs the package vl-convert-python, which is not installed"
        raise RenderError(message, help, missing=True) from None
    fonts = find_fonts()
    if not fonts:
        help = "install DejaVu Sans (Debian: apt install fonts-dejavu-core), or write .svg"
        raise RenderError("a PDF needs a font, and none of DejaVu Sans, Verdana and Arial was found", help, missing=True)
    _register(converter, str(Path(fonts[0]).parent))
    return order_objects(bytes(converter.svg_to_pdf(svg)))


@cache
def _register(converter: Any, folder: str) -> None:
    """Let the converter know a folder of fonts, once."""
    converter.register_font_directory(folder)
