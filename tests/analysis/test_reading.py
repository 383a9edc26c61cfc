"""What single units read, against the gradients of the linearised network: exact at borders and inside, on any graph."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from cnnspec.analysis.axis_field import AxisField
from cnnspec.analysis.borders import find_unit_fields
from cnnspec.analysis.phases import hull_of
from cnnspec.analysis.reading import find_unread, find_unseen, intervals, read_before, read_by_unit
from cnnspec.analysis.receptive_field import Sight, see_input
from cnnspec.layers.window import Adaptive, Axis, Magnified
from support.field_networks import FieldNetworks
from support.hand_built import Build, layer, lenet, mnist_cnn

#: Rank of the maps and their longest extent.
RANDOM = [(1, 40), (1, 90), (2, 14), (3, 7)]


@pytest.mark.parametrize(("rank", "longest"), RANDOM, ids=["sequences", "long sequences", "images", "volumes"])
def test_random_networks_read_what_gradients_say(rank: int, longest: int) -> None:
    assert sum(read_like_gradients(seed, rank, longest, most=10) for seed in range(12)) > 10


@pytest.mark.slow
@pytest.mark.parametrize(("rank", "longest"), RANDOM, ids=["sequences", "long sequences", "images", "volumes"])
def test_many_random_networks_read_what_gradients_say(rank: int, longest: int) -> None:
    assert sum(read_like_gradients(seed, rank, longest, most=400) for seed in range(12, 1000)) > 1000


def read_like_gradients(seed: int, rank: int, longest: int, most: int) -> int:
    """Compare units of one network, the corners among them; how many meet no border."""
    pytest.importorskip("torch")
    from support.gradient_fields import FieldMeter

    random = Random(seed)
    build = FieldNetworks(random, rank, longest).draw()
    model, path, last = build.model(), build.nodes[-1].path, len(build.nodes) - 1
    sights, meter = see_input(model, 0), FieldMeter(build.network())
    units = list(product(*(range(int(n)) for n in build.shapes[-1].extents)))  # type: ignore[arg-type]
    inside = 0
    for unit in {units[0], units[-1], *random.sample(units, min(most, len(units)))}:
        read = read_by_unit(model, sights, last, unit)
        assert read == meter.measure(path, unit), (seed, unit)
        inside += _compare_to_field(build, sights.seen[last], unit, read)
    return inside


@pytest.mark.parametrize("axes", [(1, 1), (2, 2), (3, 3), (1, 2), (3, 2), (2, 3)])
@pytest.mark.parametrize("twice", [False, True])
def test_dot_products_read_what_gradients_say(axes: tuple[int, int], twice: bool) -> None:
    """Of each input the axis that is summed over is read whole, and of the others what stands at the unit's place."""
    pytest.importorskip("torch")
    from support.gradient_fields import FieldMeter

    build = Build("Dot")
    start = build.input(9, 9, 1)
    left = build.add(layer("Conv2D", 9, 3, padding="same"), start)
    right = left if twice else build.add(layer("Conv2D", 9, 2, padding="same"), start)
    dot = build.add(layer("Dot", axes), left, right)
    model, meter = build.model(), FieldMeter(build.network())
    sights = see_input(model, 0)
    for unit in ((0, 0, 0), (4, 3, 5), (8, 8, 8), (2, 8, 0)):
        assert read_by_unit(model, sights, dot, unit) == meter.measure("dot_1", unit), unit


def test_a_dot_product_with_another_input_leaves_the_field_alone() -> None:
    build = Build("Match")
    image, other = build.input(12, 12, 1, name="image"), build.input(5, 4, name="other")
    features = build.add(layer("Conv2D", 5, 3), image)
    build.add(layer("Dot", (3, 1)), features, other)
    seen = see_input(build.model(), image).seen[-1]
    assert seen == see_input(build.model(), image).seen[features]
    build.add(layer("Dot", 3), features, features)
    assert see_input(build.model(), image).seen[-1] is Sight.UNKNOWN, "a unit sees what stands at two places"


def _compare_to_field(build: Build, seen: object, unit: tuple[int, ...], read: tuple[tuple[int, int], ...] | None) -> bool:
    """What is read lies in the field; a unit that meets no border on any way reads all of it."""
    if isinstance(seen, Sight) or read is None:
        return False
    assert isinstance(seen, tuple)
    field = [at_unit(axis, unit) for axis in seen]
    assert all(whole is not None and whole[0] <= a <= b <= whole[1] for whole, (a, b) in zip(field, read, strict=True))
    if meets_border(build, len(build.nodes) - 1, unit):
        return False
    assert tuple(field) == read
    return True


def at_unit(field: object, unit: tuple[int, ...]) -> tuple[int, int] | None:
    """What a unit sees along one axis before anything is cut."""
    position = 0 if field.along is None else unit[field.along]  # type: ignore[attr-defined]
    if isinstance(field, AxisField):
        first = field.start + position * field.jump  # type: ignore[operator]
        return first, first + field.size - 1
    return field.field.at(position)  # type: ignore[attr-defined]


def meets_border(build: Build, index: int, unit: tuple[int, ...]) -> bool:
    """Whether a unit reads padding anywhere, or its way passes a layer that moves values."""
    wanted = {index: {unit}}
    for at in range(index, 0, -1):
        if at not in wanted:
            continue
        node, window = build.nodes[at], build.facts[at].window
        if node.layer.kind == "Multiply" and len(node.inputs) == 2 and build.shapes[node.inputs[1]].rank == 0:
            wanted.setdefault(node.inputs[0], set()).update(wanted[at])  # a gate
            continue
        for source in node.inputs:
            extents = build.shapes[source].extents
            if isinstance(window, tuple):
                read = {place for u in wanted[at] for place in product(*(a.taps(x) for a, x in zip(window, u, strict=True)))}
            elif extents == build.shapes[at].extents:
                read = wanted[at]
            else:
                return True
            if any(not 0 <= x < n for place in read for x, n in zip(place, extents, strict=True)):  # type: ignore[operator]
                return True
            wanted.setdefault(source, set()).update(read)
    return False


def test_the_lectures_cnn_leaves_two_rows_and_columns_unread() -> None:
    model = mnist_cnn().model()
    assert find_unread(model) == {0: (((26, 27),), ((26, 27),))}
    assert find_unread(lenet().model()) == {0: ((), ())}
    sights = see_input(model, 0)
    assert find_unseen(model, sights, 5) == (((26, 27),), ((26, 27),))
    assert find_unseen(model, sights, 1) == ((), ())
    assert read_by_unit(model, sights, 5, (2, 2)) == ((8, 25), (8, 25))
    assert read_by_unit(model, sights, 7, ()) == ((0, 25), (0, 25))


def test_a_stride_past_the_kernel_leaves_gaps() -> None:
    build = Build()
    build.input(7, 10, 1)
    build.add(layer("Conv2D", 1, (1, 2), strides=(2, 4)))
    assert find_unread(build.model()) == {0: (((1, 1), (3, 3), (5, 5)), ((2, 3), (6, 7)))}


def test_a_gate_reads_but_is_not_seen() -> None:
    build = Build()
    start = build.input(9, 9, 2)
    cut = build.add(layer("Crop2D", 2), start)
    pad = build.add(layer("ZeroPad2D", 2), cut)
    gate = build.add("GlobalAvgPool2D", start)
    build.add("Multiply", pad, gate)
    model = build.model()
    assert find_unread(model) == {0: ((), ())}
    assert find_unseen(model, see_input(model, 0), 4) == (((0, 1), (7, 8)), ((0, 1), (7, 8)))


def test_several_inputs_and_outputs() -> None:
    build = Build()
    a, b = build.input(6, 1, name="a"), build.input(8, 1, name="b")
    left = build.add(layer("Slice", 0, 4, axis=1), a)
    right = build.add(layer("Slice", 5, None, axis=1), b)
    network = build.network(left, right)
    model = build.model()
    both = type(model)(model.name, network, model.shapes, model.facts, model.origins)
    assert find_unread(both) == {a: (((4, 5),),), b: (((0, 4),),)}
    assert find_unread(model) == {a: (((0, 5),),), b: (((0, 4),),)}
    assert read_by_unit(model, see_input(model, a), left, (3,)) == ((3, 3),)
    assert read_by_unit(model, see_input(model, b), left, (3,)) is None


def test_unknown_extents_leave_it_open() -> None:
    build = Build()
    build.input("h", 8, 1)
    build.add(layer("Conv2D", 1, 3))
    model = build.model()
    assert find_unread(model) == {}
    with pytest.raises(ValueError, match="not all extents"):
        read_by_unit(model, see_input(model, 0), 1, (0, 0))


def test_positions_are_bits() -> None:
    assert intervals(0b1011100) == ((2, 4), (6, 6))
    assert intervals(0) == ()
    for axis in (Axis(3, 2, 2, 3, 1), Axis(1, 3), Magnified(3), Magnified(2, "bilinear"), Adaptive(5, 12)):
        for outputs in (0b1, 0b10110, 0b11111, 0b100000):
            units = [unit for unit in range(6) if outputs >> unit & 1]
            taps = {tap for unit in units for tap in axis.taps(unit)}
            assert read_before(outputs, axis, 12) == sum(1 << tap for tap in taps if 0 <= tap < 12), (axis, outputs)


def test_a_strip_that_is_spread_over_its_map_is_no_gate() -> None:
    pytest.importorskip("torch")
    from support.gradient_fields import FieldMeter

    build = Build()
    start = build.input(6, 5, 2)
    strip = build.add(layer("AvgPool2D", (1, 5)), build.add(layer("Conv2D", 2, 3, padding="same"), start))
    both = build.add("Multiply", start, strip)
    last = build.add(layer("Conv2D", 2, (1, 2)), both)
    model, meter = build.model(), FieldMeter(build.network())
    sights = see_input(model, 0)
    assert sights.seen[both] is Sight.UNKNOWN, "a unit sees all of its row, whatever its column"
    assert sights.gates == {}
    for index, path in ((both, "multiply_1"), (last, "conv2d_2")):
        for unit in ((0, 0), (3, 2), (5, 3)):
            assert read_by_unit(model, sights, index, unit) == meter.measure(path, unit)
    assert read_by_unit(model, sights, last, (3, 2)) == ((2, 4), (0, 4))


def test_what_borders_leave_of_a_field() -> None:
    build = Build()
    build.input(6, 4, 1)
    build.chain(layer("Conv2D", 1, (5, 3), padding="same", dilation_rate=(1, 2)), layer("Permute", (2, 1, 3)))
    model = build.model()
    sights = see_input(model, 0)
    rows = find_unit_fields(model, sights, 1, 0)
    assert [(unit.whole, unit.left) for unit in rows[:3]] == [((-2, 2), (0, 2)), ((-1, 3), (0, 3)), ((0, 4), (0, 4))]
    assert [unit.cut for unit in rows] == [True, True, False, False, True, True]
    columns = find_unit_fields(model, sights, 1, 1)
    assert [(unit.whole, unit.left) for unit in columns] == [
        ((-2, 2), (0, 2)),
        ((-1, 3), (1, 3)),  # of the taps −1, 1 and 3 one is padding
        ((0, 4), (0, 2)),
        ((1, 5), (1, 3)),
    ]
    assert find_unit_fields(model, sights, 2, 0) == rows  # what stands along the width now
    build.chain("Flatten")
    model = build.model()
    assert find_unit_fields(model, see_input(model, 0), 3, 0) == []


def test_a_gate_is_left_out_where_the_field_is_unknown_too() -> None:
    build = Build()
    start = build.input(8, 8, 2)
    moved = build.add(layer("Reshape", (4, 16, 2)), start)
    gate = build.add("GlobalAvgPool2D", moved)
    both = build.add("Multiply", moved, gate)
    model = build.model()
    sights = see_input(model, 0)
    assert sights.seen[both] is Sight.UNKNOWN
    assert read_by_unit(model, sights, both, (1, 10)) == ((3, 3), (2, 2))


def test_what_borders_leave_is_what_a_walk_back_reads() -> None:
    compared = 0
    for seed in range(50):
        random = Random(seed)
        build = FieldNetworks(random, random.choice((1, 1, 2)), 16).draw()
        model = build.model()
        sights = see_input(model, 0)
        for index, seen in enumerate(sights.seen):
            if isinstance(seen, Sight):
                continue
            extents = [int(n) for n in build.shapes[index].extents]  # type: ignore[arg-type]
            for axis, field in enumerate(seen):
                for at, unit in enumerate(find_unit_fields(model, sights, index, axis)):
                    places = product(*[[at] if other == field.along else range(n) for other, n in enumerate(extents)])
                    read = [read_by_unit(model, sights, index, place) for place in places]
                    assert unit.left == hull_of(None if one is None else one[axis] for one in read), (seed, index, axis, at)
                    compared += 1
    assert compared > 1500
