"""Sizes that a recipe's data gives an open input, against what the model asks of them."""

from __future__ import annotations

from collections.abc import Mapping

from cnnspec.diagnostics import Diagnostic, Label, Span, SpecError
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape
from cnnspec.recipe.data import DataFacts
from cnnspec.recipe.judge import accepts, image_shape
from cnnspec.recipe.recipe import Recipe
from cnnspec.resolve.result import ResolvedModel


def judge_images(
    model: ResolvedModel, recipe: Recipe, facts: DataFacts, spans: Mapping[str, Span], fallback: Span
) -> Diagnostic | None:
    """The layer that does not take images of the data's size; None where all do, or nothing is open or known.

    Args:
        model: the model that is trained.
        recipe: the recipe, whose ``resize`` and ``pad`` change the images.
        facts: what is known of the data.
        spans: places of the recipe's keys.
        fallback: the place of a recipe without ``data``.
    """
    inputs = [shape for node, shape in zip(model.network.nodes, model.shapes, strict=True) if not node.inputs]
    shape = inputs[0] if len(inputs) == 1 else None
    if model.allowed is None or shape is None or facts.shape is None:
        return None
    image = image_shape(recipe, facts.shape)
    if not accepts(tuple(shape.to_json()), image):
        return None
    values = values_of(shape, image)
    from cnnspec.resolve.conditions import find_broken, report_broken, say_fits

    broken = find_broken(model.conditions, values)
    if not broken:
        return None
    fitting = [_evaluate(shape, sizes) for sizes in model.allowed.nearest(values)]
    resized = [tuple(extent - 2 * recipe.pad for extent in extents) for extents in fitting]
    choices = [f"`resize = {'x'.join(map(str, size))}`" for size in resized if min(size) >= 1]
    label = Label(spans.get("data", fallback), f"{facts.name} gives images of {'×'.join(map(str, image[:2]))}")
    return report_broken(broken, model.allowed, values, shape, say_fits(choices), label)


def refuse_misfit(model: ResolvedModel, dims: tuple[int, ...]) -> None:
    """Go on only with a sample of a size that the model takes.

    Raises:
        SpecError: with the layer that does not take it.
    """
    from cnnspec.resolve.conditions import judge_given

    shape = next(shape for node, shape in zip(model.network.nodes, model.shapes, strict=True) if not node.inputs)
    misfit = None if shape is None else judge_given(model, values_of(shape, dims))
    if misfit is not None:
        raise SpecError((misfit,))


def values_of(shape: Shape, dims: tuple[int, ...]) -> dict[str, int]:
    """The sizes of an input's unknowns, by their symbols, when it has these dimensions."""
    return {str(extent): n for extent, n in zip(shape.dims, dims, strict=True) if isinstance(extent, Extent)}


def _evaluate(shape: Shape, values: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(extent.evaluate(values) if isinstance(extent, Extent) else int(extent) for extent in shape.extents)
