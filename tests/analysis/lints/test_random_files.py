"""Lints on files that nobody would write: they never fail, say nothing twice, and what they offer helps."""

from collections import Counter
from random import Random

from cnnspec.analysis.check import check_source
from cnnspec.diagnostics import Diagnostic, Severity, Source, apply_edits
from cnnspec.layers.registry import LONG_NAMES
from cnnspec.syntax.formatter import format_source
from support.checking import is_lint
from support.random_files import RandomFiles

COUNT = 80


def lints(text: str) -> list[Diagnostic]:
    return [d for d in check_source(Source("t.cnn", text)).report.diagnostics if is_lint(d)]


def errors(text: str) -> int:
    return sum(d.severity is Severity.ERROR for d in check_source(Source("t.cnn", text)).report.diagnostics)


def test_random_files() -> None:
    seen: Counter[str] = Counter()
    for seed in range(COUNT):
        file = RandomFiles(Random(seed)).draw()
        for text in (file.text, file.open_text):
            found = lints(text)
            seen.update(d.code for d in found)
            warnings = [(d.code, d.span) for d in found if d.severity is Severity.WARNING]
            assert len(set(warnings)) == len(warnings), text
            for diagnostic in found:
                assert diagnostic.span.text, diagnostic.code
                if diagnostic.fix and errors(text) == 0:
                    _is_mended(text, diagnostic)
    assert len(seen) > 10, seen


def _is_mended(text: str, diagnostic: Diagnostic) -> None:
    """The finding is gone with its fix, unless what follows does not take the changed sizes any more."""
    mended = apply_edits(text, diagnostic.fix)
    if errors(mended):
        return
    shift = sum(
        len(edit.text) - (edit.span.end - edit.span.start) for edit in diagnostic.fix if edit.span.end <= diagnostic.span.start
    )
    places = {d.span.start for d in lints(mended) if d.code == diagnostic.code}
    assert diagnostic.span.start + shift not in places, (diagnostic.message, text, mended)


def test_every_finding_can_be_allowed() -> None:
    for seed in range(60):
        text = RandomFiles(Random(seed)).draw().text
        found = [d for d in lints(text) if d.severity is Severity.WARNING]
        if errors(text) or not found:
            continue
        codes = ", ".join(sorted({d.code for d in found}))
        allowed = "".join(
            f"{line}  # cnnspec: allow {codes}\n" if line.startswith(("model", "block")) else f"{line}\n"
            for line in text.splitlines()
        )
        assert [d.code for d in lints(allowed) if d.severity is Severity.WARNING] == [], allowed
        written = format_source(Source("t.cnn", allowed), LONG_NAMES)
        assert [d.code for d in lints(written) if d.severity is Severity.WARNING] == [], written
