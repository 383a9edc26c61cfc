"""Single values as a terminal shows them: shapes, fields, percentages, what a claim found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnspec.analysis.claims.wording import say_figures, show_actual
from cnnspec.analysis.report import ClaimResult, Row
from cnnspec.ir import Network
from cnnspec.layers.arithmetic import group_digits, show_size
from cnnspec.layers.shape import Shape

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


def show_figure(row: Row, name: str) -> str:
    """A count of a layer, by the name of its attribute; inputs have none."""
    return NOTHING if row.is_input else show_size(getattr(row, name))


def claim_mark(claim: ClaimResult) -> str:
    """✓ for true, ✗ for false, – for what cannot be judged."""
    return {True: "✓", False: "✗", None: "–"}[claim.holds]


def claim_found(claim: ClaimResult) -> str:
    """What was found: ``is 44,426``, ``macs(a) is 6,084 and macs(b) is 4,356``, ``not checked`` with the reason."""
    if claim.holds is None:
        actual = f"{show_actual(claim.actual)}, " if claim.actual is not None else ""
        return f"{actual}not checked: {claim.reason}" if claim.reason else f"{actual}not checked"
    if len(claim.figures) > 1:
        return say_figures(claim.figures)
    return f"is {say_figures(claim.figures) if claim.figures else show_actual(claim.actual)}"


def group_claims(claims: Sequence[ClaimResult], *, places: bool = False) -> list[tuple[ClaimResult, str]]:
    """Claims with what was found: one that is judged at several uses of its block once, where the same was found.

    With ``places`` also the line of those that are false.
    """
    groups: dict[object, list[ClaimResult]] = {}
    for claim in claims:
        groups.setdefault((claim.span, claim.holds, claim_found(claim)), []).append(claim)
    uses = Counter(claim.span for claim in claims)
    found: list[tuple[ClaimResult, str]] = []
    for group in groups.values():
        claim = group[0]
        line = f" (line {claim.line})" if places and claim.holds is False else ""
        found.append((claim, claim_found(claim) + _say_uses(group, uses[claim.span]) + line))
    return found


def _say_uses(group: Sequence[ClaimResult], uses: int) -> str:
    """In which uses of a block that was found."""
    if uses == 1:
        return ""
    if len(group) == uses:
        return f" in all {uses} uses"
    return f" in {len(group)} uses" if len(group) > 1 else f" in {group[0].use or 'one use'}"
