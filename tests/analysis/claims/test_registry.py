"""Nothing that a report says is left out of what can be claimed, and the documentation lists all of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from cnnspec.analysis.claims.of_recipe import RESULTS
from cnnspec.analysis.claims.registry import ELSEWHERE, NOT_CLAIMED, QUANTITIES, Quantity, forms
from cnnspec.analysis.to_json import model_to_json
from support.checking import check

ROOT = Path(__file__).parents[3]
SPECS = [ROOT / "specs" / f"{name}.cnn" for name in ("lenet5", "resnet18", "siamese", "unet", "unet_2015", "autoencoder")]
PAGE = ROOT / "docs" / "claims.md"
#: Keys whose value has a name of the model for every key.
NAMED = ("unread", "layers.receptive_fields")
#: Keys that only such networks have: several inputs, units that take turns, open sizes, late convolutions.
RARE = """
model Rare {
  input a: 5x5x1
  input b: 5x5x1
  c = a -> Conv2D(2, 3x3, strides=2, padding=same) -> Conv2D(2, 3x3, padding=same) -> Conv2D(2, 3x3, padding=same)
  up = c -> UpSampling2D(2) -> Conv2D(1, 2x2)
  [up, b] -> Add -> Multiply { | | GlobalAvgPool2D -> Dense(1) }
}
model Open {
  input ?x?x1
  Conv2D(2, 3x3, padding=same)
}
"""


def walk(value: Any, path: str = "") -> Iterator[str]:
    """The paths of the figures in plain data, without the places in lists; what is null has none."""
    if path in NOT_CLAIMED:
        yield path
    elif isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            yield from walk(item, f"{path}.{key}".strip(".")) if path not in NAMED else walk(item, f"{path}.")
    elif isinstance(value, list) and any(isinstance(item, dict) for item in cast("list[Any]", value)):
        for item in cast("list[Any]", value):
            yield from walk(item, path)
    elif value is not None:
        yield path.replace("..", ".").rstrip(".")


def shown() -> Mapping[str, Quantity]:
    return {key: quantity for quantity in QUANTITIES.values() for key in quantity.keys}


def keys_of(texts: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        for model in check(text).report.models:
            found.update(walk(model_to_json(model)))
    return found


def test_every_figure_of_a_report_can_be_claimed() -> None:
    found = keys_of([RARE, *(path.read_text(encoding="utf-8") for path in SPECS)])
    known = {*shown(), *NOT_CLAIMED}
    assert sorted(found - known) == [], "claimable (registry.py), or listed there with a reason"
    assert sorted(known - found) == [], "the registry names keys that no report has"


def test_the_walk_can_find_something_new() -> None:
    (model,) = check("model N { input 8\n Dense(2)\n}").report.models
    data = {**model_to_json(model), "novelty": 3}
    assert "novelty" in set(walk(data)) - {*shown(), *NOT_CLAIMED}


def test_no_key_is_both() -> None:
    assert not set(shown()) & set(NOT_CLAIMED)
    assert all(reason for reason in NOT_CLAIMED.values())


def test_a_figure_of_a_report_is_what_is_claimed() -> None:
    """Totals are those that the same name claims."""
    text = "model N { input 9x9x2\n c = Conv2D(3, 3x3, strides=2) -> BatchNorm -> ReLU\n Flatten -> Dense(4)\n EXPECT\n}"
    (model,) = check(text.replace("EXPECT", "")).report.models
    totals: Any = model_to_json(model)["totals"]
    pairs = {key.partition(".")[2]: quantity.name for key, quantity in shown().items() if key.startswith("totals.")}
    pairs = {key: name for key, name in pairs.items() if not key.endswith("_formula")}
    claims = "\n".join(f"expect {name} == {totals[key]}" for key, name in pairs.items())
    results = check(text.replace("EXPECT", claims)).report.models[0].claims
    assert [(claim.text, claim.holds) for claim in results] == [(claim.text, True) for claim in results]
    assert len(results) == len(pairs) > 8


# --- documentation --------------------------------------------------------------------------------------------------------


def table(quantities: Mapping[str, Quantity]) -> str:
    rows = [
        f"| {', '.join(f'`{form}`' for form in quantity.forms or (quantity.name,))} | {quantity.unit or 'true or false'} |"
        f" {quantity.meaning} |"
        for quantity in quantities.values()
    ]
    return "\n".join(["| written | unit | meaning |", "|---|---|---|", *rows])


@pytest.mark.parametrize(("part", "quantities"), [("quantities", QUANTITIES), ("results", RESULTS)])
def test_the_page_lists_all(part: str, quantities: Mapping[str, Quantity], request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text(encoding="utf-8")
    expected = f"<!-- {part} -->\n{table(quantities)}\n<!-- end -->"
    pattern = re.compile(rf"<!-- {part} -->\n.*?<!-- end -->", re.DOTALL)
    if request.config.getoption("--update", False) or os.environ.get("CNNSPEC_UPDATE"):
        PAGE.write_text(pattern.sub(lambda _: expected, text), encoding="utf-8")
        return
    found = pattern.search(text)
    assert found is not None
    assert found[0] == expected, "pytest --update writes it"


def test_forms_are_all_different() -> None:
    assert len(set(forms())) == len(list(forms()))


def test_what_quantities_are_called_elsewhere() -> None:
    known = {*forms(), *RESULTS}
    assert set(ELSEWHERE.values()) <= known
    assert not set(ELSEWHERE) & known
    text = "model N {\n input 8x8x1\n c = Conv2D(2, 3x3)\n expect CLAIM\n}"
    for name, said in (("stride", "jump(x)"), ("multadds", "macs")):
        (found,) = check(text.replace("CLAIM", f"{name} == 3")).report.diagnostics
        assert (found.code, found.help) == ("claim-unknown-quantity", f"what is called {name} elsewhere is {said} here")
