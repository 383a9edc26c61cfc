"""Brackets and braces, and what stands in them."""

from __future__ import annotations

import re

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.catalogue.syntax import line_before, line_behind, moves_only, shown
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Label, Severity
from cnnspec.diagnostics.span import Span

ERROR = Severity.ERROR


@code("unclosed-bracket")
def unclosed_bracket(span: Span, opener: Span, closer: str, fix: tuple[Edit, ...]) -> Diagnostic:
    """A ``(``, ``[`` or ``{`` without its partner; ``span`` is where the partner is missed."""
    return Diagnostic(
        "unclosed-bracket",
        ERROR,
        f"the `{shown(opener.text)}` of line {opener.line} is not closed",
        span,
        here=f"`{closer}` expected",
        labels=(Label(opener, "opened here"),),
        help=f"close it with `{closer}`" if fix else None,
        fix=fix,
    )


@code("unmatched-bracket")
def unmatched_bracket(span: Span, opener: Span | None, replacement: str) -> Diagnostic:
    """A closing bracket that closes nothing, or the wrong one (``replacement`` is the right one)."""
    if opener is None:
        message, advice = f"this `{shown(span.text)}` closes nothing", f"take the `{shown(span.text)}` away"
    else:
        message = f"`{shown(span.text)}` does not close the `{shown(opener.text)}` of line {opener.line}"
        advice = f"write `{replacement}`"
    labels = (Label(opener, "opened here"),) if opener is not None else ()
    return Diagnostic("unmatched-bracket", ERROR, message, span, labels=labels, help=advice, fix=(Edit(span, replacement),))


@code("missing-brace")
def missing_brace(span: Span, what: str, fix: tuple[Edit, ...]) -> Diagnostic:
    """A head without a ``{`` on its line, or with a ``:`` or ``(`` in its place."""
    advice = "put a `{` here, and a `}` behind the last statement" if len(fix) > 1 else "put a `{` here"
    return Diagnostic(
        "missing-brace",
        ERROR,
        f"what belongs to `{shown(what)}` stands in {{ }}, and the {{ on its line",
        span,
        here="`{` expected",
        help=advice if fix else None,
        fix=fix,
        applicability=Applicability.safe_if(moves_only(fix)),
    )


def _are_arguments(text: str) -> bool:
    """Whether a text can only be arguments: no layer stands among them, and no bracket is left open."""
    words = re.split(r"[\s,()\[\]]+", text)
    return not any(word[:1].isupper() for word in words) and all(text.count(one) == text.count(two) for one, two in ("()", "[]"))


@code("missing-parentheses")
def missing_parentheses(span: Span, name: str, fix: tuple[Edit, ...], corrected: str) -> Diagnostic:
    """``Conv2D 6 5x5``."""
    return Diagnostic(
        "missing-parentheses",
        ERROR,
        f"the arguments of {shown(name)} stand in parentheses, with commas between",
        span,
        help=f"write `{shown(corrected, 70)}`" if fix else None,
        fix=fix,
        applicability=Applicability.safe_if(_are_arguments(span.text)),
    )


def _are_separate(before: Span, span: Span) -> bool:
    """Whether two values can only be two: not ``1 000``, which may be a thousand, nor on a line that leaves brackets open."""
    between = span.source.text[before.end : span.start]
    line = line_before(span) + line_behind(span)
    closed = all(line.count(one) == line.count(two) for one, two in ("()", "[]"))
    return closed and not between.strip() and not (before.text.isdigit() and span.text.isdigit())


@code("missing-comma")
def missing_comma(span: Span, before: Span) -> Diagnostic:
    """``Conv2D(6 5x5)``."""
    return Diagnostic(
        "missing-comma",
        ERROR,
        f"a comma is missing between `{shown(before.text)}` and `{shown(span.text)}`",
        span,
        help="put a comma between them",
        fix=(Edit(Span(before.source, before.end, before.end), ","),),
        applicability=Applicability.safe_if(_are_separate(before, span)),
    )


@code("parenthesised-flow")
def parenthesised_flow(span: Span, corrected: str, fix: tuple[Edit, ...]) -> Diagnostic:
    """``(Conv2D(8, 3x3) -> ReLU) * 2``."""
    return Diagnostic(
        "parenthesised-flow",
        ERROR,
        "a flow is not put in parentheses; `repeat n { … }` repeats several layers",
        span,
        help=f"write `{shown(corrected, 70)}`" if fix else None,
        fix=fix,
        applicability=Applicability.SAFE,
    )


@code("branch-outside-merge")
def branch_outside_merge(span: Span, fix: tuple[Edit, ...] = ()) -> Diagnostic:
    """A ``|`` where no merge is open, or a merge whose branches have none."""
    if span.text == "|":
        message = "a `|` begins a branch, and branches stand in the braces of a merge"
        return Diagnostic("branch-outside-merge", ERROR, message, span, notes=("for example `Add { | path | path }`",))
    message = f"a branch begins with `|`, but this one begins with `{shown(span.text)}`"
    advice = "put a `|` before it" if len(fix) == 1 else "put a `|` before each branch"
    certain = Applicability.safe_if(len(fix) == 1)  # of several lines each may be a branch, or all one
    return Diagnostic("branch-outside-merge", ERROR, message, span, help=advice, fix=fix, applicability=certain)
