"""Fields of units that take turns: what each unit of one period reads and sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.axis_field import AxisField, Field, size_of
from cnnspec.analysis.explain.lines import Line, Table, equate, join_names, name_axes, quotient
from cnnspec.analysis.explain.subject import Subject
from cnnspec.analysis.phases import Phases, Stretch
from cnnspec.layers.arithmetic import group_digits, lift
from cnnspec.layers.window import Adaptive, AnyAxis, Axis, Digit, Magnified, TransposedAxis
from cnnspec.record import replace

#: Rows of a table of units; of a longer period the first are shown.
_MOST_ROWS = 8


def explain_turns(subject: Subject, here: Sequence[Field]) -> Iterator[Line]:
    """The pattern along each axis of the input; axes with the same one are told together."""
    groups: dict[tuple[Field, AnyAxis | None, int | None], list[str]] = {}
    for name, field in zip(name_axes(len(here)), here, strict=True):
        axis = subject.axes[field.along] if subject.axes and field.along is not None else None
        extent = 1 if field.along is None else subject.output.extents[field.along]
        pattern = replace(field, along=None)  # axes that see alike are told together
        groups.setdefault((pattern, axis, int(extent) if isinstance(extent, int) else None), []).append(name)
    for (field, axis, count), names in groups.items():
        if isinstance(field, AxisField):
            yield f"Along the {join_names(names)} all units see alike, {field.jump} pixels apart."
            yield equate(lift(int(field.size)), f"size R' along {join_names(names)}")
        else:
            yield from _explain_pattern(field, axis, count, join_names(names), subject.row.inputs[0])


def _explain_pattern(field: Phases, axis: AnyAxis | None, count: int | None, name: str, source: str) -> Iterator[Line]:
    pattern = field.field
    yield (
        f"Along the {name} units take turns: {pattern.period} neighbours see in ways of their own, the next {pattern.period} "
        f"the same {pattern.shift} pixels further."
    )
    if axis is not None:
        yield f"{_formula(axis)} of {source}."
    yield _table(field, axis, count, source)
    largest = max((pattern.at(unit) for unit in range(pattern.period)), key=size_of)
    if largest is not None:
        yield equate(lift(largest[1]) - lift(largest[0]) + 1, f"size R' along {name}")
    yield quotient(pattern.shift, pattern.period, f"jump J' along {name}, on average")


def _table(field: Phases, axis: AnyAxis | None, count: int | None, source: str) -> Table:
    pattern = field.field
    units = pattern.period if count is None else min(pattern.period, count)
    shown = range(min(units, _MOST_ROWS))
    rows: list[tuple[str, ...]] = []
    for unit in shown:
        read = [] if axis is None else [_show_taps(axis.taps(unit))]
        rows.append((str(unit), *read, _show_stretch(pattern.at(unit)), str(size_of(pattern.at(unit)))))
    if units > len(shown):
        rows.append(("…", *([""] if axis is not None else []), "", ""))
    heads = ("unit", *([f"reads of {source}"] if axis is not None else []), "sees pixels", "size R")
    return Table(heads, tuple(rows), (True, *([False] * (len(heads) - 2)), True))


def _formula(axis: AnyAxis) -> str:
    """What one output reads, in letters."""
    match axis:
        case Axis():
            step = "d·" if axis.dilation > 1 else ""
            return f"Output a reads from a·s − p to a·s − p + {step}(k − 1)"
        case TransposedAxis():
            return "Output a reads from ⌈(a + p − (e − 1))/s⌉ to ⌊(a + p)/s⌋"
        case Magnified(interpolation="nearest"):
            return "Output a repeats ⌊a/f⌋"
        case Magnified():
            return "Output a lies between ⌊(2·a + 1 − f)/(2·f)⌋ and ⌈(2·a + 1 − f)/(2·f)⌉"
        case Adaptive():
            return "Output a reads from ⌊a·n/o⌋ to ⌈(a + 1)·n/o⌉ − 1"
        case Digit():
            return f"Output a reads position ⌊a/{axis.repeat}⌋ mod {axis.count}"


def _show_taps(taps: Sequence[int]) -> str:
    """``3``, ``3–5``, ``3, 5``; ``none``."""
    if not taps:
        return "none"
    if len(taps) == 1:
        return group_digits(taps[0])
    if taps[-1] - taps[0] == len(taps) - 1:
        return f"{group_digits(taps[0])} to {group_digits(taps[-1])}"
    return (
        ", ".join(map(group_digits, taps))
        if len(taps) <= 4
        else f"{group_digits(taps[0])}, {group_digits(taps[1])} … {group_digits(taps[-1])}"
    )


def _show_stretch(stretch: Stretch) -> str:
    return "none" if stretch is None else f"{group_digits(stretch[0])} to {group_digits(stretch[1])}"
