"""What a training run came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cnnspec.backends.torch_modules import BuiltNetwork
from cnnspec.diagnostics import Diagnostic
from cnnspec.train.files import plain


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """The outcome of a run.

    Attributes:
        model, data: names.
        epochs: how many were done.
        train: figures of the last epoch, those of validation with ``val_``.
        test: figures of the test set with the final weights.
        seconds: of training, validation and the test.
        images_per_second: images trained on over the time of training alone.
        device: where it ran.
        out: the run's folder, or None.
        history: the figures of every epoch.
        stopped: why it ended before its epochs were through, "" if it did not.
        module: the trained network, in evaluation mode.
        warnings: what was wrong on the way, and did not stop it.
        claims: what the recipe's claims came to, for JSON; the caller judges them by :attr:`figures`.
    """

    model: str
    data: str
    epochs: int
    train: Mapping[str, float]
    test: Mapping[str, float]
    seconds: float
    images_per_second: float
    device: str
    out: Path | None
    history: Sequence[Mapping[str, float]] = field(repr=False)
    stopped: str
    module: BuiltNetwork = field(repr=False)
    claims: Sequence[Mapping[str, object]] = ()
    warnings: Sequence[Diagnostic] = ()

    @property
    def figures(self) -> dict[str, float]:
        """What claims of a recipe speak of: ``accuracy`` and ``loss`` of the test, ``train_accuracy`` of the last epoch…"""
        return {
            **{name if name.startswith("val_") else f"train_{name}": value for name, value in self.train.items()},
            **self.test,
            "epochs": self.epochs,
            "seconds": self.seconds,
            "images_per_second": self.images_per_second,
        }

    def with_claims(self, claims: Sequence[Mapping[str, object]]) -> TrainingResult:
        """The same with judged claims."""
        return replace(self, claims=tuple(claims))

    def to_json(self) -> dict[str, Any]:
        """The keys of ``cnnspec train --format json``."""
        return plain(
            {
                "model": self.model,
                "data": self.data,
                "epochs": self.epochs,
                "train": dict(self.train),
                "test": dict(self.test),
                "seconds": round(self.seconds, 3),
                "images_per_second": round(self.images_per_second, 1),
                "device": self.device,
                "out": self.out,
                "stopped": self.stopped or None,
                "claims": [dict(claim) for claim in self.claims],
            }
        )
