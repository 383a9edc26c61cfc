"""What is wrong with the arguments of a call, as diagnostics at their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from cnnspec.diagnostics import Diagnostic, Span
from cnnspec.diagnostics.aliases import meant_argument
from cnnspec.diagnostics.catalogue import arguments as catalogue
from cnnspec.diagnostics.catalogue.names import unknown_name
from cnnspec.diagnostics.suggest import closest
from cnnspec.record import replace
from cnnspec.resolve.expressions import Evaluator
from cnnspec.resolve.operators import FUNCTIONS
from cnnspec.resolve.values import Given, Ratio
from cnnspec.schema.declaration import ArgumentProblem, Declaration
from cnnspec.schema.values import CallValue, Quoted, Word, show
from cnnspec.syntax import tree

Report = Callable[[Diagnostic], None]
_NUMBER = re.compile(r"-?[0-9][0-9_]*(\.[0-9]+)?(e-?[0-9]+)?|[0-9]+(x[0-9]+)+")


def report_problems(
    problems: Sequence[ArgumentProblem],
    declaration: type[Declaration],
    callee: str,
    callee_span: Span,
    given: Sequence[Given],
    report: Report,
    visible: Sequence[str] = (),
) -> None:
    """Report what is wrong with the arguments of a call, all that is missing in one diagnostic."""
    misspelt = {meant_argument(p.argument, p.choices) for p in problems if p.kind == "unknown"}
    missing = tuple(p.argument for p in problems if p.kind == "missing" and p.argument not in misspelt)
    problems = _gather_surplus(problems)
    if missing:
        example = _example(declaration, callee, given)
        report(catalogue.missing_argument(callee_span, callee=callee, arguments=missing, example=example))
    for problem in problems:
        if problem.kind != "missing":
            for part in _inner_parts(problem):
                report(_diagnose(part, declaration, callee, callee_span, given, visible))


def _inner_parts(problem: ArgumentProblem) -> list[ArgumentProblem]:
    """The problem with a nested call once for each mistake in it; what is missing there counts as one."""
    if problem.kind != "inner":
        return [problem]
    missing = tuple(part for part in problem.inner if part.kind == "missing")
    parts = [(part,) for part in problem.inner if part.kind != "missing"]
    return [replace(problem, inner=inner) for inner in ([missing] if missing else []) + parts]


def _gather_surplus(problems: Sequence[ArgumentProblem]) -> list[ArgumentProblem]:
    """The problems with the first surplus argument only: it speaks for all."""
    surplus = [problem for problem in problems if problem.kind == "surplus"]
    return [problem for problem in problems if problem.kind != "surplus" or problem is surplus[0]]


def _diagnose(
    problem: ArgumentProblem,
    declaration: type[Declaration],
    callee: str,
    callee_span: Span,
    given: Sequence[Given],
    visible: Sequence[str],
) -> Diagnostic:
    item = written_as(problem, declaration, given)
    span = item.tree.value.span if item else callee_span
    if (
        item
        and problem.item is not None
        and isinstance(item.tree.value, tree.ListOf)
        and problem.item < len(item.tree.value.items)
    ):
        span = item.tree.value.items[problem.item].span
    match problem.kind:
        case "unknown":
            name_span = item.tree.name.span if item and item.tree.name else span
            return catalogue.unknown_argument(
                name_span,
                callee=callee,
                argument=problem.argument,
                choices=problem.choices,
                removal=removal(item, given) if item else None,
            )
        case "surplus":
            return catalogue.too_many_arguments(
                span,
                callee=callee,
                choices=problem.choices,
                given=sum(1 for g in given if g.name is None),
                merges=getattr(declaration, "inputs", (1, 1))[1] != 1,
            )
        case "repeated":
            return catalogue.argument_repeated(span, callee=callee, argument=problem.argument)
        case "quoted":
            return catalogue.quoted_word(span, argument=problem.argument, word=str(problem.value))
        case "unquoted":
            return catalogue.unquoted_path(span, argument=problem.argument, word=str(problem.value))
        case "inner":
            return _inner(problem, span, item, visible)
        case "word":
            return catalogue.unknown_word(
                _word_span(problem, span, item),
                callee=callee,
                argument=problem.argument,
                word=Evaluator.show(problem.value),
                expected=problem.expected if not problem.expected.startswith("one of") else "",
                choices=problem.choices,
                visible=visible,
            )
        case "conflict":
            return catalogue.argument_conflict(
                span,
                callee=callee,
                argument=problem.argument,
                expected=problem.expected,
                others=problem.others,
                way_out=problem.help,
            )
        case _:
            return _bad_value(problem, span, callee, item, visible, declaration)


def _word_span(problem: ArgumentProblem, span: Span, item: Given | None) -> Span:
    """Where the word itself stands: of a call with arguments, its name."""
    expression: tree.Expression | None = item.tree.value if item else None
    if isinstance(expression, tree.ListOf) and problem.item is not None and problem.item < len(expression.items):
        expression = expression.items[problem.item]
    return expression.callee.span if isinstance(expression, tree.Call) and expression.arguments else span


def _bad_value(
    problem: ArgumentProblem,
    span: Span,
    callee: str,
    item: Given | None,
    visible: Sequence[str],
    declaration: type[Declaration],
) -> Diagnostic:
    value = item.value if item else problem.value
    notes = (
        (f"{value.division} = {show(float(value))} does not come out whole; // rounds down",) if isinstance(value, Ratio) else ()
    )
    nearest = closest(str(value), visible) if isinstance(value, Word) else None
    if isinstance(value, Quoted) and _NUMBER.fullmatch(value):
        nearest = str(value)
    text, shown = span.text, Evaluator.show(value)
    if isinstance(value, float) and not isinstance(value, Ratio) and value.is_integer() and "integer" in problem.expected:
        nearest, shown = f"{value:.0f}", text  # 1e3 is no integer, but shown as 1000 it would look like one
    if problem.expected == "a list" and len(text) < 60:
        nearest = f"[{text}]"
    nearest = nearest or _plain_correction(problem, value, item)
    if item is not None and isinstance(item.tree.value, (tree.ListOf, tree.Dims)) and len(text) < 40 and "\n" not in text:
        shown = text  # [0, -3] as it is written
    if isinstance(value, CallValue) and _takes_numbers(problem) and item is not None and isinstance(item.tree.value, tree.Call):
        return catalogue.unknown_function(item.tree.value.callee.span, name=value.name, choices=FUNCTIONS)
    if isinstance(value, Word) and item and isinstance(item.tree.value, tree.Name) and text == value and _takes_numbers(problem):
        return unknown_name(span, name=text, choices=visible)
    if not problem.argument:
        return catalogue.argument_conflict(
            span, callee=callee, argument="", expected=problem.expected, others=(), way_out=problem.help
        )
    return catalogue.argument_value(
        span,
        callee=callee,
        argument=problem.argument,
        expected=problem.expected,
        value=shown,
        notes=notes,
        way_out=problem.help or _sample(problem.argument, declaration),
        nearest=nearest,
    )


#: Values that arguments without a default usually have.
_SAMPLES = {"filters": "32", "kernel_size": "3x3", "pool_size": "2x2", "units": "10", "rate": "0.5", "target_shape": "[7, 7, 64]"}


def _sample(argument: str, declaration: type[Declaration]) -> str:
    """An argument with a value that it takes: its default, or a usual one."""
    info = declaration.model_fields.get(argument)
    default = None if info is None or info.is_required() else info.get_default(call_default_factory=True)
    value = _SAMPLES.get(argument) or (show(default) if isinstance(default, (bool, int, float)) else "")
    if argument == "kernel_size" and getattr(declaration, "rank", 2) != 2:
        value = "3"
    return f"for example {argument}={value}" if value else ""


def removal(item: Given, given: Sequence[Given]) -> Span | None:
    """The text of an argument with a comma beside it, for leaving it out."""
    spans = [one.tree.span for one in given]
    at = next((index for index, one in enumerate(given) if one is item), None)
    if at is None or any(span.source is not spans[at].source for span in spans):
        return None
    own = spans[at]
    if at + 1 < len(spans):
        return Span(own.source, own.start, spans[at + 1].start)
    return Span(own.source, spans[at - 1].end, own.end) if at else own


#: What people write for true and false.
_TRUTH = {"1": "true", "yes": "true", "on": "true", "y": "true", "0": "false", "no": "false", "off": "false", "n": "false"}


def _plain_correction(problem: ArgumentProblem, value: object, item: Given | None) -> str | None:
    """``yes`` for ``true``, ``50`` for ``0.5``, ``n / 2`` for ``n // 2``, ``0x10`` for ``16``."""
    text = item.tree.value.span.text if item is not None else ""
    if problem.expected.startswith("true or false"):
        return _TRUTH.get(text.lower())
    if problem.argument == "rate" and isinstance(value, int) and 1 < value < 100:
        return f"{value / 100:g}"
    if isinstance(value, Ratio) and text.count("/") == 1:
        return text.replace("/", "//")
    if re.fullmatch(r"0x[0-9]+", text) and "integer" in problem.expected:
        return str(int(text, 16))
    return None


def _takes_numbers(problem: ArgumentProblem) -> bool:
    """Whether an argument takes numbers and no words, so that a word there can only be a name."""
    return problem.expected.startswith(("an integer", "a number", "at least", "greater than")) and not problem.choices


def written_as(problem: ArgumentProblem, declaration: type[Declaration], given: Sequence[Given]) -> Given | None:
    """The argument that a problem is about, as it stands in the call; None where nothing was written."""
    if problem.index is not None:
        positional = [item for item in given if item.name is None]
        if problem.kind != "repeated" and problem.index < len(positional):
            return positional[problem.index]
    names = (problem.argument, *(old for old, new in declaration.aliases.items() if new == problem.argument))
    return next((item for item in reversed(given) if item.name in names), None)


def _inner(problem: ArgumentProblem, span: Span, item: Given | None, visible: Sequence[str]) -> Diagnostic:
    """A problem of a nested call, at its own argument where the call is written out."""
    inner = problem.inner[0]
    expression: tree.Expression | None = item.tree.value if item else None
    if isinstance(expression, tree.ListOf) and problem.item is not None and problem.item < len(expression.items):
        expression = expression.items[problem.item]
    given: list[Given] = []
    if isinstance(expression, tree.Call):
        given = [
            Given(a.name.text if a.name else None, _nested_value(problem, index, a), a)
            for index, a in enumerate(expression.arguments)
        ]
        span = expression.callee.span
    if inner.kind == "missing":
        missing = tuple(p.argument for p in problem.inner if p.kind == "missing")
        return catalogue.missing_argument(span, callee=problem.expected, arguments=missing)
    return _diagnose(inner, Declaration, problem.expected, span, given, visible)


def _nested_value(problem: ArgumentProblem, index: int, argument: tree.Argument) -> object:
    value = problem.value
    if isinstance(value, CallValue):
        if argument.name is None:
            return value.positional[index] if index < len(value.positional) else None
        return dict(value.named).get(argument.name.text)
    return None


def _example(declaration: type[Declaration], callee: str, given: Sequence[Given]) -> str:
    samples = {
        "filters": "32",
        "kernel_size": "3x3",
        "units": "10",
        "rate": "0.5",
        "target_shape": "[7, 7, 64]",
        "kernel": "sobel_x",
    }
    required = [name for name, info in declaration.model_fields.items() if info.is_required()]
    rank = getattr(declaration, "rank", 2)
    if rank != 2:
        samples["kernel_size"] = "3" if rank == 1 else "3x3x3"
    if not all(name in samples for name in required):
        return ""
    values = {
        names: item.tree.value.span.text
        for names, item in zip(declaration.argument_names(), given, strict=False)
        if item.name is None
    }
    return f"{callee}({', '.join(values.get(name, samples[name]) for name in required)})"
