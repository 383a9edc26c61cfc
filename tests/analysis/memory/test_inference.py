"""The peak of inference against every step, tried one by one."""

from __future__ import annotations

from random import Random

import pytest

from cnnspec.analysis.memory.memory import analyse_memory
from cnnspec.analysis.memory.peak import find_peak
from cnnspec.analysis.memory.precision import PRECISIONS
from cnnspec.analysis.report import ModelReport
from cnnspec.layers.extent import Extent
from cnnspec.resources import library_root
from support.checking import check
from support.hand_built import Build, layer, mnist_cnn

#: Layers that hand on what they are given: told here by their kinds, not by what they say of themselves.
VIEWS = {"Flatten", "Identity", "Dropout", "Slice"}


def alive_by_hand(report: ModelReport, step: int) -> set[int]:
    """The nodes whose memory is there while one runs: made already (or an input) and still to be read, or an output."""
    nodes = report.network.nodes

    def source(index: int) -> int:
        return source(nodes[index].inputs[0]) if nodes[index].layer.kind in VIEWS else index

    made = {source(at) for at in range(step + 1)} | {at for at, node in enumerate(nodes) if not node.inputs}
    needed = {source(read) for at in range(step, len(nodes)) for read in nodes[at].inputs}
    return made & (needed | {source(step)} | {source(output) for output in report.network.outputs})


def peak_by_hand(report: ModelReport) -> tuple[int, int]:
    """The greatest sum of all steps, and the first step that has it."""
    elements = [int(row.activation_elements) for row in report.rows]  # type: ignore[arg-type]
    sums = [sum(elements[at] for at in alive_by_hand(report, step)) for step in range(len(elements))]
    return max(sums), sums.index(max(sums))


def draw_network(random: Random) -> Build:
    """A random graph: convolutions of any width, merges of what has one shape, views, several outputs' worth of readers."""
    build = Build()
    build.input(6, 6, 2)
    if random.random() < 0.3:
        build.input(6, 6, 3, name="other")
    for _ in range(random.randint(3, 14)):
        source = random.randrange(len(build.nodes))
        same = [at for at, shape in enumerate(build.shapes) if shape == build.shapes[source]]
        if random.random() < 0.35 and len(same) > 1:
            build.add("Add", *random.choices(same, k=random.randint(2, 3)))
        elif random.random() < 0.35:
            build.add(random.choice((layer("Identity"), layer("Dropout", 0.5), layer("Slice", 0, 1))), source)
        else:
            build.add(layer("Conv2D", random.randint(1, 5), 1), source)
    return build


@pytest.mark.parametrize("seed", range(60))
def test_of_random_graphs(seed: int) -> None:
    report = draw_network(Random(seed)).report()
    peak = find_peak(report)
    assert (peak.elements, peak.index) == peak_by_hand(report)
    assert {storage.index for storage in peak.alive} == alive_by_hand(report, peak.index)


@pytest.mark.parametrize("file", ["lenet5", "mnist_cnn", "resnet18", "siamese", "squeezenet", "shufflenet_v2", "unet_2015"])
def test_of_packaged_networks(file: str) -> None:
    for report in check((library_root() / f"{file}.cnn").read_text(encoding="utf-8")).report.models:
        if {row.kind for row in report.rows} & {"Reshape", "Permute"}:
            continue
        peak = find_peak(report)
        assert (peak.elements, peak.index) == peak_by_hand(report)


def test_the_lecture_s_network_by_hand() -> None:
    """The greatest pair: the first map with the second one, which is pooled from it."""
    memory = analyse_memory(mnist_cnn().report())
    assert memory is not None
    assert [storage.index for storage in memory.peak.alive] == [1, 2]
    assert memory.peak.elements == 26 * 26 * 32 + 13 * 13 * 32
    assert memory.inference().total == 4 * (93_322 + 27_040)
    assert memory.inference(batch=3, precision=PRECISIONS["float16"]).total == 2 * (93_322 + 3 * 27_040)


def test_a_skip_keeps_its_value_alive() -> None:
    """While the branch runs, what the sum will read waits beside its input and its output."""
    build = Build()
    build.input(4, 4, 8)
    left = build.add(layer("Conv2D", 8, 3, padding="same"), 0)
    right = build.add(layer("Conv2D", 8, 3, padding="same"), left)
    build.add("Add", left, right)
    peak = find_peak(build.report())
    assert (peak.index, [storage.index for storage in peak.alive]) == (right + 1, [left, right, right + 1])


def test_inputs_wait_from_the_start_and_outputs_until_the_end() -> None:
    build = Build()
    a = build.input(10, name="a")
    b = build.input(1000, name="b")
    first = build.add(layer("Dense", 500), a)
    build.add(layer("Dense", 20), b)
    network = build.network()
    report = build.report()
    peak = find_peak(report)
    assert [storage.index for storage in peak.alive] == [a, b, first]
    assert network.outputs == (3,)


def test_weights_that_are_shared_count_once() -> None:
    build = Build()
    a, b = build.input(6, name="a"), build.input(6, name="b")
    dense = layer("Dense", 4)
    first = build.add(dense, a)
    build.add("Add", first, build.add(dense, b, shares=first))
    memory = analyse_memory(build.report())
    assert memory is not None
    assert memory.inference().parameters == 4 * 28


@pytest.mark.parametrize(("h", "w"), [(64, 64), (200, 90)])
def test_open_sizes_are_a_formula(h: int, w: int) -> None:
    def made(*shape: int | str) -> Build:
        build = Build()
        build.input(*shape)
        build.chain(layer("Conv2D", 4, 3, padding="same"), layer("Conv2D", 8, 3, padding="same"), "MaxPool2D", "GlobalAvgPool2D")
        return build

    formula = find_peak(made("h", "w", 3).report()).elements
    assert isinstance(formula, Extent)
    assert formula.evaluate({"h": h, "w": w}) == find_peak(made(h, w, 3).report()).elements
