"""Arguments and expressions."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.diagnostics.aliases import argument_hint, is_superfluous, nearest_argument, nearest_word
from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Label, Severity
from cnnspec.diagnostics.span import Span
from cnnspec.diagnostics.suggest import closest, is_slip, listing

ERROR, WARNING = Severity.ERROR, Severity.WARNING


@code("unknown-argument")
def unknown_argument(
    span: Span, *, callee: str, argument: str, choices: Iterable[str], removal: Span | None = None
) -> Diagnostic:
    """An argument that there is not; ``removal`` is the text to leave out where it says what follows from elsewhere."""
    names = list(choices)
    nearest = nearest_argument(argument, names)
    hint = argument_hint(argument, names)
    fix = (Edit(span, nearest),) if nearest else ()
    if is_superfluous(argument) and removal is not None and nearest is None:
        fix = (Edit(removal, ""),)
    if nearest:
        text = f"did you mean {nearest}?"
    else:
        text = hint or (f"{callee} takes {listing(names, 16)}" if names else f"{callee} takes no arguments")
    return Diagnostic(
        "unknown-argument",
        ERROR,
        f"{callee} has no argument {argument}",
        span,
        help=text,
        fix=fix,
        applicability=Applicability.safe_if(is_slip(argument, nearest, names)),
    )


@code("name-argument")
def name_argument(span: Span, *, callee: str, name: str) -> Diagnostic:
    shown = name or "stem"
    return Diagnostic(
        "name-argument",
        ERROR,
        f"a layer is named by `{shown} = {callee}(…)`, not by an argument",
        span,
        help=f"write `{shown} = {callee}(…)`",
    )


@code("too-many-arguments")
def too_many_arguments(span: Span, *, callee: str, choices: tuple[str, ...], given: int, merges: bool = False) -> Diagnostic:
    """Arguments without a name that stand for nothing; ``span`` is the first of them. ``merges``: the callee joins values."""
    count = f"{len(choices)} argument{'s' if len(choices) != 1 else ''}"
    takes = f"at most {count} ({listing(choices, 16)})" if choices else "no arguments"
    surplus = given - len(choices)
    way_out = "remove this one" if surplus == 1 else f"remove the last {surplus}"
    if merges:
        way_out = f"what it merges flows into it: `[a, b] -> {callee}`, or in branches, `{callee} {{ | … | … }}`"
    are = "is" if given == 1 else "are"
    return Diagnostic("too-many-arguments", ERROR, f"{callee} takes {takes}, but {given} {are} given", span, help=way_out)


@code("argument-repeated")
def argument_repeated(span: Span, *, callee: str, argument: str) -> Diagnostic:
    return Diagnostic("argument-repeated", ERROR, f"{argument} of {callee} is given twice", span, help="keep one of the two")


@code("positional-after-named")
def positional_after_named(span: Span, *, callee: str, name: str = "") -> Diagnostic:
    """``Conv2D(filters=6, 5x5)``; ``name`` is the argument whose place it has."""
    return Diagnostic(
        "positional-after-named",
        ERROR,
        f"an argument of {callee} without a name stands after one with a name",
        span,
        help=f"give it its name: {name}={' '.join(span.text.split())[:40]}" if name else "put it first, or give it its name",
        fix=(Edit(Span(span.source, span.start, span.start), f"{name}="),) if name else (),
    )


@code("missing-argument")
def missing_argument(span: Span, *, callee: str, arguments: tuple[str, ...], example: str = "") -> Diagnostic:
    return Diagnostic(
        "missing-argument",
        ERROR,
        f"{callee} needs {listing(arguments)}",
        span,
        help=f"for example {example}" if example else f"give {listing(arguments)}",
    )


@code("quoted-word")
def quoted_word(span: Span, *, argument: str, word: str) -> Diagnostic:
    word = word.lower() if word.isupper() else word  # "SAME"
    return Diagnostic(
        "quoted-word",
        ERROR,
        f"{argument} takes a word, and words stand without quotes",
        span,
        help=f"write {argument}={word}",
        fix=(Edit(span, word),),
        applicability=Applicability.SAFE,
    )


@code("unquoted-path")
def unquoted_path(span: Span, *, argument: str, word: str) -> Diagnostic:
    return Diagnostic(
        "unquoted-path",
        ERROR,
        f"{argument} is a path, and paths stand in quotes",
        span,
        help=f'write "{word}"',
        fix=(Edit(span, f'"{word}"'),),
        applicability=Applicability.SAFE,
    )


@code("unknown-word")
def unknown_word(
    span: Span, *, callee: str, argument: str, word: str, expected: str, choices: Iterable[str], visible: Iterable[str] = ()
) -> Diagnostic:
    names, names_around = list(choices), list(visible)
    nearest = nearest_word(word, names) or closest(word, names_around)
    return Diagnostic(
        "unknown-word",
        ERROR,
        f"{argument} of {callee} must be {expected or 'one of ' + listing(names, 20)}, not {word}",
        span,
        help=f"did you mean {nearest}?" if nearest else f"one of {listing(names, 40)}",
        fix=(Edit(span, nearest),) if nearest else (),
        applicability=Applicability.safe_if(is_slip(word, nearest, [*names, *names_around])),
    )


@code("argument-value")
def argument_value(
    span: Span,
    *,
    callee: str,
    argument: str,
    expected: str,
    value: str,
    notes: tuple[str, ...] = (),
    way_out: str = "",
    nearest: str | None = None,
) -> Diagnostic:
    text = (
        f"did you mean {nearest}?"
        if nearest
        else way_out or f"give {argument} a value that is {expected.removeprefix('one of ')}"
    )
    return Diagnostic(
        "argument-value",
        ERROR,
        f"{argument} of {callee} must be {expected}, not {value}",
        span,
        notes=notes,
        help=text,
        fix=(Edit(span, nearest),) if nearest else (),
        applicability=Applicability.safe_if(nearest is not None and _same_value(span.text, nearest)),
    )


def _same_value(written: str, corrected: str) -> bool:
    """Whether the correction is the same value in other words: ``"3"`` as ``3``, ``1e3`` as ``1000``, ``1`` as ``[1]``."""
    bare = written.strip('"')
    if corrected in (bare, f"[{written}]"):
        return True
    try:
        return float(bare) == float(corrected)
    except ValueError:
        return False


@code("argument-conflict")
def argument_conflict(
    span: Span, *, callee: str, argument: str, expected: str, others: tuple[str, ...], way_out: str
) -> Diagnostic:
    subject = f"{argument} of {callee}" if argument else callee
    return Diagnostic(
        "argument-conflict",
        ERROR,
        f"{subject} must be {expected}",
        span,
        help=way_out or f"change {' or '.join(name for name in (argument, *others) if name)}",
    )


@code("word-case", WARNING)
def word_case(span: Span, *, word: str, canonical: str) -> Diagnostic:
    return Diagnostic(
        "word-case",
        WARNING,
        f"{word} is written {canonical}",
        span,
        help=f"write {canonical}",
        fix=(Edit(span, canonical),),
        applicability=Applicability.SAFE,
    )


@code("hides-word", WARNING)
def hides_word(span: Span, *, argument: str, word: str, value: str, defined: Span) -> Diagnostic:
    return Diagnostic(
        "hides-word",
        WARNING,
        f"{word} is also a word of {argument}; here it means the name defined in line {defined.line}, {value}",
        span,
        labels=(Label(defined, f"{word} is defined here"),),
        help="rename the name to make it plain which one is meant",
    )


@code("type-mismatch")
def type_mismatch(span: Span, *, operation: str, left: str, right: str = "") -> Diagnostic:
    operands = f"{left} and {right}" if right else left
    return Diagnostic(
        "type-mismatch", ERROR, f"{operation} does not work on {operands}", span, help="arithmetic and comparison take numbers"
    )


@code("division-by-zero")
def division_by_zero(span: Span, *, expression: str) -> Diagnostic:
    return Diagnostic("division-by-zero", ERROR, f"{expression} divides by zero", span, help="change the divisor")


@code("list-too-long")
def list_too_long(span: Span, *, limit: int) -> Diagnostic:
    return Diagnostic("list-too-long", ERROR, f"this list has more than {limit:,} items", span)


@code("result-too-large")
def result_too_large(span: Span, *, expression: str) -> Diagnostic:
    return Diagnostic(
        "result-too-large",
        ERROR,
        f"{expression} does not fit into 64 bits",
        span,
        help="sizes and counts go up to 9,223,372,036,854,775,807",
    )


@code("size-too-large")
def size_too_large(span: Span, *, layer: str, bits: int) -> Diagnostic:
    return Diagnostic(
        "size-too-large",
        ERROR,
        f"the output of {layer} would have an extent of {bits} bits; sizes are at most 64 bits",
        span,
        help="use fewer or smaller upsamplings",
    )


@code("condition-not-boolean")
def condition_not_boolean(span: Span, *, value: str) -> Diagnostic:
    return Diagnostic(
        "condition-not-boolean",
        ERROR,
        f"a condition is true or false, but this is {value}",
        span,
        help="compare it: `== 1`, `> 0`",
    )


@code("count-invalid")
def count_invalid(span: Span, *, what: str, value: str) -> Diagnostic:
    return Diagnostic(
        "count-invalid", ERROR, f"{what} must be a whole number of at least 0, not {value}", span, help="give a number such as 2"
    )


@code("symbolic-size")
def symbolic_size(span: Span, *, what: str, expression: str) -> Diagnostic:
    return Diagnostic(
        "symbolic-size",
        ERROR,
        f"{what} needs a known number, but this depends on the unknown size {expression}",
        span,
        help="state the input's size in numbers, or decide by channels or rank, which are always known",
    )


@code("unknown-function")
def unknown_function(span: Span, *, name: str, choices: tuple[str, ...]) -> Diagnostic:
    nearest = closest(name, choices)
    return Diagnostic(
        "unknown-function",
        ERROR,
        f"there is no function {name} in expressions",
        span,
        help=f"did you mean {nearest}?" if nearest else f"the functions are {listing(choices)}",
        fix=(Edit(span, nearest),) if nearest else (),
        applicability=Applicability.safe_if(is_slip(name, nearest, choices)),
    )


@code("function-arguments")
def function_arguments(span: Span, *, name: str, takes: str) -> Diagnostic:
    return Diagnostic("function-arguments", ERROR, f"{name} takes {takes}", span, help=f"for example {name}(7, 2)")


@code("unknown-setting")
def unknown_setting(span: Span, *, name: str, owner: str, choices: Iterable[str]) -> Diagnostic:
    names = list(choices)
    nearest = closest(name, names)
    return Diagnostic(
        "unknown-setting",
        ERROR,
        f"--set {name}: {owner} has no parameter {name}",
        span,
        help=f"did you mean {nearest}?" if nearest else f"its parameters: {listing(names, 20)}",
    )
