"""Derivations: every equation that is printed is evaluated again, by code of its own."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.analysis.explain import Equation, Explanation, Section, Table, explain_layer, explain_model
from cnnspec.analysis.rows import analyse_model
from cnnspec.ir import Network
from cnnspec.layers.base import Note
from cnnspec.layers.shape import Shape
from support.arithmetic_reader import check_equation
from support.hand_built import Build, alexnet, layer, lenet, mnist_cnn, resolve_by_hand
from support.random_files import RandomFiles


def find_equations(text: str) -> list[str]:
    """What a sentence says to be equal, letters left out: of ``e − 1 = 5 − 1 = 4: 2 before`` it is ``5 − 1 = 4``."""
    found: list[str] = []
    for part in re.split(r"[:;] ", text):
        sides = re.split(r" ([=≈]) ", part)
        chain = ""
        for at in range(0, len(sides), 2):
            pattern = rf"^{ARITHMETIC}" if at else rf"{ARITHMETIC}$"
            match = re.search(pattern, sides[at])
            side = match.group().strip().rstrip(" ,(.") if match else ""
            if match and sides[at][: match.start()].endswith("mod"):
                side = ""  # a remainder of something in letters
            if side.startswith(tuple("+−·/),")) and not re.fullmatch(r"−[\d,]+", side if at else "-"):
                side = ""  # the end of a formula in letters
            chain = f"{chain} {sides[at - 1]} {side}" if chain and side else side
        if re.search("[=≈]", chain):
            found.append(chain)
    return found


ARITHMETIC = r"(?:max(?=\()|[\d⌊⌋⌈⌉()+−·/,.% ])+"


def check_all(explanation: Explanation) -> int:
    """Evaluate everything that looks like an equation, in equations, sentences, notes and tables; how many there were."""
    count = 0
    for section in explanation.sections:
        for line in section.lines:
            match line:
                case Equation(text, value, _):
                    if value is not None:
                        assert float(check_equation(text)) == pytest.approx(value, rel=1e-12)
                        count += 1
                    texts: list[str] = []
                case Note(_, text):
                    texts = [text]
                case Table(_, rows, _):
                    texts = [cell for row in rows for cell in row]
                case str():
                    texts = [line]
            for text in texts:
                for found in find_equations(text):
                    check_equation(found)
                    count += 1
    return count


def texts(explanation: Explanation, heading: str) -> list[str]:
    lines = explanation.section(heading).lines
    return [line.text if isinstance(line, (Equation, Note)) else line for line in lines if not isinstance(line, Table)]


def gated() -> Build:
    build = Build("Gated")
    start = build.input(32, 32, 3)
    stem = build.add(layer("Conv2D", 8, 3, padding="same", strides=2), start)
    gate = build.add("GlobalAvgPool2D", stem)
    gate = build.add(layer("Dense", 8), gate)
    build.add("Multiply", stem, gate)
    build.add("BatchNorm")
    return build


def branched() -> Build:
    build = Build("Branched")
    start = build.input(32, 20, 3)
    left = build.add(layer("Conv2D", 8, (3, 1), padding="same"), start)
    middle = build.add(layer("Conv2D", 8, 4, padding="same", dilation_rate=2), start)
    right = build.add(layer("Conv2D", 8, 1), start)
    build.add("Concat", left, middle, right)
    build.add(layer("AvgPool2D", 3, strides=2, ceil_mode=True))
    build.add(layer("Conv2D", 6, 3, strides=2, padding=[[1, 2], [0, 1]], groups=2))
    return build


def upsampled() -> Build:
    build = Build("Upsampled")
    build.input(8, 8, 2)
    build.chain(
        layer("DepthwiseConv2D", 3, depth_multiplier=2),
        layer("Conv2DTranspose", 4, 3, strides=2),
        layer("UpSampling2D", 2),
        layer("ZeroPad2D", 1),
        layer("Conv2D", 300, 3),
        "BatchNorm",
        layer("Dropout", 0.5),
        "LRN",
        "ReLU",
        layer("Reshape", (-1,)),
        layer("Dense", 3, use_bias=False, trainable=False),
    )
    return build


def one_axis() -> Build:
    build = Build("Signal")
    build.input(1000, 12)
    build.chain(
        layer("Conv1D", 32, 7, padding="causal", dilation_rate=3), layer("MaxPool1D", 3), "GlobalMaxPool1D", layer("Dense", 5)
    )
    return build


def three_axes() -> Build:
    build = Build("Volume")
    build.input(16, 20, 24, 1)
    build.chain(layer("Conv3D", 4, 3, padding="same", strides=(1, 2, 2)), "MaxPool3D", "Flatten", layer("Dense", 2))
    return build


def arranged() -> Build:
    build = Build("Arranged")
    build.input(20, 16, 32)
    build.chain(
        layer("Crop2D", ((1, 2), (0, 3))),
        layer("Slice", 4, -2, axis="height"),
        layer("PixelShuffle", 2),
        layer("Slice", 2, 6),
        layer("ChannelShuffle", 2),
        "LayerNorm",
        layer("GroupNorm", 2),
        "InstanceNorm",
        layer("Scale", use_bias=True),
        "Normalization",
        layer("BatchNorm", renorm=True),
    )
    left = build.add(layer("Reshape", (-1, 4)))
    build.add(layer("Dot", -1), left, left)
    return build


def symbolic() -> Build:
    build = Build("Symbolic")
    build.input("h", "w", 3)
    build.chain(layer("Conv2D", 4, 3, strides=2, padding="same"), "MaxPool2D", "BatchNorm", "GlobalAvgPool2D", layer("Dense", 2))
    return build


def hourglass() -> Build:
    """Down and up again, with a way past it that stands half a pixel aside, and what is put side by side and moved."""
    build = Build("Hourglass")
    start = build.input(24, 18, 3)
    low = build.add("MaxPool2D", start)
    up = build.add(layer("Conv2DTranspose", 3, 3, strides=2, padding=1, output_padding=1), low)
    both = build.add("Concat", start, up)
    left, right = build.add(layer("Slice", 0, 7, axis=1), both), build.add(layer("Slice", 7, None, axis=1), both)
    build.add(layer("Concat", axis=1), left, right)
    build.chain(layer("Conv2D", 4, 3), layer("UpSampling2D", (1, 3), interpolation="bilinear"), "ReLU")
    build.chain(layer("AdaptiveAvgPool2D", (9, 5)), layer("Permute", (2, 1, 3)), layer("Reshape", (45, 4)))
    build.add(layer("Conv1D", 4, 3, strides=4))
    return build


def counted_anew() -> Build:
    build = Build("CountedAnew")
    build.input(12, 8, 2)
    build.chain(layer("Conv2D", 2, 3, strides=2, padding="same"), layer("Reshape", (6, 2, 4)), layer("Conv2D", 2, 2))
    build.chain(layer("Reshape", (5, 1, 1, 2)), layer("Reshape", (1, 5, 1, 1, 2)))
    return build


BUILDS = [
    lenet, mnist_cnn, alexnet, gated, branched, upsampled, one_axis, three_axes, arranged, symbolic, hourglass, counted_anew,
]  # fmt: skip


@pytest.mark.parametrize("make", BUILDS, ids=lambda make: make.__name__)
def test_every_equation_is_true(make) -> None:  # type: ignore[no-untyped-def]
    build = make()
    model, report = build.model(), build.report()
    count = check_all(explain_model(model, report))
    for index in range(len(report.rows)):
        count += check_all(explain_layer(model, report, index))
    assert count > 3 * len(report.rows)


def test_equations_are_found_in_sentences() -> None:
    assert find_equations("e − 1 = 5 − 1 = 4: 2 before, 2 after") == ["5 − 1 = 4"]
    assert find_equations("max((⌈n/s⌉ − 1)·s + e − n, 0) = max((⌈28/2⌉ − 1)·2 + 3 − 28, 0) = 1: 0 before") == [
        "max((⌈28/2⌉ − 1)·2 + 3 − 28, 0) = 1"
    ]
    assert find_equations("each has 3·3 = 10 weights") == ["3·3 = 10"]
    assert find_equations("(k − 1)·d = 6·3 = 18 before") == ["6·3 = 18"]
    assert find_equations("no number at all") == []
    assert find_equations("0 before, 1 after for n mod 2 = 0 or 1") == []


def test_the_check_of_equations_can_fail() -> None:
    from cnnspec.analysis.explain import Section

    for line in (Equation("3·3 = 10", 10), Equation("3·3 = 9", 8), "each has 3·3 = 10 weights", Table(("a",), (("2 + 2 = 5",),))):
        with pytest.raises(AssertionError):
            check_all(Explanation("", (Section("", (line,)),)))


def test_conv2d_2_of_the_lecture() -> None:
    build = mnist_cnn()
    explained = explain_layer(build.model(), build.report(), 3)
    assert explained.title == "conv2d_2 · Conv2D 3×3, 64, valid, relu"
    assert "⌊(13 + 2·0 − 3)/1⌋ + 1 = 11" in texts(explained, "Output size")
    params = texts(explained, "Parameters")
    assert "3·3·32·64 + 64 = 18,496" in params
    assert "3·3·32 = 288" in params
    assert "288 + 1 = 289" in params
    assert "64·289 = 18,496" in params
    assert "4 + (3 − 1)·2 = 8" in texts(explained, "Receptive field")
    assert "11·11·3·3·32·64 = 2,230,272" in texts(explained, "Multiply-accumulates")
    assert "5,408·7,744 + 7,744 = 41,887,296" in texts(explained, "A dense layer between the same shapes")


def test_the_numbers_are_those_of_the_report() -> None:
    for make in BUILDS:
        build = make()
        model, report = build.model(), build.report()
        for row in report.rows:
            explained = explain_layer(model, report, row.index)
            found = {equation.label: equation.value for equation in explained.equations}
            if row.params and "together" in found:
                assert found["together"] == row.params
            if isinstance(row.macs, int) and row.macs:
                assert row.macs in found.values()
            if not row.is_input and row.coverage not in (None, 1.0):
                assert found["coverage"] == row.coverage
            if row.im2col is not None:
                assert (found["rows: values under one window"], found["columns: positions"]) == row.im2col
            if row.field is not None and not row.is_input and row.facts is not None and isinstance(row.facts.window, tuple):
                sizes = [value for label, value in found.items() if label.startswith("size R'")]
                assert set(sizes) == set(row.field.size)


def test_the_lectures_fields_from_both_ends() -> None:
    build = mnist_cnn()
    table = next(
        line
        for line in explain_layer(build.model(), build.report(), 5).section("Receptive field").lines
        if isinstance(line, Table)
    )
    column = {name: [row[at] for row in table.rows] for at, name in enumerate(table.columns)}
    assert column["field R"] == ["1", "3", "4", "8", "10", "18"]
    assert column["jump J"] == ["1", "1", "2", "2", "4", "4"]
    assert column["one unit here sees"] == ["18", "16", "8", "6", "3", "1"]
    plain = mnist_cnn(pooling=False)
    lines = explain_layer(plain.model(), plain.report(), 3).section("Receptive field").lines
    table = next(line for line in lines if isinstance(line, Table))
    assert [row[-1] for row in table.rows] == ["7", "5", "3", "1"]


def test_unread_input_is_shown() -> None:
    build = mnist_cnn()
    field = texts(explain_layer(build.model(), build.report(), 5), "Receptive field")
    assert "18 + (3 − 1)·4 = 26" in field
    assert "No unit sees the last 2 along the height and 2 along the width." in field
    assert "324/784 ≈ 41.33 %" in field


def sentences(build: Build, index: int, heading: str = "Receptive field") -> str:
    return " / ".join(texts(explain_layer(build.model(), build.report(), index), heading))


def test_units_that_take_turns_are_told_one_by_one() -> None:
    build = hourglass()
    told = sentences(build, 2)
    assert "units take turns: 2 neighbours see in ways of their own, the next 2 the same 2 pixels further." in told
    assert "from ⌈(a + p − (e − 1))/s⌉ to ⌊(a + p)/s⌋ of max_pool2d_1" in told
    assert "3 − 0 + 1 = 4" in told
    table = explain_layer(build.model(), build.report(), 2).section("Receptive field").lines[2]
    assert isinstance(table, Table)
    assert table.columns == ("unit", "reads of max_pool2d_1", "sees pixels", "size R")
    assert table.rows == (("0", "0", "0 to 1", "2"), ("1", "0 to 1", "0 to 3", "4"))
    assert "misaligned by 0.5 pixels" in sentences(build, 3)
    assert "looks at each position alone" in sentences(build, 9)
    assert "side by side" in sentences(build, 6)
    assert "stands along the width" in sentences(build, 11)


def test_what_is_cut_at_borders_is_counted() -> None:
    build = Build()
    build.input(28, 28, 1)
    build.chain(layer("Conv2D", 1, 5, padding="same"), layer("Conv2D", 1, (3, 1), padding="valid"))
    build.chain(layer("AvgPool2D", 13), layer("Conv2D", 1, 5, padding="same"))
    first = sentences(build, 1)
    assert "Along the height and width the first 2 units and the last 2 units of 28 are cut at a border" in first
    assert "the first sees 3 of 5 pixels." in first
    second = sentences(build, 2)
    assert "Along the height the first 2 units and the last 2 units of 26 are cut at a border: the first sees 5 of 7" in second
    assert "Along the height all 2 units are cut at a border: the first sees 28 of 71 pixels." in sentences(build, 4)


def test_gaps_that_no_unit_sees_are_listed() -> None:
    build = Build()
    build.input(9, 20, 1)
    build.add(layer("Conv2D", 1, 1, strides=(4, 2)))
    told = sentences(build, 1)
    assert "Along the height no unit sees pixels 1 to 3 and 5 to 7." in told
    assert "Along the width no unit sees pixels 1, 3, 5, 7 and 6 more." in told


def test_the_backward_pass_is_explained() -> None:
    build = mnist_cnn()
    assert "Nothing before it is trained" in sentences(build, 1, "Multiply-accumulates")
    assert "2·2,230,272 = 4,460,544" in sentences(build, 3, "Multiply-accumulates")
    whole = " / ".join(texts(explain_model(build.model(), build.report()), "Multiply-accumulates"))
    assert "2·2,794,240 − 194,688 = 5,393,792" in whole
    frozen = Build()
    frozen.input(8, 8, 1)
    frozen.chain(layer("Conv2D", 1, 3), layer("Conv2D", 1, 3, trainable=False), layer("SeparableConv2D", 2, 3, trainable=False))
    assert "Its weights are not trained" in sentences(frozen, 2, "Multiply-accumulates")


def test_the_sizes_of_input_are_explained() -> None:
    build = mnist_cnn()
    whole = " / ".join(texts(explain_model(build.model(), build.report()), "Receptive fields"))
    assert "Every convolution adds something from 18 pixels on: along the smallest path a unit of conv2d_3 sees 18." in whole
    assert "Up to 18 pixels a unit sees all of the input: at conv2d_3." in whole
    assert "No output depends on pixels 26 to 27 along the height and width of input." in whole
    small = Build()
    small.input(6, 6, 1)
    small.chain(*[layer("Conv2D", 1, 3, padding="same")] * 8)
    whole = " / ".join(texts(explain_model(small.model(), small.report()), "Receptive fields"))
    assert "On 6×6×1 these have nothing to add" in whole
    assert "conv2d_3, conv2d_4, conv2d_5, conv2d_6 and 2 more" in whole
    spread = Build()
    spread.input(32, 1)
    spread.chain(layer("Conv1D", 1, 1, strides=8), layer("Conv1D", 1, 3, padding="same"))
    whole = " / ".join(texts(explain_model(spread.model(), spread.report()), "Receptive fields"))
    assert "the window of conv1d_2 spans 3·8 = 24 of them" in whole


def test_percentages_are_exact_where_they_come_out() -> None:
    build = mnist_cnn(pooling=False)
    assert "49/784 = 6.25 %" in texts(explain_layer(build.model(), build.report(), 3), "Receptive field")


def test_pooling_drops_three_quarters() -> None:
    build = mnist_cnn()
    assert "(4 − 1)/4 = 75 %" in texts(explain_layer(build.model(), build.report(), 2), "Values dropped")


def test_batch_norm_has_four_per_channel() -> None:
    build = Build()
    build.input(8, 8, 64)
    build.add("BatchNorm")
    lines = texts(explain_layer(build.model(), build.report(), 1), "Parameters")
    assert "4·64 = 256" in lines
    assert lines.count("2·64 = 128") == 2


def test_im2col_of_alexnet() -> None:
    build = alexnet()
    lines = texts(explain_layer(build.model(), build.report(), 1), "im2col")
    assert lines[:2] == ["11·11·3 = 363", "55·55 = 3,025"]
    assert "96×363" in lines[2]
    assert "363×3025" in lines[2]
    assert any("2 groups" in line for line in texts(explain_layer(build.model(), build.report(), 3), "im2col"))


def test_errors_of_the_slides_are_pointed_out() -> None:
    build = Build()
    build.input(5, 5, 3)
    build.add(layer("Conv2D", 300, 3))
    explained = explain_layer(build.model(), build.report(), 1)
    assert "300·28 = 8,400" in texts(explained, "Parameters")
    assert any("3,000" in line for line in texts(explained, "Parameters"))
    assert any("4×4" in line for line in texts(explained, "Output size"))
    build = Build()
    build.input(28, 28, 1)
    build.add(layer("Conv2D", 4, 3, strides=2, padding="same"))
    lines = texts(explain_layer(build.model(), build.report(), 1), "Output size")
    assert any("only at stride 1" in line for line in lines)
    assert any("one position more" in line for line in lines)


def test_merges_and_gates_say_what_they_read() -> None:
    build = branched()
    lines = explain_layer(build.model(), build.report(), 4).section("Receptive field").lines
    table = next(line for line in lines if isinstance(line, Table))
    assert [row[0] for row in table.rows] == ["conv2d_1", "conv2d_2", "conv2d_3"]
    build = gated()
    field = texts(explain_layer(build.model(), build.report(), 4), "Receptive field")
    assert "Left out, because it has seen everything (a gate): dense_1." in field


def test_shared_layers_name_the_first_use() -> None:
    build = Build()
    a, b = build.input(9, 9, 1, name="a"), build.input(9, 9, 1, name="b")
    encoder = layer("Conv2D", 2, 3)
    first = build.add(encoder, a)
    second = build.add(encoder, b, shares=first)
    build.add("Add", first, second)
    model, report = build.model(), build.report()
    assert "Its weights are used again by conv2d_2." in texts(explain_layer(model, report, first), "")
    assert any(
        line.startswith("The weights are those of conv2d_1") for line in texts(explain_layer(model, report, second), "Parameters")
    )


def test_unknown_is_said_to_be_unknown() -> None:
    build = Build()
    build.input(8, 8, 2)
    build.chain(layer("Reshape", (4, 16, 2)), "ReLU")
    lines = texts(explain_layer(build.model(), build.report(), 2), "Receptive field")
    assert lines == ["Unknown: behind reshape_1 the field differs from unit to unit."]
    model, report = lenet().model(first_unknown=3), lenet().report(first_unknown=3)
    assert explain_layer(model, report, 4).section("Unknown").lines
    check_all(explain_model(model, report))


def test_the_model_on_a_page_sums_up() -> None:
    build = mnist_cnn()
    explained = explain_model(build.model(), build.report())
    assert "320 + 18,496 + 2·36,928 + 650 = 93,322" in texts(explained, "Parameters")


@given(st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_every_equation_of_random_networks_is_true(seed: int) -> None:
    model = resolve_by_hand(RandomFiles(Random(seed)).draw().network)
    report = analyse_model(model)
    check_all(explain_model(model, report))
    for index in range(len(report.rows)):
        check_all(explain_layer(model, report, index))


def test_sizes_of_what_cuts_and_enlarges() -> None:
    build = arranged()
    model, report = build.model(), build.report()

    def size(index: int) -> list[str]:
        return texts(explain_layer(model, report, index), "Output size")

    assert size(1)[:3] == ["The formula is n − (cut at both ends).", "20 − 1 − 2 = 17", "16 − 0 − 3 = 13"]
    assert size(2)[2] == "17 − 2 − 4 = 11"
    assert size(3)[:4] == ["The formula is n·f.", "11·2 = 22", "13·2 = 26", "32/4 = 8"]
    assert size(3)[4] == "2·2 = 4"
    assert size(4)[0] == "6 − 2 = 4"
    assert "4/2 = 2" in size(7)


def test_several_inputs_have_a_field_each() -> None:
    build = Build()
    a, b = build.input(9, 9, 1, name="a"), build.input(9, 9, 1, name="b")
    build.add("Add", build.add(layer("Conv2D", 1, 3), a), build.add(layer("Conv2D", 1, 3, dilation_rate=1), b))
    lines = explain_layer(build.model(), build.report(), 4).section("Receptive field").lines
    assert isinstance(lines[0], Table)
    assert [row[:2] for row in lines[0].rows] == [("a", "3"), ("b", "3")]
    assert lines[1] == "What follows is the field on a."


def test_dilation_stands_in_the_recurrence() -> None:
    build = Build()
    build.input(32, 32, 1)
    build.chain("MaxPool2D", layer("Conv2D", 1, 3, dilation_rate=2))
    lines = texts(explain_layer(build.model(), build.report(), 2), "Receptive field")
    assert lines[0].startswith("R' = R + (k − 1)·d·J")
    assert "2 + (3 − 1)·2·2 = 10" in lines


def test_a_model_without_nodes_is_explained_too() -> None:
    model = resolve_by_hand(Network(name="Empty", nodes=(), outputs=()))
    assert explain_model(model, analyse_model(model)).title == "Empty"


@pytest.mark.parametrize(
    ("options", "formula", "extent"),
    [
        ({"kernel_size": 3, "strides": 2}, "(n − 1)·s + e", 9),
        ({"kernel_size": 3, "strides": 2, "padding": 1}, "(n − 1)·s + e − (cut at both ends)", 7),
        ({"kernel_size": 3, "strides": 2, "padding": "same"}, "(n − 1)·s + e − (cut at the end)", 8),
        ({"kernel_size": 2, "strides": 3}, "(n − 1)·s + e + (added at the end)", 12),
        ({"kernel_size": 3, "strides": 2, "output_padding": 1}, "(n − 1)·s + e + (added at the end)", 10),
    ],
)
def test_the_rule_of_a_transposed_layer_cuts_only_what_is_cut(options: dict[str, object], formula: str, extent: int) -> None:
    build = Build()
    build.add(layer("Conv2DTranspose", 2, **options), build.input(4, 4, 1))
    lines = texts(explain_layer(build.model(), build.report(), 1), "Output size")
    assert lines[0] == f"The formula is {formula}."
    assert build.report().rows[1].output_shape == Shape((extent, extent, 2))


def test_a_wrong_number_would_be_found() -> None:
    """One digit changed, wherever it stands, is refused: in equations, notes, tables and sentences."""
    build = upsampled()
    found = explain_layer(build.model(), build.report(), 2)
    assert check_all(found) > 10
    spoiled = 0
    for number, section in enumerate(found.sections):
        for at, line in enumerate(section.lines):
            if not isinstance(line, Equation) or "=" not in line.text:
                continue
            wrong = re.sub(r"\d(?=\D*$)", lambda digit: str((int(digit.group()) + 1) % 10), line.text)
            lines = (*section.lines[:at], Equation(wrong, line.value, line.label), *section.lines[at + 1 :])
            sections = (*found.sections[:number], Section(section.heading, lines), *found.sections[number + 1 :])
            with pytest.raises(AssertionError):
                check_all(Explanation(found.title, sections))
            spoiled += 1
    assert spoiled > 8
