"""The folder of a run: what is written there, by one run at a time, never half."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, cast

from cnnspec.diagnostics import MachineError, SpecError
from cnnspec.diagnostics.catalogue.runs import (
    disk_full,
    run_broken,
    run_folder_exists,
    run_folder_is_file,
    run_folder_locked,
    run_not_found,
)
from cnnspec.train.checkpoint import SUFFIX, Checkpoint, encode_checkpoint
from cnnspec.train.files import (
    NO_ROOM,
    TEMPORARY,
    append_whole,
    cut_back,
    first_free,
    free_bytes,
    is_temporary,
    length_of,
    remove_temporaries,
    to_json_bytes,
    write_all,
    write_atomically,
    write_json,
)

Status = Literal["running", "finished", "interrupted", "failed"]

CHECKPOINTS, PLOTS, SPEC, RECORD, METRICS = "checkpoints", "plots", "spec.cnn", "run.json", "metrics.csv"

#: Keys of ``run.json`` that an ending writes, and that a run which is gone on with has not.
ENDING = ("ended", "message", "claims", "test", "seconds", "images_per_second", "stopped")

#: Bytes that are set aside for the last ``run.json``.
SPARE = 64 * 1024

#: How many of the loop's own checkpoints stay.
KEPT = 2

#: The columns of metrics.csv that are always there, in this order; further metrics follow.
COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds", "images_per_second")


def default_run_folder(model: str, root: Path = Path("runs")) -> Path:
    """Make and return a new folder for a run: ``runs/LeNet5-1``, then ``runs/LeNet5-2``."""
    return first_free(lambda number: root / f"{model}-{number}")


class RunFolder:
    """A run's folder, locked while it is open. Use it in a ``with`` statement.

    Attributes:
        path: the folder.
        record: what ``run.json`` holds; where a run is gone on with, what it held, until :meth:`begin`.
    """

    def __init__(self, path: Path, *, resume: bool = False) -> None:
        self.path = path
        self.resume = resume
        self.record: dict[str, Any] = {}
        self._lock: int | None = None
        self._saves = 0
        self._columns: list[str] = []

    def __enter__(self) -> Self:
        """Make the folder, or look into that of the run that is gone on with, and take its lock.

        Raises:
            SpecError: the folder exists and is not empty, or is no run's.
            MachineError: another run writes there, or the disk is full.
        """
        refuse_file(self.path)
        if not self.resume:
            with self._room(self.path, 4_096):
                self.path.mkdir(parents=True, exist_ok=True)
        elif not self.path.is_dir():
            raise SpecError((run_not_found(self.path.as_posix()),))
        self._lock = lock_folder(self.path)
        try:
            if self.resume:
                self.record = read_record(self.path)
            else:
                refuse_taken(self.path)
        except BaseException:
            self._unlock()
            raise
        return self

    def begin(self, record: Mapping[str, object], source: str | None = None) -> None:
        """Write what is known at the start: ``run.json`` first, so that whatever else is there belongs to a run.

        Raises:
            MachineError: the disk is full.
        """
        started = {"status": "running", "process": os.getpid(), "host": host(), "started": now()}
        if self.resume:
            before = {"started": self.record.get("started"), "resumed": [*self._resumed(), now()]}
            ended = dict.fromkeys(ENDING)
            self._saves = max((int(path.stem) for path in checkpoints_of(self.path)), default=0)
        else:
            before, ended = {}, {}
        self.record = {"schema": 1, **self.record, **ended, **started, **before, **record}
        remove_temporaries(self.path)
        self._reserve()
        self.update()
        with self._room(self.path, 4_096):
            for name in (CHECKPOINTS, PLOTS):
                (self.path / name).mkdir(exist_ok=True)
        if source is not None:
            self._write(self.path / SPEC, source.encode())

    def _resumed(self) -> list[Any]:
        """When the run was gone on with before."""
        found = self.record.get("resumed")
        return cast("list[Any]", found) if isinstance(found, list) else []

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if error is not None and self.record.get("status") == "running":
                self._note_failure(error)
        finally:
            self._spare.unlink(missing_ok=True)
            self._unlock()

    def _note_failure(self, error: BaseException) -> None:
        """Say in run.json how it ended. The error itself is on its way up; a disk that is full must not hide it."""
        status: Status = "failed" if isinstance(error, Exception) else "interrupted"
        messages = [found.message for found in error.diagnostics] if isinstance(error, SpecError) else [str(error)]
        ending = {"status": status, "message": "; ".join(messages), "ended": now()}
        try:
            self.update(**ending)
        except MachineError:
            self.record.update(ending)
            self._write_into_spare()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # --- room for the last word --------------------------------------------------------------------------------------

    @property
    def _spare(self) -> Path:
        return self.path / f".{RECORD}.spare{TEMPORARY}"

    def _reserve(self) -> None:
        """Set room aside on the disk, so that the end of the run can be told when there is none left."""
        with self._room(self._spare, SPARE):
            write_atomically(self._spare, b" " * SPARE)

    def _write_into_spare(self) -> None:
        """Write ``run.json`` into the room that was set aside and give it its name: no new room is needed for either."""
        data = to_json_bytes(self.record)
        with suppress(OSError):  # an error is on its way up already, and there is nothing else to try
            descriptor = os.open(self._spare, os.O_WRONLY)
            try:
                write_all(descriptor, data)
                os.ftruncate(descriptor, len(data))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            self._spare.replace(self.path / RECORD)

    # --- what is written ---------------------------------------------------------------------------------------------

    def update(self, **values: object) -> None:
        """Put values into ``run.json``."""
        record = {**self.record, **values}
        with self._room(self.path / RECORD, 4_096):
            write_json(self.path / RECORD, record)
        self.record = record

    def append_metrics(self, row: Mapping[str, float]) -> None:
        """Write a row of ``metrics.csv``: the header before the first one, an empty cell for what was not measured."""
        rows: list[list[object]] = []
        if not self._columns:
            self._columns = [*COLUMNS, *(name for name in row if name not in COLUMNS)]
            rows.append(list(self._columns))
        rows.append([_cell(row.get(name)) for name in self._columns])
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self.append(self.path / METRICS, text.getvalue().encode())

    def state(self) -> dict[str, Any]:
        """How long ``metrics.csv`` is, and its columns."""
        return {"columns": list(self._columns), "bytes": length_of(self.path / METRICS)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Cut ``metrics.csv`` back to what it was: rows that were written after the checkpoint are written again."""
        self._columns = [str(name) for name in state["columns"]]
        cut_back(self.path / METRICS, int(state["bytes"]))

    def make(self, path: Path) -> None:
        """Make a folder in the folder, and those above it."""
        with self._room(path, 4_096):
            path.mkdir(parents=True, exist_ok=True)

    def append(self, path: Path, data: bytes) -> None:
        """Write at the end of a file in the folder: all of it, or nothing."""
        with self._room(path, len(data)):
            append_whole(path, data)

    def save(self, checkpoint: Checkpoint) -> Path:
        """Write the next of the run's own checkpoints; the two newest stay."""
        self._saves += 1
        path = self.path / CHECKPOINTS / f"{self._saves:06d}{SUFFIX}"
        self.save_to(path, checkpoint)
        for old in checkpoints_of(self.path)[KEPT:]:
            old.unlink()
        return path

    def save_to(self, path: Path, checkpoint: Checkpoint) -> None:
        """Write a checkpoint to a path in the folder."""
        self.make(path.parent)
        self._write(path, encode_checkpoint(checkpoint))

    def write(self, name: str, data: bytes) -> None:
        """Write another file of the run, such as a plot."""
        self._write(self.path / name, data)

    def _write(self, path: Path, data: bytes) -> None:
        with self._room(path, len(data)):
            write_atomically(path, data)

    @contextmanager
    def _room(self, path: Path, needed: int) -> Generator[None]:
        """Turn a full disk into a message that says how much is needed and what is left of the run."""
        try:
            yield
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            kept = next((found.as_posix() for found in checkpoints_of(self.path)), None)
            problem = disk_full(path.as_posix(), needed=needed, free=free_bytes(self.path), kept=kept)
            raise MachineError((problem,)) from error


def refuse_file(path: Path) -> None:
    """Refuse a path that is no folder, or leads through a file.

    Raises:
        SpecError: it is one.
    """
    for place in (path, *path.parents):
        if place.exists() and not place.is_dir():
            raise SpecError((run_folder_is_file(place.as_posix()),))


def check_folder(path: Path, *, resume: bool = False) -> None:
    """Refuse, before the work for it is done, a folder that a run could not write into.

    Raises:
        SpecError: it is a file, or is not empty.
        MachineError: another run writes there.
    """
    refuse_file(path)
    if path.is_dir():
        lock = lock_folder(path)
        if lock is not None:
            os.close(lock)
        if not resume:
            refuse_taken(path)


def refuse_taken(path: Path) -> None:
    """Refuse a folder that holds anything.

    Raises:
        SpecError: it does.
    """
    there = sorted(entry.name for entry in path.iterdir() if not is_temporary(entry))
    if there:
        shown = ", ".join(there[:3]) + (f" and {len(there) - 3:,} more" if len(there) > 3 else "")
        raise SpecError((run_folder_exists(path.as_posix(), holds=shown),))


def checkpoints_of(folder: Path) -> Sequence[Path]:
    """The run's own checkpoints, the newest first."""
    found = (folder / CHECKPOINTS).glob(f"*{SUFFIX}")
    return sorted((path for path in found if re.fullmatch(r"\d+", path.stem)), key=lambda path: int(path.stem), reverse=True)


def now() -> str:
    """The time in UTC, as in ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _cell(value: float | None) -> object:
    return "" if value is None else value


def lock_folder(folder: Path, *, name_holder: bool = True) -> int | None:
    """Lock the folder itself, so that no lock file stays behind when a process is killed.

    Raises:
        MachineError: another process holds it.
    """
    if os.name == "nt":  # Windows cannot open a folder; a file that cannot be shared stands in for the lock
        return _lock_by_file(folder)
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        holder = _holder(folder) if name_holder else ""
        raise MachineError((run_folder_locked(folder.as_posix(), holder=holder),)) from None
    return descriptor


def _lock_by_file(folder: Path) -> int:
    temporary = getattr(os, "O_TEMPORARY", 0)
    try:
        return os.open(folder.parent / f".{folder.name}.lock", os.O_CREAT | os.O_EXCL | os.O_WRONLY | temporary)
    except FileExistsError:
        raise MachineError((run_folder_locked(folder.as_posix(), holder=_holder(folder)),)) from None


def _holder(folder: Path) -> str:
    """Who writes there, as its run.json says; one that has just begun is given a moment to write it."""
    for _ in range(20):
        try:
            record = json.loads((folder / RECORD).read_text("utf-8"))
            where = f"process {record['process']} on {record.get('host', 'this machine')}"
            return f"{where}, {record.get('model', 'a network')}, since {record['started']}"
        except (OSError, ValueError, KeyError, TypeError):
            time.sleep(0.1)
    return "one that has just begun"


def is_run(folder: Path) -> bool:
    """Whether a run began in the folder."""
    return (folder / RECORD).is_file()


def is_locked(folder: Path) -> bool:
    """Whether a run writes there now."""
    try:
        descriptor = lock_folder(folder, name_holder=False)
    except (MachineError, OSError):
        return True
    if descriptor is not None:
        os.close(descriptor)
    return False


def read_record(folder: Path) -> dict[str, Any]:
    """The ``run.json`` of a run.

    Raises:
        SpecError: there is none, or it is broken.
    """
    if not (folder / RECORD).is_file():
        raise SpecError((run_not_found(folder.as_posix(), missing=RECORD if folder.is_dir() else ""),))
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SpecError((run_broken((folder / RECORD).as_posix(), reason=f"it is not JSON ({error})"),)) from None
    if not isinstance(record, dict):
        raise SpecError((run_broken((folder / RECORD).as_posix(), reason="it is not a JSON object"),))
    return record  # pyright: ignore[reportUnknownVariableType]


def host() -> str:
    """The name of this machine, for whoever finds the folder locked."""
    import socket

    return socket.gethostname()
