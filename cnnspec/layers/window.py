"""How a layer reads its input along one spatial axis.

Five kinds of axis: a sliding window (convolution, pooling, padding, cropping), its transpose, a magnification, windows
that share the input out among a given number of outputs, and a digit of positions that are counted anew. Each knows the
size of its output, which input positions a stretch of outputs reads (``reads``), which of them one output does
(``taps``), after how many outputs that begins anew and how much further (``period``), and how it prints its steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Literal

from cnnspec.layers.arithmetic import Size, at_least, ceil_div, like
from cnnspec.record import record

SAME = "same"


@record
class Axis:
    """A window of ``kernel`` taps, ``dilation`` apart, moved by ``stride`` over an input with ``before`` and ``after``
    positions of padding (negative: cropped).

    ``rule`` says how the output is counted: ``floor`` ⌊(n + p − e)/s⌋ + 1, ``ceil`` the same rounded up as long as the
    last window starts inside, ``same`` ⌈n/s⌉ (TensorFlow's rule; before and after were chosen so that it comes out).
    """

    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    before: Size = 0
    after: Size = 0
    rule: Literal["floor", "ceil", "same"] = "floor"

    @property
    def effective(self) -> int:
        """The input positions from the first tap to the last: e = d·(k − 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    def positions(self, n: Size) -> Size:
        """The number of outputs for an input of n."""
        if self.rule == "same":
            return ceil_div(n, self.stride)
        free = self._padded(n) - self.effective
        if self.rule == "floor":
            return free // self.stride + 1
        if isinstance(self.after, int) and self.after + self.stride > self.effective:
            return ceil_div(n + self.before, self.stride)  # else the last window would start behind the input
        return ceil_div(free, self.stride) + 1

    def leftover(self, n: Size) -> Size:
        """How many input positions at the end no window reaches: n − ((out − 1)·s − before + e), at least 0; 0 if unknown."""
        if not isinstance(n, int) or not isinstance(self.before, int):
            return 0
        positions = self.positions(int(n))
        if not isinstance(positions, int) or positions < 1:
            return 0
        read = (positions - 1) * self.stride - int(self.before) + self.effective
        return min(max(int(n) - read, 0), int(n))

    def reads(self, first: int, last: int) -> tuple[int, int]:
        """The input positions, padding included, that outputs first..last see: [a·s − p, b·s − p + e − 1]."""
        before = int(self.before)  # type: ignore[arg-type]
        return first * self.stride - before, last * self.stride - before + self.effective - 1

    def taps(self, unit: int) -> Sequence[int]:
        """The input positions, padding included, that one output reads."""
        first, last = self.reads(unit, unit)
        return range(first, last + 1, self.dilation)

    @property
    def period(self) -> tuple[int, int]:
        """(1, s): each output reads s positions further than the one before."""
        return 1, self.stride

    def _padded(self, n: Size) -> Size:
        if isinstance(self.before, int) and self.before == self.after and self.before >= 0:
            return n + 2 * like(self.before, n)
        return n + self.before + self.after


def same_padding(n: Size, kernel: int, stride: int, dilation: int) -> Axis:
    """TensorFlow's ``same``: out = ⌈n/s⌉, the padding of :func:`same_total`, the odd one at the end."""
    total = same_total(n, kernel, stride, dilation)
    before = total // 2
    return Axis(kernel, stride, dilation, before, total - before, SAME)


def same_total(n: Size, kernel: int, stride: int, dilation: int) -> Size:
    """max((⌈n/s⌉ − 1)·s + e − n, 0); at stride 1 that is e − 1 for every n."""
    effective = dilation * (kernel - 1) + 1
    if stride == 1:
        return effective - 1
    return at_least((ceil_div(n, stride) - 1) * stride + effective - n, 0)


@record
class TransposedAxis:
    """The transpose of a window: each input writes ``kernel`` taps, ``stride`` apart from its neighbour's.

    The full result (n − 1)·s + e loses ``before`` at its start and ``after`` at its end (negative: zeros appended).
    """

    kernel: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0

    @property
    def effective(self) -> int:
        """e = d·(k − 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    def positions(self, n: Size) -> Size:
        """(n − 1)·s + e − before − after."""
        full = (n - 1) * self.stride + self.effective
        if self.before == self.after:
            return full - 2 * like(self.before, n) if self.before else full
        cut = full - self.before if self.before else full
        return cut - self.after if self.after > 0 else cut + -self.after

    def reads(self, first: int, last: int) -> tuple[int, int]:
        """[⌈(a + p − (e − 1))/s⌉, ⌊(b + p)/s⌋]."""
        low = first + self.before - (self.effective - 1)
        return -(-low // self.stride), (last + self.before) // self.stride

    def taps(self, unit: int) -> Sequence[int]:
        """The inputs i with i·s + d·j = a + p for a tap j: none, where the kernel leaves gaps between its strides.

        With g the greatest common divisor of s and d every (s/g)-th tap meets an input, and these stand d/g apart; there
        are none where g does not divide a + p.
        """
        place, common = unit + self.before, gcd(self.stride, self.dilation)
        if place % common:
            return range(0)
        every = self.stride // common
        first = place // common * pow(self.dilation // common, -1, every) % every
        last = first + (self.kernel - 1 - first) // every * every
        if first > last:
            return range(0)
        low, high = ((place - tap * self.dilation) // self.stride for tap in (last, first))
        return range(low, high + 1, self.dilation // common)

    @property
    def period(self) -> tuple[int, int]:
        """(s, 1): s outputs further the same taps meet the next input."""
        return self.stride, 1


@record
class Magnified:
    """Upsampling by a whole factor, by repetition (``nearest``) or between two neighbours (``bilinear``)."""

    factor: int
    interpolation: Literal["nearest", "bilinear"] = "nearest"

    def positions(self, n: Size) -> Size:
        """n·f."""
        return n * self.factor

    def reads(self, first: int, last: int) -> tuple[int, int]:
        """nearest [⌊a/f⌋, ⌊b/f⌋]; bilinear at half-pixel centres one more on the side that is nearer."""
        if self.interpolation == "nearest":
            return first // self.factor, last // self.factor
        f = self.factor  # centre of output a in input pixels: (2a + 1 − f)/(2f)
        return (2 * first + 1 - f) // (2 * f), -(-(2 * last + 1 - f) // (2 * f))

    def taps(self, unit: int) -> Sequence[int]:
        """One position (``nearest``) or two neighbours (``bilinear``); only the nearer where it is hit exactly."""
        return inclusive(self.reads(unit, unit))

    @property
    def period(self) -> tuple[int, int]:
        """(f, 1)."""
        return self.factor, 1


@record
class Adaptive:
    """Windows that share an input of ``extent`` positions (n) out among ``count`` outputs (o).

    Output a reads from ⌊a·n/o⌋ to ⌈(a + 1)·n/o⌉ − 1. Windows have ⌈n/o⌉ positions or one more, neighbours may overlap.
    """

    count: int
    extent: Size

    def positions(self, n: Size) -> Size:
        """The count, whatever the input."""
        return self.count

    def reads(self, first: int, last: int) -> tuple[int, int]:
        """[⌊a·n/o⌋, ⌈(b + 1)·n/o⌉ − 1]."""
        n = int(self.extent)  # type: ignore[arg-type]
        return first * n // self.count, -(-(last + 1) * n // self.count) - 1

    def taps(self, unit: int) -> Sequence[int]:
        """The positions of one window."""
        return inclusive(self.reads(unit, unit))

    @property
    def period(self) -> tuple[int, int]:
        """(o/g, n/g), g being the greatest common divisor: windows begin anew where they come out even."""
        n = int(self.extent)  # type: ignore[arg-type]
        common = gcd(n, self.count)
        return self.count // common, n // common


def adaptive_axis(n: Size, count: int) -> Axis | Adaptive:
    """The windows that share n out among ``count`` outputs: an ordinary sliding window where n is a multiple of it."""
    if isinstance(n, int) and n % count == 0:
        size = int(n) // count
        return Axis(size, size)
    return Adaptive(count, n)


@record
class Digit:
    """A digit of the positions of a map whose values are counted anew (Reshape).

    Output a reads ``span`` positions from span·(⌊a/repeat⌋ mod count).
    """

    count: int
    repeat: int = 1
    span: int = 1

    def positions(self, n: Size) -> Size:
        """All that one round counts: count·repeat."""
        return self.count * self.repeat

    def reads(self, first: int, last: int) -> tuple[int, int]:
        """The hull of what first..last read: everything, where they pass the end of a round."""
        low, high = first // self.repeat, last // self.repeat
        if low // self.count != high // self.count:
            return 0, self.count * self.span - 1
        return low % self.count * self.span, (high % self.count + 1) * self.span - 1

    def taps(self, unit: int) -> Sequence[int]:
        """The positions of one output."""
        return inclusive(self.reads(unit, unit))

    @property
    def period(self) -> tuple[int, int]:
        """(count·repeat, 0): after a round it begins where it began."""
        return self.count * self.repeat, 0


def inclusive(stretch: tuple[int, int]) -> range:
    """The positions from the first to the last."""
    return range(stretch[0], stretch[1] + 1)


AnyAxis = Axis | TransposedAxis | Magnified | Adaptive | Digit


def reads_without_gaps(axis: AnyAxis) -> bool:
    """Whether outputs next to each other always read a stretch of the input without a gap: all that ``reads`` says."""
    return isinstance(axis, (Magnified, Adaptive)) or (isinstance(axis, TransposedAxis) and axis.dilation == 1)


@record
class WholeInput:
    """Every output sees the whole input: dense layers, global pooling, flattening."""


@record
class Pointwise:
    """Every output sees only its own position: activations, normalisation, merging."""


@record
class Route:
    """The axis of the output, from 0, along which an axis of the input is walked, and how."""

    along: int
    steps: AnyAxis


@record
class Rearranged:
    """The values of a map at other positions of another (Permute, Reshape).

    ``routes`` has one per spatial axis of the input; None where every output reads all of it, among its channels.
    """

    routes: tuple[Route | None, ...]


@record
class Recounted:
    """The values of a map in the same row-by-row order in a map of other extents, whose axes mix those of the input."""


@record
class Joined:
    """Maps one after the other along a spatial axis, from 0; ``extents`` are theirs along it, in order."""

    axis: int
    extents: tuple[Size, ...]


@record
class Apart:
    """Several inputs, each read in a way of its own (Dot)."""

    ways: tuple[Rearranged, ...]


#: One axis per spatial dimension, one of the two common cases, values that move as they are, or a way for each input.
Window = tuple[AnyAxis, ...] | WholeInput | Pointwise | Rearranged | Recounted | Joined | Apart
WHOLE_INPUT = WholeInput()
POINTWISE = Pointwise()
RECOUNTED = Recounted()
