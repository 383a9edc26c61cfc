"""Claims over sizes that an input leaves open, against the same comparison at every size one by one."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from cnnspec.analysis.claims.compare import COMPARE, compare
from cnnspec.analysis.claims.open_sizes import compare_sizes
from cnnspec.analysis.claims.subject import Undecided
from cnnspec.layers.allowed import Allowed
from cnnspec.layers.extent import Extent
from support.checking import check, codes
from support.random_files import RandomFiles

OPERATORS = ("==", "<", "<=", ">", ">=")


def decide(operator: str, a: int | float | Extent, b: int | float | Extent, allowed: Allowed | None) -> bool | None:
    try:
        return compare_sizes(operator, a, b, allowed)
    except Undecided:
        return None


def test_random_networks_at_every_size() -> None:
    """What is decided is so at all sizes that the network takes."""
    decided = asked = 0
    for seed in range(120):
        model = next(iter(check(RandomFiles(Random(seed)).draw().open_text).report.models))
        allowed = model.allowed
        if not model.ok or allowed is None:
            continue
        sizes = [dict(zip(allowed.symbols, at, strict=True)) for at in product(range(1, 10), repeat=len(allowed.symbols))]
        sizes = [size for size in sizes if allowed.takes(size)]
        figures = (model.totals.macs, model.totals.activation_elements, model.totals.connections)
        for figure in [figure for figure in figures if isinstance(figure, Extent)]:
            values = [figure.evaluate(size) for size in sizes]
            for operator in OPERATORS:
                for threshold in {0, *values[:1], *(value - 1 for value in values[:1]), *values[-1:], 2.5}:
                    found = decide(operator, figure, threshold, allowed)
                    turned = decide(operator, threshold, figure, allowed)
                    truths = {COMPARE[operator](value, threshold) for value in values}
                    assert found is None or truths <= {found}, (seed, operator, str(figure), threshold)
                    opposite = {COMPARE[operator](threshold, value) for value in values}
                    assert turned is None or opposite <= {turned}, (seed, operator, str(figure), threshold)
                    decided += found is not None
                    asked += 1
    assert asked > 1000
    assert decided > asked / 3


def test_one_unknown_is_decided_whenever_all_sizes_agree() -> None:
    n = Extent.symbol("l")
    figures = [n, 3 * n - 2, (n - 1) // 2, 2 * (n // 2) + 1, n - 2 * (n // 2), 7 - n, 4 * (n // 3) - n]
    for figure in figures:
        assert isinstance(figure, Extent)
        values = [figure.evaluate({"l": size}) for size in range(1, 400)]
        for operator in OPERATORS:
            for threshold in range(-3, 9):
                truths = {COMPARE[operator](value, threshold) for value in values}
                expected = truths.pop() if len(truths) == 1 else None
                assert decide(operator, figure, threshold, None) is expected, (str(figure), operator, threshold)


def test_products_of_several_unknowns() -> None:
    h, w = Extent.symbol("h"), Extent.symbol("w")
    area = h * w
    assert isinstance(area, Extent)
    assert decide(">=", area, 1, None) is True
    assert decide(">", area, 1, None) is None
    assert decide("<", area, 1, None) is False
    assert decide("==", area, 0, None) is False
    assert decide("==", area, w * h, None) is True
    assert decide(">=", area + h, area + 1, None) is True
    assert decide("<", 3 * area, 1e300, None) is None
    assert decide("<", 3 * area, float("inf"), None) is True
    assert decide("==", area, 2.5, None) is False


def test_figures_per_axis() -> None:
    h = Extent.symbol("h")
    assert compare("==", (h, 3), (None, 3), None)
    assert not compare("==", (h, 4), (5, 3), None), "an axis that differs decides"
    with pytest.raises(Undecided):
        compare("==", (h, 3), (5, 3), None)
    assert compare("!=", (h, 4), (5, 3), None)


OPEN = """
model Net {
  input x: ?x?x1
  a = Conv2D(4, 3x3)
  down = MaxPool2D
  up = UpSampling2D
  [up, a] -> Concat
  expect CLAIM
}
"""


def judge(claim: str, input: tuple[int, ...] | None = None) -> tuple[object, str]:
    (result,) = check(OPEN.replace("CLAIM", claim), input=input).report.models[0].claims
    return result.holds, result.reason


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        ("takes(32x32)", True),
        ("takes(33x32) or takes(32x33)", False),
        ("not takes(2)", None),
        ("macs == 36 * (x.height - 2) * (x.width - 2)", True),
        ("macs == 36 * (x.height - 2) * x.width", False),
        ("macs >= 144", True),
        ("macs > 144", None),
        ("macs < 144", False),
        ("x.height >= 4", True),
        ("x.height != 5", True),
        ("x.height == 6", None),
        ("a.height == x.height - 2", True),
        ("shape(a) == ?x?x4", True),
        ("shape(a) == 30x?x5", False),
        ("shape(a) == 30x?x4", None),
        ("flops == 2 * macs", True),
        ("macs / params > 0", None),
        ("min(macs, 3) == 3", None),
        ("macs ~= 3", False),
        ("macs < 10 or params == 40", True),
        ("macs > 500 and params == 41", False),
        ("receptive_field(up) == 4", True),
    ],
)
def test_claims_of_an_open_model(claim: str, holds: bool | None) -> None:
    assert judge(claim)[0] is holds


def test_the_reason_has_the_sizes_where_they_are_known() -> None:
    assert judge("x.height < 7") == (None, "it depends on the size of the input: it holds for h ≤ 6")
    assert judge("macs < 1_000") == (None, "it depends on the size of the input: 36·(h − 2)·(w − 2)")


def test_a_size_from_outside_is_not_the_files() -> None:
    assert judge("takes(33x33)", input=(32, 32)) == (
        None,
        "--input gave the input a size; the claim speaks of the file as written",
    )


def test_takes_of_a_fixed_model() -> None:
    text = "model N {{ input a: 8x8x1\n input b: 4\n c = a -> Flatten\n [c, b] -> Concat\n expect {} }}"
    assert codes(text.format("takes(8x8)")) == []
    model = "model N {{ input 8x8x1\n Flatten\n expect {} }}"
    assert codes(model.format("takes(8x8)")) == []
    assert codes(model.format("takes(8x9)")) == ["claim-false"]
    assert codes(model.format("takes(8)")) == []
    assert codes(model.format("takes()")) == ["claim-invalid"]
    assert codes(model.format("takes == 3")) == ["claim-invalid"]
