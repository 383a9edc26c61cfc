"""What a unit sees of the layers below it, of one model or of several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnspec.api.spec import Spec, UnknownNameError

if TYPE_CHECKING:
    from cnnspec.analysis.explain import Explanation
    from cnnspec.analysis.explain.top_down import Top
    from cnnspec.analysis.report import Row


def explain_fields(*subjects: Spec | tuple[Spec, str | None, str | None], unit: Sequence[int] | None = None) -> Explanation:
    """What one unit sees of every layer below it, from the top down; of several models side by side.

    Args:
        subjects: specs, or triples of a spec, a layer and a model; for no layer the last one whose units see a part of
            the input, for no model the first.
        unit: the position of a unit of the layer, to say which positions it reads of each; of one subject alone.

    Raises:
        SpecError: a file states no model, or an error leaves a layer on the way unknown.
        UnknownNameError: there is no such layer or unit, or no unit of the model sees a part of the input.

    Example:
        >>> import cnnspec
        >>> spec = cnnspec.load("model M {\\n  input 28x28x1\\n  Conv2D(2, 3x3) -> MaxPool2D\\n}")
        >>> table = cnnspec.explain_fields(spec).sections[0].lines[1]
        >>> [(row[0], row[4]) for row in table.rows]
        [('max_pool2d_1', '1'), ('conv2d_1', '2'), ('input', '4')]
    """
    from cnnspec.analysis.explain.top_down import explain_top_down

    if not subjects or (unit is not None and len(subjects) > 1):
        raise ValueError("a unit is one of a single layer" if subjects else "no spec is given")
    tops: list[Top] = []
    for subject in subjects:
        spec, layer, model = subject if isinstance(subject, tuple) else (subject, None, None)
        tops.append(_find_top(spec, layer, model, unit))
    return explain_top_down(tops)


def _find_top(spec: Spec, layer: str | None, model: str | None, unit: Sequence[int] | None) -> Top:
    from cnnspec.analysis.explain.top_down import Top

    report, resolved = spec.model(model), spec.resolved(model)
    index = None if layer is None else spec.find_layer(layer, report)
    top = Top.of(resolved, report, index, unit)
    if top is None:
        raise UnknownNameError(f"no layer of {report.name} has units that see a part of its input; name a layer")
    if unit is not None:
        check_unit(report.rows[top.index], unit)
    return top


def check_unit(row: Row, unit: Sequence[int]) -> None:
    """Refuse a position that the layer's map does not have.

    Raises:
        UnknownNameError: with the range of positions.
    """
    from cnnspec.analysis.explain.lines import name_axes

    shape = row.output_shape
    if shape is None or not all(isinstance(n, int) for n in shape.extents):
        raise UnknownNameError(f"the size of {row.name} is not known; --input SIZE says what the file leaves open")
    extents = [int(n) for n in shape.extents]  # type: ignore[arg-type]
    if len(unit) == len(extents) and all(0 <= at < n for at, n in zip(unit, extents, strict=True)):
        return
    given = ",".join(map(str, unit))
    if not extents:
        raise UnknownNameError(f"{row.name} is a vector of {shape.channels}: its units have no position {given}; leave --at out")
    ranges = ", ".join(f"{name} 0 to {n - 1:,}" for name, n in zip(name_axes(len(extents)), extents, strict=True))
    raise UnknownNameError(f"{row.name} is {shape} and has no unit at {given}: {ranges}")
