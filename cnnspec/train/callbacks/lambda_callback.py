"""LambdaCallback: functions in the place of hooks, from Python only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from cnnspec.train.callbacks.base import HOOKS, Callback

#: Hooks of batches, by whom they are asked for.
_TRAIN = frozenset({"on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"})
_TEST = frozenset({"on_test_batch_begin", "on_test_batch_end"})


class LambdaCallback(Callback):
    """Calls functions where a callback of one's own would override hooks.

    Args:
        hooks: functions by the name of their hook; they take what the hook takes (``epoch, logs``, ``batch, logs``,
            ``logs``).

    Raises:
        TypeError: there is no such hook, or what is given cannot be called.

    Example:
        >>> LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    """

    def __init__(self, **hooks: Callable[..., object] | None) -> None:
        self._given = {name: function for name, function in hooks.items() if function is not None}
        for name, function in self._given.items():
            if name not in HOOKS:
                raise TypeError(f"LambdaCallback has no hook {name}; the hooks are {', '.join(HOOKS)}")
            if not callable(function):
                raise TypeError(f"{name} takes a function, not {function!r}")
            setattr(self, name, _call(function))

    @override
    def hooks_batches(self) -> bool:
        return not _TRAIN.isdisjoint(self._given)

    @override
    def hooks_test_batches(self) -> bool:
        return not _TEST.isdisjoint(self._given)


def _call(function: Callable[..., object]) -> Callable[..., None]:
    """The function, without what it returns."""

    def hook(*arguments: Any) -> None:
        function(*arguments)

    return hook
