"""CSVLogger: a row of figures per epoch."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from typing_extensions import override

from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.runs import callback_needs_folder
from cnnspec.recipe import callbacks as declared
from cnnspec.train.callbacks.base import Callback, Logs
from cnnspec.train.callbacks.paths import inner_path


class CSVLogger(Callback):
    """Writes a row per epoch: epoch (from 0, as Keras does), then the figures in alphabetical order."""

    def __init__(self, declaration: declared.CSVLogger) -> None:
        self.arguments = declaration
        self.keys: list[str] | None = None
        self.needs_header = True

    @override
    def on_train_begin(self, logs: Logs) -> None:
        path = self._path()
        self.keys = None
        self.needs_header = not (self.arguments.append and path.is_file() and path.stat().st_size > 0)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self.arguments.append:
            path.write_bytes(b"")

    def _path(self) -> Path:
        if self.session.folder is None:
            raise SpecError((callback_needs_folder(self.arguments.path, name=self.arguments.word),))
        return inner_path(self.session.folder.path, self.arguments.path, self.arguments.word)

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        rows: list[list[object]] = []
        if self.keys is None:
            self.keys = sorted(logs)
            if self.needs_header:
                rows.append(["epoch", *self.keys])
        rows.append([epoch, *(logs.get(key, "NA") for key in self.keys)])
        text = io.StringIO()
        csv.writer(text, delimiter=self.arguments.separator).writerows(rows)
        path, folder = self._path(), self.session.folder
        assert folder is not None, "without one there is no path"
        folder.append(path, text.getvalue().encode())
