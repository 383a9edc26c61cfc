"""Elementwise operations against networks that are run value by value, every operation counted as it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import pytest

from cnnspec.analysis.explain import explain_layer, explain_model
from cnnspec.analysis.report import Row
from cnnspec.analysis.to_json import model_to_json
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import Axis
from cnnspec.resources import library_root
from support.checking import check
from support.hand_built import Build, layer, mnist_cnn


class Counted:
    """A value that counts what is done with it."""

    done = 0

    def _step(self, *_: object) -> Counted:
        Counted.done += 1
        return Counted()

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = larger = function = (
        _step
    )


Values = Sequence[Counted]


def add_all(values: Values) -> Counted:
    first, *others = values
    for value in others:
        first = first + value
    return first


def largest(values: Values) -> Counted:
    first, *others = values
    for value in others:
        first = first.larger(value)
    return first


def positions(row: Row) -> Iterator[tuple[int, ...]]:
    assert row.output_shape is not None
    yield from product(*(range(int(n)) for n in row.output_shape.dims))  # type: ignore[arg-type]


def under_windows(row: Row) -> Iterator[list[Counted]]:
    """What each value of the output is made of, window by window, padding and all."""
    assert row.facts is not None
    for position in positions(row):
        taps = [range(len(axis.taps(at))) for axis, at in zip(row.facts.window, position[:-1], strict=True)]  # type: ignore[arg-type,union-attr]
        yield [Counted() for _ in product(*taps)]


def run_windows(combine: Callable[[Values], object]) -> Callable[[Row], None]:
    def run(row: Row) -> None:
        for values in under_windows(row):
            combine(values)

    return run


def run_values(step: Callable[[Counted], object]) -> Callable[[Row], None]:
    def run(row: Row) -> None:
        for _ in positions(row):
            step(Counted())

    return run


def run_global(combine: Callable[[Values], object]) -> Callable[[Row], None]:
    def run(row: Row) -> None:
        (shape,) = row.input_shapes
        assert shape is not None
        for _ in range(int(shape.channels)):  # type: ignore[arg-type]
            combine([Counted() for _ in product(*(range(int(n)) for n in shape.extents))])  # type: ignore[arg-type]

    return run


def run_softmax(row: Row) -> None:
    assert row.output_shape is not None
    *extents, channels = (int(n) for n in row.output_shape.dims)  # type: ignore[arg-type]
    for _ in product(*map(range, extents)):
        powers = [Counted().function() for _ in range(channels)]
        sums = Counted()  # begins with 0 and adds all
        for power in powers:
            sums = sums + power
        for power in powers:
            power / sums


def run_merge(combine: Callable[[Values], object]) -> Callable[[Row], None]:
    def run(row: Row) -> None:
        for _ in positions(row):
            combine([Counted() for _ in row.input_shapes])

    return run


def run_rbf(row: Row) -> None:
    (shape,) = row.input_shapes
    assert shape is not None
    for _ in positions(row):
        add_all([(Counted() - Counted()).function() for _ in range(int(shape.channels))])  # type: ignore[arg-type]


def mean(values: Values) -> Counted:
    return add_all(values) / len(values)


def weighted(values: Values) -> Counted:
    return add_all([value * 0.5 for value in values])


def nothing(_: Row) -> None:
    """Nothing is done outside of training, or values only move."""


CASES: list[tuple[Layer, tuple[tuple[int, ...], ...], Callable[[Row], None]]] = [
    (layer("Conv2D", 4, 3), ((7, 6, 2),), run_values(lambda v: v + 1)),
    (layer("Conv2D", 4, 3, use_bias=False), ((7, 6, 2),), nothing),
    (layer("Conv2D", 4, 3, activation="gelu"), ((7, 6, 2),), run_values(lambda v: (v + 1).function())),
    (layer("Conv2DTranspose", 3, 3, strides=2, activation="relu"), ((4, 5, 2),), run_values(lambda v: (v + 1).function())),
    (layer("SeparableConv2D", 5, 3, activation="tanh"), ((7, 6, 2),), run_values(lambda v: (v + 1).function())),
    (layer("DepthwiseConv2D", 3), ((7, 6, 2),), run_values(lambda v: v + 1)),
    (layer("Dense", 6, activation="sigmoid"), ((5,),), run_values(lambda v: (v + 1).function())),
    (layer("MaxPool2D", 3, strides=2, padding="same"), ((7, 6, 2),), run_windows(largest)),
    (layer("MaxPool1D", 2), ((9, 3),), run_windows(largest)),
    (layer("AvgPool3D", 2), ((4, 4, 6, 2),), run_windows(mean)),
    (layer("AdaptiveMaxPool2D", (3, 4)), ((7, 6, 2),), run_windows(largest)),
    (layer("AdaptiveAvgPool2D", (2, 5)), ((7, 9, 2),), run_windows(mean)),
    (layer("AdaptiveAvgPool1D", 4), ((8, 2),), run_windows(mean)),
    (layer("GlobalMaxPool2D"), ((7, 6, 2),), run_global(largest)),
    (layer("GlobalAvgPool2D"), ((7, 6, 2),), run_global(mean)),
    (layer("Subsampling2D", 2, activation="tanh"), ((6, 8, 3),), run_windows(lambda v: (add_all(v) * 0.25 + 1).function())),
    (layer("Filter2D", "sobel_x"), ((6, 8, 3),), run_windows(weighted)),
    (layer("ReLU"), ((6, 8, 3),), run_values(lambda v: v.function())),
    (layer("PReLU"), ((6, 8, 3),), run_values(lambda v: v.function())),
    (layer("Activation", "linear"), ((6, 8, 3),), nothing),
    (layer("Softmax"), ((6, 8, 3),), run_softmax),
    (layer("BatchNorm"), ((6, 8, 3),), run_values(lambda v: v * 2 + 1)),
    (layer("BatchNorm", scale=False), ((6, 8, 3),), run_values(lambda v: v * 2 + 1)),
    (layer("Scale", use_bias=True), ((6, 8, 3),), run_values(lambda v: v * 2 + 1)),
    (layer("Rescaling", 2.0), ((6, 8, 3),), run_values(lambda v: v * 2)),
    (layer("Rescaling", 2.0, 1.0), ((6, 8, 3),), run_values(lambda v: v * 2 + 1)),
    (layer("Add"), ((6, 8, 3),) * 3, run_merge(add_all)),
    (layer("Multiply"), ((6, 8, 3), (3,)), run_merge(lambda v: v[0] * v[1])),
    (layer("Subtract"), ((6, 8, 3),) * 2, run_merge(lambda v: v[0] - v[1])),
    (layer("Maximum"), ((5,),) * 4, run_merge(largest)),
    (layer("Average"), ((5,),) * 4, run_merge(mean)),
    (layer("Concat"), ((5,),) * 4, nothing),
    (layer("UpSampling2D", 2), ((4, 4, 2),), nothing),
    (layer("UpSampling2D", 2, interpolation="bilinear"), ((4, 4, 2),), run_values(lambda _: weighted([Counted()] * 4))),
    (layer("RBF", 4), ((6,),), run_rbf),
    (layer("Dropout", 0.5), ((6,),), nothing),
    (layer("GaussianNoise", 0.5), ((6,),), nothing),
    (layer("ZeroPad2D", 1), ((4, 4, 2),), nothing),
    (layer("Flatten"), ((4, 4, 2),), nothing),
]


def build(made: Layer, shapes: Sequence[tuple[int | str, ...]]) -> Build:
    found = Build()
    inputs = [found.input(*shape, name=f"in_{at}") for at, shape in enumerate(shapes)]
    found.add(made, *inputs)
    return found


@pytest.mark.parametrize(("made", "shapes", "run"), CASES, ids=[f"{case[0].kind} {at}" for at, case in enumerate(CASES)])
def test_a_layer_takes_what_running_it_value_by_value_takes(
    made: Layer, shapes: tuple[tuple[int, ...], ...], run: Callable[[Row], None]
) -> None:
    report = build(made, shapes).report()
    Counted.done = 0
    run(report.rows[-1])
    assert report.rows[-1].elementwise == Counted.done
    assert report.totals.elementwise == Counted.done


@pytest.mark.parametrize(
    ("made", "shapes"), [case[:2] for case in CASES], ids=[f"{c[0].kind} {at}" for at, c in enumerate(CASES)]
)
def test_the_arithmetic_is_printed(made: Layer, shapes: tuple[tuple[int, ...], ...]) -> None:
    model = build(made, shapes).model()
    report = build(made, shapes).report()
    lines: list[Any] = []
    if report.rows[-1].elementwise:
        lines = list(explain_layer(model, report, len(shapes)).section("Elementwise operations").lines)
    parts = lines[:-1] if len(lines) > 1 else lines
    assert sum(line.value for line in parts) == report.rows[-1].elementwise
    assert not lines or lines[-1].value == report.rows[-1].elementwise


def test_the_lecture_s_network() -> None:
    report = mnist_cnn().report()
    relus = [26 * 26 * 32, 11 * 11 * 64, 3 * 3 * 64, 64]
    maxima = 3 * (13 * 13 * 32 + 5 * 5 * 64)
    assert report.totals.elementwise == 2 * sum(relus) + maxima + 10 + 3 * 10
    section = explain_model(mnist_cnn().model(), report).section("Elementwise operations")
    assert [line.value for line in section.lines] == [report.totals.elementwise]  # type: ignore[union-attr]


def test_a_layer_of_another_package_counts_its_window_and_activation() -> None:
    class Spread(Layer):
        """The difference between the ends of each window."""

        kind = "Spread"

        def facts(self, *inputs: Shape) -> Facts:
            height, width, channels = inputs[0].dims
            return Facts(Shape((height - 1, width - 2, channels)), (), (Axis(2), Axis(3)))

    shape = Shape((5, 6, 2))
    made = Spread()
    assert [item.count for item in made.operations(made.facts(shape), shape)] == [4 * 4 * 2 * 5]


def test_of_open_sizes_it_is_a_formula() -> None:
    for made, shape in ((layer("Conv2D", 4, 3, activation="relu"), ("h", "w", 2)), (layer("MaxPool2D"), ("h", "w", 2))):
        formula = build(made, [shape]).report().totals.elementwise
        assert isinstance(formula, Extent)
        assert formula.evaluate({"h": 20, "w": 31}) == build(made, [(20, 31, 2)]).report().totals.elementwise
    text = "model A {\n  input ?x?x3\n  Conv2D(4, 3x3, padding=same)\n  expect elementwise == 1\n}\n"
    data = model_to_json(check(text).report.models[0])
    assert data["totals"]["elementwise"] is None  # type: ignore[index]
    assert data["totals"]["elementwise_formula"] == data["layers"][1]["elementwise_formula"] == "4·h·w"  # type: ignore[index]


def test_claims_and_json_have_it() -> None:
    checked = check(
        (library_root() / "lenet5.cnn")
        .read_text(encoding="utf-8")
        .replace("expect depth", "expect elementwise == 12_768\n  expect depth")
    )
    data: Any = model_to_json(checked.report.models[0])
    assert data["totals"]["elementwise"] == sum(row["elementwise"] for row in data["layers"]) == 12_768


def test_intensity_is_operations_over_bytes() -> None:
    """2·MACs and elementwise operations over values in, values out and weights; of a layer too."""
    lines = ["input 6", "d = Dense(4, activation=relu)", "Dense(3)", "expect intensity == 1", "expect intensity(d) == 1"]
    text = "model A {\n  " + "\n  ".join(lines) + "\n}\n"
    whole, single = check(text).report.models[0].claims
    first, second = (2 * 24 + 4 + 4, 6 + 4 + 28), (2 * 12 + 3, 4 + 3 + 15)
    assert single.actual == first[0] / (4 * first[1])
    assert whole.actual == (first[0] + second[0]) / (4 * (first[1] + second[1]))
    (claim,) = check("model A {\n  input ?x?x1\n  Conv2D(2, 3x3)\n  expect intensity < 9\n}\n").report.models[0].claims
    assert claim.holds is None
    assert claim.reason.startswith("it depends on an unknown size: ")
