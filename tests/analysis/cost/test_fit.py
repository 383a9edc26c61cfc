"""What fits into a memory: the largest batch, tried one by one, and the remedies, resolved again by hand."""

from __future__ import annotations

from random import Random

import pytest

from cnnspec.analysis.check import Checked
from cnnspec.analysis.cost.changes import Unfit, find_parts, find_strided, with_longer_stride, without
from cnnspec.analysis.cost.fit import Fit, fit_inference, fit_training
from cnnspec.analysis.memory.memory import ModelMemory, analyse_memory
from cnnspec.analysis.memory.need import Need
from cnnspec.analysis.memory.terms import InferenceTerms, TrainingTerms
from cnnspec.resources import library_root
from cnnspec.schema.values import Word
from support.checking import check

RESIDUAL = """
block Basic(filters) {{
  Add {{
    | Conv2D(filters, 3x3, padding=same, use_bias=false) -> BatchNorm -> ReLU -> Conv2D(filters, 3x3, padding=same) -> BatchNorm
    |
  }}
  ReLU
}}
model Net {{
  input 32x32x3
  stem = Conv2D(16, 3x3, strides={strides}, padding=same)
  Basic(16){more}
  GlobalAvgPool2D -> Dense(10, activation=softmax)
}}
"""


def residual(strides: int = 1, blocks: int = 2) -> Checked:
    return check(RESIDUAL.format(strides=strides, more=f" * {blocks}" if blocks > 1 else ""))


def memory_of(checked: Checked) -> ModelMemory:
    memory = analyse_memory(checked.report.models[0])
    assert memory is not None
    return memory


def terms(batch: int = 8, **more: object) -> TrainingTerms:
    return TrainingTerms.bind((), {"batch": batch, **more})


@pytest.mark.parametrize("seed", range(40))
def test_the_largest_batch_is_the_last_that_fits(seed: int) -> None:
    random = Random(seed)
    need = Need(random.randint(0, 500), random.randint(1, 90))
    limit = random.randint(0, 2000)
    assert need.largest_batch(limit) == max((batch for batch in range(1, 2001) if need.at(batch) <= limit), default=0)


@pytest.mark.parametrize("limit", [10**5, 10**6, 10**7, 10**8])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_of_a_network_it_is_exact(limit: int, precision: str) -> None:
    memory = memory_of(residual())
    asked = terms(optimizer=Word("adam"), precision=Word(precision))
    fit = Fit(limit, asked.need(memory), asked.batch)
    inference = fit_inference(memory, InferenceTerms(), limit)
    assert inference is not None
    for found, of in ((fit, lambda batch: memory.training(batch, "Adam", 2, asked.bytes)), (inference, memory.inference)):
        assert of(found.largest + 1).total > limit  # type: ignore[operator]
        assert not found.largest or of(found.largest).total <= limit  # type: ignore[operator]


def remedies(checked: Checked, limit: int, asked: TrainingTerms) -> Fit:
    model, report = checked.model()
    fit = fit_training(model, report, memory_of(checked), asked, limit)
    assert fit is not None
    return fit


def test_what_fits_needs_no_remedy() -> None:
    assert remedies(residual(), 10**9, terms()).remedies == ()


def test_remedies_are_the_networks_that_one_would_write() -> None:
    fit = remedies(residual(), 2_000_000, terms(batch=8))
    found = {remedy.what: remedy for remedy in fit.remedies}
    assert list(found) == ["16 bits (bfloat16)", "strides=2×2 in stem", "without basic_1"]
    assert found["16 bits (bfloat16)"].total == terms(8, precision=Word("bfloat16")).of(memory_of(residual())).total
    assert found["strides=2×2 in stem"].total == terms(8).of(memory_of(residual(strides=2))).total
    assert found["without basic_1"].total == terms(8).of(memory_of(residual(blocks=1))).total
    for remedy in found.values():
        assert remedy.total is not None
        assert remedy.total < fit.total
        assert remedy.devices == -(-8 // remedy.largest)
    assert fit.devices == -(-8 // fit.largest)


def test_a_stride_that_the_rest_does_not_take_is_tried_further_on() -> None:
    checked = check((library_root() / "mnist_cnn.cnn").read_text(encoding="utf-8"))
    fit = remedies(checked, 4 * 1024**2, terms(64))
    first, second = (remedy for remedy in fit.remedies if remedy.what.startswith("strides"))
    assert (first.total, first.reason) == (None, "last would not take what comes to it")
    text = (library_root() / "mnist_cnn.cnn").read_text(encoding="utf-8")
    by_hand = check(
        text.replace("Conv2D(64, 3x3, activation=relu)", "Conv2D(64, 3x3, strides=2, activation=relu)", 1).split("train ")[0]
    )
    assert second.what == "strides=2×2 in conv2d_2"
    assert second.total == terms(64).of(memory_of(by_hand)).total


def test_where_not_one_sample_fits_no_number_of_devices_helps() -> None:
    fit = remedies(residual(), 1000, terms(8))
    assert (fit.largest, fit.devices) == (0, None)


def test_inference_that_does_not_fit_is_offered_16_bits() -> None:
    memory = memory_of(residual())
    one = InferenceTerms().of(memory).total
    fit = fit_inference(memory, InferenceTerms(batch=3), int(one))  # type: ignore[arg-type]
    assert fit is not None
    assert (fit.fits, fit.largest, fit.devices) == (False, 1, 3)
    (remedy,) = fit.remedies
    assert remedy.total == InferenceTerms(batch=3, precision="bfloat16").of(memory).total
    again = fit_inference(memory, InferenceTerms(batch=3, precision="bfloat16"), 10)
    assert again is not None
    assert again.remedies == ()


def test_parts_that_keep_the_shape_are_left_out_first() -> None:
    checked = residual(blocks=3)
    report = checked.report.models[0]
    names = [part.name for part in find_parts(report)]
    assert names[:3] == ["basic_1", "basic_2", "basic_3"]
    assert "stem" not in names
    assert not any(name.endswith("batch_norm_1") for name in names)
    plain = check("model A {\n  input 9x9x1\n  a = Conv2D(4, 3x3)\n  Conv2D(5, 3x3) -> Flatten -> Dense(2)\n}\n")
    assert [part.name for part in find_parts(plain.report.models[0])] == ["a", "conv2d_1"]


def test_shared_weights_change_at_every_use() -> None:
    lines = ["input x: 8x8x4", "share c = Conv2D(4, 3x3, strides={}, padding=same)", "x -> c -> c -> Flatten -> Dense(2)"]
    text = "model A {{\n  " + "\n  ".join(lines) + "\n}}\n"
    model, report = check(text.format(1)).model()
    (index,) = find_strided(report)
    expected = memory_of(check(text.format(2)))
    assert with_longer_stride(model, index).training().total == expected.training().total


def test_an_unfit_change_names_the_layer_that_refuses() -> None:
    lines = ["input 8x8x4", "a = Conv2D(4, 3x3)", "b = Conv2D(4, 3x3, padding=same)", "[a, b] -> Concat"]
    text = "model A {\n  " + "\n  ".join(lines) + "\n}\n"
    checked = check(text.replace("b = Conv2D(4, 3x3, padding=same)", "b = a -> Conv2D(4, 3x3, padding=same)"))
    model, report = checked.model()
    assert checked.report.ok
    with pytest.raises(Unfit, match="concat_1"):
        with_longer_stride(model, 2)
    assert without(model, report, find_parts(report)[0]).training().total < memory_of(checked).training().total  # type: ignore[operator]
