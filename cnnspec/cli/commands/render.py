"""``cnnspec render FILE -o OUT``"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from cnnspec.cli.explaining import read_place
from cnnspec.cli.files import check_output, write_output
from cnnspec.cli.group import Command
from cnnspec.cli.options import common, network_options
from cnnspec.cli.process import SOUND, UNSOUND, settle
from cnnspec.cli.runs import is_run, open_run
from cnnspec.cli.terminal import Terminal, write_errors

if TYPE_CHECKING:
    from cnnspec.api import Spec
    from cnnspec.train.run import Run

_EXAMPLE = """
cnnspec render specs/lenet5.cnn -o lenet5.svg
cnnspec render specs/lenet5.cnn -o lenet5.svg --style maps
cnnspec render specs/mnist_cnn.cnn -o fields.svg --style receptive-field --compare specs/mnist_cnn_without_pooling.cnn
cnnspec render specs/mnist_cnn.cnn -o changes.svg --style compare --compare specs/mnist_cnn_without_pooling.cnn
cnnspec render specs/alexnet.cnn -o alexnet.tex --style volumes
cnnspec render specs/alexnet.cnn -o conv1.svg --style conv --layer conv1
cnnspec render specs/alexnet.cnn -o conv1.html --style conv --layer conv1
cnnspec render specs/lenet5.cnn -o conv2d_1.svg --style conv --animate
cnnspec render specs/resnet18.cnn -o resnet18.dot
cnnspec render runs/LeNet5-1 -o filters.svg --style filters
cnnspec render specs/lenet5.cnn -o - --style text
cnnspec render specs/lenet5.cnn -o lenet5.html
cnnspec render specs/lenet5.cnn -o lenet5.html --run runs/LeNet5-1
cnnspec render specs/lenet5.cnn -o slides.html --slides
"""

#: Suffixes that are another name of a format.
_FORMATS = {"gv": "dot", "htm": "html", "tex": "tikz", "mermaid": "mmd", "markdown": "md"}
#: The style that a suffix alone stands for.
_STYLES = {"html": "html", "txt": "text", "mmd": "mermaid", "md": "mermaid"}


@click.command("render", cls=Command, example=_EXAMPLE)
@click.argument("file")
@click.option("-o", "--output", required=True, metavar="OUT", help="Where the picture goes; the suffix says its format.")
@click.option(
    "--style",
    metavar="NAME",
    help="graph, maps, volumes, receptive-field, conv, im2col, compare, text, mermaid, html; "
    "of a run filters, feature-maps, curves, confusion, mistakes.  [default: graph]",
)
@click.option(
    "--format", "format_", metavar="NAME", help="If the suffix does not say it: svg, png, pdf, tikz, dot, txt, mmd, md, html."
)
@click.option("--dir", "direction", type=click.Choice(["TB", "LR"]), default="TB", help="Top to bottom, or left to right.")
@click.option("--expand", metavar="all|NAME", multiple=True, help="Draw the layers inside a repeated block. May be repeated.")
@click.option("--palette", default="colour", show_default=True, help="colour, or mono for print.")
@click.option(
    "--engine",
    type=click.Choice(["own", "dot"]),
    default="own",
    help="What lays a graph out: own, or dot of an installed Graphviz.",
)
@click.option(
    "--layer",
    "layers",
    metavar="NAME",
    multiple=True,
    help="receptive-field, conv, im2col, filters, feature-maps: the layer. May be repeated.",
)
@click.option(
    "--at", metavar="ROW,COLUMN", callback=read_place, help="receptive-field, conv, im2col: the unit's position from 0."
)
@click.option("--compare", metavar="FILE[:MODEL]", help="receptive-field, compare: another network, beside the first.")
@click.option("--run", metavar="RUN", help="Pictures of a run, and html: the run that is shown, if FILE is not a run.")
@click.option(
    "--image",
    "images",
    metavar="IMAGE",
    multiple=True,
    help="feature-maps, html: a picture that goes through.  [default: test images]",
)
@click.option("--dark", is_flag=True, help="Fix the dark look; without it SVG and pages follow the reader's setting.")
@click.option("--slides", is_flag=True, help="html: a deck, a slide a layer, in place of the page.")
@click.option("--animate", is_flag=True, help="conv as SVG: the window moves by itself, without a script.")
@click.option("--width", metavar="LENGTH", help="The width on paper, such as 84mm; of text 100ch.")
@network_options
@common
def command(
    file: str,
    output: str,
    style: str | None,
    format_: str | None,
    direction: str,
    expand: tuple[str, ...],
    palette: str,
    engine: str,
    layers: tuple[str, ...],
    at: tuple[int, ...] | None,
    compare: str | None,
    run: str | None,
    images: tuple[str, ...],
    width: str | None,
    dark: bool,
    slides: bool,
    animate: bool,
    model: str | None,
    settings: Mapping[str, str],
    input: tuple[int, ...] | None,
    max_nodes: int | None,
) -> int:
    """Draw a network from its text alone. The format follows the suffix of OUT, and .html, .txt, .mmd and .md say the style too.

    A network with errors is drawn as far as it is known, with its errors marked. FILE may be the folder of a run where its
    learned weights are drawn.
    """
    from cnnspec import api
    from cnnspec.diagnostics import Severity
    from cnnspec.render.render import PAGE_STYLE, RUN_STYLES, STYLES, TEXTS, no_style

    check_output(output)
    if style is not None and style not in {*STYLES, *TEXTS, *RUN_STYLES, PAGE_STYLE}:
        raise no_style(style)
    format = _agreed_format(output, format_)
    terminal = Terminal.current()
    if style in RUN_STYLES or is_run(file):
        refused = {"--dir": direction != "TB", "--expand": expand, "--engine": engine != "own", "--at": at, "--compare": compare}
        refused |= {"--slides": slides, "--animate": animate}
        refused |= {"--input": input if is_run(file) else None, "--set": settings if is_run(file) else None}
        _refuse(style or RUN_STYLES[0], refused)
        if len(images) > 1:
            raise click.UsageError(f"{images[1]} is one picture too many; a page takes several: end OUT in .html")
        settle()
        loaded, network = _open(file, run, settings, input, max_nodes)
        picture = api.render_run(
            loaded, style=style or RUN_STYLES[0], spec=network, model=model, layer=layers or None,
            image=images[0] if images else None,
            format=format, palette=palette, width=width, dark=dark or "auto",
        )  # fmt: skip
        return _put(output, picture, terminal)
    if slides:
        _require_page(style, format, output)
    style = style or _STYLES.get(format or "", "graph")
    if style != "html":
        _refuse(style, {"--run": run, "--image": images})
    elif images and run is None:
        raise click.UsageError("a page shows what a run makes of a picture; name the run with --run")
    spec = api.load_path(file, settings=settings, input=input, max_nodes=max_nodes)
    path, beside = api.read_operand(compare) if compare is not None else (None, None)
    other = None if path is None else api.load_path(path, settings=settings, input=input, max_nodes=max_nodes)
    specs = [spec] if other is None else [spec, other]
    errors = [d for one in specs for d in one.report.diagnostics if d.severity is Severity.ERROR]
    write_errors(errors)
    drawn = spec.model(model)
    whole = style == "html" and model is None and not slides  # a page has all models
    if whole:
        shown = api.shown_models(spec)
        if len(shown) < len(spec.models):
            left = ", ".join(name for name in spec.models if name not in shown)
            terminal.log(f"the page shows {', '.join(shown)}; --model makes one of {left}")
    else:
        terminal.note_others("model", drawn.name, tuple(spec.models), chosen=model is not None)
    if other is not None:
        terminal.note_others("model", other.model(beside).name, tuple(other.models), chosen=beside is not None)
    more: dict[str, Any] = {name: True for name, wanted in (("slides", slides), ("animate", animate)) if wanted}
    if width is not None and style != "html":
        more["tell"] = terminal.log
    if run is not None:
        settle()
        more["sections"] = (api.run_section(open_run(run), spec=spec, model=model, images=images),)
    picture = spec.render(
        model=None if whole else drawn.name,
        style=style,
        format=format,
        direction=direction,
        expand="all" if "all" in expand else expand or None,
        palette=palette,
        engine=engine,
        layer=layers or None,
        at=at,
        compare=None if other is None else other.model(beside),
        width=width,
        dark=dark or "auto",
        **more,
    )
    _put(output, picture, terminal)
    return UNSOUND if errors else SOUND


def _put(output: str, picture: str | bytes, terminal: Terminal) -> int:
    write_output(output, picture)
    if output != "-":
        terminal.log(f"wrote {output}")
    return SOUND


def _refuse(style: str, given: Mapping[str, object]) -> None:
    """Refuse options that a style would pass over.

    Raises:
        UsageError: one of them was given.
    """
    from cnnspec.render.render import RUN_STYLES

    useless = next((name for name, value in given.items() if value), None)
    if useless is not None:
        raise click.UsageError(f"{style} takes no {useless}; pictures of a run are {', '.join(RUN_STYLES)}")


def _require_page(style: str | None, format: str | None, output: str) -> None:
    """Slides are the page in another form.

    Raises:
        UsageError: another style or format was asked for.
    """
    if style == "html" or (style is None and format == "html"):
        return
    ways = ["leave --style away"] if style is not None else []
    ways += ["end OUT in .html"] if format != "html" else []
    way = "use --style html" if output == "-" else " and ".join(ways)
    raise click.UsageError(f"slides are the page of a network, not one picture: {way}")


def _open(
    file: str, run: str | None, settings: Mapping[str, str], input: tuple[int, ...] | None, max_nodes: int | None
) -> tuple[Run, Spec | None]:
    """The run, and the file whose network takes its weights if one was named."""
    from cnnspec import api

    if is_run(file):
        if run is not None:
            raise click.UsageError(f"{file} is a run itself; leave --run away, or name a .cnn file")
        return open_run(file), None
    if run is None:
        raise click.UsageError(f"{file} says nothing of learned weights; name the run that does with --run")
    return open_run(run), api.load_path(file, settings=settings, input=input, max_nodes=max_nodes)


def _agreed_format(output: str, stated: str | None) -> str | None:
    """The format that is stated, else the one of the suffix.

    Raises:
        UsageError: the suffix is that of another format.
    """
    from cnnspec.render.render import FORMATS

    if stated is None or output == "-" or stated not in FORMATS:
        return stated or format_of(output)
    suffix = output.rpartition(".")[2].lower()
    named = _FORMATS.get(suffix, suffix)
    if "." in output and named in FORMATS and named != stated:
        ways = f"end it in .{stated}, or leave --format away"
        raise click.UsageError(f"{output} ends in .{suffix}, and --format says {stated}; {ways}")
    return stated


def format_of(output: str) -> str | None:
    """The format that the suffix names; the first of the style for standard output."""
    if output == "-":
        return None
    stem, dot, suffix = output.rpartition(".")
    if not dot or not stem or "/" in suffix:
        raise click.UsageError(f"{output} has no suffix that says the format; end it in .svg, or give --format")
    return _FORMATS.get(suffix.lower(), suffix.lower())
