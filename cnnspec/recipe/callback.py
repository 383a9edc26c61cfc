"""What a recipe knows of callbacks; the kinds are imported when a file names one."""

from collections.abc import Mapping
from typing import Annotated

from cnnspec.recipe.family import member_of
from cnnspec.schema.choice import Choice

#: Callbacks that are known by name and come in a later release.
LATER_CALLBACKS = (
    "BackupAndRestore",
    "TensorBoard",
    "LearningRateScheduler",
    "ReduceLROnPlateau",
    "ProgbarLogger",
    "SwapEMAWeights",
    "RemoteMonitor",
)

#: A file never names code, so this one exists from Python only.
PYTHON_CALLBACKS = ("LambdaCallback",)


class Callback(Choice):
    """Something that acts at the ends of batches and epochs."""


def _kinds() -> Mapping[str, type[Choice]]:
    from cnnspec.recipe.callbacks import callbacks

    return callbacks()


#: Field type of an item of ``callbacks``.
CallbackField = Annotated[Callback, member_of(_kinds, "a callback")]
