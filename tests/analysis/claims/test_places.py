"""What ``x`` names: values, layers, uses of blocks, passes of repeats, named flows."""

from __future__ import annotations

import pytest

from support.checking import check, codes

NET = """
block Stage(n) {
  c = Conv2D(n, 3x3, padding=same) -> BatchNorm
  ReLU
  expect params(c) == 9 * in.channels * n + 5 * n
  expect layers("c/conv2d_1") == 1
}
block Nothing {
  if in.channels == 0 { ReLU }
}
model Net {
  input 16x16x3
  stem = Stage(4) -> Stage(8)
  repeat 2 {
    Stage(8)
    Conv2D(8, 1x1)
  }
  Stage(8) * 2
  same = stem
  empty = Nothing
  Add {
    | inner = Conv2D(8, 1x1)
    | Conv2D(8, 1x1)
  }
  share twice = Stage(8)
  twice
  last = twice
  expect CLAIM
}
"""
FIRST, SECOND, THIRD = 3 * 36 + 20, 36 * 8 + 40, 72 * 8 + 40


def judge(claim: str) -> object:
    claims = check(NET.replace("CLAIM", claim)).report.models[0].claims
    assert all(result.holds for result in claims[:-1])
    return claims[-1].holds


@pytest.mark.parametrize(
    "claim",
    [
        f"params(stem) == {FIRST + SECOND}",
        f'params("stem/stage_1") == {FIRST}',
        f'params("Net/stem/stage_1") == {FIRST}',
        f'params("stem/stage_2/c") == {SECOND}',
        f"params(repeat_1) == 2 * {THIRD + 72}",
        f'params("repeat_1/1") == {THIRD + 72}',
        f"params(stage_1) == {THIRD}",
        "params(stage_1) == params(stage_2) and params.non_trainable(stage_1) == 16",
        "layers(stage_1) == 3 and depth(stage_1) == 1 and depth(stem) == 2 and depth(repeat_1) == 4",
        "macs(repeat_1) == 256 * 2 * (72 * 8 + 64)",
        "flops(repeat_1) == 2 * macs(repeat_1) and connections(inner) == macs(inner) + 256 * 8",
        "activation_elements(stem) == 256 * 4 * 3 + 256 * 8 * 3",
        "params(inner) == 72",
        "params(same) == 0 and layers(same) == 0 and shape(same) == 16x16x8",  # another name of a value makes no layer
        "params(empty) == 0 and layers(empty) == 0",
        f"params(twice) == {THIRD} and params(twice_2) == params(twice) and macs(twice_2) == macs(twice)",
        "params(last) == params(twice) and shape(last) == 16x16x8",
        "params == params(stem) + params(repeat_1) + params(stage_1) * 3 + params(inner) * 2",
        "shape(stem) == 16x16x8 and receptive_field(stem) == 5x5",
        'shape("stem/stage_1") == 16x16x4 and receptive_field(repeat_1) == 9x9',
        "params(input) == 0 and layers(input) == 0 and shape(input) == 16x16x3",
        "elementwise(stem) > 0",
    ],
)
def test_places(claim: str) -> None:
    assert judge(claim) is True


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ('params("c/conv2d_1") == 1', "claim-layer-ambiguous"),
        ('params("c") == 1', "claim-layer-ambiguous"),
        ("params(stem_2) == 1", "claim-layer-unknown"),
        ('params("stage_1/conv2d_7") == 1', "claim-layer-unknown"),
        ("params(3) == 1", "claim-invalid"),
        ("params(stem, stage_1) == 1", "claim-invalid"),
        ("params(stem, on=input) == 1", "claim-invalid"),
        ("depth(x=stem) == 1", "claim-invalid"),
        ("output(stem) == 16x16x8", "claim-invalid"),
        ("resolution.min(stem) == 8", "claim-invalid"),
        ("receptive_field(stem, on=stem) == 1", "claim-invalid"),
        ("shape(empti) == 1", "claim-layer-unknown"),
    ],
)
def test_mistakes(claim: str, code: str) -> None:
    assert codes(NET.replace("CLAIM", claim)) == [code]


def test_an_ambiguous_name_lists_layers_and_scopes() -> None:
    (found,) = (
        d for d in check(NET.replace("CLAIM", 'params("c") == 1')).report.diagnostics if d.code == "claim-layer-ambiguous"
    )
    assert "stem/stage_1/c" in found.message
    assert "repeat_1/0/stage_1/c" in found.message


def test_on_an_input() -> None:
    text = """
        model Two {
          input a: 8x8x1
          input b: 8x8x1
          p = a -> Conv2D(2, 3x3)
          q = b -> Conv2D(2, 5x5, padding=same) -> Crop2D(1)
          both = [p, q] -> Add
          far = both -> GlobalAvgPool2D
          expect CLAIM
        }
    """
    for claim in (
        "receptive_field(both) == 3x3 and receptive_field(both, on=a) == 3x3 and receptive_field(both, on=b) == 5x5",
        "start(q, on=b) == [-1, -1] and jump(both, on=b) == 1",
        "coverage(both, on=b) ~= 0.391 and coverage(both) ~= 0.141",
        'smallest_receptive_field(both, on="b") == 5',
        "unread(p, on=a) == 0 and unread(on=b) == 0 and unread == unread(on=a)",
        "params(p) < params(q) and misaligned == 0",
    ):
        (result,) = check(text.replace("CLAIM", claim)).report.models[0].claims
        assert result.holds is True, claim
    for claim, reason in (
        ("receptive_field(p, on=b) == 3", "p sees nothing of b"),
        ("receptive_field(far, on=b) == 3", "far sees the whole input by construction"),
    ):
        (result,) = check(text.replace("CLAIM", claim)).report.models[0].claims
        assert (result.holds, result.reason) == (None, reason)


def test_misaligned_merges_are_counted() -> None:
    text = "model M {\n input 9x9x1\n Add {\n | Conv2D(2, 3x3)\n | Conv2D(2, 3x3, padding=same) -> Crop2D([[0, 2], [0, 2]])\n }\n"
    assert codes(text + " expect misaligned == 1\n}") in ([], ["misaligned-branches"])
    assert "claim-false" in codes(text + " expect misaligned == 0\n}")
