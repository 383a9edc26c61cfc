"""Statements: where they stand, how they begin and end."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.catalogue.syntax import in_brackets, moves_only, shown
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Label, Severity
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
def statement_outside_model(span: Span, fix: tuple[Edit, ...], closer: Span | None = None, language: str = "") -> Diagnostic:
    """A layer at the top of the file; ``closer`` closed the model too early, ``language`` is what the text looks like."""
    notes = ("a file holds `model`, `block`, `train`, `use` and `let`",)
    help = "put it into `model Main { … }`" if fix else None
    if closer is not None:
        notes, help = (), f"take the `}}` of line {closer.line} away"
    if language:
        notes = (f"this looks like {language}; a network is written `model Name {{ … }}`, and `cnnspec list` names some",)
    return Diagnostic(
        "statement-outside-model",
        ERROR,
        "this stands outside of every model, block and recipe",
        span,
        labels=(Label(closer, "closed here already"),) if closer is not None else (),
        notes=notes,
        help=help,
        fix=fix,
    )


@code("dangling-arrow")
def dangling_arrow(span: Span, at_start: bool, fix: tuple[Edit, ...]) -> Diagnostic:
    """``->`` or ``::`` at the start or the end of a line."""
    where = "begins" if at_start else "ends"
    advice = "put both on one line" if len(fix) == 1 else "put them on one line"
    return Diagnostic(
        "dangling-arrow",
        ERROR,
        f"`{shown(span.text)}` {where} this line, but a newline ends a statement",
        span,
        help=(advice if any(edit.text for edit in fix) else f"take the `{shown(span.text)}` away") if fix else None,
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
        note = "it stands on the line of the `}` that closes the `if`: `if … { … } else { … }`"
        return Diagnostic("misplaced-else", ERROR, f"this `{shown(span.text)}` belongs to no `if`", span, notes=(note,))
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
    """``model {``, ``block 3x3(…) {``, ``share Dense(8)``."""
    note = f"a name begins with a letter, such as `{example}`"
    return Diagnostic("missing-name", ERROR, f"`{keyword}` is followed by a name", span, here="a name is missing", notes=(note,))


@code("misplaced-arrow")
def misplaced_arrow(span: Span, reason: str, advice: str, fix: tuple[Edit, ...]) -> Diagnostic:
    """``input 28x28x1 -> Conv2D(…)``, ``Conv2D(…) :: 26x26x8 -> ReLU``, ``ReLU -> -> ReLU``."""
    notes = (advice,) if not fix else ()
    return Diagnostic("misplaced-arrow", ERROR, reason, span, notes=notes, help=advice if fix else None, fix=fix)


@code("misplaced-name")
def misplaced_name(span: Span, name: str, corrected: str, fix: tuple[Edit, ...]) -> Diagnostic:
    """``Conv2D(8, 3x3) = x``."""
    return Diagnostic(
        "misplaced-name",
        ERROR,
        f"the name `{shown(name)}` stands in front of the flow that it names",
        span,
        help=f"write `{shown(corrected, 70)}`",
        fix=fix,
    )


@code("malformed-name")
def malformed_name(span: Span, corrected: str) -> Diagnostic:
    """``model LeNet-5 {``, ``model Le Net {``, ``model "LeNet" {``."""
    return Diagnostic(
        "malformed-name",
        ERROR,
        f"`{shown(span.text)}` is no name: names have letters, digits and _, and begin with a letter",
        span,
        help=f"write `{shown(corrected)}`",
        fix=(Edit(span, corrected),),
    )


@code("keyword-as-name")
def keyword_as_name(span: Span, suggestion: str) -> Diagnostic:
    """``output = Dense(10)``."""
    return Diagnostic(
        "keyword-as-name",
        ERROR,
        f"`{shown(span.text)}` is a word of the language and names nothing",
        span,
        notes=(f"call the value something else, such as `{suggestion}`",),
    )


@code("nested-definition")
def nested_definition(span: Span, keyword: str, fix: tuple[Edit, ...]) -> Diagnostic:
    """A ``block`` or ``use`` in a model."""
    return Diagnostic(
        "nested-definition",
        ERROR,
        f"`{keyword}` stands at the top of a file, not in a model or block",
        span,
        help="move it out, in front",
        fix=fix,
    )


@code("merge-conflict")
def merge_conflict(span: Span, others: tuple[Span, ...]) -> Diagnostic:
    """``<<<<<<<``, ``=======`` and ``>>>>>>>``."""
    return Diagnostic(
        "merge-conflict",
        ERROR,
        "a conflict of a merge is left in this file",
        span,
        labels=tuple(Label(other, "and here") for other in others),
        notes=("keep one of the two versions, and delete the lines of marks",),
    )
