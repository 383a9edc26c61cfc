"""What units see: pixels that nothing reads, branches that stand over other pixels, layers that come too late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.axis_field import AxisField
from cnnspec.analysis.branches import Disagreement
from cnnspec.analysis.lints.subject import Subject
from cnnspec.analysis.reading import Interval, count_positions
from cnnspec.analysis.receptive_field import Sight, Sights
from cnnspec.analysis.report import Row
from cnnspec.diagnostics import Diagnostic, Label
from cnnspec.record import replace


def lint_fields(subject: Subject) -> Iterator[Diagnostic]:
    """Every finding about what units see of the inputs."""
    yield from _unread(subject)
    for sights in subject.views.values():
        yield from _misaligned(subject, sights)
    yield from _unproductive(subject)
    yield from _smallest(subject)


def _unread(subject: Subject) -> Iterator[Diagnostic]:
    for name, axes in subject.report.unread.items():
        index = subject.model.network.index[name]
        shape = subject.model.shapes[index]
        if shape is None or not any(axes) or not _is_read(subject, index):
            continue
        from cnnspec.diagnostics.catalogue.lints import input_unread

        extents = [int(n) for n in shape.extents]  # type: ignore[arg-type]
        yield input_unread(
            subject.origins[index].callee,
            shape=str(shape),
            stretches=axes,
            kept=tuple(n - count_positions(gaps) for n, gaps in zip(extents, axes, strict=True)),
            at_end=all(_is_end(gaps, n) for gaps, n in zip(axes, extents, strict=True)),
        )


def _is_read(subject: Subject, index: int) -> bool:
    return bool(subject.readers[index]) and index not in subject.unused


def _is_end(gaps: tuple[Interval, ...], extent: int) -> bool:
    return not gaps or (len(gaps) == 1 and gaps[0][1] == extent - 1)


# --- branches -------------------------------------------------------------------------------------------------------


def _misaligned(subject: Subject, sights: Sights) -> Iterator[Diagnostic]:
    """At each merge what its branches disagree about, along the first axis and those along which they do so alike."""
    merges: dict[int, list[Disagreement]] = {}
    for found in sights.disagreements:
        if not (found.kind == "centre" and _looks_back(sights, found)):
            merges.setdefault(found.index, []).append(found)
    for index in subject.places_here(merges):
        first = merges[index][0]
        alike = [found.axis for found in merges[index] if (found.kind, found.values) == (first.kind, first.values)]
        yield _disagree(subject, sights, first, alike)


def _looks_back(sights: Sights, found: Disagreement) -> bool:
    """Whether the last pixels of the first units are the same: branches of causal windows look back from there."""
    ends: set[object] = set()
    for branch in found.branches:
        seen = sights.seen[branch]
        field = None if isinstance(seen, Sight) else seen[found.axis]
        if not isinstance(field, AxisField) or field.start is None:
            return False
        ends.add(field.start + field.size)
    return len(ends) == 1


def _disagree(subject: Subject, sights: Sights, found: Disagreement, axes: Sequence[int]) -> Diagnostic:
    from cnnspec.analysis.explain.lines import join_names, name_axes
    from cnnspec.diagnostics.catalogue.lints import branches_jump_differ, branches_misaligned

    span, layer = subject.mark(found.index), subject.nodes[found.index].layer.kind
    shape = subject.model.shapes[sights.source]
    names = name_axes(0 if shape is None else shape.rank)
    along = join_names([names[axis] for axis in axes])
    if found.kind == "jump":
        diagnostic = branches_jump_differ(span, layer=layer, axis=along, jumps=tuple(map(float, found.values)))
    else:
        middles = tuple(float(value) / 2 for value in found.values)
        diagnostic = branches_misaligned(span, layer=layer, axis=along, middles=middles)
    ends = tuple(_end(subject, branch) for branch in found.branches)
    labels = [label for label in ends if label.span.source is span.source and label.span != span]
    return replace(diagnostic, labels=(*labels, *subject.around(found.index)))


def _end(subject: Subject, branch: int) -> Label:
    return Label(subject.origins[branch].call, f"{subject.nodes[branch].name} ends a branch")


# --- the whole model ------------------------------------------------------------------------------------------------


def _unproductive(subject: Subject) -> Iterator[Diagnostic]:
    late = [row for row in subject.report.rows if row.unproductive]
    if not late:
        return
    from cnnspec.diagnostics.catalogue.lints import layers_unproductive

    first = late[0]
    assert first.field is not None
    yield layers_unproductive(
        subject.in_model(first.index),
        layer=subject.nodes[first.index].path,
        size=first.field.smallest,
        extents=_pixels(subject, first),
        count=len(late),
    )


def _smallest(subject: Subject) -> Iterator[Diagnostic]:
    last = next((row for row in reversed(subject.report.rows) if row.field is not None and not row.is_input), None)
    if last is None or last.field is None or last.field.smallest in ((), last.field.size):
        return
    from cnnspec.diagnostics.catalogue.lints import smallest_path

    yield smallest_path(
        subject.in_model(last.index), layer=subject.nodes[last.index].path, size=last.field.size, smallest=last.field.smallest
    )


def _pixels(subject: Subject, row: Row) -> tuple[int, ...]:
    """The extents of the first input that a row reads."""
    from cnnspec.analysis.reading import first_source

    shape = subject.model.shapes[first_source(subject.model, row.index)]
    return () if shape is None else tuple(int(n) for n in shape.extents)  # type: ignore[arg-type]
