"""Safe fixes, made in a text until none is left: each round is checked before it counts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from cnnspec.analysis.report import FileReport, will_fix
from cnnspec.diagnostics import Diagnostic, Edit, Severity, Source, apply_edits
from cnnspec.diagnostics.catalogue import stage_of
from cnnspec.record import record

#: What is found in a text.
Check = Callable[[Source], FileReport]

#: The most checks that one text is worth.
MAX_ROUNDS = 100


@record
class Fixed:
    """A text with its fixes made, what is found in it now, and what was mended in the order of the rounds."""

    source: Source
    report: FileReport
    mended: tuple[Diagnostic, ...]


def fix_source(source: Source, check: Check) -> Fixed:
    """Make every safe fix, and those of what comes to light by them.

    A round makes the fixes of one stage (syntax, then names, arguments, the rest) that do not touch each other. One that
    leaves more errors of its stage or an earlier one than there were is taken back, and its fixes are tried one by one.
    """
    report, mended = check(source), list[Diagnostic]()
    refused: set[tuple[str, ...]] = set()
    seen = {source.text}
    most: int | None = None
    for _ in range(MAX_ROUNDS):
        chosen = _choose(source, report.diagnostics, refused)[:most]
        if not chosen:
            break
        attempt = Source(source.path, _apply(source, chosen), is_file=source.is_file)
        after = check(attempt)
        if attempt.text not in seen and not _is_worse(after, report, stage_of(chosen[0].code)):
            source, report = attempt, after
            seen.add(source.text)
            mended += chosen
        elif len(chosen) > 1:
            most = 1
        else:
            refused.add(_key(chosen[0]))
    return Fixed(source, report, tuple(mended))


def _choose(source: Source, found: Sequence[Diagnostic], refused: set[tuple[str, ...]]) -> list[Diagnostic]:
    """The safe fixes of the earliest stage that are edits of this text alone, without those that touch one before."""
    fixable = [d for d in will_fix(found) if _key(d) not in refused and all(edit.span.source is source for edit in d.fix)]
    stage = min((stage_of(d.code) for d in fixable), default=0)
    chosen: list[Diagnostic] = []
    taken: list[tuple[int, int]] = []
    for diagnostic in fixable:
        spans = sorted((edit.span.start, edit.span.end) for edit in diagnostic.fix)
        if stage_of(diagnostic.code) == stage and not any(_touches(taken, *span) for span in spans):
            chosen.append(diagnostic)
            taken = sorted([*taken, *spans])
    return chosen


def _touches(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    """Whether an edit overlaps one that was taken, or begins where that begins, so that their order would count."""
    at = bisect_left(taken, (start, end))
    before, behind = taken[at - 1] if at else None, taken[at] if at < len(taken) else None
    return (before is not None and (before[1] > start or before[0] == start)) or (
        behind is not None and (behind[0] < end or behind[0] == start)
    )


def _apply(source: Source, chosen: Iterable[Diagnostic]) -> str:
    """The text with the fixes made; lines that are put in end as those of the text."""
    edits = [edit for diagnostic in chosen for edit in diagnostic.fix]
    if "\r\n" in source.text:
        edits = [Edit(edit.span, edit.text.replace("\r\n", "\n").replace("\n", "\r\n")) for edit in edits]
    return apply_edits(source.text, tuple(edits))


def _is_worse(after: FileReport, before: FileReport, stage: int) -> bool:
    return _errors(after, stage) > _errors(before, stage)


def _errors(report: FileReport, stage: int) -> int:
    """The errors of a stage and of those before it."""
    return sum(d.severity is Severity.ERROR and stage_of(d.code) <= stage for d in report.diagnostics)


def _key(diagnostic: Diagnostic) -> tuple[str, ...]:
    """What a fix is known by when places have moved."""
    span = diagnostic.span
    return (diagnostic.code, diagnostic.message, span.source.line(span.line), *(edit.text for edit in diagnostic.fix))
