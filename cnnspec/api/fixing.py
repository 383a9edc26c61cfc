"""Making the fixes that are safe in files and folders."""

from __future__ import annotations

import os
from collections.abc import Callable

from typing_extensions import Unpack

from cnnspec.analysis.fixing import Fixed, fix_source
from cnnspec.analysis.report import Report
from cnnspec.api.checking import Checker, CheckOptions
from cnnspec.diagnostics import Diagnostic, Source
from cnnspec.record import record, replace
from cnnspec.syntax.reading import expand_all, read_source

#: Passes over files that use each other: what is mended in one may bring to light what is wrong in another.
_MAX_PASSES = 4


@record
class Fixes:
    """What is found when all is done, and for every text that was read what it was and what it is."""

    report: Report
    texts: tuple[tuple[Source, Source], ...]

    @property
    def changed(self) -> tuple[tuple[Source, Source], ...]:
        """The texts that are not what they were."""
        return tuple((before, after) for before, after in self.texts if before.text != after.text)


def fix(*paths: str | os.PathLike[str], write: Callable[[Source], None] | None = None, **options: Unpack[CheckOptions]) -> Fixes:
    """Make every safe fix in files, and in no file that they use unless it is named too.

    Args:
        paths: files, folders, or ``-`` for standard input.
        write: keeps the new text of a file. Without it nothing is written, and a file that is used is seen as it is.
        options: those of :func:`cnnspec.check`.

    Raises:
        UnknownNameError: no file has the model or recipe that was named.
    """
    checker = Checker(**options)
    read = [path if isinstance(path, Diagnostic) else read_source(path) for path in expand_all(paths)]
    before = [source for source in read if isinstance(source, Source)]
    mended: dict[str, tuple[Diagnostic, ...]] = {}
    fixed: list[Fixed] = []
    for _ in range(_MAX_PASSES):
        fixed = [_fix(source, checker, write) for source in ([one.source for one in fixed] or before)]
        mended = {one.source.path: mended.get(one.source.path, ()) + one.mended for one in fixed}
        if write is None or len(fixed) == 1 or not any(one.mended for one in fixed):
            break
    reports = iter([replace(one.report, fixed=mended[one.source.path]) for one in fixed])
    files = [next(reports) if isinstance(source, Source) else checker.check_file(source) for source in read]
    return Fixes(checker.gather(files), tuple(zip(before, [one.source for one in fixed], strict=True)))


def _fix(source: Source, checker: Checker, write: Callable[[Source], None] | None) -> Fixed:
    fixed = fix_source(source, checker.check_source)
    if fixed.mended and write is not None:
        write(fixed.source)
    return fixed
