"""The page as one file: style, markup, JSON model and script, under a policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from cnnspec.render.errors import RenderError
from cnnspec.render.page.data import page_data
from cnnspec.render.page.document import Document
from cnnspec.render.page.drawing import paints_of, write_element
from cnnspec.render.page.graphs import draw_graph, write_graph
from cnnspec.render.page.listing import write_recipes, write_sources
from cnnspec.render.page.markup import Markup, embed_json, join, tag
from cnnspec.render.page.overview import write_diagnostics, write_infos, write_overview
from cnnspec.render.page.panels import PANELS
from cnnspec.render.page.parts import Panel, Section, asset
from cnnspec.render.page.states import States
from cnnspec.render.page.table import write_remarks, write_table
from cnnspec.render.palette import Palette

#: The page's own files: what all others need first, what starts them last.
_SCRIPTS = ("bus.js", "graph.js", "panels.js")
_LAST = "start.js"
_STYLES = ("page.css",)
#: Cards that the graphs of a page may have together, besides those of the steps from nothing to everything.
ROOM: Final = 800
#: What the page colours besides its pictures, in light and in dark.
_DAY = {"ground": "#F6F7F9", "rule": "#D9DDE2", "accent": "#1F5FA8", "good": "#1B6E3C", "warn": "#8A5A00", "tint": "#E8F0F9"}
_NIGHT = {"ground": "#0E1113", "rule": "#31383E", "accent": "#8FBFF5", "good": "#7FD09B", "warn": "#E8BE6A", "tint": "#1B2A3A"}


def write_page(
    document: Document,
    colours: Palette,
    *,
    dark: bool | None = None,
    expand: str | Sequence[str] | None = None,
    sections: Sequence[Section] = (),
) -> str:
    """The whole page.

    Args:
        document: the file and its models.
        colours: of the pictures.
        dark: True and False fix light or dark at first; None follows the reader's setting.
        expand: the blocks that are open at first.
        sections: parts of the page besides its own.
    """
    style, script = write_style(colours, PANELS, sections), write_script(PANELS, sections)
    room = ROOM // len(document.models)
    states = _states_of(document, expand, room)
    body = [
        *(tag("a", f"To the {name}", href=f"#{name}", class_="skip") for name in ("graph", "table", "source")),
        _header(document, sections),
        tag(
            "main",
            write_diagnostics(document.report),
            _others(document),
            [_article(document, at, state) for at, state in enumerate(states)],
            [_section(part) for part in sections],
            write_recipes(document),
            write_infos(document.report),
            write_sources(document.sources),
        ),
        tag("div", id="say", role="status", aria_live="polite", class_="unseen"),
    ]
    data = embed_json(page_data(document, states, PANELS, sections))
    scripts = f'<script type="application/json" id="cnnspec-model">{data}</script>\n<script>{script}</script>\n'
    title = ", ".join(model.report.name for model in document.models)
    theme = None if dark is None else "dark" if dark else "light"
    return write_document(title, style, script, join(*body, Markup(scripts)), theme)


def _states_of(document: Document, expand: str | Sequence[str] | None, room: int) -> list[States]:
    """The states of every model; blocks that one of them has are opened in it, and the others begin as usual.

    Raises:
        RenderError: no model has such a block.
    """
    found: list[States] = []
    missing: list[RenderError] = []
    for model in document.models:
        try:
            found.append(States(model.report, expand, room))
        except RenderError as error:
            missing.append(error)
            found.append(States(model.report, None, room))
    if len(missing) == len(document.models):
        raise missing[0]
    return found


def write_document(title: str, style: str, script: str, body: Markup, theme: str | None) -> str:
    """A whole file around a body, under a policy that allows its style and its script alone."""
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        Markup(f"<style>{style}</style>\n"),
    ]
    whole = tag("html", tag("head", head), "\n", tag("body", body), lang="en", data_theme=theme)
    return f"<!DOCTYPE html>\n{whole}\n"


def write_script(panels: Sequence[Panel], sections: Sequence[Section]) -> str:
    """All scripts as one text."""
    own = [name for panel in panels for name in (*panel.needs, panel.script)]
    names = [*_SCRIPTS, *own, *(part.script for part in sections if part.script), _LAST]
    return "\n" + "".join(map(asset, dict.fromkeys(names)))


def write_style(colours: Palette, panels: Sequence[Panel], sections: Sequence[Section]) -> str:
    """All style sheets as one text, with the palette's colours as properties in front."""
    names = [*_STYLES, *(panel.style for panel in panels if panel.style), *(part.style for part in sections if part.style)]
    return write_palette(colours) + "".join(map(asset, dict.fromkeys(names)))


def write_palette(colours: Palette) -> str:
    """The rules that give every role its colour, as a property and as classes."""
    return "\n" + "".join(f"{rule}\n" for rule in (*_colours(colours), *paints_of(list(colours.light))))


def _colours(colours: Palette) -> Iterator[str]:
    """Custom properties in light and in dark; printed pages are light. Grounds have a rule for each family, too."""
    day, night = _properties({**colours.light, **_DAY}), _properties({**colours.dark, **_NIGHT})
    yield f":root{{color-scheme:light;{day}}}"
    yield f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{night}}}}}"
    yield f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{night}}}}}"
    yield from (f".b-{role}{{background:var(--{role})}}" for role in colours.light if "." not in role)


def _properties(roles: dict[str, str]) -> str:
    return "".join(f"--{role.replace('.', '-')}:{colour};" for role, colour in roles.items())


def _policy(style: str, script: str) -> str:
    """Nothing but this style, this script, and pictures that stand in the page."""
    own = f"style-src {_hash(style)}; script-src {_hash(script)}; img-src data:"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _header(document: Document, sections: Sequence[Section]) -> Markup:
    names = [model.report.name for model in document.models]
    switch = tag("select", [tag("option", name, value=at) for at, name in enumerate(names)], id="models", aria_label="Model")
    field = tag("input", type="search", id="search", placeholder="Search layers  /", aria_label="Search layers", list="paths")
    search = tag("div", field, tag("datalist", id="paths"), class_="search")
    parts = [
        ("graph", "Graph"),
        ("table", "Table"),
        *((part.key, part.link) for part in sections if part.link),
        ("source", "Source"),
    ]
    links = [tag("a", title, href=f"#{key}") for key, title in parts]
    theme = tag("button", "Dark", type="button", id="theme")
    brand = tag("p", names[0], class_="brand") if len(names) == 1 else switch
    return tag("header", brand, tag("nav", links, aria_label="Parts of the page"), search, theme, class_="bar")


_TOOLS = (
    ("less", "−", "Close blocks"),
    ("more", "+", "Open blocks"),
    ("smaller", "⊖", "Zoom out"),
    ("larger", "⊕", "Zoom in"),
    ("fit", "Fit", "Show the whole graph"),
)


def _article(document: Document, at: int, states: States) -> Markup:
    model = document.models[at]
    report, first = model.report, at == 0
    graph = write_element(write_graph(draw_graph(states.views[states.first]), f"graph-{at}"))
    tools = [tag("button", sign, type="button", data_tool=key, aria_label=told, title=told) for key, sign, told in _TOOLS]
    bar = tag("div", tools[:2], tag("span", class_="cards"), tools[2:], class_="tools", role="group", aria_label="Graph")
    stage = tag("div", graph, class_="stage")
    panel = tag("aside", class_="panel", aria_label="Selected layer")
    work = tag("section", tag("h2", "Graph", class_="unseen"), tag("div", bar, stage, class_="plot"), panel, class_="work")
    table = tag("section", tag("h2", "Layers"), tag("div", write_table(model, document), class_="scroll"), write_remarks(report))
    return tag(
        "article",
        write_overview(model, document.report.path),
        tag("div", work, id="graph" if first else None, data_part="graph"),
        tag("div", table, id="table" if first else None, data_part="table"),
        data_model=at,
        hidden=not first,
    )


def _others(document: Document) -> Markup | None:
    if not document.others:
        return None
    path, name = document.report.path, document.others[0]
    told = f"The file also states {', '.join(document.others)}. A page of one: "
    return tag("p", told, tag("code", f"cnnspec render {path} --model {name} -o {name}.html"), class_="others")


def _section(part: Section) -> Markup:
    return tag("section", tag("h2", part.title), part.html, id=part.key)
