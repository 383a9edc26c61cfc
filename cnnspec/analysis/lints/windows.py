"""What windows leave out, rows at the end and pixels between strides; and windows off centre."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnnspec.analysis.lints.subject import Alike, Subject
from cnnspec.diagnostics import Diagnostic, Edit
from cnnspec.layers.base import Facts, LayerError, Repair
from cnnspec.layers.window import SAME, Axis, Pointwise
from cnnspec.record import replace
from cnnspec.resolve.result import Origin

#: Whether something is to be found about a window.
Holds = Callable[[Facts], bool]


def lint_windows(subject: Subject) -> Iterator[Diagnostic]:
    """Every finding about one window."""
    for alike in subject.alike:
        if any(alike.facts.drops):
            yield from _dropped(subject, alike)
        axes = sliding_axes(alike.facts)
        if any(axis.stride > axis.effective for axis in axes):
            yield from _skipped(subject, alike)
        if any(_is_off_centre(axis) for axis in axes):
            yield from _off_centre(subject, alike)


def sliding_axes(facts: Facts) -> tuple[Axis, ...]:
    """The axes along which a window slides."""
    return tuple(axis for axis in facts.window if isinstance(axis, Axis)) if isinstance(facts.window, tuple) else ()


# --- rows at the end ------------------------------------------------------------------------------------------------


def _dropped(subject: Subject, alike: Alike) -> Iterator[Diagnostic]:
    from cnnspec.diagnostics.catalogue.lints import rows_dropped
    from cnnspec.layers.spatial import describe_drops

    facts = alike.facts
    window = facts.window if isinstance(facts.window, tuple) else ()
    stepped_over = any(
        drop and isinstance(axis, Axis) and axis.effective < axis.stride for drop, axis in zip(facts.drops, window, strict=True)
    )
    for index in subject.places(alike.nodes):
        yield rows_dropped(
            subject.origins[index].callee,
            layer=alike.layer.kind,
            dropped=describe_drops(facts.drops),
            extents=str(alike.shape),
            reach="reaches" if sum(facts.drops) == 1 else "reach",
            stepped_over=stepped_over,
        )


# --- strides longer than kernels ------------------------------------------------------------------------------------


def _skips(facts: Facts) -> bool:
    """Whether positions between those that a window reads stay unread."""
    window = facts.window
    if not isinstance(window, tuple):
        return False
    steps = zip(window, facts.output.extents, strict=False)
    return any(isinstance(axis, Axis) and axis.stride > axis.effective and count != 1 for axis, count in steps)


def _skipped(subject: Subject, alike: Alike) -> Iterator[Diagnostic]:
    if not _skips(alike.facts):
        return
    from cnnspec.diagnostics.catalogue.lints import stride_exceeds_kernel

    alone = [index for index in alike.nodes if not _is_read_beside(subject, index)]
    for index in subject.places_here(alone):
        origin, axes = subject.origins[index], sliding_axes(alike.facts)
        argument, kernel = _size_argument(alike), tuple(max(axis.kernel, axis.stride) for axis in axes)
        yield replace(
            stride_exceeds_kernel(
                subject.mark(index, "strides"),
                layer=alike.layer.kind,
                kernel=tuple(axis.effective for axis in axes),
                strides=tuple(axis.stride for axis in axes),
                repair=_changed(alike, argument, kernel, _skips),
                fix=_edits(alike, origin, argument, kernel, _skips),
            ),
            labels=subject.around(index),
        )


def _is_read_beside(subject: Subject, index: int) -> bool:
    """Whether something else reads the values that a node steps over, or what they were made from position by position."""
    reader, value = index, subject.nodes[index].inputs[0]
    while True:
        if value in subject.outputs or any(_reads_all(subject, other) for other in subject.readers[value] if other != reader):
            return True
        node, facts = subject.nodes[value], subject.facts[value]
        if facts is None or len(node.inputs) != 1 or not isinstance(facts.window, Pointwise):
            return False
        reader, value = value, node.inputs[0]


def _reads_all(subject: Subject, index: int) -> bool:
    """Whether a node, or what follows it position by position, reads every position."""
    waiting = [index]
    while waiting:
        at = waiting.pop()
        facts = subject.facts[at]
        if facts is None or at in subject.outputs or len(subject.nodes[at].inputs) > 1:
            return True
        if not isinstance(facts.window, Pointwise):
            if not _skips(facts):
                return True
            continue
        waiting += subject.readers[at]
    return False


# --- even kernels ---------------------------------------------------------------------------------------------------


def _is_off_centre(axis: Axis) -> bool:
    """Whether ``same`` puts one position of padding more behind a window than before it, wherever it stands."""
    return axis.rule == SAME and axis.stride == 1 and axis.effective % 2 == 0


def _is_any_off_centre(facts: Facts) -> bool:
    return any(map(_is_off_centre, sliding_axes(facts)))


def _off_centre(subject: Subject, alike: Alike) -> Iterator[Diagnostic]:
    from cnnspec.diagnostics.catalogue.lints import even_kernel_same

    axes = sliding_axes(alike.facts)
    argument = _size_argument(alike)
    odd = tuple(axis.kernel + _is_off_centre(axis) for axis in axes)
    for index in subject.places_here(alike.nodes):
        diagnostic = even_kernel_same(
            subject.mark(index, argument),
            layer=alike.layer.kind,
            kernel=tuple(axis.kernel for axis in axes),
            effective=next(axis.effective for axis in axes if _is_off_centre(axis)),
            repair=_changed(alike, argument, odd, _is_any_off_centre),
            fix=_edits(alike, subject.origins[index], argument, odd, _is_any_off_centre),
        )
        yield replace(diagnostic, labels=subject.around(index))


# --- repairs --------------------------------------------------------------------------------------------------------


def _size_argument(alike: Alike) -> str:
    """The argument that states the window: ``kernel_size`` or ``pool_size``."""
    fields = type(alike.layer).model_fields
    return next((name for name in ("kernel_size", "pool_size") if name in fields), "")


def _changed(alike: Alike, argument: str, value: tuple[int, ...], holds: Holds) -> tuple[int, ...] | None:
    """The value of an argument with which a layer takes its input and the finding is gone; None if it is not."""
    layer = alike.layer
    if argument not in type(layer).model_fields:
        return None
    from pydantic import ValidationError

    changed = {**{name: getattr(layer, name) for name in type(layer).model_fields}, argument: value}
    try:
        facts = type(layer).model_validate(changed).facts(alike.shape)
    except (LayerError, ValidationError):
        return None
    return None if holds(facts) else value


def _edits(alike: Alike, origin: Origin, argument: str, value: tuple[int, ...], holds: Holds) -> tuple[Edit, ...]:
    """The change as edits, where it helps and the call states the argument in numbers; a name stands for others, too."""
    written = origin.arguments.get(argument)
    if written is None or written.text[:1] not in set("0123456789[") or _changed(alike, argument, value, holds) is None:
        return ()
    from cnnspec.resolve.builder import repair_edits

    return repair_edits(Repair("", argument, value), alike.layer, origin)
