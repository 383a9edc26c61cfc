"""The index of a gallery: one HTML page that needs neither a script nor a connection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.report import ModelReport
from cnnspec.layers.arithmetic import show_size
from cnnspec.record import record
from cnnspec.render.graph.faces import count_of
from cnnspec.render.svg import escape, identifier
from cnnspec.render.text_values import show_shape

_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --link: #0b4f9c; --card: #f6f7f8; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --ink: #f2f2f2; --soft: #c3c8cc; --line: #4a5056; --link: #8ec3ff; --card: #1e2226; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 90rem; padding: 1rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.45 system-ui, "DejaVu Sans", Verdana, Helvetica, Arial, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.6rem; margin: .5rem 0; }
h2 { font-size: 1.2rem; margin: 0; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .3rem 0; max-width: 60rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: .75rem 0; }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1rem; }
.source { color: var(--soft); font-size: .9rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: 1rem; margin-top: 1rem; }
.wide { grid-template-columns: repeat(auto-fill, minmax(min(26rem, 100%), 1fr)); }
article { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; }
.picture { display: grid; align-content: safe center; height: 16rem; margin-bottom: .5rem; overflow: hidden;
  background: var(--paper); }
.picture img { display: block; max-width: 100%; height: auto; margin: auto; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .75rem; margin: .5rem 0 0; font-size: .85rem; }
dt { color: var(--soft); }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
.links { font-size: .85rem; margin: .5rem 0 0; }
.wrong { color: var(--ink); font-weight: bold; }
pre { font: 14px/1.4 "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-x: auto; padding: 1rem; background: var(--card);
  border: 1px solid var(--line); }
@media print { article { break-inside: avoid; } }
""".strip()

#: What a page of ours says of itself.
GENERATOR = "cnnspec gallery"


@record
class Entry:
    """A model of a gallery.

    Attributes:
        report: its figures.
        style: in which it is drawn.
        picture: where its picture lies, from the index.
        text: where the page with its file's text lies.
        page: where the page that explains it lies; empty for none.
    """

    report: ModelReport
    style: str
    picture: str
    text: str
    page: str = ""


@record
class Family:
    """What stands under one heading: the models of a file, or of the files of a folder.

    Attributes:
        name: of the file or folder.
        about: what its text says of it at its beginning, paragraph by paragraph; nothing for a folder.
        entries: its models.
    """

    name: str
    about: tuple[str, ...]
    entries: tuple[Entry, ...]


def write_index(families: Sequence[Family]) -> str:
    """The index of all models, by family, with their figures."""
    models = sum(len(family.entries) for family in families)
    names = _fresh([f"family-{identifier(family.name)}" for family in families])
    links = (f'<li><a href="#{name}">{escape(family.name)}</a></li>' for name, family in zip(names, families, strict=True))
    body = [
        "<header>",
        "<h1>Networks</h1>",
        f"<p>{escape(count_of(models, 'network'))} in {_count_families(len(families))}. "
        "Each picture is the beginning of one that opens in full.</p>",
        f'<nav aria-label="Families"><ul>{"".join(links)}</ul></nav>',
        "</header>",
        "<main>",
        *(part for name, family in zip(names, families, strict=True) for part in _section(name, family)),
        "</main>",
    ]
    return write_page("Networks", body)


def write_text(path: str, text: str, back: str) -> str:
    """A page with the text of a file.

    Args:
        path: what the file is called.
        text: all of it.
        back: where the index lies, from this page.
    """
    body = [f'<p><a href="{escape(back)}">All networks</a></p>', f"<h1>{escape(path)}</h1>", _lines(text)]
    return write_page(path, body)


def write_page(title: str, body: Sequence[str]) -> str:
    """A page of ours around its body."""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="{GENERATOR}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _lines(text: str) -> str:
    return "<pre>\n" + "\n".join(escape(line) for line in text.splitlines()) + "</pre>"


def _count_families(count: int) -> str:
    return "one family" if count == 1 else f"{count:,} families"


def _section(name: str, family: Family) -> Iterator[str]:
    yield f'<section id="{name}" aria-labelledby="{name}.title">'
    yield f'<h2 id="{name}.title">{escape(family.name)}</h2>'
    for paragraph in family.about:
        yield f'<p class="source">{escape(paragraph)}</p>'
    flat = all(entry.style != "graph" for entry in family.entries)
    yield f'<div class="cards{" wide" if flat else ""}">'
    yield from (_card(entry) for entry in family.entries)
    yield "</div>"
    yield "</section>"


def _card(entry: Entry) -> str:
    report = entry.report
    name = escape(report.name)
    rows = "".join(f"<dt>{noun}</dt><dd>{escape(value)}</dd>" for noun, value in figures(report))
    explained = f' · <a href="{entry.page}">explained</a>' if entry.page else ""
    wrong = "" if report.ok else '<p class="wrong">has errors: its figures are known in part</p>'
    picture = f'<img src="{entry.picture}" loading="lazy" alt="{name} as {entry.style}">'
    links = f'<a href="{entry.picture}">{entry.style}</a> · <a href="{entry.text}">text</a>{explained}'
    return (
        f'<article>\n<a class="picture" href="{entry.picture}">{picture}</a>\n'
        f'<h3>{name}</h3>\n{wrong}<dl>{rows}</dl>\n<p class="links">{links}</p>\n</article>'
    )


def figures(report: ModelReport) -> list[tuple[str, str]]:
    """What a card says of a model, as the report has it."""
    inputs = ", ".join(show_shape(row.output_shape) for row in report.rows if row.is_input)
    layers = sum(not row.is_input for row in report.rows)
    return [
        ("input", inputs),
        ("layers", f"{layers:,}"),
        ("parameters", show_size(report.totals.params)),
        ("MACs", "depends on size" if _is_formula(report) else show_size(report.totals.macs)),
    ]


def _is_formula(report: ModelReport) -> bool:
    return report.totals.macs is not None and not isinstance(report.totals.macs, int)


def _fresh(names: Sequence[str]) -> list[str]:
    """The names, those that come again with a number behind them."""
    found: list[str] = []
    for name in names:
        number = 1
        while (name if number == 1 else f"{name}-{number}") in found:
            number += 1
        found.append(name if number == 1 else f"{name}-{number}")
    return found
