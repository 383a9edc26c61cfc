"""Claims about memory: terms, units, mistakes."""

from __future__ import annotations

import pytest

from cnnspec.analysis.memory.memory import analyse_memory
from cnnspec.analysis.memory.precision import PRECISIONS
from support.checking import check, codes

NET = """
let many = 64
block Part {{
  Conv2D(4, 3x3, activation=relu)
  {inner}
}}
model Net(batch = 3) {{
  input {input}
  Part -> BatchNorm -> GlobalAvgPool2D -> Dense(10, activation=softmax)
  {claim}
}}
"""


def text(claim: str = "", inner: str = "", input: str = "28x28x1") -> str:
    return NET.format(claim=claim and f"expect {claim}", inner=inner, input=input)


@pytest.mark.parametrize(
    ("terms", "slots", "batch", "precision"),
    [
        ("", 0, 1, "float32"),
        ("()", 0, 1, "float32"),
        ("(batch=64)", 0, 64, "float32"),
        ("(64)", 0, 64, "float32"),
        ("(batch=many, optimizer=adam)", 2, 64, "float32"),
        ("(batch=2*batch)", 0, 6, "float32"),
        ("(batch=64, optimizer=SGD(momentum=0.9), precision=bfloat16)", 1, 64, "bfloat16"),
        ("(optimizer=AdamW)", 2, 1, "float32"),
    ],
)
def test_terms_of_training(terms: str, slots: int, batch: int, precision: str) -> None:
    checked = check(text(f"memory.training{terms} == 1 B"))
    memory = analyse_memory(checked.report.models[0])
    assert memory is not None
    expected = memory.training(batch, slots=slots, precision=PRECISIONS[precision]).total
    assert checked.report.models[0].claims[0].actual == expected
    assert check(text(f"memory.training{terms} == {expected} B and memory.training{terms} < 2 GiB")).report.ok


def test_inference() -> None:
    values = 28 * 28 + 26 * 26 * 4
    weights = 40 + 16 + 50
    peak = max(values, 2 * 26 * 26 * 4)
    for terms, size in (("", 4 * (weights + peak)), ("(batch=5, precision=float16)", 2 * (weights + 5 * peak))):
        assert check(text(f"memory.inference{terms} == {size} B")).report.ok
        assert codes(text(f"memory.inference{terms} < {size} B")) == ["claim-false"]


@pytest.mark.parametrize("unit", ["B", "KB", "MB", "GB", "KiB", "MiB", "GiB"])
def test_units(unit: str) -> None:
    size = {"B": 1, "K": 1000, "M": 1000**2, "G": 1000**3}[unit[0]] if "i" not in unit else 1024 ** " KMG".index(unit[0])
    (claim,) = check(text(f"memory.training <= 3 {unit}")).report.models[0].claims
    assert claim.holds == (claim.actual <= 3 * size)


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("memory.training(batch=0) < 2 GiB", "argument-value"),
        ("memory.training(bach=2) < 2 GiB", "unknown-argument"),
        ("memory.training(optimizer=adm) < 2 GiB", "unknown-word"),
        ('memory.training(optimizer="adam") < 2 GiB', "quoted-word"),
        ("memory.training(optimizer=Adam(beta_1=2)) < 2 GiB", "argument-value"),
        ("memory.training(precision=float64) < 2 GiB", "unknown-word"),
        ("memory.training(1, 2, 3, 4) < 2 GiB", "too-many-arguments"),
        ("memory.inference(optimizer=adam) < 2 GiB", "unknown-argument"),
        ("memory.inference(1, batch=2) < 2 GiB", "argument-repeated"),
        ("memory.peak < 2 GiB", "claim-unknown-quantity"),
        ("memory.peak(batch=2) < 2 GiB", "claim-unknown-quantity"),
    ],
)
def test_mistakes(claim: str, code: str) -> None:
    assert codes(text(claim)) == [code]


def test_what_cannot_be_known_is_said() -> None:
    (claim,) = check(text(inner="expect memory.inference < 1 GiB")).report.models[0].claims
    assert (claim.holds, claim.reason) == (None, "memory.inference speaks of a model as a whole, not of a block")
    (claim,) = check(text("memory.training < 2 GiB", input="?x?x1")).report.models[0].claims
    assert claim.holds is None
    assert claim.reason.startswith("it depends on the size of the input: ")
    broken = text("memory.training < 2 GiB").replace("BatchNorm", "BatchNrom")
    assert check(broken).report.models[0].claims[0].reason == "an error above leaves it unknown"
