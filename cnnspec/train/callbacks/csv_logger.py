"""CSVLogger: a row of figures per epoch."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.runs import callback_needs_folder
from cnnspec.recipe import callbacks as declared
from cnnspec.train.callbacks.base import Callback, Logs
from cnnspec.train.callbacks.paths import inner_path
from cnnspec.train.files import cut_back, length_of

if TYPE_CHECKING:
    from cnnspec.train.state import State

#: What a table calculator takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CSVLogger(Callback):
    """Writes a row per epoch: epoch (from 0, as Keras does), then the figures in alphabetical order.

    A run that goes on cuts the file where its checkpoint left it, so that no epoch stands there twice.
    """

    def __init__(self, declaration: declared.CSVLogger) -> None:
        self.arguments = declaration
        self.keys: list[str] | None = None

    @override
    def on_train_begin(self, logs: Logs) -> None:
        path, folder = self._path(), self.session.folder
        assert folder is not None, "without one there is no path"
        self.keys = None
        folder.make(path.parent)
        if not self.arguments.append and not self.session.resumed:
            path.unlink(missing_ok=True)
        folder.append(path, b"")

    def _path(self) -> Path:
        if self.session.folder is None:
            raise SpecError((callback_needs_folder(self.arguments.path, name=self.arguments.word),))
        return inner_path(self.session.folder.path, self.arguments.path, self.arguments.word)

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        path, folder = self._path(), self.session.folder
        assert folder is not None, "without one there is no path"
        rows: list[list[object]] = []
        if self.keys is None:
            self.keys = sorted(logs)
            if length_of(path) == 0:
                rows.append(["epoch", *(plain_cell(key) for key in self.keys)])
        rows.append([epoch, *(logs.get(key, "NA") for key in self.keys)])
        text = io.StringIO()
        csv.writer(text, delimiter=self.arguments.separator).writerows(rows)
        folder.append(path, text.getvalue().encode())

    @override
    def state(self) -> State:
        return {"keys": self.keys, "bytes": length_of(self._path())}

    @override
    def restore(self, state: State) -> None:
        keys, path = state["keys"], self._path()
        cut_back(path, int(state["bytes"]))
        self.keys = None if keys is None else [str(key) for key in keys]


def plain_cell(cell: str) -> str:
    """A text that no table calculator takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
