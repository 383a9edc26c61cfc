"""Runs beside each other, as far as their ``run.json`` can be read. Nothing in it is trusted: it may be anyone's."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cnnspec.diagnostics import SpecError
from cnnspec.record import record
from cnnspec.train.run_folder import CHECKPOINTS, METRICS, RECORD, is_locked, read_record

#: The longest text that is taken from a record, and how many folders below the given one are looked into.
LONGEST, DEEPEST = 200, 3


@record
class RunRow:
    """One run; None where its record does not say, or says something else than a number.

    Attributes:
        path: its folder.
        model, data: names.
        params: of the network, moving statistics included.
        epochs, planned: how many were done, of how many.
        accuracy, loss: of the test set.
        seconds, images_per_second: of the training.
        seed: of the recipe.
        status: ``finished``, ``interrupted``, ``failed``, ``running``, ``broke off``, or ``broken`` where nothing can be read.
        note: why it is not finished.
    """

    path: Path
    model: str | None = None
    data: str | None = None
    params: int | None = None
    epochs: int | None = None
    planned: int | None = None
    accuracy: float | None = None
    loss: float | None = None
    seconds: float | None = None
    images_per_second: float | None = None
    seed: int | None = None
    status: str = "broken"
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """The keys of ``cnnspec runs --format json``."""
        return {"path": self.path.as_posix(), **{name: getattr(self, name) for name in self.__match_args__ if name != "path"}}


#: What rows are sorted by: the name on the command line, and the value of which the least stands first.
SORTS: dict[str, Callable[[RunRow], Any]] = {
    "name": lambda row: _natural(row.path.as_posix()),
    "accuracy": lambda row: None if row.accuracy is None else -row.accuracy,
    "loss": lambda row: row.loss,
    "epochs": lambda row: row.epochs,
    "params": lambda row: row.params,
    "time": lambda row: row.seconds,
    "speed": lambda row: None if row.images_per_second is None else -row.images_per_second,
}


def compare_runs(folder: Path, sort: str = "name") -> list[RunRow]:
    """The runs in a folder and those below it, or the folder itself if it is one.

    Args:
        folder: where to look; the folders of runs are not entered.
        sort: a key of :data:`SORTS`; rows that lack the figure stand last.
    """
    rows = [_row(path) for path in sorted(_find(folder, DEEPEST), key=lambda path: _natural(path.as_posix()))]
    key = SORTS[sort]
    return sorted(rows, key=lambda row: (1,) if key(row) is None else (0, key(row)))


def _find(folder: Path, deep: int) -> list[Path]:
    if any((folder / name).exists() for name in (RECORD, CHECKPOINTS, METRICS)):
        return [folder]
    if deep == 0 or not folder.is_dir():
        return []
    inner = (path for path in folder.iterdir() if path.is_dir() and not path.is_symlink() and not path.name.startswith("."))
    return [found for path in inner for found in _find(path, deep - 1)]


def _natural(text: str) -> list[tuple[int, int, str]]:
    """So that LeNet5-10 stands after LeNet5-9."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"([0-9]{1,18})", text) if part]


def _row(path: Path) -> RunRow:
    try:
        record = read_record(path)
    except SpecError as error:
        return RunRow(path, note="; ".join(found.message for found in error.diagnostics))
    return describe_folder(path, record)


def describe_folder(path: Path, record: Mapping[str, Any]) -> RunRow:
    """The row of a run whose ``run.json`` is known."""
    data, recipe, test = (_mapping(record.get(key)) for key in ("data", "recipe", "test"))
    status, note = _status(path, record)
    return RunRow(
        path=path,
        model=_text(record.get("model")),
        data=_text(data.get("name")) if data else _text(record.get("data")),
        params=_whole(record.get("params")),
        epochs=_whole(record.get("epochs")),
        planned=_whole(recipe.get("epochs")),
        accuracy=_number(test.get("accuracy")),
        loss=_number(test.get("loss")),
        seconds=_number(record.get("seconds")),
        images_per_second=_number(record.get("images_per_second")),
        seed=_whole(record.get("seed")),
        status=status,
        note=note,
    )


def _status(path: Path, record: Mapping[str, Any]) -> tuple[str, str]:
    said = _text(record.get("status"))
    note = _text(record.get("message")) or _text(record.get("stopped")) or ""
    match said:
        case "finished" | "failed" | "interrupted":
            return said, note
        case "running":
            return ("running", "") if is_locked(path) else ("broke off", "it was ended before it could say why")
        case _:
            return "broken", f"its {RECORD} does not say how it stands"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _text(value: object) -> str | None:
    return " ".join(value[:LONGEST].split()) if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 2**63 else None


def _number(value: object) -> float | None:
    return float(value) if type(value) in (int, float) and abs(value) < 1e18 and math.isfinite(value) else None  # type: ignore[arg-type, operator]
