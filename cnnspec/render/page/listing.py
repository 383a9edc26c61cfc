"""The texts of the page, line by line, and the recipes that they state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnnspec.analysis.report import RecipeReport
from cnnspec.diagnostics import Source
from cnnspec.render.page.document import Document
from cnnspec.render.page.markup import Content, Markup, join, tag
from cnnspec.render.page.overview import claim_items
from cnnspec.resolve.result import ResolvedRecipe
from cnnspec.schema.choice import plain_value
from cnnspec.schema.values import show

#: Words and signs that are told apart by colour; what they are is said by the text alone, too.
_TOKEN = re.compile(
    r"(?P<comment>#.*)|(?P<string>\"[^\"]*\")|(?P<number>\b\d[\w.×]*)|(?P<word>\b(?:model|block|train|as|input|repeat|if|else|"
    r"share|let|use|expect|in|none|true|false)\b)|(?P<name>\b[A-Z]\w*)"
)


def write_sources(sources: Sequence[Source]) -> Markup:
    """Every text with its lines numbered; all but the file's own are folded."""
    return tag("section", tag("h2", "Source"), [_text(source, at) for at, source in enumerate(sources)], id="source")


def _text(source: Source, at: int) -> Markup:
    lines = source.text.rstrip("\n").split("\n")
    listing = tag("ol", [_line(line, at, number) for number, line in enumerate(lines, 1)], class_="code")
    return tag("details", tag("summary", source.path), listing, open=at == 0)


def _line(line: str, at: int, number: int) -> Markup:
    link = tag("button", str(number), type="button", data_line=f"{at}-{number}", tabindex=-1, aria_label=f"Line {number}")
    return tag("li", link, tag("code", list(_tokens(line.expandtabs(4)))), id=f"line-{at}-{number}")


def _tokens(line: str) -> Iterator[Content]:
    end = 0
    for match in _TOKEN.finditer(line):
        yield line[end : match.start()]
        yield tag("i", match.group(), class_=match.lastgroup)
        end = match.end()
    yield line[end:]


def write_recipes(document: Document) -> Markup | None:
    """How the models are trained: every key with its value, and the claims."""
    reports = {report.name: report for report in document.report.recipes}
    found = [_recipe(recipe, reports.get(recipe.name)) for recipe in document.recipes if recipe.recipe is not None]
    return tag("section", tag("h2", "Training"), tag("div", found, class_="recipes"), id="training") if found else None


def _recipe(recipe: ResolvedRecipe, report: RecipeReport | None) -> Markup:
    assert recipe.recipe is not None
    name = recipe.name if recipe.name == recipe.model else f"{recipe.name} of {recipe.model}"
    keys = {key: show(plain_value(getattr(recipe.recipe, key))) for key in type(recipe.recipe).model_fields}
    written = [join(tag("dt", key), tag("dd", tag("code", value))) for key, value in keys.items() if key in recipe.spans]
    usual = ", ".join(f"{key} {value}" for key, value in keys.items() if key not in recipe.spans)
    rest = tag("p", f"Not stated, so as usual: {usual}.", class_="usual") if usual else None
    claims = list(claim_items(report.claims, "")) if report is not None else []
    return tag(
        "div", tag("h3", name), tag("dl", written), rest, tag("ul", claims, class_="claims") if claims else None, class_="recipe"
    )
