"""Single values as a terminal shows them: shapes, fields, percentages, what a claim found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnspec.analysis.report import ClaimResult, Row
from cnnspec.ir import Network
from cnnspec.layers.arithmetic import group_digits, show_size
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape
from cnnspec.schema.values import is_list, show

if TYPE_CHECKING:
    from fractions import Fraction

UNKNOWN = "?"
NOTHING = "–"


def writes_channels_first(network: Network) -> bool:
    """Whether a layer of the network asks for shapes to be written channels first."""
    return any(getattr(node.layer, "data_format", None) == "channels_first" for node in network.nodes)


def show_shape(shape: Shape | None, *, channels_first: bool = False) -> str:
    """``24×24×6``, or ``6×24×24`` channels first; ``?`` where unknown."""
    if shape is None:
        return UNKNOWN
    return str(Shape((shape.channels, *shape.extents)) if channels_first else shape)


def show_axes(values: Sequence[int | Fraction | None]) -> str:
    """A number per axis: ``18×18``."""
    return "×".join(UNKNOWN if value is None else str(value) for value in values)


def show_field(row: Row) -> str:
    """The receptive field before it is cut at the border; ``all`` where the whole input is seen by construction.

    ``+`` stands behind the largest of fields that differ from unit to unit, ``*`` where a gate is left out.
    """
    if row.field is not None:
        return show_axes(row.field.size) + ("+" if differs(row) else "") + ("*" if row.gated else "")
    return "all" if row.sees_all else UNKNOWN


def differs(row: Row) -> bool:
    """Whether units of the layer have fields of different sizes."""
    return row.field is not None and any(len(sizes) > 1 for sizes in row.field.sizes)


def show_jump(row: Row) -> str:
    """The distance between neighbouring units: one number where it is the same along every axis."""
    if row.field is None or not row.field.jump:
        return NOTHING
    jump = row.field.jump
    return str(jump[0]) if len(set(jump)) == 1 else show_axes(jump)


def show_percent(share: float | None) -> str:
    """``41.33 %``; a share that would round to nothing is ``<0.01 %``."""
    if share is None:
        return NOTHING
    return "<0.01 %" if 0 < share < 0.00005 else f"{share * 100:.2f} %"


def show_params(row: Row) -> str:
    """Parameters of the layer itself; none for an input."""
    if row.is_input:
        return NOTHING
    return UNKNOWN if row.facts is None else group_digits(row.params)


def show_macs(row: Row) -> str:
    """Multiply-accumulates for one sample."""
    if row.is_input:
        return NOTHING
    return show_size(row.macs)


def show_connections(row: Row) -> str:
    """Links to units in LeCun's count."""
    return NOTHING if row.is_input else show_size(row.connections)


def show_actual(value: object) -> str:
    """What a claim found, in the spelling of the tables."""
    match value:
        case None:
            return NOTHING
        case bool():
            return "true" if value else "false"
        case int() | Extent():
            return show_size(value)
        case Shape():
            return str(value)
        case float():
            return f"{value:.6g}"
        case _ if is_list(value):
            return "×".join(UNKNOWN if item is None else str(item) for item in value)
        case _:
            return show(value)


def claim_mark(claim: ClaimResult) -> str:
    """✓ for true, ✗ for false, – for what cannot be judged."""
    return {True: "✓", False: "✗", None: "–"}[claim.holds]
