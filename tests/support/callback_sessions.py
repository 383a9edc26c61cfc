"""A training that does nothing, for callbacks: it keeps what they did to it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from cnnspec.train.callbacks import Callback
from cnnspec.train.files import append_whole


def _make_folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)


class FakeSession:
    """What the callbacks see of a training; its weights are the number of the epoch."""

    def __init__(self, folder: Path | None = None, rate: float = 0.01) -> None:
        self.recipe = SimpleNamespace(metric_names=("loss", "accuracy", "val_loss", "val_accuracy"), epochs=100)
        self.network = SimpleNamespace(name="Small")
        self.folder = SimpleNamespace(path=folder, append=append_whole, make=_make_folder) if folder else None
        self.optimizer = SimpleNamespace(learning_rate=rate)
        self.average: Any = None
        self.allowed_hosts = frozenset({"localhost"})
        self.resumed = False
        self.stopped, self.epoch, self.step, self.restored = "", 0, 0, None
        self.saved: list[str] = []
        self.said: list[str] = []
        self.wanted = 0
        self.rates: list[float] = []

    def stop(self, reason: str) -> None:
        self.stopped = reason

    def ask_to_save(self) -> None:
        self.wanted += 1

    def say(self, text: str) -> None:
        self.said.append(text)

    def weights(self) -> dict[str, Any]:
        return {"epoch": torch.tensor(self.epoch)}

    def restore(self, weights: dict[str, Any], *, epoch: int) -> None:
        assert int(weights["epoch"]) == epoch
        self.restored = epoch

    def save_to(self, path: str, *, weights_only: bool, figures: dict[str, float]) -> None:
        self.saved.append(path)


def attach(callback: Callback, session: FakeSession) -> Callback:
    """Give a callback its training."""
    callback.session = session  # type: ignore[assignment]
    return callback
