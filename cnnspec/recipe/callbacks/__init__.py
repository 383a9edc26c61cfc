"""What happens around training: Keras's callbacks with their arguments and defaults, and those of other packages."""

from collections.abc import Iterator, Mapping
from functools import cache

from typing_extensions import override

from cnnspec.recipe.callback import Callback
from cnnspec.recipe.callbacks.pace import LearningRateScheduler
from cnnspec.recipe.callbacks.packages import UnusableCallback, announced, load_announced
from cnnspec.recipe.callbacks.reporting import CSVLogger, ProgbarLogger, RemoteMonitor, TensorBoard
from cnnspec.recipe.callbacks.state import BackupAndRestore, SwapEMAWeights, TerminateOnNaN
from cnnspec.recipe.callbacks.watching import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau, direction
from cnnspec.recipe.family import spellings
from cnnspec.schema.choice import Choice
from cnnspec.schema.declaration import refuse

__all__ = [
    "KINDS",
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
    "callbacks",
    "direction",
]

#: The kinds of this package, in the order in which they are listed.
KINDS: tuple[type[Callback], ...] = (
    EarlyStopping,
    ModelCheckpoint,
    BackupAndRestore,
    TensorBoard,
    LearningRateScheduler,
    ReduceLROnPlateau,
    TerminateOnNaN,
    CSVLogger,
    ProgbarLogger,
    SwapEMAWeights,
    RemoteMonitor,
)


class Kinds(Mapping[str, type[Choice]]):
    """Every accepted spelling of a callback.

    Another package's is imported when a file names it, and never wins over one of this package: nothing that is installed
    can change what a file means, or break one that does not use it. Iterating gives this package's spellings alone.
    """

    def __init__(self, own: Mapping[str, type[Choice]]) -> None:
        self.own = own

    @override
    def __contains__(self, name: object) -> bool:
        return name in self.own or name in announced()

    @override
    def __getitem__(self, name: str) -> type[Choice]:
        if name in self.own:
            return self.own[name]
        if name not in announced():
            raise KeyError(name)
        try:
            return load_announced(name)
        except UnusableCallback as error:
            raise refuse("a callback that can be used", help=f"{error}; repair that package, or leave {name} out") from error

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.own)

    @override
    def __len__(self) -> int:
        return len(self.own)


@cache
def callbacks() -> Kinds:
    """Every accepted spelling of a callback."""
    odd = {
        "terminate_on_nan": TerminateOnNaN,
        "tensorboard": TensorBoard,
        "reduce_lr_on_plateau": ReduceLROnPlateau,
        "swap_ema_weights": SwapEMAWeights,
    }
    return Kinds(spellings(KINDS, odd))
