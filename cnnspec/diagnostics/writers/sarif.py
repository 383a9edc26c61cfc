"""Diagnostics as SARIF 2.1.0, which code scanning services and editors read.

Columns and offsets count Unicode characters, lines and columns from 1, ends are exclusive. A file is named relative to
the project's folder (``%SRCROOT%``), one outside of it by its whole URI; a text that is in no file is part of the log.
(OASIS, Static Analysis Results Interchange Format Version 2.1.0.)
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from cnnspec.diagnostics.catalogue import REGISTERED, topic_of
from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Severity
from cnnspec.diagnostics.span import Source, Span
from cnnspec.diagnostics.writers.columns import harmless
from cnnspec.diagnostics.writers.places import project_folder, relative_path
from cnnspec.resources import package_file

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

_BRACES = str.maketrans({"{": "{{", "}": "}}"})
_BRACKETS = str.maketrans({"[": r"\[", "]": r"\]"})

#: A longer stretch of a file is not repeated in the log.
_MAX_SNIPPET = 2_000


def diagnostics_to_sarif(
    diagnostics: Sequence[Diagnostic],
    checked: Iterable[str],
    *,
    version: str,
    exit_code: int = 0,
    folder: Path | None = None,
) -> dict[str, object]:
    """A log of one run.

    Args:
        diagnostics: what was found.
        checked: the paths of all files that were checked, also of those in which nothing was found.
        version: that of cnnspec.
        exit_code: what the command ends with.
        folder: what paths are relative to, the project's folder unless given.
    """
    files = _Files(folder or project_folder())
    for path in checked:
        files.index(Source(path, ""), checked=True)
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    seen: Counter[str] = Counter()
    results = [_result(diagnostic, codes.index(diagnostic.code), files, seen) for diagnostic in diagnostics]
    run: dict[str, object] = {
        "tool": {"driver": {"name": "cnnspec", "version": version, "rules": [_rule(code) for code in codes]}},
        "invocations": [{"executionSuccessful": True, "exitCode": exit_code}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that the paths of files are relative to."}}},
        "columnKind": "unicodeCodePoints",
        "artifacts": files.artifacts,
        "results": results,
    }
    return {"version": "2.1.0", "$schema": _SCHEMA, "runs": [run]}


class _Files:
    """The files of a run, each with its place among the artifacts."""

    def __init__(self, folder: Path) -> None:
        self.artifacts: list[dict[str, object]] = []
        self._folder = folder
        self._indices: dict[str, int] = {}

    def index(self, source: Source, *, checked: bool = False) -> int:
        """The place of a text among the artifacts, where it is put when it is first asked for."""
        at = self._indices.setdefault(source.path, len(self.artifacts))
        if at == len(self.artifacts):
            artifact: dict[str, object] = {"location": self._named(source.path)} if source.is_file else _unnamed(source)
            self.artifacts.append({**artifact, "encoding": "UTF-8", **({"roles": ["analysisTarget"]} if checked else {})})
        if not source.is_file and source.text:
            self.artifacts[at]["contents"] = {"text": source.text}
        return at

    def location(self, source: Source) -> dict[str, object]:
        """Where a text lies."""
        return {**(self._named(source.path) if source.is_file else {}), "index": self.index(source)}

    def _named(self, path: str) -> dict[str, object]:
        inside = relative_path(path, self._folder)
        if inside is None:
            return {"uri": Path(os.path.abspath(path)).as_uri()}  # noqa: PTH100 - a link is known by its own name
        return {"uri": quote(os.fsencode(inside)), "uriBaseId": _ROOT}


def _unnamed(source: Source) -> dict[str, object]:
    return {"description": _message("standard input" if source.path == "-" else source.path)}


def _message(text: str) -> dict[str, object]:
    """A text in which no brace is taken for a placeholder and no bracket for a link (3.11.5, 3.11.6)."""
    text = harmless(text).translate(_BRACES)
    return {"text": text.translate(_BRACKETS) if "](" in text else text}


def _rule(code: str) -> dict[str, object]:
    """A code with its page, which is no message and has no placeholders."""
    page = package_file("diagnostics", "pages", f"{code}.md").read_text(encoding="utf-8")
    sentence = page.split("\n\n")[1].replace("\n", " ")
    severity, _ = REGISTERED[code]
    return {
        "id": code,
        "shortDescription": {"text": sentence},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"tags": [topic_of(code)]},
    }


def _result(diagnostic: Diagnostic, rule: int, files: _Files, seen: Counter[str]) -> dict[str, object]:
    span = diagnostic.span
    lines = [diagnostic.message, *(f"note: {note}" for note in diagnostic.notes)]
    if diagnostic.help:
        lines.append(f"help: {diagnostic.help}")
    data: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": _LEVELS[diagnostic.severity],
        "message": _message("\n".join(lines)),
        "locations": [{"physicalLocation": _place(span, files)}] if span.path else [],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(diagnostic, seen)},
    }
    if diagnostic.labels:
        data["relatedLocations"] = [
            {"id": number, "message": _message(label.text), "physicalLocation": _place(label.span, files)}
            for number, label in enumerate(diagnostic.labels, 1)
        ]
    if diagnostic.fix:
        data["fixes"] = [_fix(diagnostic, files)]
    return data


def _place(span: Span, files: _Files) -> dict[str, object]:
    place: dict[str, object] = {"artifactLocation": files.location(span.source)}
    if span.source.text:
        place["region"] = _region(span)
    return place


def _region(span: Span, *, snippet: bool = True) -> dict[str, object]:
    begin, finish = span.begin, span.finish
    region: dict[str, object] = {
        "startLine": begin.line,
        "startColumn": begin.column,
        "endLine": finish.line,
        "endColumn": finish.column,
        "charOffset": span.start,
        "charLength": span.end - span.start,
    }
    if snippet and 0 < span.end - span.start <= _MAX_SNIPPET:
        region["snippet"] = {"text": span.text}
    return region


def _fix(diagnostic: Diagnostic, files: _Files) -> dict[str, object]:
    """The edits by file."""
    by_source: dict[int, list[Edit]] = {}
    for edit in diagnostic.fix:
        by_source.setdefault(id(edit.span.source), []).append(edit)
    changes = [
        {"artifactLocation": files.location(edits[0].span.source), "replacements": [_replacement(edit) for edit in edits]}
        for edits in by_source.values()
    ]
    return {
        "description": _message(diagnostic.help or diagnostic.message),
        "artifactChanges": changes,
        "properties": {"applicability": str(diagnostic.applicability)},
    }


def _replacement(edit: Edit) -> dict[str, object]:
    replacement: dict[str, object] = {"deletedRegion": _region(edit.span, snippet=False)}
    if edit.text:
        replacement["insertedContent"] = {"text": edit.text}
    return replacement


def _fingerprint(diagnostic: Diagnostic, seen: Counter[str]) -> str:
    """The same for the same finding when its line moves: the code and the line's text, and which of several it is."""
    span = diagnostic.span
    line = " ".join(span.source.line(span.line).split())
    stable = sha256("\0".join((span.path, diagnostic.code, line)).encode("utf-8", "backslashreplace")).hexdigest()[:16]
    seen[stable] += 1
    return f"{stable}:{seen[stable]}"
