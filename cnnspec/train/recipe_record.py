"""A recipe as JSON, for ``run.json``: what is needed to test a run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from cnnspec.recipe.recipe import Recipe
from cnnspec.schema.choice import plain_value
from cnnspec.schema.values import CallValue


def recipe_to_json(recipe: Recipe) -> dict[str, Any]:
    """Every key of the recipe, the defaults too; a call as ``{"call": name, "arguments": {…}}``."""
    return {name: _encode(plain_value(getattr(recipe, name))) for name in type(recipe).model_fields}


def recipe_from_json(data: Mapping[str, Any]) -> Recipe:
    """The recipe of :func:`recipe_to_json`.

    Raises:
        BindError: it is not one.
    """
    return Recipe.bind((), {name: _decode(value) for name, value in data.items()})


def _encode(value: object) -> Any:
    match value:
        case CallValue(name, _, named):
            return {"call": name, "arguments": {key: _encode(item) for key, item in named}}
        case tuple():
            return [_encode(item) for item in cast(tuple[object, ...], value)]
        case str():
            return str(value)
        case _:
            return value


def _decode(value: Any) -> object:
    match value:
        case {"call": name, "arguments": arguments}:
            return CallValue(name, (), tuple((key, _decode(item)) for key, item in arguments.items()))
        case list():
            return tuple(_decode(item) for item in cast(list[Any], value))
        case _:
            return value
