"""Every style of the networks of papers, at every level of collapse, on a screen and on paper: nothing collides, is cut,
faint, too small or empty, and nothing is lost."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from math import ceil
from pathlib import Path as File
from random import Random
from xml.etree import ElementTree

import pytest

from cnnspec.analysis.report import ModelReport
from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.boxes.draw import view_text
from cnnspec.render.display import Box, Ellipse, Group, Item, Paint, Path, Picture, Polygon, Rectangle, Text
from cnnspec.render.figure import shifted
from cnnspec.render.graph import draw as graph
from cnnspec.render.graph.faces import SIGNS
from cnnspec.render.graph.view import View, build_view, every_view
from cnnspec.render.maps import draw as maps
from cnnspec.render.palette import PALETTES
from cnnspec.render.receptive_field.draw import receptive_field_picture
from cnnspec.render.receptive_field.pyramid import build_pyramid
from cnnspec.render.render import render
from cnnspec.render.svg import write_svg
from cnnspec.render.volumes import draw as volumes
from support import picture_judges as judges
from support.drawn_networks import reports_of
from support.papers import PAPERS, paper
from support.programs import draw_program

#: How each style draws one view.
STYLES: dict[str, Callable[[View], Picture]] = {
    "graph": graph.draw_view,
    "graph, LR": lambda view: graph.draw_view(view, "LR"),
    "maps": maps.draw_view,
    "volumes": volumes.draw_view,
}
#: Pictures of more cards are not judged pair by pair.
MOST_CARDS = 70
#: Pixels of a picture to a millimetre of paper at which the smallest text, of 9 pixels, has 6 pt.
PER_MM = 108 / 25.4
WIDTHS = ("84mm", "174mm")
#: Their skips cross the whole picture: on a screen it is one row.
WIDE = ("U-Net", "U-Net 2015", "3-D U-Net")


def views(name: str) -> Iterator[View]:
    """Every level of collapse."""
    return (view for view in every_view(paper(name)) if len(view.cards) <= MOST_CARDS)


def as_drawn(report: ModelReport, style: str, width: str | None = None) -> Picture:
    """The picture that a user gets without further options."""
    longest = None if width is None else float(width.removesuffix("mm")) * PER_MM
    if style == "maps":
        return maps.maps_picture(report, longest=longest)
    if style == "volumes":
        return volumes.volumes_picture(report, longest=longest)
    return graph.graph_picture(report, direction="LR" if style.endswith("LR") else "TB")


def assert_sound(picture: Picture) -> None:
    for judge in judges.JUDGES:
        assert judge(picture) == [], judge.__name__


# Nothing collides, nothing is lost


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", PAPERS)
def test_every_level_is_sound_and_loses_nothing(name: str, style: str) -> None:
    rows = paper(name).rows
    for view in views(name):
        picture = STYLES[style](view)
        assert_sound(picture)
        cards = judges.cards(picture)
        assert sum(int(card.data["members"]) for card in cards) == len(rows)
        assert sum(int(card.data["parameters"]) for card in cards) == sum(row.params for row in rows)


@pytest.mark.parametrize("name", PAPERS)
def test_every_layer_is_in_one_card_and_every_connection_counts_once(name: str) -> None:
    network = paper(name).network
    connections = sum(len(node.inputs) for node in network.nodes)
    levels = list(every_view(paper(name)))
    assert len(levels) == 1 or len(levels[0].cards) < len(levels[-1].cards)
    for view in levels:
        members = [member for card in view.cards for member in card.members]
        assert sorted(members) == list(range(len(network.nodes)))
        shown = sum(edge.count for edge in view.edges) + sum(card.inside for card in view.cards)
        assert shown + sum(frame.loops for frame in view.frames) == connections


_KINDS = "Add|Subtract|Multiply|Average|Maximum|Minimum|Concat|Dot"
#: How a closed block says which merges are in it.
HELD = rf"[\d,]+ (?:{_KINDS})(?:, [\d,]+ (?:{_KINDS}))*,?"


def merges_said(texts: Iterable[str]) -> Counter[str]:
    """Per kind, how many merges such texts name; others say nothing."""
    pairs = [pair for text in texts if re.fullmatch(HELD, text) for pair in re.findall(rf"([\d,]+) ({_KINDS})", text)]
    found: Counter[str] = Counter()
    for count, kind in pairs:
        found[kind] += int(count.replace(",", ""))
    return found


def merges_of(report: ModelReport, members: Iterable[int]) -> Counter[str]:
    return Counter(report.rows[at].kind for at in members if report.rows[at].layer.family == "merging")


def merges_drawn(picture: Picture, view: View) -> Counter[str]:
    """Per kind, the merges that have a circle of their own, with those of further passes of its frame."""
    cards = {card.path: card for card in view.cards if card.kind == "merge"}
    found: Counter[str] = Counter()
    for group in picture.groups("merge"):
        merges = merges_of(view.report, cards[group.layer].members)
        assert any(re.match(rf"{kind}\b", text) for kind in merges for text in written(group))
        found += merges
    return found


def merges_marked(picture: Picture) -> Counter[str]:
    """Per kind, the merges that a mark counts: by its signs and the numbers beside them."""
    found: Counter[str] = Counter()
    for mark in picture.groups("mark"):
        kinds = [item.key.rpartition(".")[2] for item in mark.items if isinstance(item, Ellipse)]
        signs = [item for item in mark.items if isinstance(item, Text)]
        for kind in kinds:
            assert signs.pop(0).text == SIGNS[kind]
            found[kind] += int(signs.pop(0).text[1:]) if signs and re.fullmatch(r"×\d+", signs[0].text) else 1
        assert not signs
    return found


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", [*PAPERS, "Mixed"])
def test_every_merge_is_drawn_or_counted_in_one_mark(name: str, style: str) -> None:
    report = MIXED if name == "Mixed" else paper(name)
    for view in every_view(report):
        if len(view.cards) > MOST_CARDS:
            continue
        picture = STYLES[style](view)
        closed = [merges_of(report, card.members) for card in view.cards if card.run is not None]
        said = merges_said(text for group in picture.groups("block") for text in written(group))
        assert said + merges_drawn(picture, view) == merges_of(report, range(len(report.rows)))
        if not style.startswith("graph"):
            assert merges_marked(picture) == said
            assert len(picture.groups("mark")) == sum(1 for merges in closed if merges)


@pytest.mark.parametrize("name", [*PAPERS, "Mixed"])
def test_every_merge_is_in_the_text_once(name: str) -> None:
    report = MIXED if name == "Mixed" else paper(name)
    signs = {sign: kind for kind, sign in SIGNS.items()}
    for view in every_view(report):
        text = view_text(view, 120)
        alone = [match[1] for match in re.finditer(r"│ \((.)\) ", text)]
        cards = [card for card in view.cards if card.kind == "merge"]
        assert [signs[sign] for sign in alone] == [card.rows[0].kind for card in cards]
        drawn = sum((merges_of(report, card.members) for card in cards), Counter[str]())
        assert merges_said(re.findall(rf"\[({HELD})\]", text)) + drawn == merges_of(report, range(len(report.rows)))


@pytest.mark.parametrize("style", ["maps", "volumes"])
def test_merges_of_several_kinds_in_closed_blocks_are_sound(style: str) -> None:
    kinds: set[int] = set()
    for view in every_view(MIXED):
        picture = STYLES[style](view)
        assert_sound(picture)
        kinds |= {sum(isinstance(item, Ellipse) for item in mark.items) for mark in picture.groups("mark")}
    assert {1, 3, 4} & kinds
    for width in WIDTHS:
        assert_sound(as_drawn(MIXED, style, width))


@pytest.mark.parametrize("style", ["maps", "volumes"])
def test_long_names_of_blocks_are_wrapped_and_their_arcs_end_on_them(style: str) -> None:
    for view in every_view(LONG_NAMES):
        assert_sound(STYLES[style](view))
    for width in WIDTHS:
        assert_sound(as_drawn(LONG_NAMES, style, width))


#: Closed blocks whose kind takes a line of its own, with more merges than their arcs are wide.
LONG_NAMES = reports_of("""
block InvertedResidual(n) {
  Add { | Conv2D(n, 3x3, padding=same) -> ReLU -> Conv2D(n, 3x3, padding=same) | }
  Multiply { | | GlobalAvgPool2D -> Dense(n, activation=sigmoid) }
}
block Down(n) { Conv2D(n, 3x3, strides=2, padding=same) -> BatchNorm -> ReLU }
model LongNames {
  input 56x56x3
  Down(16)
  InvertedResidual(16) * 12
  Down(24) * 2
  InvertedResidual(24) * 4
  Down(160)
  InvertedResidual(160) * 2
  GlobalAvgPool2D
}
""")[0]


#: Closed blocks with merges of several kinds in them, beside each other and in each other.
MIXED = reports_of("""
block Gate(n) {
  Multiply { | | GlobalAvgPool2D -> Dense(n, activation=sigmoid) }
  Add { | Conv2D(n, 3x3, padding=same) | Maximum { | Conv2D(n, 1x1) | } }
}
block Many(n) {
  repeat 12 { Gate(n) }
  Concat { | Conv2D(4, 1x1) | Conv2D(n - 4, 1x1) }
}
model Mixed {
  input 16x16x8
  Concat { | Gate(8) | Many(8) | }
  Conv2D(8, 1x1)
  Many(8)
  GlobalAvgPool2D
}
""")[0]


@pytest.mark.parametrize("style", ["maps", "volumes"])
@pytest.mark.parametrize("name", PAPERS)
def test_it_is_sound_and_readable_at_the_widths_of_a_page(name: str, style: str) -> None:
    for width in WIDTHS:
        picture = as_drawn(paper(name), style, width)
        assert_sound(picture)
        points = judges.smallest_text(picture) * float(width.removesuffix("mm")) / 25.4 * 72 / picture.width
        assert points >= 6, (width, points)


@pytest.mark.parametrize("style", ["maps", "volumes"])
@pytest.mark.parametrize("name", ["LeNet-5", "AlexNet", "VGG-16", "ResNet-50"])
def test_rows_are_of_one_length(name: str, style: str) -> None:
    turns = as_drawn(paper(name), style, "84mm").groups("turn")
    ends = [item.box.right for turn in turns for item in turn.items if isinstance(item, Path)]
    assert len(ends) > 1
    assert max(ends) - min(ends) < 0.5


@pytest.mark.parametrize("style", ["maps", "volumes"])
@pytest.mark.parametrize("name", WIDE)
def test_skips_between_rows_have_a_letter_at_both_ends(name: str, style: str) -> None:
    assert not as_drawn(paper(name), style).groups("tag")
    for width in WIDTHS:
        picture = as_drawn(paper(name), style, width)
        ends = [(tag.layer, tag.data["letter"], tag.data["other"], tag.key.endswith(".leaves")) for tag in picture.groups("tag")]
        leaving = {letter: (path, other) for path, letter, other, leaves in ends if leaves}
        arriving = [(letter, other, path) for path, letter, other, leaves in ends if not leaves]
        assert {letter for letter, _, _ in arriving} == set(leaving)
        assert all(leaving[letter][0] == source for letter, source, _ in arriving)
        assert sorted(leaving) == [chr(ord("A") + at) for at in range(len(leaving))]
        drawn = {(group.data.get("from"), group.layer) for kind in ("edge", "window") for group in picture.groups(kind)}
        assert not drawn & {(source, target) for _, source, target in arriving}
    assert as_drawn(paper(name), style, "84mm").groups("tag")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", PAPERS)
def test_it_is_filled_and_fits_a_screen(name: str, style: str) -> None:
    picture = as_drawn(paper(name), style)
    assert_sound(picture)
    assert all(11.5 < margin < 13.1 for margin in judges.margins(picture))
    assert judges.widest_gap(picture, 0) < 25
    assert judges.widest_gap(picture, 1) < 25
    assert judges.filled(picture) > 0.6
    across = picture.height if style == "graph, LR" else picture.width
    assert across <= (700 if style.startswith("graph") else 1400 if name not in WIDE else 1800)


@pytest.mark.parametrize("name", PAPERS)
def test_a_picture_that_is_too_small_says_from_which_width_it_can_be_read(name: str) -> None:
    for style in ("graph", "maps", "volumes", "receptive-field"):
        told: list[str] = []
        text = render(paper(name), style=style, width="84mm", tell=told.append)
        assert isinstance(text, str)
        found = re.search(r"it has 6 pt from (\d+) mm on\.", text)
        assert bool(found) == any("6 pt" in said for said in told)
        assert all(said in text for said in told)
        if found is None:
            continue
        wide = f"{found[1]}mm"
        assert "pt from" not in render(paper(name), style=style, width=wide)  # type: ignore[operator]
        assert style in ("graph", "receptive-field")


@pytest.mark.parametrize(("name", "style", "width"), [("VGG-16", "graph", "84mm"), ("LeNet-5", "maps", "174mm")])
def test_a_picture_that_is_higher_than_a_page_says_so(name: str, style: str, width: str) -> None:
    told: list[str] = []
    text = render(paper(name), style=style, width=width, tell=told.append)
    picture = as_drawn(paper(name), style, width)
    height = float(width.removesuffix("mm")) * picture.height / picture.width
    said = [sentence for sentence in told if "more than a page of A4 (297 mm)" in sentence]
    assert len(said) == (height > 297)
    assert all(sentence in str(text) and f"{ceil(height)} mm high" in sentence for sentence in said)
    assert (name == "VGG-16") == (height > 297)


# Colours


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", PAPERS)
def test_no_text_is_faint(name: str, style: str) -> None:
    picture = as_drawn(paper(name), style)
    for palette in PALETTES.values():
        for dark in (False, True):
            assert judges.faint_texts(picture, palette, dark=dark) == []


# Numbers


def written(card: Group) -> list[str]:
    return [item.lead + item.text for item in card.items if isinstance(item, Text)]


@pytest.mark.parametrize("name", PAPERS)
def test_parameters_written_on_cards_and_frames_are_sums_of_the_report(name: str) -> None:
    report, seen = paper(name), 0
    for view in views(name):
        picture = graph.draw_view(view)
        groups = {group.layer: group for group in judges.cards(picture)}
        for card in view.cards:
            shown = [text for text in written(groups[card.path]) if re.fullmatch(r"[\d,]+ parameters?", text)]
            counted = sum(row.params for row in (card.rows if card.run is not None else card.rows[:1]))
            assert shown == ([f"{group_digits(counted)} parameter{'s' * (counted != 1)}"] if counted else [])
            seen += len(shown)
        frames = {group.layer: group for group in picture.groups("frame")}
        for frame in view.frames:
            total = sum(row.params for row in report.rows[frame.run.first : frame.run.last])
            if frame.part.path in frames and total:
                assert any(f"{group_digits(total)} parameter" in text for text in written(frames[frame.part.path]))
    assert seen


@pytest.mark.parametrize("name", PAPERS)
def test_sizes_above_stacks_are_those_of_the_report(name: str) -> None:
    view = build_view(paper(name))
    groups = {group.layer: group for group in judges.cards(maps.draw_view(view))}
    for card in view.cards:
        shape = card.rows[-1].output_shape
        assert shape is not None
        if card.kind == "merge" or card.path not in groups:
            continue
        sizes = [text for text in written(groups[card.path]) if re.fullmatch(r"(\d+@)?[\d×,]+", text)]
        extents = "×".join(str(extent) for extent in shape.extents)
        assert sizes[:1] == ([f"{shape.channels}@{extents}"] if extents else [f"{shape.channels:,}"])


def front_of(group: Group) -> Box:
    """The front sheet: the last closed outline."""
    path = [item for item in group.items if isinstance(item, Path)][-1]
    start = max(at for at, (letter, _) in enumerate(path.steps) if letter == "M")
    points = [point for _, points in path.steps[start:] for point in points]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def solid_of(group: Group) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]:
    """Of the front cube its near upper left corner, and its sides along, down and back."""
    front = [item for item in group.items if isinstance(item, Polygon) and item.key.endswith(".front")][-1].points
    upper = [item for item in group.items if isinstance(item, Polygon) and item.key.endswith(".top")][-1].points
    (x, y), along, down, back = front[0], front[1], front[3], upper[1]
    return (x, y), (along[0] - x, along[1] - y), (down[0] - x, down[1] - y), (back[0] - x, back[1] - y)


def expected_corners(source: Group, extents: list[int], reads: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """The corners of a window from nothing but the corners of what it lies on, extents and positions."""
    if len(extents) == 3:
        origin, *sides = solid_of(source)
        shares = [(low / n, (high + 1) / n) for (low, high), n in zip(reads, extents, strict=True)]
        (z0, z1), (v0, v1), (a0, a1) = shares
        return [
            tuple(origin[i] + a * sides[0][i] + v * sides[1][i] + z * sides[2][i] for i in (0, 1))  # type: ignore[misc]
            for a in (a0, a1)
            for v, z in ((v0, z0), (v0, z1), (v1, z1), (v1, z0))
        ]
    front = front_of(source)
    (rows, columns), (height, width) = ([(0, 0), *reads], [1, *extents]) if len(extents) == 1 else (reads, extents)
    xs = [front.left + at * front.width / width for at in (columns[0], columns[1] + 1)]
    ys = [front.top + at * front.height / height for at in (rows[0], rows[1] + 1)]
    return [(xs[0], ys[0]), (xs[1], ys[1])]


@pytest.mark.parametrize("name", PAPERS)
def test_windows_on_maps_are_where_the_arithmetic_says(name: str) -> None:
    rows = {row.path.partition("/")[2]: row for row in paper(name).rows}
    for view in views(name):
        picture = maps.draw_view(view)
        groups = {group.layer: group for group in judges.cards(picture)}
        for window in picture.groups("window"):
            source, facts = groups[window.data["from"]], rows[window.layer].facts
            assert facts is not None
            before = rows[window.layer].input_shapes[0]
            assert before is not None
            cell = [int(part) for part in window.data["cell"].split()]
            reads = [axis.reads(at, at) for axis, at in zip(facts.window, cell, strict=True)]  # type: ignore[arg-type,union-attr]
            extents = [int(extent) for extent in before.extents]  # type: ignore[arg-type]
            found = next(item for item in window.items if not isinstance(item, Text) and item.key.endswith(".window"))
            if isinstance(found, Rectangle):
                corners = [(found.box.left, found.box.top), (found.box.right, found.box.bottom)]
            else:
                assert isinstance(found, Path)
                starts = [points[0] for _, points in found.steps if points]
                corners = starts[:8]
            for corner, wanted in zip(corners, expected_corners(source, extents, reads), strict=True):
                assert corner == pytest.approx(wanted, abs=1e-6)


# Files


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", PAPERS)
def test_it_is_strict_xml_with_ids_of_its_own(name: str, style: str) -> None:
    text = write_svg(as_drawn(paper(name), style), PALETTES["colour"])
    ids = [element.get("id") for element in ElementTree.fromstring(text).iter() if element.get("id")]
    assert len(ids) == len(set(ids))


_WRITE = """
import hashlib
from support.papers import paper
from cnnspec.render.render import render
for name in ("GoogLeNet", "TCN", "volume", "U-Net 2015"):
    for style in ("graph", "maps", "volumes", "receptive-field", "text", "mermaid"):
        print(name, style, hashlib.sha256(render(paper(name), style=style).encode()).hexdigest())
"""


def test_the_same_bytes_on_every_hash_seed() -> None:
    root = File(__file__).resolve().parents[2]
    found = {
        subprocess.run(
            [sys.executable, "-c", _WRITE],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{root}{os.pathsep}{root / 'tests'}"},
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(found) == 1
    assert len(found.pop().splitlines()) == 24


# Random networks


@pytest.mark.parametrize("seed", range(8))
def test_random_networks_are_sound_in_every_style(seed: int) -> None:
    random = Random(seed)
    for _ in range(25):
        (report,) = reports_of(draw_program(random).text)
        view = build_view(report, random.choice([None, "all"]))
        if len(view.cards) > MOST_CARDS:
            continue
        assert_sound(STYLES[random.choice(list(STYLES))](view))
        assert_sound(as_drawn(report, random.choice(["maps", "volumes"]), random.choice(WIDTHS)))


# The judges


def with_items(picture: Picture, *items: Item) -> Picture:
    return dataclasses.replace(picture, items=(*picture.items, *items))


def replaced(picture: Picture, old: Group, new: Item) -> Picture:
    return dataclasses.replace(picture, items=tuple(new if item is old else item for item in picture.items))


@pytest.mark.parametrize("style", ["graph", "maps", "volumes"])
def test_a_defect_put_in_on_purpose_is_found(style: str) -> None:
    picture = STYLES[style](build_view(paper("U-Net")))
    assert_sound(picture)
    one, other = judges.cards(picture)[1:3]
    label = next(item for item in other.items if isinstance(item, Text))
    twin = Text(label.x, label.y + 3, label.text, label.size, label.bold, label.anchor)
    assert judges.overlapping_texts(with_items(picture, Group("note", "n", "n", "", (twin,))))
    step = judges.body(other).centre[0] - judges.body(one).centre[0], judges.body(other).centre[1] - judges.body(one).centre[1]
    assert judges.overlapping_cards(replaced(picture, one, shifted(one, *step)))
    assert judges.texts_outside(dataclasses.replace(picture, width=picture.width * 0.6))
    assert judges.shapes_outside(dataclasses.replace(picture, height=picture.height * 0.6))
    boxed = dataclasses.replace(one, box=judges.body(one).grown(-30))
    assert style != "graph" or judges.texts_outside(replaced(picture, one, boxed))
    stray = Path((("M", ((0.0, 0.0),)), ("L", ((picture.width, picture.height),))), Paint(None, "line"), "stray", "", "")
    crossing = Group("edge", "stray", "elsewhere", "", (stray,), None, {"from": "nowhere"})
    assert judges.lines_through_cards(with_items(picture, crossing))
    level = label.box.centre[1]
    across = dataclasses.replace(stray, steps=(("M", ((0.0, level),)), ("L", ((picture.width, level),))))
    assert judges.lines_through_texts(with_items(picture, dataclasses.replace(crossing, items=(across,))))
    rays = Group("window", "w", "w", "", (dataclasses.replace(across, key="w.rays"),))
    assert judges.rays_through_texts(with_items(picture, rays))
    middle = judges.body(one).centre
    cutting = Box(middle[0], middle[1], middle[0] + 500, middle[1] + 500)
    assert judges.askew_frames(with_items(picture, Group("frame", "f", "f", "", (), cutting)))
    assert judges.cut_texts(with_items(picture, Text(0, 0, "features · ResNet(Bottleneck,…")))
    assert not judges.cut_texts(with_items(picture, Text(0, 0, "…"), Text(0, 0, "…/conv2d_1")))
    over = Group("mark", "m", "elsewhere", "", (stray, Ellipse(judges.body(other), Paint("merging"), "m.Add", "", "")))
    assert judges.marks_in_the_way(with_items(picture, over))
    named = [Group("frame", path, path, "", (Text(0, 0, "again", bold=True),)) for path in ("a/0/again", "a/1/again")]
    assert judges.ambiguous_frames(with_items(picture, *named)) == ["a/1/again"]
    assert not judges.ambiguous_frames(with_items(picture, *named, Group("frame", "a/0", "a/0", "", ())))


@pytest.mark.parametrize("name", PAPERS)
def test_a_frame_holds_several_cards_or_says_how_often(name: str) -> None:
    for view in every_view(paper(name)):
        assert all(len(frame.cards) > 1 or frame.times > 1 for frame in view.frames)


def test_emptiness_and_faint_and_small_texts_are_found() -> None:
    picture = graph.graph_picture(paper("LeNet-5"))
    wide = dataclasses.replace(picture, width=picture.width + 400)
    assert max(judges.margins(wide)) > 400
    assert judges.filled(wide) < 0.6
    last = judges.cards(picture)[-1]
    apart = dataclasses.replace(replaced(picture, last, shifted(last, 0, 300)), height=picture.height + 300)
    edges = tuple(item for item in apart.items if not (isinstance(item, Group) and item.kind == "edge"))
    assert judges.widest_gap(dataclasses.replace(apart, items=edges), 1) > 200
    card = judges.cards(picture)[1]
    pale = Text(*judges.body(card).centre, "pale", fill="card")
    assert judges.faint_texts(with_items(picture, pale), PALETTES["colour"], dark=False) == ["pale: card on card"]
    assert judges.smallest_text(with_items(picture, Text(0, 0, "small", 4))) == 4


@pytest.mark.parametrize("name", PAPERS)
def test_floors_of_a_pyramid_keep_the_names_of_their_layers_and_differ(name: str) -> None:
    picture = receptive_field_picture([build_pyramid(paper(name))])
    names = {group.layer: written(group)[0] for group in picture.groups("row")}
    assert names
    assert all(text.rpartition("/")[2] == path.rpartition("/")[2] for path, text in names.items())
    assert len(set(names.values())) == len(names)
    assert judges.cut_texts(picture) == []


@pytest.mark.parametrize("style", ["receptive-field", "text", "mermaid"])
@pytest.mark.parametrize("name", PAPERS)
def test_the_other_styles_draw_it_too(name: str, style: str) -> None:
    assert render(paper(name), style=style)
