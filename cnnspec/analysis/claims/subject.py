"""What a figure is taken of: a model, a use of a block or a scope of it, or one layer."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.receptive_field import Sight, Sights, coverage, see_input
from cnnspec.analysis.report import ModelReport, ReceptiveField, Row
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel
from cnnspec.resolve.values import UNKNOWN, UnknownType


class Undecided(Exception):
    """A claim cannot be judged; the reason is for the table."""


@record
class Part:
    """A model, one use of a block, a scope, or a layer: what sums are taken over.

    Attributes:
        model, report: the model and its figures.
        rows: those of the part, in order.
        outputs: the nodes whose values are its results.
        whole: it is the model itself.
    """

    model: ResolvedModel
    report: ModelReport
    rows: Sequence[Row]
    outputs: tuple[int, ...] = ()
    whole: bool = True

    @property
    def is_broken(self) -> bool:
        """An error left the figures of one of its layers unknown."""
        return self.model.broken and any(row.facts is None and not row.is_input for row in self.rows)


@record
class Spot:
    """One layer or input, seen from an input of the model.

    Attributes:
        model, report: the model and its figures.
        row: that of the layer.
        source: the input that ``on=`` names; None where it is the first that the layer reads.
    """

    model: ResolvedModel
    report: ModelReport
    row: Row
    source: int | None = None

    def field(self) -> ReceptiveField:
        """What its units see of the input.

        Raises:
            Undecided: they see the whole input by construction, nothing of it, or it is not known.
        """
        field, seen = self._look()
        if field is not None:
            return field
        name = self.row.name
        if seen is Sight.WHOLE:
            raise Undecided(f"{name} sees the whole input by construction")
        if seen is Sight.NOTHING and self.source is not None:
            raise Undecided(f"{name} sees nothing of {self.report.rows[self.source].name}")
        raise Undecided(f"the receptive field of {name} is not known")

    def _look(self) -> tuple[ReceptiveField | None, object]:
        if self.source is None:
            return self.row.field, Sight.WHOLE if self.row.sees_all else Sight.UNKNOWN
        sights = self.sights(self.source)
        return sights.field(self.row.index), sights.seen[self.row.index]

    def sights(self, source: int) -> Sights:
        """What every layer sees of an input."""
        return see_input(self.model, source)

    def coverage(self) -> float | None:
        """The field's area over that of the input; None where the input's size is not known."""
        field = self.field()
        if self.source is None:
            return self.row.coverage
        shape = self.model.shapes[self.source]
        return None if shape is None else coverage(field, shape.extents)


def known(part: Part, value: object) -> object | UnknownType:
    """The value, unless an error of the part left it unknown."""
    return UNKNOWN if part.is_broken else value
