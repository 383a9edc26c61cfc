"""What the help of a false claim offers is true."""

from __future__ import annotations

import pytest

from cnnspec.diagnostics import Diagnostic, apply_edits
from support.checking import check

NET = """\
block Part(n) {
  Conv2D(n, 3x3)
  expect params == PART
}
model Net {
  input 28x28x1
  a = Conv2D(4, 3x3, padding=same)
  Part(4)
  b = Conv2D(4, 3x3, strides=2)
  up = UpSampling2D(2)
  Flatten -> Dense(1000)
  expect CLAIM
}
"""


def false_claim(text: str) -> Diagnostic:
    (found,) = (diagnostic for diagnostic in check(text).report.diagnostics if diagnostic.code == "claim-false")
    return found


@pytest.mark.parametrize(
    ("claim", "repaired"),
    [
        ("params == 1", "params == 2_305_336"),
        ("1_000 == depth", "4 == depth"),
        ("params(a) == 1 and depth == 4", "params(a) == 40 and depth == 4"),
        ("depth == 4 and not depth == 4 or depth == 5", "depth == 4 and not depth == 4 or depth == 4"),
        ("receptive_field(b) == 3x3", "receptive_field(b) == 7x7"),
        ("receptive_field(b) == 3", "receptive_field(b) == 7x7"),
        ("shape(b) == ?x11x4", "shape(b) == 12x12x4"),
        ("output == 10", "output == 1000"),
        ("start(a) == 0", "start(a) == [-1, -1]"),
        ("start(a) == [0, 0]", "start(a) == [-1, -1]"),
        ("coverage(a) == 0.01", "coverage(a) ~= 0.0115"),
        ("coverage(a) ~= 0.02", "coverage(a) ~= 0.01"),
        ("coverage(a) ~= 0.5", "coverage(a) ~= 0.0115"),
        ("coverage(a) ~= -0.5", "coverage(a) ~= 0.0115"),
        ("params ~= 2.5e6", "params ~= 2.3e6"),
        ("params ~= 2_305_337", "params ~= 2_305_336"),
        ("memory.inference ~= 1.5 MiB", "memory.inference ~= 8.8 MiB"),
        ("memory.inference ~= 1 MB", "memory.inference ~= 9 MB"),
        ("macs(a) / macs ~= 0.1", "macs(a) / macs ~= 0.0115"),
        ("( # first\n    params) == 1", "(params) == 2_305_336"),
    ],
)
def test_the_true_figure(claim: str, repaired: str) -> None:
    text = NET.replace("PART", "9 * in.channels * n + n")
    found = false_claim(text.replace("CLAIM", claim))
    assert found.help is not None
    assert f"`{repaired}`" in found.help
    after = apply_edits(text.replace("CLAIM", claim), found.fix)
    assert check(after).report.ok
    assert found.applicability == "suggested"


@pytest.mark.parametrize(
    "claim", ["params < 3", "params != 2_305_336", "params(a) == params(b)", "macs == 2 * 3", "takes(29x29)"]
)
def test_where_there_is_no_one_figure(claim: str) -> None:
    found = false_claim(NET.replace("PART", "148").replace("CLAIM", claim))
    assert found.fix == ()


def test_a_block_that_is_used_several_times_may_have_several() -> None:
    found = false_claim(NET.replace("PART", "3").replace("CLAIM", "depth > 0"))
    assert found.fix == ()
    assert found.labels
