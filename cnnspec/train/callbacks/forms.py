"""What does the work of each declared callback; its module is imported when a recipe has one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module

from cnnspec.recipe import callbacks as declared
from cnnspec.recipe.callbacks.packages import package_of
from cnnspec.train.callbacks.base import Callback

#: The entry-point group in which other packages announce forms: the entry's name is the kind, its object makes the form.
ENTRY_POINTS = "cnnspec.callback_forms"

#: The module of each form; it has the name of its declaration.
MODULES: Mapping[type[declared.Callback], str] = {
    declared.EarlyStopping: "early_stopping",
    declared.ModelCheckpoint: "model_checkpoint",
    declared.BackupAndRestore: "backup",
    declared.TensorBoard: "tensorboard",
    declared.LearningRateScheduler: "learning_rate",
    declared.ReduceLROnPlateau: "learning_rate",
    declared.CSVLogger: "csv_logger",
    declared.ProgbarLogger: "progbar_logger",
    declared.SwapEMAWeights: "averaging",
    declared.RemoteMonitor: "remote_monitor",
}


def make_callbacks(items: Iterable[declared.Callback | Callback]) -> list[Callback]:
    """The callbacks of a recipe, in its order; what is one already stays as it is.

    TerminateOnNaN is part of the loop, so that it costs nothing.
    """
    return [
        item if isinstance(item, Callback) else _form_of(item) for item in items if not isinstance(item, declared.TerminateOnNaN)
    ]


def _form_of(declaration: declared.Callback) -> Callback:
    name = MODULES.get(type(declaration))
    if name is None:
        return _announced_form(declaration)
    form = getattr(import_module(f"cnnspec.train.callbacks.{name}"), declaration.word)
    return form(declaration)


def _announced_form(declaration: declared.Callback) -> Callback:
    """The form of another package's callback.

    Raises:
        TypeError: its package announces none, or something else.
    """
    from importlib.metadata import entry_points

    word = declaration.word
    entry = next(iter(entry_points(group=ENTRY_POINTS, name=word)), None)
    if entry is None:
        raise TypeError(f"the package {package_of(word)} of {word} announces no form of it in {ENTRY_POINTS}")
    made = entry.load()(declaration)
    if not isinstance(made, Callback):
        raise TypeError(f"the form of {word} that {package_of(word)} announces gives {made!r}, which is no callback")
    return made
