"""The packaged specs through the analysis: published figures, and every equation of every explanation."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.analysis.check import Checked, check_source
from cnnspec.analysis.explain import explain_layer, explain_model
from cnnspec.analysis.report import ModelReport
from cnnspec.diagnostics import Source
from tests.analysis.test_explain import check_all, texts

SPECS = Path(__file__).parents[2] / "specs"
#: About so many lines of chains are read for a model: a layer's chain is as long as the network is deep.
MOST = 600
FILES = sorted(path for path in SPECS.rglob("*.cnn") if "std" not in path.parts)


def load(name: str) -> Checked:
    path = SPECS / name
    return check_source(Source(str(path), path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_equation_of_every_spec_is_true(path: Path) -> None:
    checked = load(str(path.relative_to(SPECS)))
    assert checked.report.models
    seen: set[object] = set()
    for model, report in zip(checked.resolution.models, checked.report.models, strict=True):
        count = check_all(explain_model(model, report))
        chosen = choose(report, seen)
        for index in chosen:
            count += check_all(explain_layer(model, report, index))
        assert count > len(chosen)


def choose(report: ModelReport, seen: set[object]) -> list[int]:
    """The layers to explain: each on each input once in a file, or some of them; one of each kind; and the last with a field.

    Layers that are repeated differ in their fields alone.
    """
    new = [row for row in report.rows if (row.layer, row.input_shapes) not in seen]
    kinds = {row.kind: row.index for row in new if row.kind not in seen}
    seen.update((row.layer, row.input_shapes) for row in new)
    seen.update(kinds)
    some = {row.index for row in new[:: 1 + len(new) * len(report.rows) // MOST]}
    deepest = max((row.index for row in report.rows if row.field is not None), default=0)
    return sorted({*some, *kinds.values(), deepest})


def test_resnet18() -> None:
    """Araujo et al. 2019: 435, stride 32, padding 217. Along the smallest path 11, before the last sum 139."""
    _, report = load("resnet18.cnn").model()
    totals = report.totals
    assert (totals.trainable, totals.params, totals.macs, totals.depth) == (11_689_512, 11_699_112, 1_814_073_344, 18)
    last = [row for row in report.rows if row.field is not None][-1].field
    assert last is not None
    assert (last.size, last.jump, last.start, last.smallest) == ((435, 435), (32, 32), (-217, -217), (11, 11))
    before = [row for row in report.rows if row.kind == "Conv2D"][-1].field
    assert before is not None
    assert (before.size, before.smallest) == ((435, 435), (139, 139))


def test_claims_stand_with_the_layer_they_speak_of() -> None:
    model, report = load("mnist_cnn.cnn").model()
    last = next(row.index for row in report.rows if row.name == "last")
    claims = " / ".join(texts(explain_layer(model, report, last), "Claims"))
    assert ":: 3x3x64 holds" in claims
    assert "receptive_field(last) == 18x18 holds" in claims
    with pytest.raises(KeyError):
        explain_layer(model, report, 0).section("Claims")
