"""Callbacks from Python: Keras's twelve by their names, and the base of one's own.

    import cnnspec
    from cnnspec.callbacks import EarlyStopping, LambdaCallback

    log = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    cnnspec.train("specs/lenet5.cnn", callbacks=[EarlyStopping(monitor="loss", patience=3), log])

Each is imported when it is first used; those that a file can name need no Torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnspec.recipe.callbacks import (
        BackupAndRestore,
        CSVLogger,
        EarlyStopping,
        ModelCheckpoint,
        ProgbarLogger,
        ReduceLROnPlateau,
        RemoteMonitor,
        SwapEMAWeights,
        TensorBoard,
        TerminateOnNaN,
    )
    from cnnspec.train.callbacks import Callback, LambdaCallback
    from cnnspec.train.callbacks.learning_rate import LearningRateScheduler

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]

#: What holds code, and so has its form at once; the others are declared as in a file.
_FORMS = {
    "Callback": "cnnspec.train.callbacks",
    "LambdaCallback": "cnnspec.train.callbacks",
    "LearningRateScheduler": "cnnspec.train.callbacks.learning_rate",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_FORMS.get(name, "cnnspec.recipe.callbacks")), name)


def __dir__() -> list[str]:
    return sorted(__all__)
