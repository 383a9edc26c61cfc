"""The page as one file: style, markup, JSON model and script, under a policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence

from cnnspec.render.page.data import page_data
from cnnspec.render.page.document import Document, Model
from cnnspec.render.page.drawing import paints_of, write_element
from cnnspec.render.page.graphs import first_graph
from cnnspec.render.page.markup import Markup, embed_json, join, tag
from cnnspec.render.page.panels import PANELS
from cnnspec.render.page.parts import Panel, Section, asset
from cnnspec.render.page.table import write_table
from cnnspec.render.palette import Palette

#: The page's own files: what all others need first, what starts them last.
_SCRIPTS = ("bus.js", "graph.js", "panels.js")
_LAST = "start.js"
_STYLES = ("page.css",)


def write_page(
    document: Document, colours: Palette, *, expand: str | Sequence[str] | None = None, sections: Sequence[Section] = ()
) -> str:
    """The whole page.

    Args:
        document: the file and its models.
        colours: of the pictures.
        expand: the blocks that are open at first.
        sections: parts of the page besides its own.
    """
    style = write_style(colours, PANELS, sections)
    script = write_script(PANELS, sections)
    title = ", ".join(model.report.name for model in document.models)
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        Markup(f"<style>{style}</style>\n"),
    ]
    body = [
        tag("a", "To the graph", href="#graph", class_="skip"),
        tag("a", "To the table", href="#table", class_="skip"),
        _header(document),
        tag(
            "main",
            [_article(model, at, expand) for at, model in enumerate(document.models)],
            [_section(part) for part in sections],
        ),
        tag("div", id="say", role="status", aria_live="polite", class_="unseen"),
    ]
    data = embed_json(page_data(document, PANELS, sections))
    scripts = f'<script type="application/json" id="cnnspec-model">{data}</script>\n<script>{script}</script>\n'
    whole = join(tag("head", head), "\n", tag("body", body, Markup(scripts)))
    return f'<!DOCTYPE html>\n<html lang="en">{whole}</html>\n'


def write_script(panels: Sequence[Panel], sections: Sequence[Section]) -> str:
    """All scripts as one text."""
    own = [name for panel in panels for name in (*panel.needs, panel.script)]
    names = [*_SCRIPTS, *own, *(part.script for part in sections if part.script), _LAST]
    return "\n" + "".join(map(asset, dict.fromkeys(names)))


def write_style(colours: Palette, panels: Sequence[Panel], sections: Sequence[Section]) -> str:
    """All style sheets as one text, with the palette's colours as properties in front."""
    names = [*_STYLES, *(panel.style for panel in panels if panel.style), *(part.style for part in sections if part.style)]
    return "\n" + "\n".join([*_colours(colours), *paints_of(list(colours.light)), *map(asset, dict.fromkeys(names))])


def _colours(colours: Palette) -> Iterator[str]:
    """Custom properties in light and in dark; printed pages are light."""
    night = _properties(colours.dark)
    yield f":root{{color-scheme:light;{_properties(colours.light)}}}"
    yield f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{night}}}}}"
    yield f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{night}}}}}"


def _properties(roles: dict[str, str]) -> str:
    return "".join(f"--{role.replace('.', '-')}:{colour};" for role, colour in roles.items())


def _policy(style: str, script: str) -> str:
    """Nothing but this style, this script, and pictures that stand in the page."""
    own = f"style-src {_hash(style)}; script-src {_hash(script)}; img-src data:"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _header(document: Document) -> Markup:
    names = [model.report.name for model in document.models]
    switch = tag("select", [tag("option", name, value=at) for at, name in enumerate(names)], id="models", aria_label="Model")
    search = tag("input", type="search", id="search", placeholder="Search layers", aria_label="Search layers")
    theme = tag("button", "Theme", type="button", id="theme")
    return tag("header", tag("p", names[0], class_="brand") if len(names) == 1 else switch, search, theme)


def _article(model: Model, at: int, expand: str | Sequence[str] | None) -> Markup:
    report = model.report
    graph = write_element(first_graph(report, f"graph-{at}", expand))
    stage = tag("div", graph, class_="stage", tabindex="-1", aria_label=f"Graph of {report.name}")
    panel = tag("aside", class_="panel", aria_label="Selected layer")
    return tag(
        "article",
        tag("h1", report.name),
        tag("section", tag("h2", "Graph", class_="unseen"), stage, panel, class_="work", id="graph" if at == 0 else None),
        tag("section", tag("h2", "Layers"), tag("div", write_table(report), class_="scroll"), id="table" if at == 0 else None),
        data_model=at,
        hidden=at > 0,
    )


def _section(part: Section) -> Markup:
    return tag("section", tag("h2", part.title), part.html, id=part.key)
