"""What one unit sees of the layers below it: the lecture's columns, a walk by hand, gradients of random networks."""

from __future__ import annotations

from random import Random

import pytest

import cnnspec
from cnnspec.analysis.explain import Table
from cnnspec.analysis.explain.top_down import Top, explain_top_down
from cnnspec.analysis.reading import first_source
from cnnspec.analysis.receptive_field import see_input
from cnnspec.analysis.top_down import below, highest_unit, look_down, read_down
from cnnspec.api import UnknownNameError
from cnnspec.ir import Network
from cnnspec.resources import library_root
from support.arithmetic_reader import check_equation
from support.field_networks import FieldNetworks
from support.hand_built import Build, layer, make, mnist_cnn

SPECS = library_root()


def table(top: Top) -> Table:
    return next(line for line in explain_top_down([top]).sections[0].lines if isinstance(line, Table))


def sees(build: Build, index: int | None = None) -> list[str]:
    top = Top.of(build.model(), build.report(), index)
    assert top is not None
    return [row[4] for row in table(top).rows]


def test_the_lectures_columns() -> None:
    assert sees(mnist_cnn()) == ["1", "3", "6", "8", "16", "18"]
    assert sees(mnist_cnn(pooling=False)) == ["1", "3", "5", "7"]


def test_two_models_side_by_side() -> None:
    files = [cnnspec.load(SPECS / name) for name in ("mnist_cnn.cnn", "mnist_cnn_without_pooling.cnn")]
    found = cnnspec.explain_fields(*files)
    (sizes,) = found.sections[0].lines
    assert isinstance(sizes, Table)
    assert [row[1] for row in sizes.rows] == ["1", "3", "6", "8", "16", "18"]
    assert [row[3] for row in sizes.rows] == ["1", "3", "5", "7", "", ""]
    lines = [line.text for line in found.equations]
    assert "324/784 ≈ 41.33 %" in lines
    assert "49/784 = 6.25 %" in lines


def test_the_arithmetic_is_that_of_the_windows() -> None:
    build = Build()
    build.input(60, 40, 1)
    build.chain(layer("Conv2D", 1, (3, 5), dilation_rate=(1, 2)), "ReLU", layer("MaxPool2D", 3, strides=2), layer("Conv2D", 1, 3))
    top = Top.of(build.model(), build.report(), 4)
    assert top is not None
    assert [row[5] for row in table(top).rows] == [
        "",
        "(1 − 1)·1 + 3 = 3",
        "(3 − 1)·2 + 3 = 7",
        "height: (7 − 1)·1 + 3 = 9; width: (7 − 1)·1 + 9 = 15",
    ]
    assert table(top).rows[-1][4] == "9×15"


def test_a_unit_of_a_vector_sees_all() -> None:
    build = mnist_cnn()
    assert sees(build, 7) == ["1", "all", "all", "all", "all", "all", "all"]
    dense = Build()
    dense.input(4)
    dense.add(layer("Dense", 2))
    assert Top.of(dense.model(), dense.report(), None) is None


def test_units_that_take_turns_have_all_their_sizes() -> None:
    build = Build()
    build.input(32, 1)
    build.chain(
        layer("Conv1D", 1, 3, padding="same"), "MaxPool1D", layer("UpSampling1D", 2), layer("Conv1D", 1, 3, padding="same")
    )
    assert sees(build) == ["1", "3", "2", "4", "6"]
    build.add(layer("Conv1D", 1, 2, padding="same"))
    assert sees(build)[2:4] == ["4", "2 or 3"]


def test_gates_are_left_out() -> None:
    build = Build()
    start = build.input(32, 32, 3)
    stem = build.add(layer("Conv2D", 8, 3, strides=2), start)
    build.add("GlobalAvgPool2D", stem)
    gate = build.add(layer("Dense", 8))
    build.add("Multiply", stem, gate)
    found = explain_top_down([Top(build.model(), build.report(), 4)])
    assert "Left out, because they have seen everything (gates): dense_1." in found.sections[0].lines
    assert sees(build) == ["1", "1", "3"]


def test_the_positions_of_one_unit() -> None:
    found = cnnspec.explain_fields(cnnspec.load(SPECS / "mnist_cnn.cnn"), unit=(2, 0))
    (positions,) = [line for line in found.sections[0].lines if isinstance(line, Table)]
    assert [row[6] for row in positions.rows][-1] == "8 to 25 × 0 to 17"
    with pytest.raises(UnknownNameError, match="height 0 to 2, width 0 to 2"):
        cnnspec.explain_fields(cnnspec.load(SPECS / "mnist_cnn.cnn"), unit=(2, 3))
    with pytest.raises(UnknownNameError, match="no unit at 2: height"):
        cnnspec.explain_fields(cnnspec.load(SPECS / "mnist_cnn.cnn"), unit=(2,))


def walk(build: Build, top: int, unit: int, source: int) -> set[int]:
    """The positions of one sequence that a unit of another reads, tap by tap, without any border."""
    reached = {top: {unit}}
    for at in range(top, source, -1):
        for before in build.nodes[at].inputs if at in reached else ():
            window = build.facts[at].window
            places = {tap for place in reached[at] for tap in window[0].taps(place)} if isinstance(window, tuple) else reached[at]
            reached.setdefault(before, set()).update(places)
    return reached.get(source, set())


def test_sizes_by_brute_force() -> None:
    """On sequences without gates or rearrangements, far from any border."""
    compared = 0
    for seed in range(150):
        build = FieldNetworks(Random(seed), 1, 40).draw()
        if any(not isinstance(f.window, tuple) and type(f.window).__name__ != "Pointwise" for f in build.facts[1:]):
            continue
        if len({n for node in build.nodes for n in node.inputs if build.shapes[n].extents == (1,)}):
            continue
        model = build.model()
        sights = see_input(model, 0)
        top = highest_unit(model, sights)
        if top is None or sights.gates:
            continue
        for level in look_down(model, sights, top):
            if level.field is None:
                continue
            period = level.field.period[0] if level.field.period else 1
            count = int(build.shapes[top].extents[0])  # type: ignore[arg-type]
            found = {
                max(s) - min(s) + 1 if (s := walk(build, top, unit, level.index)) else 0 for unit in range(min(count, period))
            }
            sizes = set(level.field.sizes[0]) if level.field.sizes else set(level.field.size)
            assert found - {0} == sizes - {0}, (seed, level)
            compared += 1
    assert compared > 150


def cut(network: Network, build: Build, at: int) -> Network:
    """The network with a layer made an input of its own."""
    nodes = list(network.nodes)
    nodes[at] = nodes[at].model_copy(update={"layer": make("Input", tuple(build.shapes[at].to_json())), "inputs": ()})
    return network.model_copy(update={"nodes": tuple(nodes)})


def test_positions_are_those_that_the_gradient_reaches() -> None:
    pytest.importorskip("torch")
    from support.gradient_fields import FieldMeter, linearised

    compared = 0
    for seed in range(40):
        random = Random(seed)
        build = FieldNetworks(random, random.choice((1, 2)), 16).draw()
        model = build.model()
        sights = see_input(model, 0)
        top = highest_unit(model, sights)
        if top is None:
            continue
        network = linearised(build.network())
        extents = [int(n) for n in build.shapes[top].extents]  # type: ignore[arg-type]
        units = [tuple(random.randrange(n) for n in extents) for _ in range(3)]
        for level in look_down(model, sights, top)[1:]:
            path = build.nodes[level.index].path
            meter = FieldMeter(cut(network, build, level.index), linear=True)
            for unit in units:
                read = read_down(model, sights, top, unit).get(level.index)
                assert read == meter.measure(build.nodes[top].path, unit, path), (seed, path, unit)
                if read is not None and level.field is not None:
                    assert all(last - first < size for (first, last), size in zip(read, level.field.size, strict=True))
                compared += 1
    assert compared > 200


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.cnn")), ids=lambda path: path.stem)
def test_every_spec(path: object) -> None:
    """Of the first model of a file: all arithmetic is true, and the input's row is what ``check`` says."""
    spec = cnnspec.load(path)  # type: ignore[arg-type]
    report = spec.model()
    if Top.of(spec.resolved(), report, None) is None:
        with pytest.raises(UnknownNameError, match="name a layer"):
            cnnspec.explain_fields(spec)
        return
    found = cnnspec.explain_fields(spec)
    for equation in found.equations:
        check_equation(equation.text)
    top = Top.of(spec.resolved(), report, None)
    assert top is not None
    levels = {level.index: level for level in top.levels}
    source = first_source(spec.resolved(), top.index)
    assert levels[source].field == report.rows[top.index].field
    assert set(levels) <= set(below(spec.resolved(), top.index, top.sights))
    for row in table(top).rows:
        for part in row[5].split("; "):
            if part:
                check_equation(part[part.index("(") :])
