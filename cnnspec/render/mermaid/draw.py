"""The graph as a Mermaid flowchart: the same cards, groups and edges as the picture.

Whatever a name holds, its label is text: all but letters, digits and a few harmless signs are written as their numbers,
which Mermaid turns back into the signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnnspec.analysis.report import ModelReport
from cnnspec.render.graph.faces import Face, Faces, frame_lines
from cnnspec.render.graph.view import Frame, View, build_view
from cnnspec.render.palette import Palette
from cnnspec.render.svg import clean

#: What may stand in a quoted label as it is; beyond ASCII everything may.
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 .,:=+/()_\u0080-\U0010ffff-]")
INDENT = "    "


def graph_mermaid(
    report: ModelReport, palette: Palette, *, direction: str = "TB", expand: str | Sequence[str] | None = None
) -> str:
    """The graph of a model as the text of a Mermaid flowchart.

    Args:
        report: the model with its figures.
        palette: the colours of the cards.
        direction: ``TB`` or ``LR``.
        expand: ``"all"``, or blocks to open besides those that fit.
    """
    view = build_view(report, expand)
    maker = Faces(view)
    faces = [maker.of(at) for at in range(len(view.cards))]
    lines = [f"flowchart {direction}", *_nodes(view, faces)]
    lines += [f"{INDENT}n{edge.source} --> n{edge.target}" for edge in view.edges]
    return "\n".join([*lines, *_classes(faces, palette)]) + "\n"


def label(text: str) -> str:
    """A text as it stands in a quoted label."""
    return _NOT_PLAIN.sub(lambda match: f"#{ord(match.group())};", clean(text))


def _nodes(view: View, faces: Sequence[Face]) -> Iterator[str]:
    """Cards in their groups, groups in theirs; the cards of a group are consecutive."""
    opened: list[Frame] = []
    first: dict[int, list[int]] = {}
    for number, frame in enumerate(view.frames):
        first.setdefault(frame.cards[0], []).append(number)
    for at, face in enumerate(faces):
        while opened and at > opened[-1].cards[-1]:
            opened.pop()
            yield f"{INDENT * (len(opened) + 1)}end"
        for number in first.get(at, ()):
            title = "<br/>".join(label(line) for line in frame_lines(view, view.frames[number]))
            yield f'{INDENT * (len(opened) + 1)}subgraph g{number}["{title}"]'
            opened.append(view.frames[number])
        yield f"{INDENT * (len(opened) + 1)}n{at}{_shape(face)}"
    for depth in range(len(opened), 0, -1):
        yield f"{INDENT * depth}end"


def _shape(face: Face) -> str:
    lines = [f"<b>{label(bold)}</b>{label(plain)}" if bold else label(plain) for bold, plain in face.head]
    if face.sign:
        return f'(["{label(face.sign)} {"<br/>".join(lines)}{_chips(face)}"])'
    lines += [label(" · ".join(part for part in fact if part)) for fact in face.facts]
    text = "<br/>".join(lines) + _chips(face)
    return f'[["{text}"]]' if face.block else f'["{text}"]'


def _chips(face: Face) -> str:
    return "".join(f"<br/>{label(f'[{chip.text}]')}" for chip in face.chips)


def _classes(faces: Sequence[Face], palette: Palette) -> Iterator[str]:
    """The colour of each role, and the cards that have it."""
    members: dict[str, list[int]] = {}
    for at, face in enumerate(faces):
        members.setdefault("error" if face.error else face.role, []).append(at)
    for role, cards in members.items():
        fill = palette.light["card" if role == "error" else role]
        stroke = palette.light["error" if role == "error" else "line"]
        width = ",stroke-width:3px" if role == "error" else ""
        yield f"{INDENT}classDef {role} fill:{fill},stroke:{stroke},color:{palette.light['label']}{width}"
        yield f"{INDENT}class {','.join(f'n{at}' for at in cards)} {role}"
