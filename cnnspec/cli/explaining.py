"""How ``cnnspec explain`` reads a position and writes what it found: to the terminal or to a file, in three forms."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from cnnspec.cli.files import write_output
from cnnspec.cli.terminal import Terminal

if TYPE_CHECKING:
    from cnnspec.analysis.explain import Explanation
    from cnnspec.diagnostics.writers.columns import Style

#: The form that the suffix of an output file stands for.
_FORMATS = {"md": "markdown", "markdown": "markdown", "json": "json"}


def read_place(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """``3,5`` as numbers.

    Raises:
        BadParameter: it is no row of whole numbers.
    """
    if value is None:
        return None
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise click.BadParameter(f"{value!r} is no position such as 3,5: whole numbers from 0, one for each axis")
    return tuple(map(int, parts))


def read_input(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...] | str | None:
    """A size, ``256x256``, unless a file of that name is there; else the path of an input."""
    from cnnspec.api import read_extents

    if value is None or os.path.lexists(value):
        return value
    try:
        return read_extents(value)
    except ValueError:
        if "." in value or os.sep in value:
            return value
        raise click.BadParameter(f"{value!r} is neither a size such as 256x256 nor a file") from None


input_option = click.option(
    "--input",
    metavar="SIZE|FILE",
    callback=read_input,
    help="A size for inputs with unknown extents, such as 256x256; with --at a picture, .npy array or text matrix.",
)


def write_page(markdown: str, output: str | None, format_: str | None) -> None:
    """A reference page."""
    from cnnspec.render.text_page import write_page as write_text

    form = _form(output, format_)
    if form == "json":
        _write(_json({"page": markdown}), output)
    else:
        _write(markdown if form == "markdown" else write_text(markdown, _style(output)), output)


def write_explanation(explanation: Explanation, output: str | None, format_: str | None) -> None:
    """A derivation."""
    from cnnspec.render.text_explain import explanation_to_json, write_markdown
    from cnnspec.render.text_explain import write_explanation as write_text

    form = _form(output, format_)
    if form == "json":
        _write(_json(explanation_to_json(explanation)), output)
    else:
        _write(write_markdown(explanation) if form == "markdown" else write_text(explanation, _style(output)), output)


def _form(output: str | None, format_: str | None) -> str:
    return format_ or _FORMATS.get((output or "").rpartition(".")[2].lower(), "text")


def _style(output: str | None) -> Style:
    from cnnspec.diagnostics.writers.columns import Style

    return Terminal.current().out if output in (None, "-") else Style()


def _json(data: object) -> str:
    import json

    return json.dumps(data, indent=2, allow_nan=False) + "\n"


def _write(text: str, output: str | None) -> None:
    if output is None:
        Terminal.current().write(text)
        return
    write_output(output, text)
    if output != "-":
        Terminal.current().log(f"wrote {output}")
