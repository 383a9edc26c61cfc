"""``cnnspec check --watch``: files that are looked at again and again, and checked when they have changed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.api import UnknownNameError
from cnnspec.api.checking import Checker
from cnnspec.api.project import FILE_NAME
from cnnspec.cli.process import INTERRUPTED, SOUND, settle
from cnnspec.cli.reports import WRITERS
from cnnspec.cli.terminal import Terminal
from cnnspec.diagnostics import Diagnostic
from cnnspec.diagnostics.suggest import listing
from cnnspec.diagnostics.writers.places import relative_path
from cnnspec.record import record
from cnnspec.syntax.reading import expand_all

if TYPE_CHECKING:
    from cnnspec.analysis.report import FileReport
    from cnnspec.api.checking import CheckOptions

#: Seconds between two looks; more where a look takes more than its share of the time.
_INTERVAL = 0.2
_SHARE = 0.1
#: Seconds that a file may go on changing before it is checked as it is.
_PATIENCE = 1.0
#: How often the files that a file uses may turn out to be others while it is looked at.
_MAX_LOOKS = 4

_BOLD = ("1",)
_NOTHING = "nothing is wrong\n"

#: What is known of a file without reading it; None where there is none.
Mark = tuple[int, ...] | None
Marks = Mapping[str, Mark]


def watch_files(paths: Sequence[str], options: CheckOptions) -> int:
    """Check files now and after every change, until the user or the reader of the output has enough."""
    settle()
    checker, terminal = Checker(**options), Terminal.current()
    config = options.get("config")
    watched = Watched(paths, checker, settings=() if config is None else (os.fspath(config),))
    try:
        watched.look()
        title = f"watching {listing(map(_shorten, paths), 3)}; Ctrl-C ends"
        while terminal.show(_write(title, watched.reports, checker, terminal), cleared=True):
            title = f"changed: {listing(map(_shorten, watched.wait()), 3)}"
    except KeyboardInterrupt:
        return INTERRUPTED
    return SOUND


def _write(title: str, reports: Sequence[FileReport], checker: Checker, terminal: Terminal) -> str:
    """The time and what has changed, then what is found."""
    style = terminal.out
    head = style.paint(style.line(f"{time.strftime('%H:%M:%S')}  {title}"), *_BOLD)
    try:
        text = WRITERS["text"](checker.gather(reports), terminal)
    except UnknownNameError as error:  # the model that was asked for is not there just now
        text = style.plain(f"{error}\n")
    return f"{head}\n\n{text or _NOTHING}\n"


def _shorten(path: str) -> str:
    return relative_path(path, Path.cwd()) or path


@record
class _Seen:
    """What was found in a file, and the marks of all that this depends on as they were then."""

    marks: Marks
    report: FileReport


class Watched:
    """Files and folders, with what was found in them; only what has changed is checked anew.

    ``settings`` are files that speak of all of them, besides every pyproject.toml above one.
    """

    def __init__(self, paths: Sequence[str], checker: Checker, *, settings: Sequence[str] = ()) -> None:
        self.reports: list[FileReport] = []
        self._settings = settings
        self._paths = paths
        self._checker = checker
        self._seen: dict[str, _Seen] = {}
        self._marks: Marks = {}
        self._spent = 0.0

    def look(self) -> None:
        """Check what has changed since the last look.

        Marks are taken before files are read, so that no change is missed; where a file turns out to use one without a
        mark, all is looked at once more.
        """
        for _ in range(_MAX_LOOKS):
            targets = list(expand_all(self._paths))
            self._marks = self._take_marks(targets)
            self._checker.read_projects_anew()
            self.reports = [self._check(target) for target in targets]
            if all(path in self._marks for report in self.reports for path in report.asked):
                break

    def wait(self) -> list[str]:
        """Wait until something has changed and has come to rest; look at it, and name the files that are not as they were."""
        before = self._marks
        while (now := self._sleep(_INTERVAL)) == before:
            pass
        patience = time.monotonic() + _PATIENCE
        while time.monotonic() < patience and (later := self._sleep(_INTERVAL / 4)) != now:
            now = later
        self.look()
        return sorted(path for path in {*before, *now} if before.get(path) != now.get(path))

    def _sleep(self, seconds: float) -> Marks:
        """The marks after a while."""
        time.sleep(max(seconds, self._spent / _SHARE))
        begin = time.monotonic()
        marks = self._take_marks(list(expand_all(self._paths)))
        self._spent = time.monotonic() - begin
        return marks

    def _check(self, target: str | Diagnostic) -> FileReport:
        """The report of a file: the last one, where nothing that it depends on has changed."""
        if isinstance(target, Diagnostic):
            return self._checker.check_file(target)
        seen = self._seen.get(target)
        if seen is None or seen.marks != self._marks_for(target, seen.report):
            report = self._checker.check_file(target)
            self._seen[target] = seen = _Seen(self._marks_for(target, report), report)
        return seen.report

    def _marks_for(self, target: str, report: FileReport) -> Marks:
        return {path: self._marks.get(path) for path in (target, *report.asked, *self._settings, *_projects_above(target))}

    def _take_marks(self, targets: Sequence[str | Diagnostic]) -> Marks:
        """The marks of the targets and of all that their reports depend on; a problem with a path is marked by the path."""
        paths = [target for target in targets if isinstance(target, str)]
        asked = [path for seen in self._seen.values() for path in seen.report.asked]
        settings = [*self._settings, *(path for target in paths for path in _projects_above(target))]
        problems = [f"{target.span.path}/" for target in targets if isinstance(target, Diagnostic)]
        return {**{path: _mark(path) for path in {*paths, *asked, *settings}}, **dict.fromkeys(problems)}


def _mark(path: str) -> Mark:
    """What changes when a file is written, replaced or removed."""
    try:
        status = os.stat(path)  # noqa: PTH116 - quicker, and this is done all the time
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev


@cache
def _projects_above(path: str) -> tuple[str, ...]:
    """The files that may say what a project asks for of a file."""
    return tuple(str(folder / FILE_NAME) for folder in Path(os.path.abspath(path)).parents)  # noqa: PTH100
