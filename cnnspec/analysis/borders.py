"""What borders leave of a field: each unit of a layer with what it would see without them, and what it reads."""

from __future__ import annotations

from cnnspec.analysis.axis_field import AxisField, Field
from cnnspec.analysis.phases import Stretch
from cnnspec.analysis.reading import read_by_unit
from cnnspec.analysis.receptive_field import Sight, Sights
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel


@record
class UnitField:
    """The field of one unit along one axis: ``whole``, with padding, and the pixels ``left`` of it that are read."""

    whole: Stretch
    left: Stretch

    @property
    def cut(self) -> bool:
        """Whether it sees padding in place of pixels, at whatever map on the way."""
        return self.whole != self.left


def find_unit_fields(model: ResolvedModel, sights: Sights, index: int, axis: int) -> list[UnitField]:
    """The fields of a node's units along an axis of the input, in the middle of the other axes of their map.

    Empty where they are unknown, or where all units see the same.

    Raises:
        ValueError: an extent on the way is unknown.
    """
    seen, shape = sights.seen[index], model.shapes[index]
    if isinstance(seen, Sight) or shape is None or (along := seen[axis].along) is None:
        return []
    extents = [int(n) for n in shape.extents]  # type: ignore[arg-type]
    units: list[UnitField] = []
    for at in range(extents[along]):
        unit = [at if other == along else n // 2 for other, n in enumerate(extents)]
        read = read_by_unit(model, sights, index, unit)
        units.append(UnitField(unclipped(seen[axis], at), None if read is None else read[axis]))
    return units


def unclipped(field: Field, unit: int) -> Stretch:
    """What a unit sees along one axis before anything is cut; its field must not start at an unknown pixel."""
    if isinstance(field, AxisField):
        assert isinstance(field.start, int)
        first = int(field.start) + unit * int(field.jump)
        return first, first + int(field.size) - 1
    return field.field.at(unit)
