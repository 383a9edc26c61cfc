"""Collapse loses no layer, connection or parameter, at any level."""

from __future__ import annotations

import re

import pytest

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.display import Group, Picture, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.draw import draw_view, graph_picture
from cnnspec.render.graph.view import View, build_view, every_view
from cnnspec.render.text_values import show_shape
from support.drawn_networks import ALL, report, reports_of


def sums(view: View) -> tuple[int, int, int]:
    """Layers, connections and parameters of all that is shown."""
    rows = view.report.rows
    members = [member for card in view.cards for member in card.members]
    connections = sum(edge.count for edge in view.edges)
    connections += sum(card.inside for card in view.cards) + sum(frame.loops for frame in view.frames)
    return len(members), connections, sum(rows[member].params for member in members)


@pytest.mark.parametrize("name", ALL)
def test_every_level_sums_up_to_the_same(name: str) -> None:
    model = report(name)
    connections = sum(len(node.inputs) for node in model.network.nodes)
    parameters = sum(row.params for row in model.rows)
    if model.totals.params is not None:
        assert parameters == model.totals.params
    levels = [*every_view(model), build_view(model), build_view(model, "all")]
    for view in levels:
        assert sums(view) == (len(model.rows), connections, parameters)
        members = sorted(member for card in view.cards for member in card.members)
        assert members == list(range(len(model.rows)))
        assert all(edge.source < edge.target for edge in view.edges)
    assert [len(view.cards) for view in levels[:-2]] == sorted(len(view.cards) for view in levels[:-2])


@pytest.mark.parametrize("name", ALL)
def test_what_is_written_on_the_picture_sums_up_too(name: str) -> None:
    model = report(name)
    for view in every_view(model):
        picture = draw_view(view)
        cards = [group for kind in ("card", "block", "merge") for group in picture.groups(kind)]
        assert sum(int(card.data["parameters"]) for card in cards) == sum(row.params for row in model.rows)
        assert sum(int(card.data["members"]) for card in cards) == len(model.rows)


def test_the_sums_notice_a_loss() -> None:
    view = build_view(report("resnet18"))
    whole = sums(view)
    view.cards[2].members = view.cards[2].members[1:]
    view.edges.pop()
    assert all(a != b for a, b in zip(sums(view)[:2], whole[:2], strict=True))


def texts_of(group: Group) -> list[str]:
    return [item.lead + item.text for item in group.items if isinstance(item, Text)]


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("densenet", "nested", "wrong")])
def test_numbers_on_cards_are_those_of_the_report(name: str) -> None:
    model = report(name)
    picture = graph_picture(model, expand="all")
    by_path = {row.path.partition("/")[2]: row for row in model.rows}
    seen = 0
    for card in picture.groups("card"):
        row = by_path[card.layer]
        written = texts_of(card)
        assert any(show_shape(row.output_shape) in text for text in written), (card.key, written)
        if row.is_input:
            continue
        parameters = [text for text in written if re.fullmatch(r"[\d,]+ parameters?", text)]
        expected = [f"{group_digits(row.params)} parameter{'' if row.params == 1 else 's'}"] if row.params else []
        assert parameters == expected
        if isinstance(row.macs, int):
            macs = [text for text in written if text.endswith(" MACs")]
            assert macs == ([f"{group_digits(row.macs)} MACs"] if row.macs else [])
        if row.field is not None and row.field.size and row.coverage is not None:
            size = "×".join(map(str, row.field.size))
            assert any(text.startswith(f"field {size}") and f"{row.coverage * 100:.2f} %" in text for text in written)
        seen += 1
    assert seen


def test_activation_normalisation_and_dropout_fold_into_their_card() -> None:
    view = build_view(report("resnet18"), "all")
    stem = next(card for card in view.cards if card.path == "conv2d_1")
    assert [row.kind for row in stem.rows] == ["Conv2D", "BatchNorm", "ReLU"]
    assert [
        chip.layer for chip in graph_picture(report("resnet18")).groups("card")[1].items if getattr(chip, "radius", 0) > 7
    ] == [
        "batch_norm_1",
        "relu_1",
    ]
    outputs = build_view(report("outputs"))
    assert [row.kind for row in next(card for card in outputs.cards if card.path.endswith("max_pool2d_1")).rows] == [
        "MaxPool2D",
        "Dropout",
    ]


def test_a_layer_that_others_read_too_is_no_chip() -> None:
    model = reports_of("model M {\n  input 4x4x2\n  c = Conv2D(2, 1x1)\n  r = ReLU\n  [c, r] -> Add\n}\n")[0]
    assert [card.path for card in build_view(model).cards] == ["input", "c", "r", "add_1"]


def test_repeats_are_one_group_with_a_badge() -> None:
    picture = graph_picture(report("repeats"))
    labels = ["; ".join(texts_of(frame)) for frame in picture.groups("frame")]
    assert "twin_1 to 6 · Twin(8); ×6, own weights, 7,200 parameters" in labels
    assert any(label.startswith("repeat_2; ×4, shared weights") for label in labels)
    assert [frame.data["times"] for frame in picture.groups("frame")].count("6") == 1


def test_a_block_has_its_name_and_how_it_is_called() -> None:
    texts = {group.layer: texts_of(group) for group in graph_picture(report("resnet18")).groups("block")}
    assert texts["basic_1"][0] == "basic_1 to 2 · Basic(64)"
    assert texts["basic_3"][0] == "basic_3 · Basic(128, strides=2)"
    inside = "block B { Conv2D(1, 1x1) -> Conv2D(1, 1x1) }\nmodel M {\n  input 4x4x1\n  side = B -> B -> Conv2D(1, 1x1)\n}\n"
    labels = [texts_of(frame)[0] for frame in graph_picture(reports_of(inside)[0]).groups("frame")]
    assert labels == ["side", "b_1 · B", "b_2 · B"]


def test_repeats_that_differ_stay_apart() -> None:
    text = "block B { Conv2D(in.channels * 2, 3x3) -> Conv2D(in.channels, 3x3) }\nmodel M {\n  input 32x32x1\n  B * 3\n}\n"
    view = build_view(reports_of(text)[0])
    assert [frame.times for frame in view.frames] == [1, 1, 1]


def test_large_networks_are_collapsed_to_an_overview() -> None:
    assert len(build_view(report("densenet")).cards) == 13
    assert len(build_view(report("resnet18")).cards) == 12
    assert {card.path for card in build_view(report("deep_unet")).cards if card.run} == set()
    assert len(build_view(report("resnet18"), "all").cards) == 32


def test_expanding_by_name() -> None:
    model = report("resnet18")
    one = build_view(model, "basic_3")
    assert [frame.part.path for frame in one.frames] == ["basic_3"]
    every = build_view(model, "Basic")
    assert len(every.frames) == 7  # the two equal passes as one
    two = build_view(model, ["basic_3", "basic_4"])
    assert [frame.part.path for frame in two.frames] == ["basic_3", "basic_4"]
    inner = build_view(report("nested"), "middle_2/inner_1")
    assert {"outer_1", "outer_1/middle_2", "outer_1/middle_2/inner_1"} <= {frame.part.path for frame in inner.frames}


def test_expanding_what_does_not_exist_lists_what_does() -> None:
    with pytest.raises(RenderError, match="no block 'Basicc' to expand; blocks: Basic"):
        build_view(report("resnet18"), "Basicc")
    with pytest.raises(RenderError, match="the model has no blocks"):
        build_view(report("lenet5"), "Basic")


def test_several_outputs_are_marked() -> None:
    picture: Picture = graph_picture(report("outputs"))
    marked = {card.layer: [text for text in texts_of(card) if text.startswith("output ")] for card in picture.groups("card")}
    assert [texts for texts in marked.values() if texts] == [["output 1"], ["output 2"]]


def test_zeros_are_left_out() -> None:
    for card in graph_picture(report("lenet5")).groups("card"):
        assert not [text for text in texts_of(card) if text.startswith("0 ")]


def test_a_unknown_layer_is_a_question_mark() -> None:
    cards = {card.layer: texts_of(card) for card in graph_picture(report("wrong")).groups("card")}
    assert "?" in cards["max_pool2d_1"]
    assert any("error" in text for text in cards["conv2d_2"])
