"""Receptive fields: the lecture's, merges, gates, several inputs, and random networks against two independent truths."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.analysis.axis_field import LARGEST
from cnnspec.analysis.receptive_field import Sight, see_input
from cnnspec.analysis.report import ReceptiveField
from cnnspec.layers.base import Layer
from cnnspec.layers.window import Axis
from support.hand_built import Build, layer, lenet, mnist_cnn


def field_of(build: Build, index: int = -1) -> ReceptiveField | None:
    return build.report().rows[index].field


def test_fields_of_the_lecture() -> None:
    rows = mnist_cnn().report().rows
    assert [row.field.size[0] for row in rows[:6] if row.field] == [1, 3, 4, 8, 10, 18]
    assert rows[5].field == ReceptiveField((18, 18), (4, 4), (0, 0), (18, 18))
    assert rows[5].coverage == pytest.approx(0.41327, abs=1e-5)
    assert rows[0].coverage == pytest.approx(1 / 784)
    rows = mnist_cnn(pooling=False).report().rows
    assert [row.field.size[0] for row in rows[:4] if row.field] == [1, 3, 5, 7]
    assert rows[3].coverage == 0.0625


def test_the_whole_input_is_seen_after_flatten() -> None:
    rows = lenet().report().rows
    for row in rows[5:]:
        assert row.sees_all
        assert row.field is None
        assert row.coverage is None
        assert row.field_status == "whole"


def test_a_vector_has_no_field() -> None:
    build = Build()
    build.input(784)
    build.add(layer("Dense", 8))
    assert [row.field_status for row in build.report().rows] == ["whole", "whole"]


def test_same_padding_moves_the_start() -> None:
    build = Build()
    build.input(28, 28, 1)
    build.add(layer("Conv2D", 4, 3, strides=2, padding="same"))  # an even size: (0, 1)
    build.add(layer("Conv2D", 4, 5, padding="same"))
    assert field_of(build, 1) == ReceptiveField((3, 3), (2, 2), (0, 0), (3, 3))
    assert field_of(build, 2) == ReceptiveField((11, 11), (2, 2), (-4, -4), (11, 11))


def test_coverage_is_at_most_one() -> None:
    build = Build()
    build.input(4, 4, 1)
    build.chain(layer("Conv2D", 1, 3, padding="same"), layer("Conv2D", 1, 5, padding="same"))
    assert build.report().rows[2].coverage == 1.0


def test_a_dilated_window_reaches_further() -> None:
    build = Build()
    build.input(64, 1)
    build.add(layer("Conv1D", 4, 3, dilation_rate=4, padding="causal"))
    assert field_of(build) == ReceptiveField((9,), (1,), (-8,), (9,))


def test_padding_and_identity_layers() -> None:
    build = Build()
    build.input(8, 8, 1)
    build.chain(layer("ZeroPad2D", [[1, 2], [3, 4]]), "BatchNorm", "ReLU", "LRN", layer("Dropout", 0.5))
    assert field_of(build) == ReceptiveField((1, 1), (1, 1), (-1, -3), (1, 1))


def test_a_merge_takes_the_hull_and_the_smallest_path() -> None:
    build = Build()
    start = build.input(32, 32, 4)
    left = build.add(layer("Conv2D", 4, 3, padding="same"), start)
    left = build.add(layer("Conv2D", 4, 3, padding="same"), left)
    build.add("Add", left, start)
    build.add(layer("Conv2D", 4, 3))
    assert field_of(build, 3) == ReceptiveField((5, 5), (1, 1), (-2, -2), (1, 1))
    assert field_of(build, 4) == ReceptiveField((7, 7), (1, 1), (-2, -2), (3, 3))


def test_misaligned_branches_are_recorded_with_their_hull() -> None:
    build = Build()
    start = build.input(32, 32, 4)
    left = build.add(layer("Conv2D", 4, 2, padding=[[1, 0], [0, 1]]), start)
    right = build.add(layer("Conv2D", 4, 1), start)
    build.add("Add", left, right)
    assert field_of(build) == ReceptiveField((2, 2), (1, 1), (-1, 0), (1, 1))
    found = see_input(build.model(), start).disagreements
    assert [(item.kind, item.axis, item.branches, item.values) for item in found] == [
        ("centre", 0, (left, right), (-1, 0)),
        ("centre", 1, (left, right), (1, 0)),
    ]


def test_jumps_that_differ_are_recorded_and_leave_the_field_unknown() -> None:
    build = Build()
    start = build.input(32, 32, 1)
    left = build.add(layer("Conv2D", 4, 2, strides=2), start)
    right = build.add(layer("Conv2D", 4, 17), start)
    merged = build.add("Add", left, right)
    sights = see_input(build.model(), start)
    assert sights.seen[merged] is Sight.UNKNOWN
    assert [(item.index, item.kind, item.values) for item in sights.disagreements] == [
        (merged, "jump", (2, 1)),
        (merged, "jump", (2, 1)),
    ]
    assert build.report().rows[merged].field_status == "unknown"


def test_a_single_unit_has_no_neighbour() -> None:
    build = Build()
    start = build.input(8, 8, 1)
    left = build.add(layer("AvgPool2D", 8), start)
    right = build.add(layer("Conv2D", 1, 8), start)
    build.add("Add", left, right)
    assert field_of(build) == ReceptiveField((8, 8), (8, 8), (0, 0), (8, 8))
    assert see_input(build.model(), start).disagreements == ()


def squeeze_and_excite(build: Build, pool: Layer | str) -> int:
    stem = build.add(layer("Conv2D", 8, 3, padding="same"))
    gate = build.add(pool, stem)
    gate = build.add(layer("Conv2D", 8, 1), gate) if build.shapes[gate].rank else build.add(layer("Dense", 8), gate)
    return build.add("Multiply", stem, gate)


@pytest.mark.parametrize("pool", ["GlobalAvgPool2D", layer("GlobalAvgPool2D", keepdims=True), layer("AvgPool2D", 16)])
def test_a_gate_is_left_out(pool: Layer | str) -> None:
    build = Build()
    build.input(16, 16, 3)
    merged = squeeze_and_excite(build, pool)
    build.add(layer("Conv2D", 8, 3))
    rows = build.report().rows
    assert rows[merged].field == ReceptiveField((3, 3), (1, 1), (-1, -1), (3, 3))
    assert rows[merged].gated
    assert not rows[merged].sees_all
    assert rows[merged + 1].field == ReceptiveField((5, 5), (1, 1), (-1, -1), (5, 5))


def test_a_broadcast_unit_that_has_not_seen_everything_is_no_gate() -> None:
    build = Build()
    start = build.input(16, 16, 3)
    small = build.add(layer("Conv2D", 3, 9, strides=8), start)
    build.add("Multiply", start, small)
    assert build.report().rows[-1].field_status == "unknown"


def test_only_if_every_branch_has_seen_everything_the_field_is_null() -> None:
    build = Build()
    start = build.input(16, 16, 3)
    build.add("Concat", build.add("GlobalAvgPool2D", start), build.add("GlobalMaxPool2D", start))
    row = build.report().rows[-1]
    assert row.sees_all
    assert not row.gated


def test_several_inputs() -> None:
    build = Build()
    a, b = build.input(28, 28, 1, name="a"), build.input(14, 14, 1, name="b")
    left = build.add(layer("Conv2D", 4, 3, strides=2, padding="same"), a)
    right = build.add(layer("Conv2D", 4, 5, padding="same"), b)
    build.add("Concat", left, right)
    report = build.report()
    merged = report.rows[-1]
    assert merged.fields == {
        "a": ReceptiveField((3, 3), (2, 2), (0, 0), (3, 3)),
        "b": ReceptiveField((5, 5), (1, 1), (-2, -2), (5, 5)),
    }
    assert merged.field == merged.fields["a"]
    assert merged.coverage == pytest.approx(9 / 784)
    assert report.rows[right].field == merged.fields["b"]
    assert report.rows[right].coverage == pytest.approx(25 / 196)
    assert report.rows[right].fields["a"] is None
    assert lenet().report().rows[1].fields == {}


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (layer("UpSampling2D", 2), "exact"),
        (layer("Conv2DTranspose", 2, 3, strides=2), "exact"),
        (layer("Conv2DTranspose", 2, 3), "exact"),
        (layer("AdaptiveAvgPool2D", 3), "exact"),
        (layer("AdaptiveAvgPool2D", 1), "whole"),
        (layer("Reshape", (4, 16, 2)), "unknown"),
        (layer("Reshape", (8, 16)), "exact"),
        (layer("Permute", (2, 1, 3)), "exact"),
        ("Flatten", "whole"),
    ],
)
def test_what_cannot_be_told_per_axis_is_unknown(made: Layer | str, status: str) -> None:
    build = Build()
    build.input(8, 8, 2)
    build.add(made)
    assert build.report().rows[1].field_status == status


def test_a_transposed_convolution_of_stride_1_is_a_convolution() -> None:
    build = Build()
    build.input(8, 8, 2)
    build.add(layer("Conv2DTranspose", 2, 3))
    assert field_of(build) == ReceptiveField((3, 3), (1, 1), (-2, -2), (3, 3))


def test_maps_side_by_side_that_see_differently_are_unknown() -> None:
    build = Build()
    start = build.input(8, 8, 2)
    build.add(layer("Concat", axis=1), start, build.add(layer("Conv2D", 2, 3, padding="same"), start))
    assert build.report().rows[-1].field_status == "unknown"


def test_a_start_that_depends_on_an_unknown_extent_is_none() -> None:
    build = Build()
    start = build.input("h", 28, 1)
    left = build.add(layer("Conv2D", 1, 3, strides=2, padding="same"), start)
    assert field_of(build) == ReceptiveField((3, 3), (2, 2), (None, 0), (3, 3))
    build.add("Add", left, build.add(layer("Conv2D", 1, 3, strides=2, padding="same"), start))
    assert field_of(build) == ReceptiveField((3, 3), (2, 2), (None, 0), (3, 3))
    right = build.add(layer("Conv2D", 1, 5, padding="same"), left)
    build.add("Add", left, right)  # both starts hang on the same unknown, which cancels out
    assert field_of(build) == ReceptiveField((11, 11), (2, 2), (None, -4), (3, 3))


def test_a_map_too_deep_for_its_input_is_unknown_and_stays_fast() -> None:
    build = Build()
    build.input(1, 1, 1)
    build.chain(*[layer("Conv2D", 1, 1, strides=2, padding="same")] * 70)
    rows = build.report().rows
    assert rows[60].field is not None
    assert max(rows[60].field.jump) == 2**60 < LARGEST
    assert rows[70].field_status == "unknown"


# Random networks. Truth 1: intervals walked backward through the graph for every unit. Truth 2: gradients.

windows = st.builds(
    lambda kind, k, s, d, p: (kind, k, s, 1 if s > 1 else d, p),
    st.sampled_from(["conv", "conv", "pool"]),
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(["valid", "same"]),
)


def make_layer(kind: str, k: int, s: int, d: int, p: str) -> Layer:
    return (
        layer("Conv1D", 1, k, strides=s, dilation_rate=d, padding=p)
        if kind == "conv"
        else layer("AvgPool1D", k, strides=s, padding=p)
    )


@st.composite
def networks(draw: st.DrawFn) -> Build:
    """Stacks of convolutions and pooling with residual branches of the same stride."""
    build = Build()
    at = build.input(draw(st.integers(20, 60)), 1)
    for kind, k, s, d, p in draw(st.lists(windows, min_size=1, max_size=5)):
        n = build.shapes[at].extents[0]
        if p == "valid" and d * (k - 1) + 1 > n:
            continue
        if draw(st.booleans()):
            at = build.add(make_layer(kind, k, s, d, p), at)
        else:
            branches = [build.add(make_layer("conv", draw(st.integers(1, 4)), s, 1, "same"), at) for _ in range(2)]
            branches[1] = build.add(make_layer("conv", k, 1, d, "same"), branches[1])
            if s == 1:
                branches.append(at)
            at = build.add("Add", *branches)
    return build


def walk_back(build: Build, unit: int) -> tuple[int, int]:
    """The input pixels, padding included, between the first and the last that a unit of the last node sees."""
    stretches: dict[int, tuple[int, int]] = {len(build.nodes) - 1: (unit, unit)}
    for index in range(len(build.nodes) - 1, 0, -1):
        if index not in stretches:
            continue
        first, last = stretches[index]
        facts = build.facts[index]
        assert facts is not None
        if isinstance(facts.window, tuple):
            first, last = facts.window[0].reads(first, last)
        for source in build.nodes[index].inputs:
            low, high = stretches.get(source, (first, last))
            stretches[source] = min(low, first), max(high, last)
    return stretches[0]


@given(networks())
@settings(max_examples=150, deadline=None)
def test_fields_equal_intervals_walked_backward(build: Build) -> None:
    field = field_of(build)
    assert field is not None
    (size,), (jump,), (start,) = field.size, field.jump, field.start
    assert start is not None
    for unit in range(build.shapes[-1].extents[0]):
        assert walk_back(build, unit) == (unit * jump + start, unit * jump + start + size - 1)


def run_linear(build: Build, x: object) -> object:
    """The network with all weights 1 and sums for means, in float64."""
    import torch

    values = [x]
    for node, facts in zip(build.nodes[1:], build.facts[1:], strict=True):
        given = [values[source] for source in node.inputs]
        assert facts is not None
        if isinstance(facts.window, tuple):
            axis = facts.window[0]
            assert isinstance(axis, Axis)
            padded = torch.nn.functional.pad(given[0], (axis.before, axis.after))
            kernel = torch.ones(1, 1, axis.kernel, dtype=torch.float64)
            values.append(torch.nn.functional.conv1d(padded, kernel, stride=axis.stride, dilation=axis.dilation))
        else:
            values.append(sum(given[1:], given[0]))
    return values[-1]


@given(networks(), st.data())
@settings(max_examples=60, deadline=None)
def test_fields_equal_gradients(build: Build, data: st.DataObject) -> None:
    """A unit whose field lies inside the input, padding apart, has its outermost gradients at the field's ends."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    field = field_of(build)
    assert field is not None
    (size,), (jump,), (start,) = field.size, field.jump, field.start
    assert start is not None
    pixels = build.shapes[0].extents[0]
    units = build.shapes[-1].extents[0]
    unit = data.draw(st.integers(0, units - 1))
    x = torch.ones(1, 1, pixels, dtype=torch.float64, requires_grad=True)
    result = run_linear(build, x)
    assert result.shape[-1] == units
    (gradient,) = torch.autograd.grad(result[0, 0, unit], x)
    touched = gradient[0, 0].nonzero().flatten().tolist()
    first, last = unit * jump + start, unit * jump + start + size - 1
    assert all(first <= pixel <= last for pixel in touched)
    if first >= 0 and last < pixels:
        assert (touched[0], touched[-1]) == (first, last)


def test_the_centre_is_the_middle_of_the_first_field() -> None:
    assert ReceptiveField((18, 3), (4, 1), (0, -1)).centre == (8.5, 0)
    assert ReceptiveField((3,), (1,), (None,)).centre == (None,)
    turning = ReceptiveField((3,), (1,), (0,), (2,), ((2, 3),), (2,), (2,))
    assert turning.centre == (0.5,)  # the first unit sees two pixels, though others see three
