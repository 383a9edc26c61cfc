"""Nothing on a graph overlaps, sticks out or runs through what is not its own: judged on the display list."""

from __future__ import annotations

import dataclasses
from itertools import combinations

import pytest

from cnnspec.render.display import Box, Group, Path, Picture, Rectangle
from cnnspec.render.graph.draw import draw_view, graph_picture
from cnnspec.render.graph.view import every_view
from support.drawn_networks import ALL, report
from support.picture_judges import JUDGES, cards


def ends(edge: Group) -> tuple[str, str]:
    return edge.data["from"], edge.layer


def loose_edges(picture: Picture) -> list[str]:
    """Edges that do not begin and end at the border of their cards."""
    boxes = {card.layer: card.box for card in cards(picture)}
    found = []
    for edge in picture.groups("edge"):
        source, target = (boxes[end].grown(0.6) for end in ends(edge))
        line = next(item for item in edge.items if isinstance(item, Path))
        points = [point for _, points in line.steps for point in points]
        tip = next(item for item in edge.items if not isinstance(item, Path)).points[0]  # type: ignore[union-attr]
        if not source.contains(Box(*points[0], *points[0])) or not target.contains(Box(*tip, *tip)):
            found.append(edge.key)
    return found


def frames_askew(picture: Picture, members: dict[str, set[str]]) -> list[str]:
    """Frames that touch a card that is not in them, leave out one that is, or half overlap each other."""
    found = []
    frames = picture.groups("frame")
    for frame in frames:
        for card in cards(picture):
            inside = card.layer in members[frame.layer]
            if inside != frame.box.contains(card.box) or (not inside and frame.box.overlaps(card.box)):
                found.append(f"{frame.key} and {card.key}")
    for a, b in combinations(frames, 2):
        if a.box.overlaps(b.box) and not a.box.contains(b.box) and not b.box.contains(a.box):
            found.append(f"{a.key} and {b.key}")
    return found


def all_pictures(name: str, direction: str):
    """Every level of collapse, with the cards in each frame."""
    for view in every_view(report(name)):
        members = {frame.part.path: {view.cards[card].path for card in frame.cards} for frame in view.frames}
        picture = draw_view(view, direction)
        assert len(picture.groups("frame")) == len(view.frames)
        yield picture, members


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("name", ALL)
def test_no_picture_has_overlaps_cut_texts_or_edges_through_foreign_cards(name: str, direction: str) -> None:
    for picture, members in all_pictures(name, direction):
        if len(cards(picture)) > 120:
            continue
        for judge in JUDGES:
            assert judge(picture) == [], judge.__name__
        assert loose_edges(picture) == []
        assert frames_askew(picture, members) == []


def moved(group: Group, dx: float, dy: float) -> Group:
    """A card somewhere else, texts left behind."""
    box = group.box
    assert box is not None
    return dataclasses.replace(group, box=Box(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy))


def test_the_judges_can_fail() -> None:
    picture = graph_picture(report("gates"))
    victims = cards(picture)
    shifted = dataclasses.replace(
        picture, items=tuple(moved(item, 0, 40) if item is victims[1] else item for item in picture.items)
    )
    assert loose_edges(shifted)
    frame = picture.groups("frame")[0]
    wide = dataclasses.replace(frame, box=picture.box)
    askew = dataclasses.replace(picture, items=tuple(wide if item is frame else item for item in picture.items))
    assert frames_askew(askew, {group.layer: set() for group in picture.groups("frame")})


def test_identity_skips_bow_outside_their_column() -> None:
    picture = graph_picture(report("resnet18"), expand="all")
    boxes = {card.layer: card.box for card in cards(picture)}
    skip = next(edge for edge in picture.groups("edge") if ends(edge) == ("max_pool2d_1", "basic_1/add_1"))
    passed = [boxes["basic_1/conv_norm_1/conv2d_1"], boxes["basic_1/conv_norm_2/conv2d_1"]]
    line = next(item for item in skip.items if isinstance(item, Path))
    assert min(x for _, points in line.steps for x, _ in points) < min(box.left for box in passed) - 5


def test_parallel_branches_stand_side_by_side_about_their_split() -> None:
    picture = graph_picture(report("inception"))
    boxes = {card.layer: card.box for card in cards(picture)}
    heads = [boxes[f"branches_1/{name}"] for name in ("conv2d_1", "conv2d_2", "conv2d_4", "max_pool2d_1")]
    assert len({box.top for box in heads}) == 1
    assert heads[0].centre[0] + heads[-1].centre[0] == pytest.approx(2 * boxes["conv2d_1"].centre[0], abs=1)


def test_a_chain_is_one_straight_column() -> None:
    picture = graph_picture(report("lenet5"))
    assert len({card.box.centre[0] for card in cards(picture)}) == 1
    assert len({card.box.width for card in cards(picture)}) == 1


def test_a_dashed_card_is_outlined_once() -> None:
    """A second outline along the same edge would fill the gaps of the first."""
    for block in graph_picture(report("resnet18")).groups("block"):
        assert block.box is not None
        outlined = [item for item in block.items if isinstance(item, (Path, Rectangle)) and item.paint.dash]
        along_the_top = [
            item
            for item in outlined
            if (item.box.top if isinstance(item, Rectangle) else min(y for _, points in item.steps for _, y in points))
            == block.box.top
        ]
        assert len(along_the_top) == 1
        assert len(outlined) == 2  # the card, and the line below its header


def test_an_error_of_check_colours_its_card_and_edge() -> None:
    picture = graph_picture(report("wrong"))
    card = next(card for card in cards(picture) if card.layer == "conv2d_2")
    assert card.items[0].paint.stroke == "error"
    others = [other for other in cards(picture) if other is not card]
    assert all(other.items[0].paint.stroke != "error" for other in others if isinstance(other.items[0], Rectangle))
    into = next(edge for edge in picture.groups("edge") if edge.layer == "conv2d_2")
    assert into.items[0].paint.stroke == "error"
