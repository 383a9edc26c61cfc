"""The layer that is being explained, with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cnnspec.analysis.explain.lines import trace_shape
from cnnspec.analysis.reading import first_source, knows_extents
from cnnspec.analysis.receptive_field import Sights, see_input
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.base import Facts
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import AnyAxis
from cnnspec.resolve.result import ResolvedModel


@dataclass(frozen=True)
class Subject:
    """One row of a report, and the model it belongs to. Made only for a row whose facts are known."""

    model: ResolvedModel
    report: ModelReport
    row: Row
    facts: Facts
    given: tuple[Shape, ...]

    @classmethod
    def of(cls, model: ResolvedModel, report: ModelReport, index: int) -> Subject | None:
        """The subject, None for an input and after an error."""
        row = report.rows[index]
        given = tuple(shape for shape in row.input_shapes if shape is not None)
        if row.facts is None or len(given) < len(row.input_shapes):
            return None
        return cls(model, report, row, row.facts, given)

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
        return see_input(self.model, self.source)

    @property
    def knows_extents(self) -> bool:
        """Whether all maps of the model have known extents."""
        return knows_extents(self.model)

    @cached_property
    def source(self) -> int:
        """The first input that the layer reads."""
        return first_source(self.model, self.row.index)
