"""Findings about a sound network: a fold over nodes and their facts, each finding at the place of its layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnnspec.diagnostics import Diagnostic, Span
from cnnspec.layers.base import Facts, Layer
from cnnspec.resolve.result import Origin, ResolvedModel

Report = Callable[[Diagnostic], None]


def lint_model(model: ResolvedModel, out: Report) -> None:
    """Report what is worth knowing about a model; layers that stand in a block used often are reported once."""
    for diagnostic in (*_lint_layers(model), *_lint_data_format(model)):
        out(diagnostic)


def _lint_layers(model: ResolvedModel) -> Iterator[Diagnostic]:
    for node, facts, origin in zip(model.network.nodes, model.facts, model.origins, strict=True):
        if facts is None or not node.inputs:
            continue
        if any(facts.drops):
            yield _dropped(node.layer, facts, str(model.shapes[node.inputs[0]]), origin)
        yield from _extensions(node.layer, origin)
        yield from _constraints(node.layer, origin)


def _dropped(layer: Layer, facts: Facts, shape: str, origin: Origin) -> Diagnostic:
    from cnnspec.diagnostics.catalogue.lints import rows_dropped
    from cnnspec.layers.spatial import describe_drops
    from cnnspec.layers.window import Axis

    window = facts.window if isinstance(facts.window, tuple) else ()
    return rows_dropped(
        origin.callee,
        layer=layer.kind,
        dropped=describe_drops(facts.drops),
        extents=shape,
        reach="reaches" if sum(facts.drops) == 1 else "reach",
        stepped_over=any(
            drop and isinstance(axis, Axis) and axis.effective < axis.stride
            for drop, axis in zip(facts.drops, window, strict=True)
        ),
    )


def _extensions(layer: Layer, origin: Origin) -> Iterator[Diagnostic]:
    phrases = layer.incompatible()
    if not phrases:
        return
    from cnnspec.diagnostics.catalogue.lints import keras_incompatible

    for phrase in phrases:
        argument = phrase.partition("=")[0]
        yield keras_incompatible(origin.arguments.get(argument, origin.callee), layer=layer.kind, extension=phrase)


def _constraints(layer: Layer, origin: Origin) -> Iterator[Diagnostic]:
    """A norm on a convolution's kernel is hardly ever meant along the kernel's height, which is what axis 0 is."""
    for argument in ("kernel_constraint", "depthwise_constraint"):
        if argument not in type(layer).model_fields:
            continue
        constraint = getattr(layer, argument)
        rank = getattr(layer, "rank", 0)
        if constraint is None or rank == 0 or getattr(constraint, "axis", None) is None or "axis" in constraint.changed():
            continue
        from cnnspec.diagnostics.catalogue.lints import constraint_axis

        span: Span = origin.arguments.get(argument, origin.callee)
        axes = "[" + ", ".join(str(axis) for axis in range(rank + 1)) + "]"
        if "axis" not in span.text:
            yield constraint_axis(span, layer=layer.kind, constraint=str(constraint.word), axes=axes)


def _lint_data_format(model: ResolvedModel) -> Iterator[Diagnostic]:
    """Shapes are written one way for a whole network, so layers that disagree mislead."""
    layers = {id(node.layer): node.layer for node in model.network.nodes}
    ordered = {at: layer for at, layer in layers.items() if "data_format" in type(layer).model_fields}
    orders = {at: getattr(layer, "data_format", None) for at, layer in ordered.items()}
    if "channels_first" not in orders.values():
        return
    nodes = zip(model.network.nodes, model.origins, strict=True)
    stated = [(orders.get(id(node.layer)), origin) for node, origin in nodes]
    first = next(origin for order, origin in stated if order == "channels_first")
    from cnnspec.diagnostics.catalogue.lints import data_format_mixed

    for order, origin in stated:
        if order == "channels_last":
            yield data_format_mixed(
                origin.arguments.get("data_format", origin.callee), layer=origin.callee.text, first=first.call
            )
