"""Recipes: the settings of ``train Model { … }`` to a declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cnnspec.diagnostics import Diagnostic, Span
from cnnspec.diagnostics.catalogue.names import unknown_model
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.settings import read_settings
from cnnspec.record import field, state
from cnnspec.resolve.argument_problems import report_problems
from cnnspec.resolve.expressions import Evaluator
from cnnspec.resolve.model import Replacement
from cnnspec.resolve.operators import Rejected
from cnnspec.resolve.result import PendingClaim, ResolvedRecipe
from cnnspec.resolve.scope import FileScope, Scope
from cnnspec.resolve.values import UNKNOWN, Binding, Given, Ratio, contains_unknown, plain_word
from cnnspec.schema.values import is_list
from cnnspec.syntax import tree

Report = Callable[[Diagnostic], None]


@state
class _Collected:
    """What the statements of a recipe gave."""

    given: list[Given] = field(default_factory=list[Given])
    spans: dict[str, Span] = field(default_factory=dict[str, Span])
    claims: list[PendingClaim] = field(default_factory=list[PendingClaim])
    #: Some setting could not be read, so that a missing key may be no mistake of its own.
    partial: bool = False


def resolve_recipe(
    definition: tree.TrainDefinition,
    file: FileScope,
    models: tuple[str, ...],
    replacements: Mapping[str, Replacement],
    report: Report,
) -> ResolvedRecipe:
    """The recipe of a ``train`` definition; what is wrong is reported, and the recipe is None then."""
    if definition.model.text not in models and not file.uncertain:
        report(unknown_model(definition.model.span, name=definition.model.text, choices=models))
    collected = _collect(definition, file, report)
    replaced = _replace(collected, file, replacements, report)
    unknown = [item for item in collected.given if contains_unknown(item.value)]
    usable = [item for item in collected.given if item not in unknown]
    settings = read_settings([(item.name or "", _plain(item.value)) for item in usable])
    partial = collected.partial or bool(unknown)
    for finding in settings.findings:
        diagnostic = finding.at(collected.spans, definition.model.span)
        if not (partial and diagnostic.code == "recipe-key-missing"):
            report(diagnostic)
    report_problems(settings.problems, Recipe, "the recipe", definition.model.span, usable, report, Scope(file).visible())
    return ResolvedRecipe(
        name=(definition.alias or definition.model).text,
        model=definition.model.text,
        recipe=None if partial else settings.recipe,
        span=definition.model.span,
        spans=collected.spans,
        claims=tuple(collected.claims),
        replaced=replaced,
    )


def _collect(definition: tree.TrainDefinition, file: FileScope, report: Report) -> _Collected:
    collected = _Collected()
    scope = Scope(file)
    for statement in definition.statements:
        match statement:
            case tree.Setting():
                collected.given.append(_given(statement, scope, report))
                _note_spans(collected.spans, statement.key.text, statement.key.span, statement.value)
            case tree.Let(name=name):
                scope.define(name.text, Binding(_evaluate(statement.value, scope, report), name.span), report)
            case tree.Expect():
                collected.claims.append(PendingClaim(statement.condition, scope, statement.span))
            case tree.Broken():
                collected.partial = True
                scope.uncertain = True
            case _:
                pass
    return collected


def _given(statement: tree.Setting, scope: Scope, report: Report) -> Given:
    argument = tree.Argument(statement.key, statement.value, statement.span)
    return Given(statement.key.text, _evaluate(statement.value, scope, report), argument)


def _evaluate(expression: tree.Expression, scope: Scope, report: Report) -> object:
    try:
        return Evaluator(scope, layers=False).value(expression)
    except Rejected as error:
        if error.diagnostic is not None:
            report(error.diagnostic)
        return UNKNOWN


def _note_spans(spans: dict[str, Span], key: str, at: Span, value: tree.Expression) -> None:
    """Places as findings ask for them: a key, its value (``loss=``), an item of a list (``callbacks[1]``), what is given in
    a call by its name (``optimizer.momentum``) or without one (``optimizer(0)``)."""
    spans[key] = at
    spans[f"{key}="] = value.span
    for index, item in enumerate(value.items if isinstance(value, tree.ListOf) else ()):
        spans[f"{key}[{index}]"] = item.span
    for index, argument in enumerate(value.arguments if isinstance(value, tree.Call) else ()):
        spans[f"{key}.{argument.name.text}" if argument.name else f"{key}({index})"] = argument.value.span


def _replace(collected: _Collected, file: FileScope, replacements: Mapping[str, Replacement], report: Report) -> frozenset[str]:
    """Put values from the command line in place of the file's; the keys whose value is another one now."""
    replaced: set[str] = set()
    scope = Scope(file)
    for key, replacement in replacements.items():
        value = _evaluate(replacement.expression, scope, report)
        name = tree.Name(key, replacement.expression.span)
        given = Given(key, value, tree.Argument(name, replacement.expression, replacement.expression.span))
        at = next((index for index, item in enumerate(collected.given) if item.name == key), None)
        if at is None:
            collected.given.append(given)
            replaced.add(key)
        else:
            if collected.given[at].value != value:
                replaced.add(key)
            collected.given[at] = given
        _note_spans(collected.spans, key, replacement.expression.span, replacement.expression)
    return frozenset(replaced)


def _plain(value: object) -> object:
    if isinstance(value, Ratio):
        return float(value)
    return tuple(_plain(item) for item in value) if is_list(value) else plain_word(value)
