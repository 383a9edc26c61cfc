"""Units: what one sees of the layers below it, and how one comes to its value on an input."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnspec.api.errors import UnknownNameError
from cnnspec.api.spec import Spec

if TYPE_CHECKING:
    from cnnspec.analysis.explain import Explanation
    from cnnspec.analysis.explain.top_down import Top
    from cnnspec.analysis.report import ModelReport, Row
    from cnnspec.train.run import Run


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
        spec.require_sound()
        raise UnknownNameError(f"no layer of {report.name} has units that see a part of its input; name a layer")
    require_known(spec, report, top.index)
    if unit is not None:
        check_unit(report.rows[top.index], unit)
    return top


def require_known(spec: Spec, report: ModelReport, index: int) -> None:
    """Go on only with a layer that no error touches; the file may have others.

    Raises:
        SpecError: with the errors.
    """
    if not report.rows[index].is_known:
        spec.require_sound()


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
    if not unit:
        raise UnknownNameError(f"--at names a unit of {row.name}, which is {shape}: {ranges}")
    raise UnknownNameError(f"{row.name} is {shape} and has no unit at {given}: {ranges}")


#: As many channels are written out where none is named.
_FEW = 3


def explain_unit(
    spec: Spec,
    layer: str,
    at: Sequence[int],
    input: str | os.PathLike[str],
    *,
    channel: int | None = None,
    model: str | None = None,
    run: str | os.PathLike[str] | Run | None = None,
    seed: int | None = None,
    full: bool = False,
) -> Explanation:
    """Write out how one unit comes to its value on an input: the window, each product, their sum, the activation.

    Args:
        spec: the spec.
        layer: the end of a layer's path.
        at: the unit's position in the layer's map, from 0; the number of a unit in a vector.
        input: PNG, JPEG, ``.npy`` or a text matrix, read as ``apply`` reads it.
        channel: of the unit; all where there are at most 3, else the first, unless named.
        model: the model, the first unless named.
        run: whose weights to take; learned layers draw them at random without one.
        seed: of those random weights.
        full: every channel's patch and every term.

    Raises:
        SpecError: the file has errors, or the input does not fit.
        UnknownNameError: there is no such layer, position or channel, or units of that kind cannot be written out.
    """
    from functools import partial
    from pathlib import Path

    from cnnspec.analysis.explain.unit import explain_units
    from cnnspec.analysis.given_sizes import refuse_misfit
    from cnnspec.train.apply import prepare_file
    from cnnspec.train.run import Run, load_run
    from cnnspec.train.unit import can_write_out, find_units, part_below

    resolved = spec.resolved(model)
    index = spec.find_layer(layer, spec.model(model))
    require_known(spec, spec.model(model), index)
    if run is not None:
        spec.require_sound()
    if not can_write_out(resolved.network, index):
        row = spec.model(model).rows[index]
        written = "its units are not written out one by one"
        raise UnknownNameError(f"{row.name} is a layer of kind {row.kind}; {written}")
    loaded = run if run is None or isinstance(run, Run) else load_run(os.fspath(run))
    admit = partial(refuse_misfit, resolved) if resolved.allowed is not None else None
    network = resolved.network if loaded is not None else part_below(resolved.network, index)
    prepared = prepare_file(network, Path(input), run=loaded, seed=seed, admit=admit)
    if resolved.allowed is not None:
        spec = spec.replace(spec.settings.replace, prepared.sample.shape[:-1], spec.settings.max_nodes)
        resolved = spec.resolved(model)
    row = spec.model(model).rows[index]
    place, channels = _choose_units(row, at, channel)
    units = find_units(resolved.network, index, prepared.sample, place, channels, weights=prepared.weights, seed=seed)
    return explain_units(row, units, prepared.notes, full=full)


def _choose_units(row: Row, at: Sequence[int], channel: int | None) -> tuple[tuple[int, ...], Sequence[int]]:
    """The position in the map and the channels; in a vector a position is a unit's number."""
    shape = row.output_shape
    assert shape is not None
    count = int(shape.channels)  # type: ignore[arg-type]
    if not shape.rank:
        if len(at) > 1 or (at and channel is not None):
            raise UnknownNameError(f"{row.name} is a vector of {count:,}: one number says which unit")
        channel, at = (at[0] if at else channel or 0), ()
    else:
        check_unit(row, at)
    if channel is not None and not 0 <= channel < count:
        raise UnknownNameError(f"{row.name} has {'channels' if shape.rank else 'units'} 0 to {count - 1:,}, and no {channel:,}")
    return tuple(at), (channel,) if channel is not None else range(count if count <= _FEW else 1)
