"""From two files to what changed between them: which models and recipes correspond, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from cnnspec.analysis.check import Checked
from cnnspec.analysis.diff.compare import compare_claims, compare_declarations, compare_models
from cnnspec.analysis.diff.records import FileDiff, RecipeDiff
from cnnspec.analysis.report import ModelReport, RecipeReport
from cnnspec.resolve.result import ResolvedRecipe

T = TypeVar("T", ModelReport, RecipeReport)


def compare_files(before: Checked, after: Checked) -> FileDiff:
    """What changed between two files, all of whose models are whole.

    Models correspond by their names; where each file has one more, those correspond too. Recipes alike.
    """
    pairs = list(_pair(before.report.models, after.report.models))
    models = tuple(compare_models(ours, theirs) for ours, theirs in pairs)
    return FileDiff(before.report.path, after.report.path, models, tuple(_compare_recipes(before, after)))


def compare_named_models(before: Checked, model: str | None, after: Checked, other: str | None) -> FileDiff:
    """What changed from one model to another, with the recipes that train them; each file's first unless named.

    Raises:
        KeyError: a file has no such model.
    """
    ours, theirs = before.model(model)[1], after.model(other)[1]
    recipes = _compare_recipes(before, after, (ours.name, theirs.name))
    return FileDiff(before.report.path, after.report.path, (compare_models(ours, theirs),), tuple(recipes))


def _pair(before: Sequence[T], after: Sequence[T]) -> Iterator[tuple[T | None, T | None]]:
    """Those of one name, and the one left over on either side if there is just one; in the order of the first file."""
    names = {item.name for item in before} & {item.name for item in after}
    ours, theirs = [item for item in before if item.name not in names], [item for item in after if item.name not in names]
    renamed = dict(zip([item.name for item in ours], theirs, strict=False)) if len(ours) == len(theirs) == 1 else {}
    known = {item.name: item for item in after if item.name in names} | renamed
    for item in before:
        yield item, known.get(item.name)
    for item in theirs:
        if not renamed:
            yield None, item


def _compare_recipes(before: Checked, after: Checked, models: tuple[str, str] | None = None) -> Iterator[RecipeDiff]:
    """The recipes, of all models or of one on each side."""
    ours, theirs = (
        [recipe for recipe in checked.report.recipes if models is None or recipe.model == models[side]]
        for side, checked in enumerate((before, after))
    )
    for left, right in _pair(ours, theirs):
        yield _compare_recipe(before, left, after, right)


def _compare_recipe(before: Checked, ours: RecipeReport | None, after: Checked, theirs: RecipeReport | None) -> RecipeDiff:
    found = theirs or ours
    assert found is not None
    if ours is None or theirs is None:
        return RecipeDiff(found.name, ours.name if ours else None, theirs.name if theirs else None)
    left, right = _declaration(before, ours.name).recipe, _declaration(after, theirs.name).recipe
    keys = compare_declarations(left, right) if left is not None and right is not None else ()
    return RecipeDiff(found.name, ours.name, theirs.name, keys, compare_claims(ours.claims, theirs.claims))


def _declaration(checked: Checked, name: str) -> ResolvedRecipe:
    return next(recipe for recipe in checked.resolution.recipes if recipe.name == name)
