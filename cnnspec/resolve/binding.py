"""Arguments of a call, bound to the declaration that is called; problems become diagnostics at their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from cnnspec.diagnostics import Span
from cnnspec.diagnostics.aliases import is_superfluous, nearest_argument, nearest_word
from cnnspec.diagnostics.catalogue import arguments as catalogue
from cnnspec.resolve.argument_problems import Report, report_problems, written_as
from cnnspec.resolve.values import Given, Ratio, contains_unknown, plain_word
from cnnspec.schema.declaration import ArgumentProblem, BindError, Declaration
from cnnspec.schema.values import Word, is_list

D = TypeVar("D", bound=Declaration)


def bind(
    declaration: type[D],
    callee: str,
    callee_span: Span,
    given: Sequence[Given],
    report: Report,
    visible: Sequence[str] = (),
    *,
    uncertain: bool = False,
) -> D | None:
    """An instance of the declaration, or None with every problem reported.

    ``visible`` are the names in scope, for did-you-mean; ``uncertain`` says that more may have been defined in a part that
    did not parse, so that an unknown word is no mistake of its own. A word in the wrong case is accepted with a warning.
    """
    if any(contains_unknown(item.value) for item in given):
        _report_unknown_names(declaration, callee, given, report)
        return None
    positional, named, ordered = _split(declaration, callee, given, report)
    if not ordered:
        return None
    try:
        return declaration.bind([_plain(item.value) for item in positional], [(i.name or "", _plain(i.value)) for i in named])
    except BindError as error:
        lowered = _lowered(given, error.problems, declaration)
        if lowered is not None:
            for before, after in zip(given, lowered, strict=True):
                if before is not after:
                    report(
                        catalogue.word_case(
                            before.tree.value.span, word=str(plain_word(before.value)), canonical=str(after.value)
                        )
                    )
            return bind(declaration, callee, callee_span, lowered, report, visible, uncertain=uncertain)
        problems = [p for p in error.problems if not (uncertain and _is_unknown_word(p, declaration, given))]
        report_problems(problems, declaration, callee, callee_span, given, report, visible)
        return None


def _is_unknown_word(problem: ArgumentProblem, declaration: type[Declaration], given: Sequence[Given]) -> bool:
    item = written_as(problem, declaration, given)
    return problem.kind == "value" and item is not None and isinstance(item.value, Word)


def bind_repaired(declaration: type[D], given: Sequence[Given]) -> D | None:
    """The instance that was probably meant, after its problems were reported: with the suggested names and words.

    What follows in the file can then be checked too. None where a suggestion is missing, or does not help.
    """
    positional, named, ordered = _split(declaration, "", given, lambda _: None)
    if not ordered or any(contains_unknown(item.value) for item in given):
        return None
    try:
        return declaration.bind([_plain(item.value) for item in positional], [(i.name or "", _plain(i.value)) for i in named])
    except BindError as error:
        repaired: list[Given | None] = list(given)
        for problem in error.problems:
            if problem.kind == "missing":
                continue  # one that is misspelt is among the suggestions; without it the second attempt fails
            item = written_as(problem, declaration, given)
            superfluous = problem.kind == "unknown" and is_superfluous(problem.argument)
            change = _suggestion(problem, item) if item is not None and not superfluous else None
            if item is None or (change is None and not superfluous):
                return None
            repaired[next(at for at, one in enumerate(given) if one is item)] = change
        kept = [item for item in repaired if item is not None]
        positional = [item for item in kept if item.name is None]
        named = [item for item in kept if item.name is not None]
        try:
            return declaration.bind([_plain(i.value) for i in positional], [(i.name or "", _plain(i.value)) for i in named])
        except BindError:
            return None


def _suggestion(problem: ArgumentProblem, item: Given) -> Given | None:
    """The argument as the help of its diagnostic suggests it."""
    match problem.kind:
        case "unknown":
            name = nearest_argument(problem.argument, problem.choices)
            return Given(name, item.value, item.tree) if name else None
        case "quoted":
            word = str(problem.value)
            return Given(item.name, Word(word.lower() if word.isupper() else word), item.tree)
        case "word":
            word = nearest_word(str(problem.value), problem.choices)
            return Given(item.name, Word(word), item.tree) if word else None
        case _:
            return None


def _report_unknown_names(declaration: type[Declaration], callee: str, given: Sequence[Given], report: Report) -> None:
    """Report arguments that the declaration does not have: that is a mistake whatever their values come to."""
    names = declaration.argument_names()
    for item in given:
        if item.name not in (None, "name", *names, *declaration.aliases) and item.tree.name is not None:
            span = item.tree.name.span
            report(catalogue.unknown_argument(span, callee=callee, argument=item.tree.name.text, choices=names))


def _name_at(declaration: type[Declaration], given: Sequence[Given], item: Given) -> str:
    """The argument that stands at the place of one without a name, if nothing else gives it."""
    at = next(index for index, one in enumerate(given) if one is item)
    names = declaration.argument_names()
    stated = {declaration.aliases.get(one.name or "", one.name) for one in given}
    return names[at] if at < len(names) and names[at] not in stated else ""


def _split(
    declaration: type[Declaration], callee: str, given: Sequence[Given], report: Report
) -> tuple[list[Given], list[Given], bool]:
    positional = [item for item in given if item.name is None]
    named = [item for item in given if item.name is not None]
    ordered = True
    seen_named = False
    for item in given:
        if item.name is not None:
            seen_named = True
        elif seen_named:
            report(catalogue.positional_after_named(item.tree.span, callee=callee, name=_name_at(declaration, given, item)))
            ordered = False
    for item in named:
        if item.name == "name":
            name = item.value if isinstance(item.value, str) else ""
            report(catalogue.name_argument(item.tree.span, callee=callee, name=str(name)))
            ordered = False
    return positional, named, ordered


def _plain(value: object) -> object:
    if isinstance(value, Ratio):
        return float(value)
    return tuple(_plain(item) for item in value) if is_list(value) else plain_word(value)


def _lowered(given: Sequence[Given], problems: Sequence[ArgumentProblem], declaration: type[Declaration]) -> list[Given] | None:
    """The arguments with a word in lower case, where that is one of the words that are accepted there."""
    wrong = {problem.argument for problem in problems if problem.kind in ("word", "value")}
    names = declaration.argument_names()
    changed = False
    result: list[Given] = []
    for index, item in enumerate(given):
        name = item.name or (names[index] if index < len(names) else "")
        word = plain_word(item.value)
        if name in wrong and isinstance(word, Word) and word != word.lower():
            lowered = Word(word.lower())
            problem = next(p for p in problems if p.argument == name)
            if lowered in problem.choices or lowered in problem.expected:
                result.append(Given(item.name, lowered, item.tree))
                changed = True
                continue
        result.append(item)
    return result if changed else None
