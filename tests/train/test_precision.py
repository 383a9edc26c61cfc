"""Computing in fewer bits: what the machine lacks is refused, what it has is held against float32; the scale of the loss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from cnnspec.diagnostics import MachineError, SpecError
from cnnspec.schema.values import Word
from cnnspec.train import precision
from cnnspec.train.checkpoint import read_checkpoint
from cnnspec.train.objective import Objective
from cnnspec.train.precision import Comparison, LossScale, has_precision, require_precision
from cnnspec.train.training import train
from support.training import recipe_of

CPU = torch.device("cpu")
needs_bfloat16 = pytest.mark.skipif(not has_precision("bfloat16", CPU), reason="this processor has no bfloat16")


def test_what_a_machine_lacks_is_refused(monkeypatch: pytest.MonkeyPatch, small: Any, data: Any) -> None:
    require_precision("float32", CPU)
    monkeypatch.setattr(precision, "has_precision", lambda *_: False)
    require_precision("float32", CPU)
    with pytest.raises(MachineError) as caught:
        train(small, recipe_of(precision=Word("float16")), data)
    assert [found.code for found in caught.value.diagnostics] == ["precision-unavailable"]


@needs_bfloat16
def test_a_run_in_bfloat16(tmp_path: Path, small: Any, data: Any) -> None:
    full = train(small, recipe_of(epochs=3), data)
    lower = train(small, recipe_of(epochs=3, precision=Word("bfloat16")), data, out=tmp_path / "run")
    assert lower.module is not None
    assert {tensor.dtype for tensor in lower.module.state_dict().values()} == {torch.float32}
    assert lower.train["loss"] != full.train["loss"], "the precision does nothing"
    assert lower.train["loss"] == pytest.approx(full.train["loss"], rel=0.1)
    kept = json.loads((tmp_path / "run" / "run.json").read_text())["precision"]
    assert kept["name"] == "bfloat16"
    assert len(kept["loss"]) == len(kept["float32"]) == precision.COMPARED
    assert kept["loss"] != kept["float32"]
    assert kept["loss"] == pytest.approx(kept["float32"], rel=0.05)


@needs_bfloat16
def test_losses_too_far_apart_stop_a_run(monkeypatch: pytest.MonkeyPatch, small: Any, data: Any) -> None:
    monkeypatch.setattr(Comparison, "difference", 0.2)
    with pytest.raises(SpecError) as caught:
        train(small, recipe_of(precision=Word("bfloat16")), data)
    assert [found.code for found in caught.value.diagnostics] == ["precision-unsuited"]


def test_differences() -> None:
    compared = Comparison()
    compared.lower, compared.full = [1.1, 2.2, 3.3], [1.0, 2.0, 3.0]
    assert compared.difference == pytest.approx(0.1)
    compared.lower[1] = float("inf")
    assert compared.difference == float("inf")
    compared.full[1] = float("nan")
    assert compared.difference == 0, "what float32 cannot do either is no fault of the precision"


def test_scaling_gives_the_same_gradients() -> None:
    weights = torch.tensor([3.0, 4.0], requires_grad=True)
    scale = LossScale()
    scale.backward((weights**2).sum() * 1e-9)
    assert weights.grad is not None
    assert weights.grad.tolist() == pytest.approx([6e-9 * 2**15, 8e-9 * 2**15])
    assert scale.unscale([weights])
    assert weights.grad.tolist() == pytest.approx([6e-9, 8e-9])


def test_an_overflow_halves_the_scale_and_good_steps_double_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LossScale, "GROWTH", 3)
    weights, scale = torch.zeros(2, requires_grad=True), LossScale()
    scales: list[float] = []
    for gradient in (1.0, float("inf"), 1.0, 1.0, float("nan"), 1.0, 1.0, 1.0, 1.0):
        weights.grad = torch.tensor([0.0, gradient])
        assert scale.unscale([weights]) == (gradient == 1.0)
        scales.append(scale.scale / 2**15)
    assert scales == [1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.5, 0.5]
    other = LossScale()
    other.restore(scale.state())
    assert (other.scale, other.good) == (scale.scale, scale.good) == (2**14, 1)


@pytest.mark.skipif(not has_precision("float16", CPU), reason="this processor has no float16")
def test_a_run_in_float16(small: Any, data: Any) -> None:
    lower = train(small, recipe_of(epochs=3, precision=Word("float16")), data)
    assert lower.train["loss"] == pytest.approx(train(small, recipe_of(epochs=3), data).train["loss"], rel=0.1)


def test_the_scale_is_kept_with_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small: Any, data: Any) -> None:
    """float16 by emulation: the loop, the scale and its state are those of a machine that has it."""
    monkeypatch.setattr(precision, "has_precision", lambda *_: True)
    result = train(small, recipe_of(epochs=1, precision=Word("float16")), data, out=tmp_path / "run")
    assert result.train["loss"] < 2
    (newest, *_) = sorted((tmp_path / "run" / "checkpoints").glob("*.safetensors"), reverse=True)
    kept = read_checkpoint(newest).metadata["state"]["loss_scale"]
    assert kept == {"scale": 2.0**15, "good": 13}, "no step of this run overflows"


def test_a_comparison_leaves_no_trace(small: Any) -> None:
    from cnnspec.backends.torch_modules import build_module

    module = build_module(small, seed=0)
    recipe = recipe_of()
    objective = Objective(module, recipe.loss, recipe.metrics)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    random, compared = torch.get_rng_state(), Comparison()
    compared.take(objective, torch.randn(3, 1, 8, 8, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 2]),
                  precision.autocast("float32", CPU))  # fmt: skip
    assert compared.lower == compared.full
    assert torch.equal(random, torch.get_rng_state())
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert module.training
