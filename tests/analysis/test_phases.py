"""Fields of units that take turns: U-Nets, what a pattern is, the smallest path against all paths."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random

import pytest

from cnnspec.analysis.axis_field import AxisField
from cnnspec.analysis.phases import LONGEST_PERIOD, Pattern, Phases, Stretch, hull_of, smallest_of
from cnnspec.analysis.receptive_field import Sight, see_input
from cnnspec.analysis.report import ReceptiveField
from cnnspec.layers.window import Adaptive, AnyAxis, Axis, Magnified, Pointwise, TransposedAxis
from support.checking import check
from support.field_networks import FieldNetworks
from support.hand_built import Build, layer

UNET = """
block Double(n) {{ Conv2D(n, 3x3, padding=PADDING) -> Conv2D(n, 3x3, padding=PADDING) }}
block Join {{
  input side, above
  let cut = (side.height - above.height) // 2
  inner = side -> Crop2D([cut, cut])
  [inner, above] -> Concat
}}
model UNet {{
  input {size}
  e1 = Double(2)
  MaxPool2D
  e2 = Double(2)
  MaxPool2D
  e3 = Double(2)
  MaxPool2D
  e4 = Double(2)
  MaxPool2D
  Double(2)
  u4 = {up}
  [e4, u4] -> JOIN -> Double(2)
  u3 = {up}
  [e3, u3] -> JOIN -> Double(2)
  u2 = {up}
  [e2, u2] -> JOIN -> Double(2)
  u1 = {up}
  [e1, u1] -> JOIN -> Double(2)
}}
"""
UPS = {
    "Conv2DTranspose(2, 2x2, strides=2)": (188, 204),
    "Conv2DTranspose(2, 3x3, strides=2, padding=1, output_padding=1)": (204, 220),
    "UpSampling2D": (188, 204),
    "UpSampling2D(interpolation=bilinear)": (220, 236),
}


def unet(up: str, size: str, padding: str = "same", join: str = "Concat") -> ReceptiveField | None:
    text = UNET.replace("PADDING", padding).replace("JOIN", join).format(up=up, size=size)
    checked = check(text)
    assert checked.report.ok
    return checked.report.models[0].rows[-1].field


@pytest.mark.parametrize(("up", "sizes"), UPS.items())
@pytest.mark.parametrize("size", ["256x256x1", "?x?x1"])
def test_units_of_a_unet_take_turns(up: str, sizes: tuple[int, ...], size: str) -> None:
    field = unet(up, size)
    assert field is not None
    assert field.sizes == (sizes, sizes)
    assert field.size == (sizes[-1],) * 2
    assert (field.jump, field.period) == ((1, 1), (16, 16))
    assert field.smallest == (9, 9)  # along the topmost skip: four convolutions


def test_without_padding_the_sizes_are_the_same() -> None:
    field = unet("Conv2DTranspose(2, 2x2, strides=2)", "572x572x1", "valid", "Join")
    assert field is not None
    assert field.sizes == ((188, 204), (188, 204))
    assert field.start == (0, 0)


def field_behind(*layers: object, extent: int = 24) -> ReceptiveField | None:
    build = Build()
    build.input(extent, 1)
    for made in layers:
        build.add(made)  # type: ignore[arg-type]
    return build.report().rows[-1].field


def test_upsampling_alone_halves_the_jump() -> None:
    field = field_behind(layer("UpSampling1D", 2))
    assert field == ReceptiveField((1,), (Fraction(1, 2),), (0,), (1,), ((1,),), (2,), (1,))
    assert field_behind(layer("UpSampling1D", 2), layer("Conv1D", 1, 3, padding="same")).sizes == ((2,),)  # type: ignore[union-attr]
    field = field_behind(layer("UpSampling1D", 3), layer("Conv1D", 1, 3, padding="same"))
    assert field is not None
    assert (field.sizes, field.size, field.period, field.start) == (((1, 2),), (2,), (3,), (-1,))


def test_what_goes_up_and_down_by_the_same_stands_alike_again() -> None:
    build = Build()
    build.input(24, 1)
    build.chain(layer("UpSampling1D", 2), layer("Conv1D", 1, 4, strides=2, padding="valid"))
    assert isinstance(see_input(build.model(), 0).seen[1][0], Phases)  # type: ignore[index]
    assert build.report().rows[-1].field == ReceptiveField((2,), (1,), (0,), (2,))


def test_only_phases_that_a_unit_has_count() -> None:
    tall = field_behind(layer("MaxPool1D", 4), layer("UpSampling1D", 4), layer("Conv1D", 1, 3, padding="same"))
    assert tall is not None
    assert tall.sizes == ((4, 8),)
    pair = field_behind(layer("UpSampling1D", 4), layer("Conv1D", 1, 3), layer("Crop1D", (1, 91)))
    assert pair is not None
    assert pair.sizes == ((1, 2),)  # units 1 and 2 of four
    first = field_behind(layer("UpSampling1D", 4), layer("Conv1D", 1, 3), layer("Crop1D", (0, 93)))
    assert first is not None
    assert first.sizes == ((1,),)


def test_a_kernel_smaller_than_its_stride_leaves_units_without_a_field() -> None:
    field = field_behind(layer("Conv1DTranspose", 1, 1, strides=2))
    assert field is not None
    assert (field.size, field.sizes, field.start, field.jump) == ((1,), ((1,),), (0,), (Fraction(1, 2),))
    later = field_behind(layer("Conv1DTranspose", 1, 1, strides=2), layer("Crop1D", (1, 0)))
    assert later is not None
    assert later.start == (None,)


def test_adaptive_pooling_takes_turns_where_it_does_not_come_out() -> None:
    field = field_behind(layer("AdaptiveAvgPool1D", 5), extent=12)
    assert field is not None
    assert (field.sizes, field.jump, field.start) == (((3, 4),), (Fraction(12, 5),), (0,))
    even = field_behind(layer("AdaptiveAvgPool1D", 6), extent=12)
    assert even == ReceptiveField((2,), (2,), (0,), (2,))


def test_branches_that_drift_apart_have_no_field() -> None:
    build = Build()
    start = build.input(24, 1)
    up = build.add(layer("UpSampling1D", 2), start)
    wide = build.add(layer("ZeroPad1D", 12), start)
    build.add("Add", up, wide)
    model = build.model()
    sights = see_input(model, start)
    assert sights.seen[-1] is Sight.UNKNOWN
    assert [(item.kind, item.values) for item in sights.disagreements] == [("jump", (Fraction(1, 2), 1))]


def test_a_transposed_window_may_stand_half_a_pixel_aside() -> None:
    build = Build()
    start = build.input(24, 1)
    low = build.add(layer("MaxPool1D", 2), start)
    up = build.add(layer("Conv1DTranspose", 1, 3, strides=2, padding=1, output_padding=1), low)
    straight = build.add(layer("Conv1DTranspose", 1, 2, strides=2), low)
    build.add("Add", start, straight)
    build.add("Add", start, up)
    found = see_input(build.model(), start).disagreements
    assert [(item.index, item.kind, item.values) for item in found] == [(5, "centre", (1, 2))]


def test_maps_side_by_side_that_go_on_have_a_field() -> None:
    build = Build()
    start = build.input(12, 8, 2)
    map_ = build.add(layer("Conv2D", 2, 3, padding="same"), start)
    left, right = build.add(layer("Slice", 0, 5, axis=1), map_), build.add(layer("Slice", 5, None, axis=1), map_)
    build.add(layer("Concat", axis=1), left, right)
    build.add(layer("Concat", axis=1), right, left)
    rows = build.report().rows
    assert rows[-2].field == rows[map_].field
    assert rows[-1].field_status == "unknown"


def test_another_input_beside_it_is_like_padding() -> None:
    build = Build()
    a, b = build.input(6, 1, name="a"), build.input(4, 1, name="b")
    build.add(layer("Concat", axis=1), a, b)
    build.add(layer("Conv1D", 1, 3, padding="same"))
    row = build.report().rows[-1]
    assert row.fields["a"] == ReceptiveField((3,), (1,), (-1,), (3,))
    assert row.fields["b"] == ReceptiveField((3,), (1,), (-7,), (3,))


def test_permuted_axes_are_those_of_the_input() -> None:
    build = Build()
    build.input(12, 8, 2)
    build.add(layer("Conv2D", 2, (5, 3), strides=(1, 2)))
    build.add(layer("Permute", (2, 1, 3)))
    build.add(layer("Conv2D", 2, (2, 1)))
    rows = build.report().rows
    assert rows[2].field == rows[1].field
    assert rows[3].field == ReceptiveField((5, 5), (1, 2), (0, 0), (5, 5))  # two rows stand over two columns of pixels


def test_rows_counted_one_after_the_other() -> None:
    build = Build()
    build.input(4, 6, 3)
    build.add(layer("Reshape", (24, 3)))
    build.add(layer("Reshape", (4, 6, 3)))
    rows = build.report().rows
    assert rows[1].field == ReceptiveField((1, 1), (Fraction(1, 6), 0), (0, 0), (1, 1), ((1,), (1,)), (6, 6), (1, 1))
    assert rows[2].field_status == "unknown"  # rows and columns are no longer told apart


def test_positions_among_the_channels_are_seen_together() -> None:
    build = Build()
    build.input(8, 6, 2)
    build.chain(layer("Conv2D", 2, 3), layer("Permute", (1, 3, 2)), layer("Permute", (1, 3, 2)))
    rows = build.report().rows
    assert rows[2].field == ReceptiveField((3, 6), (1, 0), (0, 0), (3, 6))
    assert rows[3].field_status == "unknown"  # the columns came back
    build = Build()
    build.input(8, 6, 2)
    build.chain(layer("Reshape", (4, 6, 4)), layer("Conv2D", 4, 1), layer("PixelShuffle", 2))
    build.report()
    assert build.report().rows[-1].field_status == "unknown"  # (4, 6, 4) takes from two rows of the input at once


def test_the_bound_on_periods() -> None:
    pattern = Pattern(((0, 0),), 1)
    longest = pattern.through(Magnified(LONGEST_PERIOD))
    assert longest is not None
    assert longest.period == LONGEST_PERIOD
    assert pattern.through(Magnified(LONGEST_PERIOD + 1)) is None
    build = Build()
    build.input(2, 1)
    build.chain(layer("UpSampling1D", LONGEST_PERIOD), layer("UpSampling1D", 2))
    assert [row.field_status for row in build.report().rows] == ["exact", "exact", "unknown"]


def test_many_patterns_are_given_up_in_time() -> None:
    build = Build()
    build.input(2, 1)
    build.chain(layer("UpSampling1D", 2000), *[layer("Conv1D", 1, 2, padding="same")] * 60)
    statuses = [row.field_status for row in build.report().rows]
    assert statuses[20] == "exact"
    assert statuses[-1] == "unknown"


# Patterns against units looked at one by one.


def unit_sees(axes: list[AnyAxis], unit: int) -> Stretch:
    if not axes:
        return unit, unit
    return hull_of(unit_sees(axes[:-1], tap) for tap in axes[-1].taps(unit))


def draw_axis(random: Random) -> AnyAxis:
    k, s, d, p = random.randint(1, 4), random.randint(1, 3), random.randint(1, 2), random.randint(0, 3)
    kinds: list[AnyAxis] = [
        Axis(k, s, d, p, p),
        Axis(k, 1, d, p, p),
        TransposedAxis(k, s, d, p, p),
        Magnified(s, random.choice(("nearest", "bilinear"))),
        Adaptive(random.randint(1, 4), random.randint(1, 6)),
    ]
    return random.choice(kinds)


def test_patterns_hold_for_every_unit() -> None:
    for seed in range(300):
        random = Random(seed)
        axes = [draw_axis(random) for _ in range(random.randint(1, 4))]
        pattern: Pattern | None = Pattern(((0, 0),), 1)
        for axis in axes:
            assert pattern is not None
            pattern = pattern.through(axis)
        assert pattern is not None
        units = range(-3, pattern.period + 3) if pattern.period < 40 else range(-3, 40)
        assert [pattern.at(unit) for unit in units] == [unit_sees(axes, unit) for unit in units], (seed, axes)
        for shorter in range(1, pattern.period):
            moved = pattern.shift * shorter // pattern.period
            again = [hull_of([None if s is None else (s[0] + moved, s[1] + moved)]) for s in pattern.stretches]
            assert again != [pattern.at(unit + shorter) for unit in range(pattern.period)], (seed, shorter)


def test_a_pattern_has_its_shortest_period() -> None:
    pattern = Pattern(((0, 1), (2, 3), (4, 5), (6, 7)), 8)
    assert pattern.shortest() == Pattern(((0, 1),), 2)
    assert Pattern(((0, 1), (1, 2), (4, 5), (5, 6)), 8).shortest() == Pattern(((0, 1), (1, 2)), 4)
    assert Pattern(((0, 1), None), 1).shortest().period == 2
    assert pattern.together(3) == (0, 5)
    assert pattern.moved(1).at(1) == (0, 1)


def test_a_path_that_fits_into_another_is_smaller_for_good() -> None:
    small, large = Pattern(((0, 2),), 1), Pattern(((5, 9),), 1)
    assert small.fits_into(large)
    assert not large.fits_into(small)
    assert smallest_of([large, small]) == (small,)
    a, b = Pattern(((0, 2), (0, 8)), 2), Pattern(((0, 8), (0, 2)), 2)
    assert set(smallest_of([a, b, large])) == {a, b, large}
    spikes = [Pattern(tuple((0, 99 if at == spike else 9) for at in range(20)), 20) for spike in range(20)]
    assert smallest_of(spikes) == ()  # too many to follow


# The smallest path against all paths, each walked for itself.


def all_paths(build: Build, index: int) -> Iterator[list[AnyAxis | None]]:
    """The windows on every way from the input, last one last; None for a layer that looks at each position alone."""
    if not build.nodes[index].inputs:
        yield []
        return
    window = build.facts[index].window
    assert isinstance(window, (tuple, Pointwise))
    for source in build.nodes[index].inputs:
        for path in all_paths(build, source):
            yield [*path, *window] if isinstance(window, tuple) else path


def test_the_smallest_path_is_the_smallest_of_all() -> None:
    compared = behind_upsampling = 0
    for seed in range(250):
        build = FieldNetworks(Random(seed), 1, 40).draw(depth=4)
        if any(not isinstance(facts.window, (tuple, Pointwise)) for facts in build.facts):
            continue
        (seen,) = [axes if isinstance(axes, Sight) else axes[0] for axes in see_input(build.model(), 0).seen[-1:]]
        paths = list(all_paths(build, len(build.nodes) - 1))
        if isinstance(seen, Sight) or len(paths) > 60:
            continue
        units = int(build.shapes[-1].extents[0])  # type: ignore[arg-type]
        sizes = []
        for path in paths:
            stretches = [unit_sees(path, unit) for unit in range(min(units, 12))]  # type: ignore[arg-type]
            sizes.append(max((stretch[1] - stretch[0] + 1 for stretch in stretches if stretch is not None), default=0))
        found = seen.smallest if isinstance(seen, AxisField) else seen.smallest(min(units, 12))
        assert found == min(sizes), seed
        compared += len(paths) > 1
        behind_upsampling += isinstance(seen, Phases)
    assert compared > 40
    assert behind_upsampling > 20
