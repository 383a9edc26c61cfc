"""The styles that are text: read back sign by sign, they say what the view says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from cnnspec.analysis.report import ModelReport
from cnnspec.diagnostics.writers.columns import text_width
from cnnspec.ir import Network
from cnnspec.record import replace
from cnnspec.render.boxes.draw import graph_text
from cnnspec.render.boxes.lanes import find_lanes
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.faces import Faces, frame_lines
from cnnspec.render.graph.view import View, build_view
from cnnspec.render.mermaid.draw import graph_mermaid, label
from cnnspec.render.palette import palette_named
from cnnspec.render.render import render
from cnnspec.render.svg import clean
from support.drawn_networks import ALL, report, reports_of
from support.hostile import hostile

COLOURS = palette_named("colour")


def edges_of(view: View) -> set[tuple[int, int]]:
    return {(edge.source, edge.target) for edge in view.edges}


class Reader:
    """Reads boxes and what joins them off the signs alone."""

    def __init__(self, text: str) -> None:
        lines = text.splitlines()
        width = max(map(len, lines))
        self.lines = [line.ljust(width) for line in lines]
        self.tops = [at for at, line in enumerate(self.lines) if "┌" in line]
        self.feet = [at for at, line in enumerate(self.lines) if "└" in line]
        self.right = self.lines[self.tops[0]].index("┐")

    def edges(self) -> Iterator[tuple[int, int]]:
        for number, foot in enumerate(self.feet):
            line = self.lines[foot]
            if "┬" in line[: self.right]:
                column, at = line.index("┬"), foot + 1
                while self.lines[at][column] == "│":
                    at += 1
                assert self.lines[at][column] == "▼"
                yield number, self.tops.index(at + 1)
            if line[self.right] == "┴":
                yield from ((number, target) for target in self.lane(foot))

    def lane(self, foot: int) -> Iterator[int]:
        """The boxes that a lane leads to."""
        line = self.lines[foot]
        column = self.right + 1
        while line[column] != "┐":
            assert line[column] in "─│"
            column += 1
        at = foot
        while True:
            at += 1
            sign = self.lines[at][column]
            if sign == "│":
                continue
            assert sign in "┤┘┴┼", (sign, at)
            assert self.lines[at][self.right + 1] == "◄"
            yield self.tops.index(at - 1)
            if sign in "┘┴":
                return


@pytest.mark.parametrize("expand", [None, "all"])
@pytest.mark.parametrize("name", [name for name in ALL if name != "densenet"])
def test_boxes_are_joined_as_the_view_says(name: str, expand: str | None) -> None:
    view = build_view(report(name), expand)
    text = graph_text(report(name), expand=expand, columns=200)
    reader = Reader(text)
    assert len(reader.tops) == len(view.cards)
    assert set(reader.edges()) == edges_of(view)
    assert "reads " not in text


def test_what_has_no_lane_is_named() -> None:
    names = [f"branch_{at}" for at in range(30)]
    branches = "".join(f"  {name} = a -> Conv2D(2, 1x1)\n" for name in names)
    model = reports_of(f"model Wide {{\n  input a: 8x8x1\n{branches}  [{', '.join(names)}] -> Concat\n}}\n")[0]
    view, text = build_view(model), graph_text(model)
    assert max(map(text_width, text.splitlines())) <= 80
    drawn = set(Reader(text).edges())
    assert drawn < edges_of(view)
    words = re.sub(r"[│─┌┐└┘├┤┴┬┼◄▼\s]+", " ", text)
    named = re.findall(r"branch_\d+", words.rpartition("reads ")[2])
    assert set(named) == {view.cards[source].path for source, _ in edges_of(view) - drawn}
    assert len(named) == len(edges_of(view) - drawn)


@pytest.mark.parametrize("expand", [None, "all"])
@pytest.mark.parametrize("name", ALL)
def test_boxes_fit_a_terminal(name: str, expand: str | None) -> None:
    for columns in (80, 120):
        lines = graph_text(report(name), expand=expand, columns=columns).splitlines()
        assert max(map(text_width, lines)) <= columns
        assert all(line == line.rstrip() for line in lines)
        right = {line.index("┐") for line in lines if "┌" in line}
        assert len(right) == 1


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "deep_unet", "gates", "wrong", "outputs", "volume_3d"])
def test_boxes_hold_what_the_cards_hold(name: str) -> None:
    view = build_view(report(name))
    maker = Faces(view)
    text = graph_text(report(name), columns=160)
    for at in range(len(view.cards)):
        face = maker.of(at)
        for bold, plain in face.head:
            assert bold + plain in text
        for left, right in face.facts:
            assert re.search(re.escape(left) + " +" + re.escape(right), text)
        assert all(f"[{chip.text}]" in text for chip in face.chips)
    for frame in view.frames:
        assert " · ".join(frame_lines(view, frame)) in text
    assert text.count("╭") == text.count("╰") == len(view.frames)


def test_a_column_is_free_again_below_its_last_box() -> None:
    lanes, left = find_lanes([(0, 2), (0, 1), (1, 3), (2, 5), (0, 4)], 9)
    assert [(lane.column, lane.source, lane.targets) for lane in lanes] == [(0, 0, (2, 4)), (1, 1, (3,)), (2, 2, (5,))]
    assert left == []
    lanes, left = find_lanes([(0, 2), (2, 4), (1, 3)], 1)
    assert [(lane.column, lane.source) for lane in lanes] == [(0, 0), (0, 2)]
    assert left == [(1, 3)]


_LABEL = r"(?:[A-Za-z0-9 .,:=+/()_\u0080-\U0010ffff-]|#\d+;|<b>|</b>|<br/>)*"
_LINES = re.compile(
    "|".join(
        (
            "flowchart (?:TB|LR)",
            rf' +subgraph g\d+\["{_LABEL}"\]',
            " +end",
            rf' +n\d+(?:\["{_LABEL}"\]|\[\["{_LABEL}"\]\]|\(\["{_LABEL}"\]\))',
            r" +n\d+ --> n\d+",
            " +classDef [a-z]+ fill:#[0-9A-F]{6},stroke:#[0-9A-F]{6},color:#[0-9A-F]{6}(?:,stroke-width:3px)?",
            r" +class n\d+(?:,n\d+)* [a-z]+",
        )
    )
)


def assert_grammar(text: str) -> None:
    for line in text.splitlines():
        assert _LINES.fullmatch(line), line


@pytest.mark.parametrize("direction", ["TB", "LR"])
@pytest.mark.parametrize("name", ALL)
def test_a_flowchart_has_every_card_edge_and_group(name: str, direction: str) -> None:
    for expand in (None, "all"):
        view = build_view(report(name), expand)
        text = graph_mermaid(report(name), COLOURS, direction=direction, expand=expand)
        assert_grammar(text)
        assert text.startswith(f"flowchart {direction}\n")
        assert {(int(a), int(b)) for a, b in re.findall(r"n(\d+) --> n(\d+)", text)} == edges_of(view)
        stack: list[int] = []
        members: dict[int, list[int]] = {number: [] for number in range(len(view.frames))}
        cards: list[int] = []
        for line in text.splitlines():
            if found := re.match(r" +subgraph g(\d+)", line):
                stack.append(int(found[1]))
            elif line.strip() == "end":
                stack.pop()
            elif found := re.match(r" +n(\d+)[\[(]", line):
                cards.append(int(found[1]))
                for number in stack:
                    members[number].append(int(found[1]))
        assert not stack
        assert cards == list(range(len(view.cards)))
        assert [members[number] for number in members] == [frame.cards for frame in view.frames]
        classed = [int(n) for found in re.findall(r"    class ([n\d,]+) ", text) for n in found.replace("n", "").split(",")]
        assert sorted(classed) == cards


def plain(text: str) -> str:
    """A label as Mermaid shows it."""
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), text)


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "gates", "wrong"])
def test_labels_hold_what_the_cards_hold(name: str) -> None:
    view = build_view(report(name))
    maker = Faces(view)
    labels = {int(n): found for n, found in re.findall(r' n(\d+)[\[(]+"(.*?)"', graph_mermaid(report(name), COLOURS))}
    for at in range(len(view.cards)):
        face = maker.of(at)
        shown = plain(labels[at].replace("<b>", "").replace("</b>", "").replace("<br/>", "\n"))
        assert all(bold + line in shown for bold, line in face.head)
        assert all(part in shown for fact in face.facts for part in fact)
        assert all(f"[{chip.text}]" in shown for chip in face.chips)


def hostile_report(seed: int) -> ModelReport:
    good, name = report("lenet5"), hostile(seed)
    nodes = tuple(
        node.model_copy(update={"path": f"{name}{at}" if at else node.path}) for at, node in enumerate(good.network.nodes)
    )
    network = Network(name=name, nodes=nodes, outputs=good.network.outputs)
    rows = tuple(replace(row, path=f"{name}/{node.path}", name=node.path) for row, node in zip(good.rows, nodes, strict=True))
    return ModelReport(name, True, network, rows, good.totals)


def test_hostile_names_stay_text() -> None:
    for seed in range(300):
        bad = hostile_report(seed)
        flowchart = str(render(bad, style="mermaid"))
        assert_grammar(flowchart)
        flowchart.encode()
        boxes = str(render(bad, style="text"))
        boxes.encode()
        assert max(map(text_width, boxes.splitlines())) <= 80
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", boxes)
        assert len([line for line in boxes.splitlines() if line.startswith("┌")]) == len(bad.rows)
        for style, text in (("text", boxes), ("mermaid", flowchart)):
            first, *_, last = str(render(bad, style=style, format="md")).splitlines()
            assert first == last + style
            assert last not in text


def test_ten_thousand_hostile_labels_stay_one_label() -> None:
    for seed in range(10_000):
        text = hostile(seed)
        assert re.fullmatch(_LABEL, label(text))
        assert plain(label(text)) == clean(text)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"style": "text", "format": "svg"}, "text is text, not svg; formats: txt, md"),
        ({"style": "mermaid", "format": "txt"}, "mermaid is text, not txt; formats: mmd, md"),
        ({"style": "graph", "format": "md"}, "graph is drawn, and md is text; styles that are text: text, mermaid"),
        ({"style": "text", "direction": "LR"}, "text always reads from top to bottom"),
        ({"style": "text", "width": "84mm"}, "'84mm' is no number of columns; write it with ch: 100ch"),
        ({"style": "text", "width": "20ch"}, "20 columns are too few for these boxes; they take 34, as in --width 34ch"),
        ({"style": "mermaid", "width": "84mm"}, "a flowchart has no width of its own"),
        ({"style": "text", "engine": "dot"}, "dot lays out graphs that are drawn"),
        ({"style": "text", "expand": "nothing"}, "there is no block 'nothing' to expand"),
        ({"style": "mermaid", "at": (1, 1)}, "mermaid draws the whole network, not one unit"),
    ],
)
def test_what_cannot_be_written_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(RenderError) as caught:
        render(report("lenet5"), **options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)


def test_the_columns_are_those_asked_for() -> None:
    assert "too few" not in str(render(report("lenet5"), style="text", width="34ch"))
    lines = str(render(report("repeats"), style="text", expand="all", width="50ch")).splitlines()
    assert max(map(len, lines)) <= 50
