"""The layer that is being explained, with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from cnnspec.analysis.borders import UnitField, find_unit_fields
from cnnspec.analysis.explain.lines import trace_shape
from cnnspec.analysis.memory.kept import find_learning
from cnnspec.analysis.phases import Stretch
from cnnspec.analysis.reading import first_source, knows_extents
from cnnspec.analysis.receptive_field import Sights, see_input
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import AnyAxis
from cnnspec.resolve.result import ResolvedModel


@dataclass(frozen=True)
class Findings:
    """What explaining one layer of a model finds that the next one asks for too: an explanation of all stays linear.

    ``sights`` by the input they start from, ``read`` what units read of that input along an axis,
    ``extents`` whether all maps of the model have known ones, ``learning`` which of its layers take part in the backward pass.
    """

    sights: dict[int, Sights] = field(default_factory=dict[int, Sights])
    read: dict[tuple[int, int], dict[int, list[Stretch]]] = field(default_factory=dict[tuple[int, int], dict[int, list[Stretch]]])
    extents: dict[str, bool] = field(default_factory=dict[str, bool])
    learning: dict[str, list[bool]] = field(default_factory=dict[str, list[bool]])


@dataclass(frozen=True)
class Subject:
    """One row of a report, and the model it belongs to. Made only for a row whose facts are known."""

    model: ResolvedModel
    report: ModelReport
    row: Row
    facts: Facts
    given: tuple[Shape, ...]
    findings: Findings

    @classmethod
    def of(cls, model: ResolvedModel, report: ModelReport, index: int, findings: Findings | None = None) -> Subject | None:
        """The subject, None for an input and after an error."""
        row = report.rows[index]
        given = tuple(shape for shape in row.input_shapes if shape is not None)
        if row.facts is None or len(given) < len(row.input_shapes):
            return None
        return cls(model, report, row, row.facts, given, findings or Findings())

    @cached_property
    def traced(self) -> Facts:
        """The layer's facts on traced inputs: the same numbers, each with its arithmetic."""
        shapes = self.given
        return self.row.layer.facts(*map(trace_shape, shapes)) if all(shape.known for shape in shapes) else self.facts

    @property
    def output(self) -> Shape:
        return self.facts.output

    @property
    def axes(self) -> tuple[AnyAxis, ...]:
        """The window's axes; none for a pointwise layer or one that sees everything."""
        return self.facts.window if isinstance(self.facts.window, tuple) else ()

    @property
    def owner(self) -> Row | None:
        """The row whose weights a later use of a shared layer uses again."""
        shares = self.model.network.nodes[self.row.index].shares
        return None if shares is None else self.report.rows[shares]

    @cached_property
    def sights(self) -> Sights:
        """What every node sees of the first input that this layer reads."""
        if self.source not in self.findings.sights:
            self.findings.sights[self.source] = see_input(self.model, self.source)
        return self.findings.sights[self.source]

    def unit_fields(self, axis: int) -> list[UnitField]:
        """The fields of the layer's units along an axis of the input: see :func:`find_unit_fields`."""
        known = self.findings.read.setdefault((self.source, axis), {})
        return find_unit_fields(self.model, self.sights, self.row.index, axis, known)

    @property
    def knows_extents(self) -> bool:
        """Whether all maps of the model have known extents."""
        known = self.findings.extents
        if self.model.name not in known:
            known[self.model.name] = knows_extents(self.model)
        return known[self.model.name]

    @property
    def learns(self) -> bool:
        """Whether the layer takes part in the backward pass."""
        known = self.findings.learning
        if self.model.name not in known:
            known[self.model.name] = find_learning(self.report)
        return known[self.model.name][self.row.index]

    @cached_property
    def source(self) -> int:
        """The first input that the layer reads."""
        return first_source(self.model, self.row.index)
