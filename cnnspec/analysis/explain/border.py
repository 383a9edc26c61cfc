"""What borders do to a field: units that are cut there, and pixels that no unit sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.axis_field import AxisField, Field
from cnnspec.analysis.borders import UnitField
from cnnspec.analysis.explain.lines import Equation, Line, equate, join_names, name_axes, per_axis
from cnnspec.analysis.explain.subject import Subject
from cnnspec.analysis.phases import Stretch
from cnnspec.analysis.reading import Interval, find_unseen
from cnnspec.layers.arithmetic import Traced, group_digits, lift

#: Units are looked at one by one up to this many along an axis.
_MOST_UNITS = 512
#: As many stretches of pixels are listed.
_MOST_LISTED = 4


def explain_border(subject: Subject, here: Sequence[Field]) -> Iterator[Line]:
    """Along each axis: how many units see padding in place of pixels, and what is left of the first one's field."""
    extents = subject.output.extents
    if not subject.knows_extents:
        return
    told: dict[str, list[str]] = {}
    for axis, (name, field) in enumerate(zip(name_axes(len(here)), here, strict=True)):
        if field.along is None or int(extents[field.along]) > _MOST_UNITS:  # type: ignore[arg-type]
            continue
        text = _describe_cuts(subject.unit_fields(axis))
        if text:
            told.setdefault(text, []).append(name)
    for text, names in told.items():
        yield f"Along the {join_names(names)} {text}."


def _describe_cuts(units: Sequence[UnitField]) -> str:
    cut = [unit.cut for unit in units]
    if not any(cut):
        return ""
    at = cut.index(True)
    which = "the first of them" if at else "the first"
    first = f"{which} sees {_length(units[at].left)} of {_length(units[at].whole)} pixels"
    if all(cut):
        who = "the only unit is" if len(cut) == 1 else f"all {len(cut)} units are"
        return f"{who} cut at a border: {first}"
    start, end = cut.index(False), cut[::-1].index(False)
    if start + end < sum(cut):
        return f"{sum(cut)} of {len(cut)} units are cut at a border: {first}"
    parts = [
        f"the {side} {'unit' if count == 1 else f'{count} units'}" for side, count in (("first", start), ("last", end)) if count
    ]
    return f"{join_names(parts)} of {len(cut)} {'is' if start + end == 1 else 'are'} cut at a border: {first}"


def _length(stretch: Stretch) -> str:
    return "0" if stretch is None else group_digits(stretch[1] - stretch[0] + 1)


def explain_unseen(subject: Subject, here: Sequence[Field]) -> Iterator[Line]:
    """The pixels that no unit of the layer sees; where they are the last ones, S + (n − 1)·J + R of N."""
    shape = subject.model.shapes[subject.source]
    if shape is None or not subject.knows_extents:
        return
    unseen = find_unseen(subject.model, subject.sights, subject.row.index)
    if not any(unseen):
        return
    pixels = [int(n) for n in shape.extents]  # type: ignore[arg-type]
    names = name_axes(len(pixels))
    reach = [_reach(subject, field) for field in here]
    if all(seen is not None and _is_end(gaps, int(seen), n) for seen, gaps, n in zip(reach, unseen, pixels, strict=True)):
        yield from per_axis([_of_pixels(seen, n) for seen, n in zip(reach, pixels, strict=True) if seen is not None])
        parts = [f"{gaps[0][1] - gaps[0][0] + 1} along the {name}" for gaps, name in zip(unseen, names, strict=True) if gaps]
        yield f"No unit sees the last {join_names(parts)}."
        return
    alike: dict[str, list[str]] = {}
    for gaps, name in zip(unseen, names, strict=True):
        if gaps:
            alike.setdefault(list_gaps(gaps), []).append(name)
    for listed, along in alike.items():
        yield f"Along the {join_names(along)} no unit sees {listed}."


def _of_pixels(seen: Traced, pixels: int) -> Equation:
    return equate(seen, f"of {pixels} pixels seen")


def _is_end(gaps: Sequence[Interval], seen: int, pixels: int) -> bool:
    return tuple(gaps) == (((seen, pixels - 1),) if seen < pixels else ())


def _reach(subject: Subject, field: Field) -> Traced | None:
    """How far the last unit sees: R + (n − 1)·J, and S where padding shifts it; None where units take turns."""
    if not isinstance(field, AxisField) or not isinstance(field.start, int):
        return None
    count = 1 if field.along is None else subject.output.extents[field.along]
    seen = lift(field.size) + (lift(int(count)) - 1) * lift(field.jump)  # type: ignore[arg-type]
    return seen + int(field.start) if field.start else seen


def list_gaps(gaps: Sequence[Interval]) -> str:
    """``pixels 1, 3 and 5``; ``pixels 1, 3, 5, 7 and 108 more``."""
    shown = [str(first) if first == last else f"{first} to {last}" for first, last in gaps[:_MOST_LISTED]]
    left = sum(last - first + 1 for first, last in gaps[_MOST_LISTED:])
    plural = "" if len(gaps) == 1 and gaps[0][0] == gaps[0][1] else "s"
    return f"pixel{plural} {join_names([*shown, f'{group_digits(left)} more'] if left else shown)}"
