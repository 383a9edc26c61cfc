"""Watching a figure: whether a run measures it, and which of its values is the best."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.recipes import monitor_unknown
from cnnspec.diagnostics.span import Source
from cnnspec.recipe.callbacks import direction

if TYPE_CHECKING:
    from cnnspec.train.session import Session


class Best:
    """Keras's notion of the best value so far: better by more than ``min_delta``, starting from a threshold."""

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0, start: float | None = None) -> None:
        self.monitor = monitor
        self.sign = -1.0 if direction(monitor, mode) == "min" else 1.0
        self.min_delta = abs(min_delta)
        self.value = start if start is not None else -self.sign * math.inf

    def beats(self, value: float, reference: float) -> bool:
        """Whether a value is better than a reference by more than the least change; NaN never is."""
        return self.sign * value - self.min_delta > self.sign * reference

    def take(self, value: float) -> bool:
        """Keep a value if it is the best so far, and say whether it is."""
        if not self.beats(value, self.value):
            return False
        self.value = value
        return True


def require_figure(session: Session, owner: str, name: str, *, between_epochs: bool = False) -> None:
    """Refuse, before the run, to watch a figure that it does not measure (between epochs: only those of training)."""
    choices = tuple(n for n in session.recipe.metric_names if not (between_epochs and n.startswith("val_")))
    if name not in choices:
        span = Source(session.network.name, "").span(0, 0)
        raise SpecError((monitor_unknown(span, owner=owner, name=name, choices=choices),))
