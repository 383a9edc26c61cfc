"""What is claimed of a model, and what the checker remarks on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.claims.wording import show_actual
from cnnspec.analysis.explain.lines import Line, Table
from cnnspec.analysis.report import ClaimResult
from cnnspec.diagnostics import Diagnostic, Span
from cnnspec.resolve.result import ResolvedModel


def list_claims(claims: Sequence[ClaimResult]) -> Iterator[Line]:
    """Each claim with what was found."""
    rows: list[tuple[str, ...]] = []
    for claim in claims:
        found = show_actual(claim.actual) if claim.actual is not None else ""
        rows.append((claim.text, found, _verdict(claim)))
    if rows:
        yield Table(("claim", "is", ""), tuple(rows), (False, True, False))


def _verdict(claim: ClaimResult) -> str:
    if claim.holds is None:
        return f"not checked: {claim.reason}" if claim.reason else "not checked"
    return "holds" if claim.holds else "does not hold"


def home_of(model: ResolvedModel) -> str:
    """The path of the file in which a model stands; its layers may come from others."""
    return model.origins[0].call.source.path if model.origins else ""


def list_remarks(remarks: Sequence[Diagnostic], home: str) -> Iterator[Line]:
    """Each finding once, with the places it was found at, its way out, and the name of its page.

    Args:
        remarks: the findings.
        home: the file whose lines need no name of the file.
    """
    places: dict[tuple[str, str, str, str], list[str]] = {}
    for found in remarks:
        key = (str(found.severity), found.code, found.message, found.help or "")
        places.setdefault(key, []).append(_place(found.span, home))
    for (severity, code, message, way_out), lines in places.items():
        where = ", ".join(dict.fromkeys(lines))
        yield f"{severity}, {where}: {message}{f' ({way_out})' if way_out else ''}. See `cnnspec explain {code}`."


def _place(span: Span, home: str) -> str:
    path = span.source.path
    return f"line {span.line}" if path == home else f"line {span.line} of {path}"
