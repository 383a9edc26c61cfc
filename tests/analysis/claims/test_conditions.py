"""Claims: what they can speak of, and how they are judged."""

import pytest

from support.checking import check, codes

NET = """
block Stage(n) {
  Conv2D(n, 3x3) -> ReLU
  expect params == 9 * in.channels * n + n
  expect output == [in.height - 2, in.width - 2, n]
}
model Net {
  input 28x28x1
  a = Conv2D(4, 3x3)
  Stage(8) -> Stage(8)
  b = Conv2D(4, 3x3, strides=2)
  Flatten -> Dense(10)
  expect CLAIM
}
"""


def judge(claim: str) -> tuple[object, object]:
    claims = check(NET.replace("CLAIM", claim)).report.models[0].claims
    assert all(c.holds for c in claims[:-1])
    return claims[-1].holds, claims[-1].actual


def test_a_claim_is_shown_on_one_line():
    claim = 'receptive_field(  # of "all" (\n    "Net/a",\n  ) == [\n 3, 3,]  and  params==6_178'
    (last,) = check(NET.replace("CLAIM", claim)).report.models[0].claims[-1:]
    assert last.text == 'receptive_field("Net/a") == [3, 3] and params==6_178'


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        ("params == 6_000", False),
        ("params < 10_000 and macs > 100", True),
        ("params < 10 or macs > 100", True),
        ("not params < 10", True),
        ("flops == 2 * macs", True),
        ("depth == 5", True),
        ("output == 10", True),
        ("shape(a) == 26x26x4", True),
        ("shape(a) == ?x?x4", True),
        ("receptive_field(a) == 3x3", True),
        ("receptive_field(a) == 3", True),
        ("receptive_field(b) >= 9", True),
        ("jump(b) == 2x2", True),
        ("coverage(a) ~= 0.011", True),
        ("coverage(a) ~= 0.01", True),
        ("coverage(a) ~= 0.012", False),
        ("im2col(a) == 9x676", True),
        ("start(b) == [0, 0]", True),
        ("smallest_receptive_field(b) == receptive_field(b)", True),
        ("unread == 1x1", True),
        ("unread == 1", True),
        ("unread(a) == 0", True),
        ("unread(b) == unread", True),
        ("unread(flatten_1) == 1x1", True),
        ("unproductive == 0", True),
        ("resolution.min == 9x9 and resolution.max == 9", True),
        ("macs.backward == 2 * macs - 26 * 26 * 9 * 4", True),
        ("flops.backward == 2 * macs.backward", True),
        ('shape("stage_1/conv2d_1") == 24x24x8', True),
        ("shape(stage_2) == 22x22x8", True),
        ("params ~= 6.9e3", False),
        ("receptive_field(a) ~= 3", True),
        ("start(b) ~= 0.4", False),
        ("1 < depth and depth < 100", True),
        ("params(a) + params(b) < params", True),
        ("max(depth, layers) == layers", True),
        ("params % 2 == 0", True),
        ("2 ** depth == 32", True),
        ("output != 11", True),
        ("shape(a) != 26x26x4", False),
    ],
)
def test_conditions(claim: str, holds: bool):
    assert judge(claim)[0] is holds


def test_actual_values():
    assert judge("params == 1") == (False, judge("params > 0")[1])
    assert judge("1 == depth") == (False, 5)
    assert judge("receptive_field(a) == 4x4") == (False, (3, 3))


def test_claims_of_a_block_speak_of_each_use():
    claims = check(NET.replace("CLAIM", "depth > 0")).report.models[0].claims
    assert [claim.actual for claim in claims[:4]] == [296, (24, 24, 8), 584, (22, 22, 8)]
    assert list(codes(NET.replace("9 * in.channels * n + n", "296").replace("CLAIM", "depth > 0"))) == ["claim-false"]


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("params", "claim-invalid"),
        ("parms == 3", "claim-unknown-quantity"),
        ("shape(nothing) == 3x3x3", "claim-layer-unknown"),
        ("shape(conv2d_1) == 3x3x3", "claim-layer-ambiguous"),
        ("a == 3", "claim-invalid"),
        ("shape() == 3", "claim-invalid"),
        ("receptive_field(a) ~= 3x3", "claim-invalid"),
        ("resolution.most == 3", "claim-unknown-quantity"),
        ("macs.forward == 3", "claim-unknown-quantity"),
        ("params == 3x3", "claim-invalid"),
        ("shape(a) == 26x26", "claim-false"),
        ("shape(a) ~= 3x3", "claim-invalid"),
        ("accuracy > 0.9", "claim-unknown-quantity"),
        ("params == true", "claim-false"),
        ("params / 0 == 1", "division-by-zero"),
    ],
)
def test_mistakes_in_claims(claim: str, code: str):
    assert codes(NET.replace("CLAIM", claim)) == [code]


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("receptive_field(flatten_1) == 28x28", "whole input"),
        ("im2col(flatten_1) == 1x1", "window"),
        ("start(flatten_1) == 0", "whole input"),
    ],
)
def test_what_cannot_be_known_is_said(claim: str, reason: str):
    report = check(NET.replace("CLAIM", claim)).report
    assert report.ok
    assert report.models[0].claims[-1].holds is None
    assert reason in report.models[0].claims[-1].reason


def reason_of(text: str) -> str:
    (claim,) = check(text).report.models[0].claims
    assert claim.holds is None
    return claim.reason


def test_why_figures_of_the_input_are_not_judged():
    assert "not of a block" in reason_of("block B { Conv2D(2, 3x3)\n expect unread == 0\n}\nmodel N { input 8x8x1\n B\n}")
    assert "vector" in reason_of("model N { input 8\n Dense(2)\n expect unread == 0\n}")
    assert "vector" in reason_of("model N { input 8\n d = Dense(2)\n expect unread(d) == 0\n}")
    assert "extents" in reason_of("model N { input ?x?x1\n Conv2D(2, 3x3)\n expect unread == 0\n}")
    assert "extents" in reason_of("model N { input ?x?x1\n c = Conv2D(2, 3x3)\n expect unread(c) == 0\n}")
    assert "no convolution" in reason_of("model N { input 8x8x1\n MaxPool2D\n expect resolution.min > 0\n}")
    assert "depends on an unknown size" in reason_of(
        "model N { input ?x?x1\n c = Conv2D(2, 3x3, strides=2, padding=same)\n expect start(c) == 0\n}"
    )


def test_a_claim_about_the_jump_behind_upsampling():
    claims = check("model N { input 8x8x1\n up = UpSampling2D\n expect jump(up) == 0.5\n}").report.models[0].claims
    assert [claim.holds for claim in claims] == [True]


def test_symbolic_quantities_are_judged_where_all_sizes_agree():
    report = check(
        "model N { input ?x?x1\n Conv2D(2, 3x3)\n expect macs < 100\n expect params == 20\n expect macs >= 18\n}"
    ).report
    assert [claim.holds for claim in report.models[0].claims] == [None, True, True]
    assert report.ok
    assert codes("model N { input ?x?x1\n Conv2D(2, 3x3)\n expect macs < 10\n}") == ["claim-false"]


def test_shape_claims():
    assert codes("model N { input 8x8x1\n Conv2D(2, 3x3) :: 6x6x2\n Conv2D(2, 3x3) :: ?x4x2\n Flatten :: ?\n}") == []
    assert codes("model N { input 8x8x1\n Conv2D(2, 3x3) :: 8x8x2\n}") == ["shape-claim-false"]
    assert codes("model N { input 8x8x1\n Conv2D(2, 3x3) :: 72\n}") == ["shape-claim-false"]


def test_claims_of_a_recipe_wait_for_training():
    text = """
        model N {
          input 28x28x1
          Flatten -> Dense(10, activation=softmax)
        }
        train N {
          data      = mnist
          loss      = categorical_crossentropy
          optimizer = SGD
          epochs    = 1
          expect accuracy >= 0.9 and loss < 1
        }
    """
    report = check(text).report
    assert report.ok
    claim = report.recipes[0].claims[0]
    assert (claim.holds, claim.actual, claim.reason) == (None, None, "known after training")
    assert codes(text.replace("accuracy", "accurracy")) == ["claim-unknown-quantity"]


def test_claims_of_a_recipe_with_results():
    from cnnspec.analysis.claims import judge_recipe_claims

    text = "model N { input 784\n Dense(10)\n}\ntrain N {\n expect accuracy >= 0.9\n expect loss < 0.1\n}"
    claims = check(text).resolution.recipes[0].claims
    found: list[str] = []
    results = judge_recipe_claims(claims, (), lambda d: found.append(d.code), {"accuracy": 0.95, "loss": 0.2})
    assert [(r.holds, r.actual) for r in results] == [(True, 0.95), (False, 0.2)]
    assert found == ["claim-false"]
    replaced = judge_recipe_claims(claims, (), lambda d: found.append(d.code), {"accuracy": 0.5, "loss": 0.2}, {"epochs"})
    assert [r.holds for r in replaced] == [None, None]


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        ("memory.inference ~= 29.7 KB", True),
        ("memory.inference ~= 29.8 KB", False),
        ("memory.inference ~= 29.0 KiB", True),
        ("memory.inference <= 1 MiB and memory.inference > 1 KB", True),
        ("memory.inference / 2 < 20 KB", True),
        ("2 KiB == 2_048 B", True),
        ("memory.inference == memory.inference(batch=1)", True),
        ("memory.training(batch=64) > 2 * memory.training", True),
    ],
)
def test_units(claim: str, holds: bool):
    text = "model N {\n input 28x28x1\n Conv2D(8, 3x3)\n MaxPool2D -> Conv2D(8, 3x3)\n expect CLAIM\n}"
    (result,) = check(text.replace("CLAIM", claim)).report.models[0].claims
    assert result.holds is holds, result.actual


@pytest.mark.parametrize("claim", ["params < 1 MB", "2 KiB >= macs", "coverage(a) ~= 1 B"])
def test_what_is_no_memory_has_no_unit_of_it(claim: str):
    assert codes(NET.replace("CLAIM", claim)) == ["claim-invalid"]


def test_what_is_shown_of_several_figures():
    (last,) = check(NET.replace("CLAIM", "macs(a) < macs(b) and params(a) == 40")).report.models[0].claims[-1:]
    assert [(figure.text, figure.value) for figure in last.figures] == [
        ("macs(a)", 26 * 26 * 9 * 4),
        ("macs(b)", 10 * 10 * 72 * 4),
        ("params(a)", 40),
    ]
    assert last.actual == 40


@pytest.mark.parametrize(
    ("size", "unit", "shown"),
    [
        (1_279_000, "bytes", "1.279 MB"),
        (1_279_000, "MiB", "1.22 MiB"),
        (75_864, "MiB", "74.09 KiB"),
        (999, "bytes", "999 B"),
        (0, "GB", "0 B"),
        (2.5e12, "bytes", "2.5 TB"),
        (5_000_000, "KB", "5,000 KB"),
    ],
)
def test_how_memory_is_shown(size: float, unit: str, shown: str):
    from cnnspec.analysis.claims.wording import show_bytes

    assert show_bytes(size, unit) == shown
