"""Statements: where they stand, how they begin and end."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.catalogue.syntax import in_brackets, moves_only, shown
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Severity
from cnnspec.diagnostics.span import Span
from cnnspec.diagnostics.suggest import is_slip

ERROR = Severity.ERROR


@code("two-statements-on-one-line")
def two_statements_on_one_line(span: Span, fix: tuple[Edit, ...]) -> Diagnostic:
    """A blank does not end a statement."""
    return Diagnostic(
        "two-statements-on-one-line",
        ERROR,
        f"`{shown(span.text)}` begins a second statement on this line; a newline ends a statement, a blank does not",
        span,
        help="begin a new line here, or chain the layers with ->",
        fix=fix,
    )


@code("statement-outside-model")
def statement_outside_model(span: Span, fix: tuple[Edit, ...]) -> Diagnostic:
    """A layer at the top of the file."""
    return Diagnostic(
        "statement-outside-model",
        ERROR,
        "this stands outside of every model, block and recipe",
        span,
        notes=("a file holds `model`, `block`, `train`, `use` and `let`",),
        help="put it into `model Main { … }`",
        fix=fix,
    )


@code("dangling-arrow")
def dangling_arrow(span: Span, at_start: bool, fix: tuple[Edit, ...]) -> Diagnostic:
    """``->`` or ``::`` at the start or the end of a line."""
    where = "begins" if at_start else "ends"
    return Diagnostic(
        "dangling-arrow",
        ERROR,
        f"`{shown(span.text)}` {where} this line, but a newline ends a statement",
        span,
        help=("put both on one line" if fix[0].text else f"take the `{shown(span.text)}` away") if fix else None,
        fix=fix,
        applicability=Applicability.safe_if(moves_only(fix)),
    )


@code("semicolon")
def semicolon(span: Span, replaced: Span, replacement: str) -> Diagnostic:
    """A ``;`` at the end of a statement or between two, or the comma behind an item of a Python list."""
    advice = "take it away" if replacement == "" else "begin a new line instead"
    return Diagnostic(
        "semicolon",
        ERROR,
        f"a newline ends a statement, not `{span.text}`",
        span,
        help=advice,
        fix=(Edit(replaced, replacement),),
        applicability=Applicability.safe_if(not in_brackets(span)),  # there a comma may be meant
    )


@code("misplaced-else")
def misplaced_else(span: Span, fix: tuple[Edit, ...]) -> Diagnostic:
    """``else`` on a line of its own, ``elif``, or an ``else`` without an ``if``."""
    if not fix:
        return Diagnostic("misplaced-else", ERROR, f"this `{shown(span.text)}` belongs to no `if`", span)
    message = (
        "`else` stands on the line of the `}` before it" if span.text == "else" else f"`{shown(span.text)}` is written `else if`"
    )
    return Diagnostic(
        "misplaced-else",
        ERROR,
        message,
        span,
        help=f"write `}} {fix[0].text.strip()}` on one line",
        fix=fix,
        applicability=Applicability.SAFE,
    )


@code("misplaced-repeat")
def misplaced_repeat(span: Span, corrected: str, fix: tuple[Edit, ...]) -> Diagnostic:
    """``3 * Conv2D(8, 3x3)``."""
    return Diagnostic(
        "misplaced-repeat",
        ERROR,
        "the count stands behind the layer that it repeats",
        span,
        help=f"write `{shown(corrected, 70)}`" if fix else None,
        fix=fix,
        applicability=Applicability.SAFE,
    )


@code("constant-needs-let")
def constant_needs_let(span: Span, name: Span) -> Diagnostic:
    """``width = 64`` in a model: safe where the constant is what follows, not ``a + b``, which may mean a merge."""
    follows = span.source.text[name.end : span.start].strip() == "="
    return Diagnostic(
        "constant-needs-let",
        ERROR,
        f"`{shown(name.text)} = …` names a value that flows through layers; a constant is named with `let`",
        span,
        help=f"write `let {shown(name.text)} = …`",
        fix=(Edit(Span(name.source, name.start, name.start), "let "),),
        applicability=Applicability.safe_if(follows),
    )


@code("keyword-typo")
def keyword_typo(span: Span, keyword: str) -> Diagnostic:
    """``modle``, ``Model``."""
    return Diagnostic(
        "keyword-typo",
        ERROR,
        f"`{shown(span.text)}` is no keyword; did you mean `{keyword}`?",
        span,
        help=f"write `{keyword}`",
        fix=(Edit(span, keyword),),
        applicability=Applicability.safe_if(is_slip(span.text, keyword, ())),
    )


@code("missing-name")
def missing_name(span: Span, keyword: str, example: str) -> Diagnostic:
    """``model {``, ``block 3x3(…) {``."""
    note = f"a name begins with a letter, such as `{example}`"
    return Diagnostic("missing-name", ERROR, f"`{keyword}` is followed by a name", span, here="a name is missing", notes=(note,))
