"""The base of callbacks, with Keras's hooks, and the figures that they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from typing_extensions import override

if TYPE_CHECKING:
    from cnnspec.train.session import Session
    from cnnspec.train.state import State

Logs = Mapping[str, float]


class Callback:
    """Base of callbacks, with Keras's hooks; ``self.session`` is the training it belongs to.

    Epochs and batches count from 0. ``logs`` holds the figures so far; looking into those of a batch waits for the
    device, so that a hook which does not look costs next to nothing. Hooks of batches that are not overridden are never
    called.
    """

    session: Session

    def state(self) -> State:
        """What it needs to go on after its run was broken off: names to tensors and to values as JSON has them."""
        return {}

    def restore(self, state: State) -> None:
        """Take up what :meth:`state` gave, after ``on_train_begin``; then the hooks go on where they were."""

    def on_train_begin(self, logs: Logs) -> None:
        """Before the first epoch, and again where a run goes on (``session.resumed``)."""

    def on_train_end(self, logs: Logs) -> None:
        """After the last epoch, also where something stopped training early."""

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """After an epoch and its validation; ``logs`` has the figures of both."""

    def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before a step."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """After a step; ``logs`` has the means of the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs) -> None:
        """Keras's older name of :meth:`on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Keras's older name of :meth:`on_train_batch_end`."""

    def on_test_begin(self, logs: Logs) -> None:
        """Before validation and before the test."""

    def on_test_end(self, logs: Logs) -> None:
        """After validation and after the test."""

    def on_test_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before a batch of validation or of the test."""

    def on_test_batch_end(self, batch: int, logs: Logs) -> None:
        """After a batch of validation or of the test; ``logs`` has the means so far."""

    def hooks_batches(self) -> bool:
        """Whether the hooks of training's batches have anything to do."""
        return self._overrides("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")

    def hooks_test_batches(self) -> bool:
        """Whether the hooks of batches of validation and the test have anything to do."""
        return self._overrides("on_test_batch_begin", "on_test_batch_end")

    def _overrides(self, *hooks: str) -> bool:
        return any(getattr(type(self), hook) is not getattr(Callback, hook) for hook in hooks)


#: Every hook, in the order in which a run calls them.
HOOKS: tuple[str, ...] = tuple(name for name in vars(Callback) if name.startswith("on_"))


class LazyLogs(Mapping[str, float]):
    """Figures that are read from the device when someone looks."""

    def __init__(self, read: Callable[[], dict[str, float]]) -> None:
        self._read = read
        self._figures: dict[str, float] | None = None

    @property
    def figures(self) -> dict[str, float]:
        if self._figures is None:
            self._figures = self._read()
        return self._figures

    @override
    def __getitem__(self, name: str) -> float:
        return self.figures[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.figures)

    @override
    def __len__(self) -> int:
        return len(self.figures)
