"""What can go wrong with data, in two kinds: the data's fault, and the machine's."""

from __future__ import annotations

from pathlib import Path

from typing_extensions import override

from cnnspec.diagnostics import MachineError, SpecError
from cnnspec.diagnostics.catalogue.data import data_unavailable, data_unusable


class DataError(SpecError):
    """A file of data is missing, damaged or not what it should be: exit status 1.

    Attributes:
        path: the file or folder, or what else is read.
        problem: what is wrong with it, as the end of a sentence that begins with the path.
        way_out: what to do.
    """

    def __init__(self, path: Path | str, problem: str, way_out: str) -> None:
        self.path = str(path)
        self.problem = problem
        self.way_out = way_out
        super().__init__((data_unusable(self.path, problem=problem, way_out=way_out),))

    @override
    def __str__(self) -> str:
        return f"{self.path} {self.problem}; {self.way_out}"


class DataUnavailable(MachineError):
    """The data is sound, but the machine cannot get it (disk, memory, network, lock, missing extra): exit status 4.

    Attributes:
        problem: what failed, a sentence without its full stop.
        way_out: what to do.
        details: one line for each thing that was tried.
    """

    def __init__(self, problem: str, way_out: str, details: tuple[str, ...] = ()) -> None:
        self.problem = problem
        self.way_out = way_out
        self.details = details
        super().__init__((data_unavailable(problem=problem, way_out=way_out, details=details),))

    @override
    def __str__(self) -> str:
        return "; ".join((self.problem, *self.details, self.way_out))
