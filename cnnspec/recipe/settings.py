"""From the settings of a file, ``key = value``, to a recipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import cast

from cnnspec.diagnostics.catalogue import recipes as catalogue
from cnnspec.recipe.callback import PYTHON_CALLBACKS
from cnnspec.recipe.family import snake_case
from cnnspec.recipe.finding import Finding
from cnnspec.recipe.judge import judge_alone
from cnnspec.recipe.recipe import Recipe
from cnnspec.record import record
from cnnspec.schema.declaration import ArgumentProblem, BindError
from cnnspec.schema.values import CallValue, Quoted, Word

#: What stands for a key that is missing or not available yet, so that the rest can be judged.
STAND_INS: dict[str, object] = {"data": Word("mnist"), "loss": Word("mean_squared_error"), "optimizer": Word("SGD"), "epochs": 1}


@record
class Settings:
    """A recipe as far as it could be read.

    ``recipe`` is None where anything is wrong with it. ``findings`` are diagnostics without places;
    ``problems`` are arguments that do not fit, by key (:attr:`ArgumentProblem.argument`), for the caller to place.
    """

    recipe: Recipe | None
    findings: tuple[Finding, ...] = ()
    problems: tuple[ArgumentProblem, ...] = ()


def read_settings(settings: Sequence[tuple[str, object]]) -> Settings:
    """Read evaluated settings, in the order of the file; every independent mistake is reported at once."""
    findings: list[Finding] = []
    given: dict[str, object] = {}
    for key, value in settings:
        findings += _judge_key(key, given)
        if key not in Recipe.model_fields or key in given:
            continue
        given[key], code = _without_code(key, value)
        findings += code
    meant = {catalogue.meant_key(key, Recipe.argument_names()) for key, _ in settings if key not in Recipe.model_fields}
    missing = tuple(key for key in Recipe.required if key not in given and key not in meant)
    if missing:
        findings.append(Finding("", catalogue.recipe_key_missing, {"keys": missing}))
    try:
        recipe = Recipe.bind((), {**STAND_INS, **given})
    except BindError as error:
        return Settings(None, tuple(findings), error.problems)
    if findings:
        # It is no recipe to train by, but what does not hang on the mistakes can still be judged.
        return Settings(None, (*findings, *judge_alone(recipe)))
    return Settings(recipe)


def _judge_key(key: str, given: dict[str, object]) -> Iterator[Finding]:
    if key not in Recipe.model_fields:
        yield Finding(key, catalogue.recipe_key_unknown, {"key": key, "choices": Recipe.argument_names()})
    elif key in given:
        yield Finding(key, catalogue.recipe_key_repeated, {"key": key})


def _without_code(key: str, value: object) -> tuple[object, list[Finding]]:
    """The value without callbacks that hold code, and a finding for each of those."""
    if key != "callbacks" or not isinstance(value, tuple):
        return value, []
    # TerminateOnNaN is on in every run: it keeps the place of what is left out, so that indices of items stay true.
    kept: list[object] = []
    found: list[Finding] = []
    for at, item in enumerate(cast("tuple[object, ...]", value)):
        python = _python_callback(item)
        if python is not None:
            found.append(Finding(f"callbacks[{at}]", catalogue.callback_needs_python, {"name": python}))
        kept.append(item if python is None else Word("TerminateOnNaN"))
    return tuple(kept), found


def _python_callback(value: object) -> str | None:
    """The callback that a word or call spells and only Python can make, or None."""
    if isinstance(value, Quoted) or not isinstance(value, (str, CallValue)):
        return None
    return _spellings().get(value.name if isinstance(value, CallValue) else str(value))


@cache
def _spellings() -> dict[str, str]:
    return {spelling: name for name in PYTHON_CALLBACKS for spelling in (name, snake_case(name), name.lower())}
