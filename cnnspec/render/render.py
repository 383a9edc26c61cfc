"""One entry for all pictures: :func:`render`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Literal, cast

from cnnspec.analysis.report import ModelReport
from cnnspec.render.display import Picture
from cnnspec.render.errors import RenderError
from cnnspec.render.palette import Palette, palette_named
from cnnspec.render.readable import say_too_high, say_too_small
from cnnspec.render.svg import Dark, read_length, write_svg

Direction = Literal["TB", "LR"]
_PRINTED = {"mm": 25.4, "cm": 2.54, "in": 1.0, "pt": 72.0, "px": 96.0}
_DOTS_PER_INCH = 300.0
#: Units of a picture to an inch of paper at which its smallest text has 6 pt.
_READABLE = 108.0
#: The same where the smallest text, the numbers of positions, is of 8 instead of 9.
_NUMBERED = 96.0


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, as the styles read it."""

    direction: Direction
    expand: str | Sequence[str] | None
    engine: str
    layers: tuple[str, ...] = ()
    at: tuple[int, ...] | None = None
    compare: ModelReport | None = None
    width: str | None = None
    animate: bool = False


def _draw_graph(report: ModelReport, request: Request) -> Picture:
    from cnnspec.render.graph.draw import graph_picture

    return graph_picture(report, direction=request.direction, expand=request.expand, engine=request.engine)


def _draw_maps(report: ModelReport, request: Request) -> Picture:
    from cnnspec.render.maps.draw import maps_picture

    if request.direction != "TB":
        raise RenderError("maps always reads from left to right", "leave --dir away")
    return maps_picture(report, expand=request.expand, longest=_longest(request))


def _draw_receptive_field(report: ModelReport, request: Request) -> Picture:
    from cnnspec.render.receptive_field.draw import receptive_field_picture
    from cnnspec.render.receptive_field.pyramid import build_pyramid

    if request.expand is not None or request.direction != "TB":
        raise RenderError("a pyramid stands on its input and has nothing to expand", "leave --dir and --expand away")
    if request.compare is not None and request.at is not None:
        raise RenderError("a position is one of a single layer", "leave --at or --compare away")
    reports = (report, *(() if request.compare is None else (request.compare,)))
    if len(request.layers) > len(reports):
        raise RenderError(f"{request.layers[-1]} is one layer too many", "name one for each network")
    layers = request.layers * len(reports) if len(request.layers) == 1 else request.layers or (None,) * len(reports)
    return receptive_field_picture([build_pyramid(one, layer, request.at) for one, layer in zip(reports, layers, strict=True)])


def _draw_volumes(report: ModelReport, request: Request) -> Picture:
    from cnnspec.render.volumes.draw import volumes_picture

    if request.direction != "TB":
        raise RenderError("volumes always reads from left to right", "leave --dir away")
    return volumes_picture(report, expand=request.expand, longest=_longest(request))


def _longest(request: Request) -> float | None:
    """How long rows may be for a text of 6 pt at the width that was asked for."""
    return None if request.width is None else _inches(request.width) * _READABLE


def _draw_compare(report: ModelReport, request: Request) -> Picture:
    from cnnspec.render.compare.draw import compare_picture

    if request.compare is None:
        raise RenderError("compare draws two networks", "name the other one with --compare FILE[:MODEL]")
    if request.direction != "TB":
        raise RenderError("compare always reads from top to bottom", "leave --dir away")
    if request.expand not in (None, "all"):
        raise RenderError("compare opens all that is the same, or nothing", "use --expand all, or leave it away")
    return compare_picture(report, request.compare, expand=request.expand == "all")


def _write_text(report: ModelReport, request: Request, colours: Palette) -> str:
    from cnnspec.render.boxes.draw import COLUMNS, graph_text

    if request.direction != "TB":
        raise RenderError("text always reads from top to bottom", "leave --dir away")
    return graph_text(report, expand=request.expand, columns=COLUMNS if request.width is None else _columns(request.width))


def _write_mermaid(report: ModelReport, request: Request, colours: Palette) -> str:
    from cnnspec.render.mermaid.draw import graph_mermaid

    if request.width is not None:
        raise RenderError("a flowchart has no width of its own", "leave --width away")
    return graph_mermaid(report, colours, direction=request.direction, expand=request.expand)


def _draw_conv(report: ModelReport, request: Request) -> Picture:
    from cnnspec.render.conv.draw import conv_picture
    from cnnspec.render.conv.steps import build_slide

    _require_one_layer("conv", request)
    if request.animate and request.at is not None:
        raise RenderError("one unit does not move", "leave --at or --animate away")
    slide = build_slide(report, request.layers[0] if request.layers else None, request.at, many=request.animate)
    longest = inf if request.width is None else _inches(request.width) * _NUMBERED
    return conv_picture(slide, animate=request.animate, longest=longest)


def _draw_im2col(report: ModelReport, request: Request) -> Picture:
    from cnnspec.render.im2col.draw import build_product, im2col_picture

    _require_one_layer("im2col", request)
    return im2col_picture(build_product(report, request.layers[0] if request.layers else None, request.at))


def _require_one_layer(style: str, request: Request) -> None:
    """Only a layer and a unit of one network.

    Raises:
        RenderError: more was asked for.
    """
    if request.expand is not None or request.direction != "TB":
        raise RenderError(f"{style} draws one layer, which has nothing to expand", "leave --dir and --expand away")
    if request.compare is not None:
        raise RenderError(f"{style} draws one layer of one network", "leave --compare away")
    if len(request.layers) > 1:
        raise RenderError(f"{request.layers[-1]} is one layer too many", "name one")


#: What writes each style that is text, the language of its block in Markdown, and its formats.
TEXTS: dict[str, tuple[Callable[[ModelReport, Request, Palette], str], str, tuple[str, ...]]] = {
    "text": (_write_text, "text", ("txt", "md")),
    "mermaid": (_write_mermaid, "mermaid", ("mmd", "md")),
}
#: What draws each style.
STYLES: dict[str, Callable[[ModelReport, Request], Picture]] = {
    "graph": _draw_graph,
    "maps": _draw_maps,
    "volumes": _draw_volumes,
    "receptive-field": _draw_receptive_field,
    "conv": _draw_conv,
    "im2col": _draw_im2col,
    "compare": _draw_compare,
}
#: The page of a whole file, which ``Spec.render`` writes; pictures of a trained run, the usual one first.
PAGE_STYLE = "html"
RUN_STYLES = ("filters", "feature-maps", "curves", "confusion", "mistakes")
#: Those that draw a layer or a unit of one.
_OF_LAYERS = ("receptive-field", "conv", "im2col")
#: Styles that draw two networks.
COMPARING = ("receptive-field", "compare")
FORMATS = ("svg", "png", "pdf", "tikz", "dot", "html", "txt", "mmd", "md")
#: Formats of what is drawn.
PICTURES = ("svg", "png", "pdf", "tikz")
_WRITTEN = frozenset(format for _, _, formats in TEXTS.values() for format in formats)
ENGINES = ("own", "dot")
DIRECTIONS = ("TB", "LR")


def render(
    report: ModelReport,
    *,
    style: str = "graph",
    format: str | None = None,
    direction: str = "TB",
    expand: str | Sequence[str] | None = None,
    palette: str = "colour",
    width: str | None = None,
    dark: Dark = "auto",
    engine: str = "own",
    layer: str | Sequence[str] | None = None,
    at: Sequence[int] | None = None,
    compare: ModelReport | None = None,
    animate: bool = False,
    tell: Callable[[str], None] | None = None,
) -> str | bytes:
    """A picture of a model, from its report alone.

    Args:
        report: the model with its figures; one with errors is drawn as far as it is known.
        style: ``graph``, ``maps``, ``volumes``, ``receptive-field``, ``conv``, ``im2col``, ``compare``; ``text`` and
            ``mermaid``, which are written.
        format: ``svg``, ``png`` (needs resvg_py), ``pdf`` (needs vl-convert-python), ``tikz`` (a LaTeX file), ``dot`` (the
            graph only) or ``html`` (of ``conv``: a page on which the window is moved by hand); ``txt`` or ``md`` of ``text``,
            ``mmd`` or ``md`` of ``mermaid``. The first of them without it.
        direction: ``TB`` or ``LR``, for graphs.
        expand: None opens blocks as long as there are about 25 cards, ``"all"`` opens everything, names open blocks.
        palette: ``colour``, or ``mono`` for print.
        width: the width on paper, such as ``84mm``; a PNG then has 300 dots an inch. Of ``text``, columns: ``100ch``.
        dark: ``"auto"`` follows the reader's setting; True and False fix it.
        engine: ``own``, or ``dot`` for Graphviz's coordinates.
        layer: of ``receptive-field``, the layer of the unit, by the end of its path; the last that sees a part of the input,
            unless named. One name for both networks, or one for each. Of ``conv``, the layer; the first convolution.
        at: of ``receptive-field``, the position of the unit; the middle of the map, unless named. Of ``conv``, the only unit to
            show; a few, unless named.
        compare: of ``receptive-field``, another model whose pyramid stands beside the first; of ``compare``, the model that
            the first became.
        animate: of ``conv`` as SVG, the window moves by itself; where nothing moves, the first step stands.
        tell: is told, in a sentence each, from which width on the texts can be read where they cannot, and of more than a page.

    Returns:
        Text, or bytes for PNG and PDF; the same on every run.

    Raises:
        RenderError: a word that does not exist, a picture that cannot be drawn, something missing on this machine.
    """
    if style not in STYLES and style not in TEXTS:
        raise no_style(style)
    format = format or (TEXTS[style][2][0] if style in TEXTS else FORMATS[0])
    _require("format", format, FORMATS)
    _require("direction", direction, DIRECTIONS)
    _require("engine", engine, ENGINES)
    colours = palette_named(palette)
    opened = expand if expand is None or isinstance(expand, str) else "all" if "all" in expand else tuple(expand) or None
    layers = () if layer is None else (layer,) if isinstance(layer, str) else tuple(layer)
    request = Request(
        cast(Direction, direction), opened, engine, layers, None if at is None else tuple(at), compare, width, animate
    )
    if animate and (style, format) != ("conv", "svg"):
        raise RenderError("only --style conv moves, and only as SVG", "leave --animate away, or end the output in .svg")
    if style not in _OF_LAYERS and (layers or at is not None):
        raise RenderError(f"{style} draws the whole network, not one unit", f"use --style {' or '.join(_OF_LAYERS)}")
    if compare is not None and style not in (*COMPARING, *_OF_LAYERS):
        raise RenderError(f"{style} draws one network", f"styles that draw two: {', '.join(COMPARING)}")
    if style in TEXTS:
        _require_no_look(style, palette, dark)
        return _write(style, format, report, request, colours)
    if format in _WRITTEN:
        raise RenderError(f"{style} is drawn, and {format} is text", f"styles that are text: {', '.join(TEXTS)}")
    if format == "dot":
        if style != "graph":
            raise RenderError(f"DOT writes graphs, not {style}", "use --style graph, or write .svg")
        if engine != "own":
            raise RenderError("DOT has no positions: who reads it lays it out", "leave --engine away")
        if dark is True:
            raise RenderError("DOT has the light look alone", "leave --dark away, or write .svg")
        from cnnspec.render.dot import graph_dot

        return graph_dot(report, colours, direction=direction, expand=opened, width=width)
    if engine != "own" and style != "graph":
        raise RenderError(f"Graphviz lays out graphs, not {style}", "leave --engine away, or use --style graph")
    if format == "html":
        return _write_stepper(style, report, request, colours, dark)
    return write_picture(STYLES[style](report, request), format, palette=palette, width=width, dark=dark, tell=tell)


def no_style(style: str) -> RenderError:
    """The error for a style that is not one of a report: all styles there are, by what they need."""
    if style == PAGE_STYLE:
        return RenderError("html is the page of a whole file, not of a report", "Spec.render(style='html') writes it")
    if style in RUN_STYLES:
        return RenderError(f"{style} shows a trained run, not a report", "render_run draws it")
    network = ", ".join((*STYLES, *TEXTS, PAGE_STYLE))
    return RenderError(f"there is no style {style!r}", f"of a network: {network}; of a run: {', '.join(RUN_STYLES)}")


def _require_no_look(style: str, palette: str, dark: Dark) -> None:
    """Text takes the look of what shows it; only a flowchart states colours.

    Raises:
        RenderError: a look was asked for that it cannot have.
    """
    if dark is True:
        raise RenderError(f"{style} takes the look of what shows it", "leave --dark away, or write .svg")
    if style == "text" and palette != "colour":
        raise RenderError("text has no colours", "leave --palette away, or write .svg")


def write_picture(
    picture: Picture,
    format: str,
    *,
    palette: str = "colour",
    width: str | None = None,
    dark: Dark = "auto",
    tell: Callable[[str], None] | None = None,
) -> str | bytes:
    """A picture that is drawn already in one of the formats for pictures: ``svg``, ``png``, ``pdf``, ``tikz``.

    Where its texts are too small or it is higher than a page at the width that is asked for, its description says so, and
    ``tell`` is told.

    Raises:
        RenderError: there is no such format, palette or width, or something is missing on this machine.
    """
    _require("format", format, PICTURES)
    colours = palette_named(palette)
    for say in (say_too_small, say_too_high):
        if width is not None and (said := say(picture, _inches(width))):
            picture = replace(picture, description=f"{picture.description} {said}")
            if tell is not None:
                tell(said)
    if format == "svg":
        return write_svg(picture, colours, dark=dark, width=width)
    if format == "tikz":
        from cnnspec.render.tikz import write_tikz

        return write_tikz(picture, colours, dark=dark is True, width=width)
    if format == "pdf":
        from cnnspec.render.pdf import to_pdf

        inches = picture.width / _PRINTED["px"] if width is None else _inches(width)
        return to_pdf(write_svg(picture, colours, dark=dark is True, width=f"{inches * 72:.3f}px"))
    from cnnspec.render.png import to_png

    ground = (colours.dark if dark is True else colours.light)["paper"]
    zoom = 2.0 if width is None else _DOTS_PER_INCH * _inches(width) / picture.width
    return to_png(write_svg(picture, colours, dark=dark is True), zoom=zoom, ground=ground)


def _write_stepper(style: str, report: ModelReport, request: Request, colours: Palette, dark: Dark) -> str:
    """The one style that is a page of its own."""
    if style != "conv":
        raise RenderError(
            f"{style} is a picture, not a page", "--style html is the page of a network, --style conv that of a layer"
        )
    from cnnspec.render.page.stepper import write_stepper

    _require_one_layer("conv", request)
    if request.width is not None:
        raise RenderError("a page takes the width of its window", "leave --width away")
    layer = request.layers[0] if request.layers else None
    return write_stepper(report, colours, layer=layer, at=request.at, dark=dark if isinstance(dark, bool) else None)


def _write(style: str, format: str, report: ModelReport, request: Request, colours: Palette) -> str:
    """A style that is text; in Markdown as a block that nothing in it can end."""
    write, language, formats = TEXTS[style]
    if format not in formats:
        raise RenderError(f"{style} is text, not {format}", f"formats: {', '.join(formats)}")
    if request.engine != "own":
        raise RenderError("dot lays out graphs that are drawn", "leave --engine away")
    text = write(report, request, colours)
    if format != "md":
        return text
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    return f"{fence}{language}\n{text}{fence}\n"


def _columns(width: str) -> int:
    """``100ch`` as a number.

    Raises:
        RenderError: it is no number of columns.
    """
    match = re.fullmatch(r"([0-9]{1,4}) ?ch", width.strip())
    if match is None or not int(match[1]):
        raise RenderError(f"{width!r} is no number of columns", "write it with ch: 100ch")
    return int(match[1])


def _require(noun: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise RenderError(f"there is no {noun} {value!r}", f"{noun}s: {', '.join(known)}")


def _inches(width: str) -> float:
    value, unit = read_length(width)
    return value / _PRINTED[unit]
