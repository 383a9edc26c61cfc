"""Callbacks: Keras's hooks, and what the callbacks of a recipe do at them; one module a family."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from cnnspec.recipe import callbacks as declared
from cnnspec.train.callbacks.base import Callback, LazyLogs, Logs
from cnnspec.train.callbacks.csv_logger import CSVLogger
from cnnspec.train.callbacks.early_stopping import EarlyStopping
from cnnspec.train.callbacks.model_checkpoint import ModelCheckpoint, fill_path
from cnnspec.train.callbacks.paths import inner_path
from cnnspec.train.callbacks.watching import Best, require_figure

__all__ = [
    "Best",
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "LazyLogs",
    "Logs",
    "ModelCheckpoint",
    "fill_path",
    "inner_path",
    "make_callbacks",
    "require_figure",
]

#: What does the work of each declaration. TerminateOnNaN is part of the loop, so that it costs nothing.
FORMS: dict[type[declared.Callback], Callable[[Any], Callback]] = {
    declared.EarlyStopping: EarlyStopping,
    declared.ModelCheckpoint: ModelCheckpoint,
    declared.CSVLogger: CSVLogger,
}


def make_callbacks(declarations: Iterable[declared.Callback]) -> list[Callback]:
    """The callbacks of a recipe, in its order."""
    worked = (declaration for declaration in declarations if not isinstance(declaration, declared.TerminateOnNaN))
    return [FORMS[type(declaration)](declaration) for declaration in worked]
