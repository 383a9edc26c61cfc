"""Formatting changes no network, no claim and no recipe."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest

from cnnspec.analysis.check import Checked, check_source
from cnnspec.analysis.report import ClaimResult
from cnnspec.diagnostics import Source
from cnnspec.syntax.formatter import format_source
from support.markdown import ROOT
from support.programs import draw_program
from support.random_files import RandomFiles
from support.scrambler import Scrambler, read_words
from tests.syntax.formatter.forms import counts, formatted

SPECS = sorted([*(ROOT / "specs").rglob("*.cnn"), *(ROOT / "examples").rglob("*.cnn")])


def found(text: str, path: str = "t.cnn") -> object:
    """What a text resolves to, and what is said of it, places apart."""
    checked = check_source(Source(path, text))
    return [
        sorted((diagnostic.code, diagnostic.message) for diagnostic in checked.report.diagnostics),
        [(model.name, model.network, claims(model.claims), claims(model.shape_claims)) for model in checked.report.models],
        recipes(checked),
    ]


def claims(results: Iterable[ClaimResult]) -> object:
    """Claims with what was found, without their lines; a claim's text is a piece of the file, layout and all."""
    return [(written(result.text), result.holds, result.actual, result.reason) for result in results]


def written(text: str) -> list[str]:
    """The words of a claim, without the brackets that a long one has around it."""
    return [word.text for word in read_words(text) if counts(word)]


def recipes(checked: Checked) -> object:
    """Recipes with their claims."""
    judged = [(recipe.name, recipe.model, recipe.ok, claims(recipe.claims)) for recipe in checked.report.recipes]
    return judged, [recipe.recipe for recipe in checked.resolution.recipes]


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_specs_in_other_layouts(spec: Path) -> None:
    text = spec.read_text(encoding="utf-8").replace("cnnspec: allow", "")  # other layouts have no comments of the spec
    scrambled = Scrambler(Random(spec.stem)).scramble(text)
    once = formatted(scrambled)
    assert once != scrambled
    assert found(once, str(spec)) == found(text, str(spec))
    bare = Scrambler(Random(spec.stem), comments=False, blank_lines=False).scramble(text)
    assert formatted(bare) == formatted(Scrambler(Random(1), comments=False, blank_lines=False).scramble(text))


def test_random_networks():
    for seed in range(60):
        file = RandomFiles(Random(seed)).draw()
        once = formatted(Scrambler(Random(seed)).scramble(file.text))
        (model,) = check_source(Source("t.cnn", once)).report.models
        assert model.network.nodes == file.network.nodes, seed
        assert model.network == check_source(Source("t.cnn", file.text)).report.models[0].network, seed


def test_random_programs_on_long_lines():
    """All statements of a stretch joined to one flow: what is cut apart again is the same network."""
    cut = 0
    for seed in range(60):
        text = draw_program(Random(seed)).text
        joined = join_flows(text)
        once = formatted(joined)
        cut += once.count("->") < joined.count("->")
        assert found(once) == found(joined) == found(text), seed
    assert cut > 10


def join_flows(text: str) -> str:
    """Neighbouring calls of a text on one line, with arrows between them."""
    lines: list[str] = []
    for line in text.splitlines():
        call = line.strip()
        joins = call[:1].isupper() and not call.endswith("{") and lines and lines[-1].strip()[:1].isupper()
        if joins and not lines[-1].endswith("{") and len(line) - len(line.lstrip()) == len(lines[-1]) - len(lines[-1].lstrip()):
            lines[-1] += f" -> {call}"
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def test_words_in_capitals_keep_their_meaning():
    text = "model M {\n  input 9x9x1\n  Conv2D(2, [3, 3], padding=SAME)->MaxPooling2D([2, 2], 2)\n}\n"
    assert found(formatted(text)) == found(text)


def test_a_file_of_mistakes_of_meaning_is_formatted_and_keeps_them():
    text = "model M {\n input 9x9x1\n x=Conv2D( 2,11x11 ) -> nowhere\n Dense(3)->x\n}\n"
    once = format_source(Source("t.cnn", text))
    assert "x = Conv2D(2, 11x11) -> nowhere\n" in once
    assert found(once) == found(text)
