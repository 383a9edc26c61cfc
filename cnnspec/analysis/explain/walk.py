"""The walk through a model, layer by layer with its arithmetic; what comes again is told once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.explain.lines import Table, add, equate, has_steps, local_path, per_axis
from cnnspec.analysis.explain.subject import Subject
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.ir import Scope
from cnnspec.layers.arithmetic import lift
from cnnspec.resolve.result import ResolvedModel

#: A row of the table; of a heading there is one cell alone.
Cells = tuple[str, ...]


def walk_layers(model: ResolvedModel, report: ModelReport) -> Table:
    """A row per layer under the names of its scopes; of scopes that say the very same one after the other the first."""
    rows = _Walk(model, report).between(0, len(report.rows), 0)
    return Table(("layer", "output", "size", "parameters", "MACs"), tuple(rows), (False,) * 5, stacked=True)


class _Walk:
    def __init__(self, model: ResolvedModel, report: ModelReport) -> None:
        self.model = model
        self.report = report
        self.beginning: dict[int, list[Scope]] = {}
        for scope in report.network.scopes:
            self.beginning.setdefault(scope.first, []).append(scope)

    def between(self, first: int, past: int, depth: int) -> Iterator[Cells]:
        """The rows from one node to another, ``depth`` scopes deep."""
        at = first
        before: Sequence[Cells] | None = None
        again: list[str] = []
        while at < past:
            scope = self._scope(at, past, depth)
            inside = None if scope is None else list(self.between(at, min(scope.last, past), depth + 1))
            if scope is not None and inside == before:
                again.append(_last_part(scope.path))
            else:
                yield from _repeat(again, depth)
                again, before = [], inside
                if scope is None or inside is None:
                    yield self._row(self.report.rows[at], depth)
                else:
                    title = scope.title if scope.kind == "block" else ""
                    yield (f"{'  ' * depth}{_last_part(scope.path)}{f'  {title}' if title else ''}",)
                    yield from inside
            at = at + 1 if scope is None else scope.last
        yield from _repeat(again, depth)

    def _scope(self, at: int, past: int, depth: int) -> Scope | None:
        """The scope that begins at a node, so many scopes deep."""
        scopes = (scope for scope in self.beginning.get(at, ()) if at < scope.last <= past)
        return next((scope for scope in scopes if scope.path.count("/") == depth), None)

    def _row(self, row: Row, depth: int) -> Cells:
        subject = Subject.of(self.model, self.report, row.index)
        name = "  " * depth + _name(row)
        shape = "?" if row.output_shape is None else str(row.output_shape)
        if subject is None:
            return name, shape, "", "", ""
        return name, shape, _size(subject), _params(subject), _macs(subject)


def _last_part(path: str) -> str:
    return path.rpartition("/")[2]


def _name(row: Row) -> str:
    """The name, with the kind where it does not tell that."""
    told = row.name.rstrip("0123456789").replace("_", "") == row.kind.lower()
    return row.name if told or row.is_input else f"{row.name} ({row.kind})"


def _repeat(names: Sequence[str], depth: int) -> Iterator[Cells]:
    if names:
        which = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        yield (f"{'  ' * depth}{which}: the same{' each' if len(names) > 1 else ''}",)


def _size(subject: Subject) -> str:
    """The arithmetic of the extents, or of a vector's length; nothing where the size is the input's."""
    traced = subject.traced.output
    if subject.axes:
        equations = per_axis([equate(size) for size in traced.extents])
        return "; ".join(item.text if len(equations) == 1 else f"{item.label}: {item.text}" for item in equations)
    return equate(traced.channels).text if has_steps(traced.channels) else ""


def _params(subject: Subject) -> str:
    params = subject.traced.params
    if not params:
        return ""
    if subject.owner is not None:
        return f"those of {local_path(subject.owner)}"
    if len(params) > 1 and len({param.shape for param in params}) == 1:
        return (lift(len(params)) * lift(params[0].count)).equation
    return add(param.arithmetic for param in params).equation


def _macs(subject: Subject) -> str:
    macs = subject.traced.macs
    return "" if isinstance(macs, int) and not macs else equate(macs).text
