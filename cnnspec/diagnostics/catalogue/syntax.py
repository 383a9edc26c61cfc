"""Mistakes of syntax: what the text says cannot be read."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Label, Severity
from cnnspec.diagnostics.span import Span

ERROR = Severity.ERROR


def shown(text: str, width: int = 40) -> str:
    """A text of the file as part of a message: one line, and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


@code("unexpected-text")
def unexpected_text(span: Span, what: str, expected: tuple[str, ...]) -> Diagnostic:
    """Text that fits nowhere, where no more special cause is known."""
    notes = (f"possible here: {', '.join(expected)}",) if expected else ()
    return Diagnostic("unexpected-text", ERROR, f"{what} does not fit here", span, notes=notes)


# --- brackets ------------------------------------------------------------------------------------------------------


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
    """A head without a ``{`` on its line, or with a ``:`` in its place."""
    return Diagnostic(
        "missing-brace",
        ERROR,
        f"what belongs to `{shown(what)}` stands in {{ }}, and the {{ on its line",
        span,
        here="`{` expected",
        help="put a `{` here, and a `}` behind the last statement" if fix else None,
        fix=fix,
    )


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
    )


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
    )


@code("missing-value")
def missing_value(span: Span, name: str) -> Diagnostic:
    """``filters=`` and nothing behind it."""
    return Diagnostic("missing-value", ERROR, f"`{shown(name)}` is given no value", span, here="a value is missing here")


@code("missing-name")
def missing_name(span: Span, keyword: str, example: str) -> Diagnostic:
    """``model {``, ``block 3x3(…) {``."""
    note = f"a name begins with a letter, such as `{example}`"
    return Diagnostic("missing-name", ERROR, f"`{keyword}` is followed by a name", span, here="a name is missing", notes=(note,))


# --- statements ----------------------------------------------------------------------------------------------------


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
    )


@code("misplaced-else")
def misplaced_else(span: Span, fix: tuple[Edit, ...]) -> Diagnostic:
    """``else`` on a line of its own, ``elif``, or an ``else`` without an ``if``."""
    if not fix:
        return Diagnostic("misplaced-else", ERROR, f"this `{shown(span.text)}` belongs to no `if`", span)
    message = (
        "`else` stands on the line of the `}` before it" if span.text == "else" else f"`{shown(span.text)}` is written `else if`"
    )
    return Diagnostic("misplaced-else", ERROR, message, span, help=f"write `}} {fix[0].text.strip()}` on one line", fix=fix)


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
    )


@code("branch-outside-merge")
def branch_outside_merge(span: Span) -> Diagnostic:
    """A ``|`` where no merge is open, or a merge whose first branch has none."""
    message = (
        "a `|` begins a branch, and branches stand in the braces of a merge"
        if span.text == "|"
        else f"a branch begins with `|`, but this one begins with `{shown(span.text)}`"
    )
    if span.text == "|":
        return Diagnostic("branch-outside-merge", ERROR, message, span, notes=("for example `Add { | path | path }`",))
    fix = (Edit(Span(span.source, span.start, span.start), "| "),)
    return Diagnostic("branch-outside-merge", ERROR, message, span, help="put a `|` before it", fix=fix)


@code("constant-needs-let")
def constant_needs_let(span: Span, name: Span) -> Diagnostic:
    """``width = 64`` in a model."""
    return Diagnostic(
        "constant-needs-let",
        ERROR,
        f"`{shown(name.text)} = …` names a value that flows through layers; a constant is named with `let`",
        span,
        help=f"write `let {shown(name.text)} = …`",
        fix=(Edit(Span(name.source, name.start, name.start), "let "),),
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
    )


# --- expressions ---------------------------------------------------------------------------------------------------


@code("single-equals")
def single_equals(span: Span) -> Diagnostic:
    """``expect params = 10``."""
    return Diagnostic("single-equals", ERROR, "`=` gives a name; `==` compares", span, help="write `==`", fix=(Edit(span, "=="),))


@code("chained-comparison")
def chained_comparison(span: Span, middle: str, fix: tuple[Edit, ...]) -> Diagnostic:
    """``1 < n < 5``."""
    return Diagnostic(
        "chained-comparison",
        ERROR,
        "comparisons do not chain; join two of them with `and`",
        span,
        help=f"write `… and {shown(middle)} {span.text} …`",
        fix=fix,
    )


@code("malformed-dims")
def malformed_dims(span: Span, corrected: str) -> Diagnostic:
    """``28 x 28 x 1``, ``(5, 5)``, ``28×28``, ``5X5``, ``input 28, 28, 1``."""
    return Diagnostic(
        "malformed-dims",
        ERROR,
        f"sizes are written in one piece with x between, or as a list: `{shown(corrected, 70)}`",
        span,
        help=f"write `{shown(corrected, 70)}`",
        fix=(Edit(span, corrected),),
    )


@code("foreign-operator")
def foreign_operator(span: Span, meant: str, replacement: str | None = None) -> Diagnostic:
    """``&&``, ``=>``, ``≤``: an operator of another language or script."""
    return Diagnostic(
        "foreign-operator",
        ERROR,
        f"`{shown(span.text)}` is written `{meant}`",
        span,
        help=f"write `{meant}`",
        fix=(Edit(span, meant if replacement is None else replacement),),
    )


@code("foreign-comment")
def foreign_comment(span: Span, fix: tuple[Edit, ...]) -> Diagnostic:
    """``// …``, ``/* … */`` and triple quotes."""
    return Diagnostic(
        "foreign-comment",
        ERROR,
        f"`{shown(span.text)}` begins no comment; a comment begins with `#`",
        span,
        help="begin the comment with `#`" if fix else None,
        fix=fix,
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
    )


@code("wrong-quotes")
def wrong_quotes(span: Span, text: str) -> Diagnostic:
    """``'best'``."""
    quoted = f'"{text}"'
    return Diagnostic(
        "wrong-quotes",
        ERROR,
        'a string stands in double quotes, "…"',
        span,
        help=f"write `{quoted}`" if len(quoted) < 60 else "use double quotes",
        fix=(Edit(span, quoted),),
    )


@code("unterminated-string")
def unterminated_string(span: Span, fix: tuple[Edit, ...]) -> Diagnostic:
    """A string whose second quote is missing."""
    return Diagnostic(
        "unterminated-string",
        ERROR,
        'this string does not end on its line: its second `"` is missing',
        span,
        help='close it with `"`',
        fix=fix,
    )


# --- other languages -----------------------------------------------------------------------------------------------


@code("python-code")
def python_code(span: Span, message: str, advice: str | None, fix: tuple[Edit, ...]) -> Diagnostic:
    """Python, Keras or Torch code; the message and the advice depend on which."""
    notes = (advice,) if advice and not fix else ()
    return Diagnostic("python-code", ERROR, message, span, notes=notes, help=advice if fix else None, fix=fix)


@code("python-constant")
def python_constant(span: Span, word: str) -> Diagnostic:
    """``True``, ``False``, ``None``."""
    lower = word.lower()
    return Diagnostic(
        "python-constant", ERROR, f"`{shown(word)}` is written `{lower}`", span, help=f"write `{lower}`", fix=(Edit(span, lower),)
    )


@code("unknown-character")
def unknown_character(span: Span, name: str, looks_like: str = "") -> Diagnostic:
    """A character that the language has no use for, or one that only looks like one of its own."""
    if looks_like:
        return Diagnostic(
            "unknown-character",
            ERROR,
            f"`{shown(span.text)}` holds {name}, which only looks like a character of the language",
            span,
            help=f"write `{looks_like}`",
            fix=(Edit(span, looks_like),),
        )
    return Diagnostic("unknown-character", ERROR, f"`{shown(span.text)}` ({name}) has no meaning here", span)


@code("invisible-character")
def invisible_character(span: Span, name: str, replacement: str) -> Diagnostic:
    """A bidi control anywhere, or another invisible character outside comments."""
    advice = "put a blank in its place" if replacement == " " else "take it away"
    return Diagnostic(
        "invisible-character",
        ERROR,
        f"an invisible character stands here: {name}",
        span,
        help=advice,
        fix=(Edit(span, replacement),),
    )


# --- limits --------------------------------------------------------------------------------------------------------


@code("nesting-too-deep")
def nesting_too_deep(span: Span, limit: int) -> Diagnostic:
    """Brackets, braces or operands inside one another."""
    return Diagnostic("nesting-too-deep", ERROR, f"this is nested deeper than {limit} levels", span)


@code("expression-too-long")
def expression_too_long(span: Span, limit: int) -> Diagnostic:
    """A chain of operators."""
    return Diagnostic("expression-too-long", ERROR, f"this expression has more than {limit:,} terms", span)


@code("name-too-long")
def name_too_long(span: Span, length: int, limit: int) -> Diagnostic:
    """A name over the limit."""
    return Diagnostic("name-too-long", ERROR, f"this name has {length:,} characters; {limit:,} are allowed", span)


@code("string-too-long")
def string_too_long(span: Span, length: int, limit: int) -> Diagnostic:
    """A string over the limit."""
    return Diagnostic("string-too-long", ERROR, f"this string has {length:,} characters; {limit:,} are allowed", span)


@code("number-too-large")
def number_too_large(span: Span, text: str) -> Diagnostic:
    """A number that does not fit."""
    shown = text if len(text) <= 24 else f"{text[:20]}… ({len(text):,} characters)"
    return Diagnostic("number-too-large", ERROR, f"{shown} does not fit into 64 bits", span)


@code("too-many-mistakes")
def too_many_mistakes(span: Span, limit: int) -> Diagnostic:
    """The text is probably something else than a spec."""
    return Diagnostic("too-many-mistakes", ERROR, f"after {limit:,} mistakes the rest of the file was not read", span)
