"""Sizes of windows against windows that are laid out one by one."""

from __future__ import annotations

from itertools import product

import pytest

from cnnspec.layers.arithmetic import Traced
from cnnspec.layers.extent import Extent
from cnnspec.layers.transposed import transposed_axis
from cnnspec.layers.window import Adaptive, Axis, Digit, Magnified, TransposedAxis, adaptive_axis, same_padding

from .evaluate import sides


def lay_out(axis: Axis, n: int) -> list[list[int]]:
    """The taps of every window over n positions, by trying every start."""
    low, high = -axis.before, n + axis.after - 1
    windows, start = [], low
    while True:
        taps = [start + i * axis.dilation for i in range(axis.kernel)]
        inside = taps[-1] <= high
        if axis.rule == "ceil":
            inside = inside or (start < n and (not windows or windows[-1][-1] < high))
        if not inside:
            return windows
        windows.append(taps)
        start += axis.stride


GRID = list(product(range(1, 14), range(1, 5), range(1, 5), range(1, 4), range(3), range(3)))


def test_positions_of_valid_and_numeric_padding():
    for n, k, s, d, b, a in GRID:
        axis = Axis(k, s, d, b, a)
        if n + b + a >= axis.effective:
            assert axis.positions(n) == len(lay_out(axis, n)), (n, axis)
        else:
            assert axis.positions(n) < 1, (n, axis)


def test_same_padding_is_tensorflows():
    for n, k, s, d, _, _ in GRID:
        axis = same_padding(n, k, s, d)
        assert axis.positions(n) == -(-n // s) == len(lay_out(Axis(k, s, d, axis.before, axis.after), n))
        assert axis.after - axis.before in (0, 1)


def test_leftover_counts_what_no_window_reads():
    for n, k, s, d, b, a in GRID:
        axis = Axis(k, s, d, b, a)
        windows = lay_out(axis, n)
        if windows:
            assert axis.leftover(n) == max(0, min(n, n - 1 - windows[-1][-1])), (n, axis)


def test_reads_is_the_hull_of_the_taps():
    for n, k, s, d, b, a in GRID[::7]:
        axis = Axis(k, s, d, b, a)
        for at, taps in enumerate(lay_out(axis, n)):
            assert axis.reads(at, at) == (taps[0], taps[-1])


def test_ceil_mode_is_torchs():
    import torch

    for n, k, s, p in product(range(1, 12), range(1, 5), range(1, 6), range(3)):
        if p > k // 2 or n + 2 * p < k:
            continue
        expected = torch.nn.functional.max_pool1d(torch.zeros(1, 1, n), k, s, p, ceil_mode=True).shape[-1]
        assert Axis(k, s, 1, p, p, "ceil").positions(n) == expected, (n, k, s, p)


def test_symbols_and_traces_agree_with_numbers():
    h = Extent.symbol("h")
    for (n, k, s, d, b, a), rule in product(GRID[::11], ("floor", "ceil")):
        axis = Axis(k, s, d, b, a, rule)
        expected = axis.positions(n)
        symbolic = axis.positions(h)
        assert (symbolic if isinstance(symbolic, int) else symbolic.evaluate({"h": n})) == expected, (n, axis)
        assert sides(axis.positions(Traced(n)).equation) == (expected, expected)


def test_same_padding_of_an_unknown_extent():
    h = Extent.symbol("h")
    for n, k, s, d in product(range(1, 14), range(1, 5), range(1, 4), range(1, 3)):
        symbolic, known = same_padding(h, k, s, d), same_padding(n, k, s, d)
        for side in ("before", "after"):
            found = getattr(symbolic, side)
            assert (found if isinstance(found, int) else found.evaluate({"h": n})) == getattr(known, side)


def write_out(axis: TransposedAxis, n: int) -> list[list[int]]:
    """For every output position, the inputs that write to it."""
    full = (n - 1) * axis.stride + axis.effective
    writers: list[list[int]] = [[] for _ in range(full)]
    for i in range(n):
        for tap in range(axis.kernel):
            writers[i * axis.stride + tap * axis.dilation].append(i)
    kept = writers[axis.before : full - axis.after if axis.after > 0 else full]
    return kept + [[] for _ in range(max(-axis.after, 0))]


SIZES = list(product(range(1, 8), range(1, 6), range(1, 5), range(1, 3)))


def test_transposed_sizes_without_output_padding():
    for n, k, s, d in SIZES:
        e = d * (k - 1) + 1
        assert transposed_axis(k, s, d, "valid", None).positions(n) == n * s + max(e - s, 0)
        same = transposed_axis(k, s, d, "same", None)
        assert same.positions(n) == n * s
        assert same.before == max(e - s, 0) // 2


def test_transposed_sizes_with_output_padding():
    for n, k, s, d in SIZES:
        e = d * (k - 1) + 1
        for o in range(s):
            assert transposed_axis(k, s, d, "valid", o).positions(n) == (n - 1) * s + e + o
            assert transposed_axis(k, s, d, "same", o).positions(n) == (n - 1) * s + e - 2 * (e // 2) + o
            assert transposed_axis(k, s, d, (1, 2), o).positions(n) == (n - 1) * s - 3 + e + o


def test_the_case_everyone_gets_wrong():
    assert transposed_axis(3, 2, 1, "same", 0).positions(5) == 9
    assert transposed_axis(3, 2, 1, "same", None).positions(5) == 10
    assert transposed_axis(3, 2, 1, "same", 1).positions(5) == 10


def test_transposed_windows_written_out():
    for (n, k, s, d), pad in product(SIZES, ("valid", "same")):
        axis = transposed_axis(k, s, d, pad, None)
        writers = write_out(axis, n)
        assert axis.positions(n) == len(writers)
        assert sides(axis.positions(Traced(n)).equation) == (len(writers), len(writers))
        for at, inputs in enumerate(writers):
            low, high = axis.reads(at, at)
            assert all(low <= i <= high for i in inputs)
            if d == 1 and inputs:
                assert (max(low, 0), min(high, n - 1)) == (min(inputs), max(inputs))


def test_transposed_sizes_are_torchs():
    import torch

    for n, k, s, d in SIZES:
        for p, o in product(range(2), range(s)):
            axis = transposed_axis(k, s, d, (p, p), o)
            size = axis.positions(n)
            if size < 1:
                continue
            x, kernel = torch.zeros(1, 1, n), torch.zeros(1, 1, k)
            found = torch.nn.functional.conv_transpose1d(x, kernel, None, s, p, o, 1, d)
            assert found.shape[-1] == size


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_bilinear_reads_are_those_of_a_gradient(factor):
    import torch

    n = 6
    x = torch.arange(float(n)).reshape(1, 1, 1, n).requires_grad_()
    y = torch.nn.functional.interpolate(x, scale_factor=(1, factor), mode="bilinear", align_corners=False)
    axis = Magnified(factor, "bilinear")
    assert axis.positions(n) == y.shape[-1]
    for at in range(y.shape[-1]):
        (gradient,) = torch.autograd.grad(y[0, 0, 0, at], x, retain_graph=True)
        seen = (gradient.flatten() > 1e-6).nonzero().flatten().tolist()  # a third is not exact
        low, high = axis.reads(at, at)
        assert (max(low, 0), min(high, n - 1)) == (seen[0], seen[-1])


def test_nearest_reads_the_repeated_value():
    axis = Magnified(3)
    assert [axis.reads(at, at) for at in range(6)] == [(0, 0)] * 3 + [(1, 1)] * 3


def seen_by_gradient(y, x, at: int) -> list[int]:
    import torch

    (gradient,) = torch.autograd.grad(y.flatten()[at], x, retain_graph=True)
    return gradient.flatten().nonzero().flatten().tolist()


def test_adaptive_windows_are_torchs():
    import torch

    for n, count in product(range(1, 20), range(1, 12)):
        axis = adaptive_axis(n, count)
        x = torch.arange(float(n)).reshape(1, 1, n).requires_grad_()
        y = torch.nn.functional.adaptive_avg_pool1d(x, count)
        assert axis.positions(n) == y.shape[-1] == count
        for at in range(count):
            first, last = axis.reads(at, at)
            assert seen_by_gradient(y, x, at) == list(range(first, last + 1)), (n, count, at)


def test_adaptive_windows_are_sliding_ones_where_they_fit():
    for n, count in product(range(1, 20), range(1, 12)):
        axis = adaptive_axis(n, count)
        assert isinstance(axis, Axis) == (n % count == 0)
        assert Adaptive(count, n).reads(1, count - 1) == axis.reads(1, count - 1)


def test_adaptive_windows_of_an_unknown_extent():
    assert adaptive_axis(Extent.symbol("h"), 7).positions(Extent.symbol("h")) == 7


TRANSPOSED = [transposed_axis(k, s, d, pad, None) for _, k, s, d in SIZES for pad in ("valid", "same")]
AXES = [
    *(Axis(k, s, d, b, a) for _, k, s, d, b, a in GRID[::50]),
    *TRANSPOSED[::5],
    *(Magnified(factor, how) for factor in range(1, 5) for how in ("nearest", "bilinear")),
    *(Adaptive(count, n) for count in range(1, 9) for n in range(1, 14)),
    *(Digit(count, repeat, span) for count in range(1, 4) for repeat in range(1, 4) for span in range(1, 3)),
]


@pytest.mark.parametrize("kind", [Axis, TransposedAxis, Magnified, Adaptive, Digit])
def test_taps_begin_anew_after_a_period(kind):
    for axis in [axis for axis in AXES if type(axis) is kind]:
        outputs, further = axis.period
        for at in range(-outputs, 2 * outputs):
            assert [tap + further for tap in axis.taps(at)] == list(axis.taps(at + outputs)), (axis, at)


@pytest.mark.parametrize("kind", [Axis, Magnified, Adaptive, Digit])
def test_reads_is_from_the_first_tap_to_the_last(kind):
    for axis in [axis for axis in AXES if type(axis) is kind]:
        for first in range(6):
            taps = {tap for at in (first, first + 1) for tap in axis.taps(at)}
            assert axis.reads(first, first + 1) == (min(taps), max(taps)), (axis, first)


def test_taps_of_sliding_and_transposed_windows_written_out():
    for n, k, s, d, b, a in GRID[::7]:
        axis = Axis(k, s, d, b, a)
        for at, taps in enumerate(lay_out(axis, n)):
            assert list(axis.taps(at)) == taps
    for (n, k, s, d), pad in product(SIZES, ("valid", "same")):
        axis = transposed_axis(k, s, d, pad, None)
        for at, inputs in enumerate(write_out(axis, n)):
            assert [tap for tap in axis.taps(at) if 0 <= tap < n] == inputs
