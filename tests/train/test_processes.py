"""Several processes train as one does: the same order, gradients of the whole batch, the first one writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec.train.processes import share_of
from cnnspec.train.run import load_run
from cnnspec.train.run_folder import checkpoints_of
from cnnspec.train.training import train
from support.markdown import ROOT
from support.together import StopAt, train_together
from support.training import SMALL, bars, call, network_of, recipe_of

NORMED = """
  input 8x8x1
  Conv2D(4, 3x3, use_bias=false)
  BatchNorm
  ReLU
  MaxPool2D
  Flatten
  Dense(4, activation=softmax, kernel_regularizer=l2(0.001))
"""


def distance(weights: Any, result: Any) -> float:
    own = {name: tensor.numpy() for name, tensor in result.module.state_dict().items()}
    assert own.keys() == weights.keys()
    return max(float(np.abs(own[name] - weights[name]).max()) for name in own)


def test_parts_are_all_of_it_in_order() -> None:
    for samples in range(20):
        for size in range(1, 6):
            parts = [share_of(samples, rank, size) for rank in range(size)]
            assert [place for start, end in parts for place in range(start, end)] == list(range(samples))
            lengths = [end - start for start, end in parts]
            assert max(lengths) - min(lengths) <= 1
            assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize(
    ("body", "samples", "values"),
    [
        (SMALL, 200, {"validation": 0.2, "optimizer": call("SGD", learning_rate=0.1, momentum=0.9), "clip_norm": 1.0}),
        (SMALL, 33, {"metrics": ("accuracy",)}),  # the last batch is a single sample: nothing is left for the second process
        (NORMED, 100, {"sync_batch_norm": True}),
    ],
)
def test_two_processes_are_one(body: str, samples: int, values: dict[str, Any], tmp_path: Path) -> None:
    recipe = recipe_of(epochs=1, **values)
    alone = train(network_of(body), recipe, bars(train=samples), threads=1)
    both = train_together(2, body, recipe, samples, out=tmp_path / "run")
    for weights, history, test, _ in both:
        assert distance(weights, alone) <= 1e-6
        assert history == [pytest.approx(row, abs=1e-6) for row in alone.history]
        assert test == pytest.approx(alone.test, abs=1e-6)
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert (record["processes"], record["status"]) == (2, "finished")
    assert len((tmp_path / "run/metrics.csv").read_text().splitlines()) == 2
    assert distance({name: tensor.numpy() for name, tensor in load_run(tmp_path / "run").weights.items()}, alone) <= 1e-6


def test_the_first_process_decides_for_all() -> None:
    both = train_together(2, SMALL, recipe_of(epochs=3), 100, callbacks=[StopAt(3, kill=False)])
    (weights, history, _, stopped), (others, _, _, also) = both
    assert (stopped, also) == ("enough", "the first process stopped")
    assert len(history) == 1
    assert all(np.array_equal(weights[name], others[name]) for name in weights)


def test_a_lost_process_and_another_number_of_them(tmp_path: Path) -> None:
    recipe = recipe_of(epochs=2)
    alone = train(network_of(SMALL), recipe, bars(train=100), threads=1)
    assert not train_together(2, SMALL, recipe, 100, lost=True, out=tmp_path / "run", callbacks=[StopAt(9, kill=True)])
    assert len(checkpoints_of(tmp_path / "run")) >= 1
    again = train_together(3, SMALL, recipe, 100, out=tmp_path / "run", resume=True, callbacks=[StopAt(-1, kill=False)])
    for weights, history, _, _ in again:
        assert distance(weights, alone) <= 1e-6
        assert history == [pytest.approx(row, abs=1e-6) for row in alone.history]


@pytest.mark.slow
def test_torchrun(tmp_path: Path) -> None:
    """The launcher itself, and what the first process alone writes."""
    options = ["--data", "digits", "--epochs", "1", "--batch-size", "64", "--set", "train.optimizer=SGD(momentum=0.9)"]
    command = ["-m", "cnnspec", "train", str(ROOT / "specs/lenet5.cnn"), *options, "--format", "json", "--threads", "1"]
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2"]
    outputs = [
        subprocess.run(
            [sys.executable, *start, *command, "--out", str(tmp_path / name)], capture_output=True, text=True, check=True
        )
        for start, name in (([], "one"), (launcher, "two"))
    ]
    one, two = (json.loads(done.stdout) for done in outputs)
    assert two["test"] == pytest.approx(one["test"], abs=1e-5)
    alone, together = (load_run(tmp_path / name).weights for name in ("one", "two"))
    assert max(float((alone[name] - together[name]).abs().max()) for name in alone) <= 1e-6
