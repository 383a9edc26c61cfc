"""The results of the analysis: frozen rows that tables, JSON, pictures and claims all read.

A number that appears anywhere was read from here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnspec.diagnostics import Diagnostic, Severity, Span
from cnnspec.diagnostics.catalogue import LAST_STAGE, stage_of
from cnnspec.ir import Network, Node
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.shape import Shape
from cnnspec.record import field as computed
from cnnspec.record import record

if TYPE_CHECKING:
    from fractions import Fraction

    from cnnspec.layers.allowed import Allowed


@record
class ReceptiveField:
    """What the units of a layer see of one input, per spatial axis, in input pixels.

    Attributes:
        size: the whole field before it is cut at the border, the largest of any unit.
        jump: the distance between neighbouring units, on average where they take turns.
        start: the first pixel that the first unit sees (negative: padding); None where it depends on an unknown extent, or
            where that unit sees nothing.
        smallest: the field of the smallest path; empty where there are too many paths to tell.
        sizes: where units take turns (behind upsampling), all sizes that fields have along each axis, else empty.
        period: where units take turns, after how many along each axis the same come again, else empty.
        first: where units take turns, the size of the first unit's field, else empty.
    """

    size: tuple[int, ...]
    jump: tuple[int | Fraction, ...]
    start: tuple[int | None, ...]
    smallest: tuple[int, ...] = ()
    sizes: tuple[tuple[int, ...], ...] = ()
    period: tuple[int, ...] = ()
    first: tuple[int, ...] = ()

    @property
    def centre(self) -> tuple[float | None, ...]:
        """The middle of what the first unit sees, start + (size − 1)/2: a pixel, or the border of two at .5."""
        sizes = self.first or self.size
        return tuple(None if start is None else start + (size - 1) / 2 for start, size in zip(self.start, sizes, strict=True))


@record
class Resolution:
    """The sizes of input, per spatial axis, from which every convolution and up to which some layer is of full use.

    From ``minimum`` on no convolution is unproductive; up to ``maximum`` some layer's field holds the whole input.
    """

    minimum: tuple[int, ...]
    maximum: tuple[int, ...]


@record
class Row:
    """One layer (or input) of a model with everything that is known of it.

    Attributes:
        index: its place in ``network.nodes``.
        name, path: ``conv2d_1`` and ``LeNet5/conv2d_1``.
        inputs: paths, without the model, of what it reads.
        line, uses: where its statement stands, and the uses of the blocks around it, outermost first.
        input_shapes, output_shape: None where unknown because of an error.
        facts: what the layer stated; None for an input or after an error.
        trainable, non_trainable: parameters of its own (0 at later uses of shared weights).
        shared: a later use of shared weights.
        macs: multiply-accumulates for one sample.
        macs_backward: those of its backward pass, when the model is trained.
        elementwise: elementwise operations for one sample (:mod:`cnnspec.layers.upkeep` says what counts).
        field: the receptive field on the first input that the layer reads; None where the whole input is seen or
            nothing is known.
        fields: the field on every input, by the input's name, where there are several.
        sees_all: the whole input is seen by construction (dense, global pooling, after Flatten).
        gated: a branch that has seen everything was left out of the field.
        unproductive: a convolution whose field is larger than the input even along the smallest path.
        coverage: the field's area over the input's, at most 1.
        im2col: (kernel elements × input channels per group, output positions).
    """

    index: int
    name: str
    path: str
    kind: str
    layer: Layer
    inputs: tuple[str, ...]
    line: int
    uses: tuple[Span, ...] = ()
    input_shapes: tuple[Shape | None, ...] = ()
    output_shape: Shape | None = None
    facts: Facts | None = None
    trainable: int = 0
    non_trainable: int = 0
    shared: bool = False
    macs: Size | None = None
    macs_backward: Size | None = None
    elementwise: Size | None = None
    field: ReceptiveField | None = None
    fields: Mapping[str, ReceptiveField | None] = computed(default_factory=dict[str, "ReceptiveField | None"])
    sees_all: bool = False
    gated: bool = False
    unproductive: bool = False
    coverage: float | None = None
    im2col: tuple[int, int] | None = None

    @property
    def used_at(self) -> tuple[int, ...]:
        """The lines at which the blocks around it are used."""
        return tuple(span.line for span in self.uses)

    @property
    def params(self) -> int:
        """Trainable and non-trainable parameters of its own."""
        return self.trainable + self.non_trainable

    @property
    def connections(self) -> Size | None:
        """Links to units, in LeCun's count: multiply-accumulates, and one for each output with a bias."""
        return 0 if self.is_input else None if self.facts is None else self.facts.connections

    @property
    def activation_elements(self) -> Size | None:
        """The number of values of the output."""
        return None if self.output_shape is None else self.output_shape.elements

    @property
    def is_input(self) -> bool:
        return self.kind == "Input"

    @property
    def is_known(self) -> bool:
        """No error has left its figures unknown."""
        return self.output_shape is not None and (self.is_input or self.facts is not None)

    @property
    def is_placeholder(self) -> bool:
        """It stands where an error left nothing to show, not even the kind of a layer."""
        return self.kind == "Unresolved"

    @property
    def field_status(self) -> str:
        """``exact``; ``whole`` where everything is seen by construction; ``unknown``."""
        return "whole" if self.sees_all else "unknown" if self.field is None else "exact"


@record
class Figure:
    """One side of a claim with what was found; ``unit`` where it is memory: the one it is shown in, or ``bytes``."""

    text: str
    value: object
    unit: str = ""


@record
class ClaimResult:
    """One ``expect`` or ``::`` with what was found: ``holds`` is None where it cannot be judged, with the ``reason``.

    ``actual`` is what decided, ``figures`` are all sides that are not written out, ``use`` is the path of the use of a block
    that a claim of a block speaks of.
    """

    text: str
    holds: bool | None
    actual: object
    line: int
    span: Span
    reason: str = ""
    figures: tuple[Figure, ...] = ()
    use: str = ""


@record
class Totals:
    """Sums over a model; None where a part is unknown. All but parameters and depth may be symbolic.

    ``activation_elements`` counts the output of every layer once, ``input_elements`` the inputs; ``depth`` is the number
    of layers with a kernel of weights on the longest path.
    """

    trainable: int | None
    non_trainable: int | None
    macs: Size | None
    activation_elements: Size | None
    input_elements: Size | None = None
    depth: int | None = None
    connections: Size | None = None
    macs_backward: Size | None = None
    elementwise: Size | None = None

    @property
    def params(self) -> int | None:
        if self.trainable is None or self.non_trainable is None:
            return None
        return self.trainable + self.non_trainable

    @property
    def flops(self) -> Size | None:
        """2·MACs, nothing else."""
        return None if self.macs is None else 2 * self.macs

    @property
    def flops_backward(self) -> Size | None:
        """2·MACs of the backward pass."""
        return None if self.macs_backward is None else 2 * self.macs_backward


@record
class ModelReport:
    """Everything about one model of a file: its rows, their sums, its ``expect`` claims and its ``::`` claims.

    Attributes:
        allowed: the sizes that it takes where an input leaves them open, ``conditions`` the same in words.
        resolution: the sizes of its first input that it is made for; None where no convolution has a known field.
        unread: per input, for each axis, the stretches of rows or columns on which no output depends; without an entry
            where extents are unknown.
    """

    name: str
    ok: bool
    network: Network
    rows: tuple[Row, ...]
    totals: Totals
    claims: tuple[ClaimResult, ...] = ()
    shape_claims: tuple[ClaimResult, ...] = ()
    conditions: tuple[str, ...] = ()
    allowed: Allowed | None = None
    resolution: Resolution | None = None
    unread: Mapping[str, tuple[tuple[tuple[int, int], ...], ...]] = computed(default_factory=dict[str, Any])

    def row(self, node: Node | int) -> Row:
        return self.rows[node if isinstance(node, int) else self.network.index[node.path]]


@record
class RecipeReport:
    """A recipe as checked: the model it trains and its claims."""

    name: str
    model: str
    ok: bool
    claims: tuple[ClaimResult, ...] = ()


_GRAVEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)


@record
class FileReport:
    """One file: its diagnostics in the order of the text, its models and its recipes.

    ``fixed`` is what was wrong before its safe fixes were made; None where nobody asked for them. ``asked`` are the files
    that a ``use`` asked for, also those that are not there: whether one of them changes, the report is another.
    ``fail_on`` is the least severity for which a check of it fails.
    """

    path: str
    diagnostics: tuple[Diagnostic, ...]
    models: tuple[ModelReport, ...] = ()
    recipes: tuple[RecipeReport, ...] = ()
    fixed: tuple[Diagnostic, ...] | None = None
    asked: tuple[str, ...] = ()
    fail_on: Severity = Severity.ERROR

    @property
    def ok(self) -> bool:
        """No error (a false claim is one)."""
        return not any(d.severity is Severity.ERROR for d in self.diagnostics)

    @property
    def passes(self) -> bool:
        """Nothing for which a check of it fails: errors alone, unless it was asked for more."""
        return not any(d.severity in self.grave for d in self.diagnostics)

    @property
    def grave(self) -> tuple[Severity, ...]:
        """The severities for which a check of it fails."""
        return _GRAVEST_FIRST[: _GRAVEST_FIRST.index(self.fail_on) + 1]


@record
class Report:
    """What ``cnnspec check`` found."""

    files: tuple[FileReport, ...]

    @property
    def ok(self) -> bool:
        return all(file.ok for file in self.files)

    @property
    def passes(self) -> bool:
        """Whether the check of every file passes."""
        return all(file.passes for file in self.files)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong, each said once."""
        return tuple(d for found in self.by_file for d in found)

    @property
    def by_file(self) -> tuple[tuple[Diagnostic, ...], ...]:
        """The diagnostics of each file, without what was said of a file before: several may use one that is broken."""
        said: set[tuple[object, ...]] = set()
        return tuple(tuple(d for d in file.diagnostics if _is_new(d, said)) for file in self.files)

    @property
    def fixable(self) -> int:
        """How many errors and warnings a safe fix in one of these files would mend."""
        checked = {_whole(file.path) for file in self.files}
        found = (d for found in self.by_file for d in will_fix(found) if d.severity is not Severity.INFO)
        return sum(all(_whole(edit.span.path) in checked for edit in d.fix) for d in found)

    @property
    def fixed(self) -> tuple[Diagnostic, ...] | None:
        """What was wrong before the fixes were made; None where nobody asked for them."""
        if all(file.fixed is None for file in self.files):
            return None
        return tuple(d for file in self.files for d in file.fixed or ())


def will_fix(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Those of the diagnostics of a text whose fixes are made without asking.

    What is merely superfluous stays while there are errors: a mistake may hide what it is for.
    """
    broken = any(d.severity is Severity.ERROR for d in found)
    return [d for d in found if d.fixable and (not broken or d.severity is Severity.ERROR or stage_of(d.code) < LAST_STAGE)]


def _is_new(diagnostic: Diagnostic, said: set[tuple[object, ...]]) -> bool:
    span = diagnostic.span
    key = (diagnostic.code, diagnostic.message, _whole(span.path), span.start, span.end)
    new = key not in said
    said.add(key)
    return new


def _whole(path: str) -> str:
    """A path by which a file is known however it is named."""
    return path if path == "-" else os.path.abspath(path)  # noqa: PTH100 - a link is a file of its own
