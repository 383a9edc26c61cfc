"""The layout's parts against slow, obvious versions, and its growth."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.render.display import Box
from cnnspec.render.graph.framing import sound_frames
from cnnspec.render.graph.lanes import Skyline
from cnnspec.render.graph.layout import PAD, Cell, Layout, columns, lay_out
from cnnspec.render.graph.nesting import nest
from cnnspec.render.graph.splits import put_splits_in


@st.composite
def graphs(draw: st.DrawFn, most: int = 14) -> list[list[int]]:
    """Inputs per item; item 0 is the root, every item reads up to three earlier ones (none: an input)."""
    count = draw(st.integers(1, most))
    inputs: list[list[int]] = [[]]
    for item in range(1, count + 1):
        sources = draw(st.lists(st.integers(max(1, item - 4), item - 1), max_size=3, unique=True)) if item > 1 else []
        far = draw(st.sampled_from([[], [], [1]])) if item > 2 else []
        inputs.append(sorted({*sources, *far}))
    return inputs


def dominators(inputs: list[list[int]]) -> list[set[int]]:
    """Per item, the items on every path from the root."""
    found: list[set[int]] = [{0}]
    for item in range(1, len(inputs)):
        found.append(set.intersection(*(found[source] for source in inputs[item] or [0])) | {item})
    return found


@given(graphs())
def test_the_parent_is_the_immediate_dominator(inputs: list[list[int]]) -> None:
    tree, expected = nest(inputs), dominators(inputs)
    for item in range(1, len(inputs)):
        assert tree.parent[item] == max(expected[item] - {item}, key=lambda other: len(expected[other]))
        assert tree.depth[item] == len(expected[item]) - 1
        for depth in range(tree.depth[item] + 1):
            assert tree.ancestor(item, depth) == next(other for other in expected[item] if tree.depth[other] == depth)


@given(graphs())
def test_layers_of_a_stack_read_only_earlier_ones(inputs: list[list[int]]) -> None:
    tree = nest(inputs)
    for item in range(1, len(inputs)):
        for source in inputs[item]:
            above = tree.parent[item]
            if source != above:
                sibling = tree.ancestor(source, tree.depth[item])
                assert tree.parent[sibling] == above
                assert tree.layer[sibling] < tree.layer[item]


@given(graphs())
def test_splits_keep_every_edge(inputs: list[list[int]]) -> None:
    graph = put_splits_in(inputs)
    assert len(set(graph.place)) == len(inputs)
    for item in range(1, len(inputs)):
        for source in inputs[item]:
            way = [graph.place[source], *graph.through.get((item, source), ()), graph.place[item]]
            for a, b in itertools.pairwise(way):
                assert a < b
                assert a in graph.inputs[b] or (a == 0 and graph.inputs[b] in ([], [0]))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_a_skyline_is_a_list_of_heights(heights: list[float], rng: random.Random) -> None:
    skyline, plain = Skyline(heights), list(heights)
    for _ in range(30):
        first = rng.randrange(len(plain))
        last = rng.randrange(first, len(plain))
        assert skyline.highest(first, last) == max(plain[first : last + 1])
        height = max(plain[first : last + 1]) + rng.random() * 10
        skyline.raise_to(first, last, height)
        plain[first : last + 1] = [max(value, height) for value in plain[first : last + 1]]


def pairs(inputs: list[list[int]]) -> list[tuple[int, int]]:
    return [(source - 1, item - 1) for item in range(1, len(inputs)) for source in inputs[item]]


def cells_of(count: int, rng: random.Random) -> list[Cell]:
    cells = []
    for _ in range(count):
        if rng.random() < 0.3:
            cells.append(Cell(11, 60, 24, 11))
        else:
            width = rng.choice((40, 70, 90))
            cells.append(Cell(width, width, rng.choice((30, 50, 80))))
    return cells


def problems(layout: Layout, edges: list[tuple[int, int]]) -> list[str]:
    """Overlapping cards, and edges through cards that are not theirs."""
    found = []
    for at, box in enumerate(layout.boxes):
        found += [f"{at} on {other}" for other in range(at) if box.overlaps(layout.boxes[other])]
        for edge, line in zip(edges, layout.lines, strict=True):
            if at not in edge and any(box.meets_segment(a, b, 0.5) for a, b in itertools.pairwise(line)):
                found.append(f"{edge} through {at}")
    return found


@settings(max_examples=150, deadline=None)
@given(graphs(20), st.randoms(use_true_random=False), st.sampled_from(["TB", "LR"]))
def test_no_network_whatever_has_overlaps_or_edges_through_foreign_cards(
    inputs: list[list[int]], rng: random.Random, direction: str
) -> None:
    cells, edges = cells_of(len(inputs) - 1, rng), pairs(inputs)
    layout = lay_out(cells, edges, direction=direction)
    assert problems(layout, edges) == []
    room = Box(0, 0, layout.width, layout.height)
    assert all(room.contains(box) for box in layout.boxes)


def random_frames(count: int, rng: random.Random) -> list[list[int]]:
    """Stretches of cards, nested or apart, outer before inner."""
    found: list[list[int]] = []
    pending = [(0, count)]
    while pending and len(found) < 6:
        first, last = pending.pop(0)
        if last - first >= 3:
            low = rng.randrange(first, last - 1)
            high = rng.randrange(low + 2, last + 1)
            found.append(list(range(low, high)))
            pending += [(low, high), (high, last)]
    return found


def with_room(cells: list[Cell], frames: list[list[int]]) -> list[Cell]:
    for frame in frames:
        for card in frame:
            cells[card].sides_before += PAD
            cells[card].sides_after += PAD
            cells[card].lead += PAD
            cells[card].tail += PAD
    return cells


@settings(max_examples=150, deadline=None)
@given(graphs(20), st.randoms(use_true_random=False))
def test_frames_that_are_drawn_hold_their_cards_and_no_others(inputs: list[list[int]], rng: random.Random) -> None:
    count = len(inputs) - 1
    frames = sorted(random_frames(count, rng), key=lambda frame: (frame[0], -frame[-1]))
    layout = lay_out(with_room(cells_of(count, rng), frames), pairs(inputs), frames)
    assert problems(layout, pairs(inputs)) == []
    kept = sound_frames(frames, layout.boxes, layout.frames)
    for number in kept:
        inside = [at for at, box in enumerate(layout.boxes) if box.overlaps(layout.frames[number])]
        assert inside == frames[number]
        assert all(layout.frames[number].contains(layout.boxes[at]) for at in inside)
    for a in kept:
        for b in kept:
            one, other = layout.frames[a], layout.frames[b]
            assert not one.overlaps(other) or one.contains(other) or other.contains(one)


def test_frames_of_a_chain_are_all_drawn() -> None:
    frames = [[0, 1, 2, 3], [1, 2], [4, 5]]
    layout = lay_out(with_room([Cell(40, 40, 30) for _ in range(6)], frames), [(at, at + 1) for at in range(5)], frames)
    assert sound_frames(frames, layout.boxes, layout.frames) == [0, 1, 2]


def test_the_judge_of_layouts_can_fail() -> None:
    layout = lay_out([Cell(40, 40, 30) for _ in range(3)], [(0, 1), (1, 2)])
    layout.boxes[2] = layout.boxes[1]
    assert problems(layout, [(0, 1), (1, 2)])


def test_columns_go_on_through_chains() -> None:
    assert columns([[], [0], [1]]) == [1, 1, 1]
    two = columns([[], [0], [0], [1, 2]])
    assert two[0] == two[3] != two[1] != two[2]


def steps_taken(cells: int, edges: list[tuple[int, int]]) -> int:
    """Function calls of a layout: a measure of work that no other process disturbs."""
    import sys

    count = 0

    def counting(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        lay_out([Cell(40, 40, 30, 11 if at % 3 == 0 else 0) for at in range(cells)], edges)
    finally:
        sys.setprofile(None)
    return count


def chain(n: int) -> list[tuple[int, int]]:
    return [(at, at + 1) for at in range(n - 1)]


def residual(n: int) -> list[tuple[int, int]]:
    return chain(n) + [(at, at + 3) for at in range(0, n - 3, 3)]


def nested_skips(n: int) -> list[tuple[int, int]]:
    return chain(n) + [(at, n - 1 - at) for at in range(n // 2 - 1)]


def from_the_first(n: int) -> list[tuple[int, int]]:
    return chain(n) + [(0, at) for at in range(2, n)]


def wide(n: int) -> list[tuple[int, int]]:
    return [(0, at) for at in range(1, n - 1)] + [(at, n - 1) for at in range(1, n - 1)]


@pytest.mark.parametrize("shape", [chain, residual, nested_skips, from_the_first, wide])
def test_work_grows_about_linearly(shape) -> None:
    small, large = steps_taken(500, shape(500)), steps_taken(2000, shape(2000))
    assert large < 4 * 1.5 * small
