"""When two runs are the same: their weights by hash, their rows without times."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from cnnspec.train.checkpoint import read_checkpoint
from cnnspec.train.result import TrainingResult
from cnnspec.train.run_folder import checkpoints_of


def digest(tensors: Mapping[str, Tensor]) -> str:
    """One hash of all bytes."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        found.update(name.encode() + tensors[name].detach().contiguous().numpy().tobytes())
    return found.hexdigest()


def rows(folder: Path) -> list[dict[str, str]]:
    """The rows of a run, without times."""
    found = csv.DictReader((folder / "metrics.csv").read_text().splitlines())
    return [{name: value for name, value in row.items() if name not in ("seconds", "images_per_second")} for row in found]


def require_equal(one: Path, first: TrainingResult, other: Path, second: TrainingResult) -> None:
    """The same weights, rows, figures, and state of the optimizer."""
    assert digest(first.module.state_dict()) == digest(second.module.state_dict())
    assert rows(one) == rows(other)
    assert first.test == second.test
    assert first.history == second.history
    states = [read_checkpoint(checkpoints_of(folder)[0]) for folder in (one, other)]
    assert digest(states[0].part("optimizer")) == digest(states[1].part("optimizer"))
