"""The graph as DOT, for Graphviz and for editing: cards as tables, blocks as clusters. Writing it needs no ``dot``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnspec.analysis.report import ModelReport
from cnnspec.render.fonts import FAMILY
from cnnspec.render.graph.faces import Face, Faces, frame_lines
from cnnspec.render.graph.view import View, build_view
from cnnspec.render.palette import Palette
from cnnspec.render.svg import clean, escape, read_length

_FONT = FAMILY.partition(",")[0]


def graph_dot(
    report: ModelReport,
    palette: Palette,
    *,
    direction: str = "TB",
    expand: str | Sequence[str] | None = None,
    width: str | None = None,
) -> str:
    """The graph of a model as DOT text; the same cards and frames as the picture."""
    from graphviz import Digraph

    view = build_view(report, expand)
    maker = Faces(view)
    size = {} if width is None else {"size": f"{_inches(width):.3f},1000"}
    dot: Any = Digraph(  # the package is not typed in full
        name=_quoted(report.name),
        graph_attr={"rankdir": direction, "fontname": _FONT, "fontsize": "10", "nodesep": "0.3", "ranksep": "0.35", **size},
        node_attr={"shape": "plain", "fontname": _FONT, "fontsize": "11"},
        edge_attr={"color": palette.light["line"], "arrowsize": "0.7"},
    )
    faces = [maker.of(at) for at in range(len(view.cards))]
    _add_frames(dot, view, faces, palette)
    for edge in view.edges:
        faulty = faces[edge.target].error
        extra = {"color": palette.light["error"], "style": "dashed"} if faulty else {}
        title = f"{faces[edge.source].path} → {faces[edge.target].path}"
        dot.edge(f"n{edge.source}", f"n{edge.target}", tooltip=_quoted(title), **extra)
    return str(dot.source)


def _inches(width: str) -> float:
    value, unit = read_length(width)
    return value / {"mm": 25.4, "cm": 2.54, "in": 1.0, "pt": 72.0, "px": 96.0}[unit]


def _add_frames(dot: Any, view: View, faces: list[Face], palette: Palette) -> None:
    """Nodes in their clusters, clusters in theirs; an explicit stack, so that depth has no limit."""
    from graphviz import Digraph

    innermost: list[int | None] = [None] * len(view.cards)
    parent: list[int | None] = [None] * len(view.frames)
    for number, frame in enumerate(view.frames):
        parent[number] = innermost[frame.cards[0]]
        for card in frame.cards:
            innermost[card] = number
    clusters: list[Any] = []
    for number, frame in enumerate(view.frames):
        label, held = frame_lines(view, frame)
        attributes = {"style": "dashed", "color": palette.light["frame"], "labeljust": "r", "tooltip": _quoted(frame.part.path)}
        text = f"<<B>{escape(label)}</B><BR ALIGN='RIGHT'/>{escape(held)}<BR ALIGN='RIGHT'/>>"
        clusters.append(Digraph(name=f"cluster_{number}", graph_attr={**attributes, "label": text}))
    for at, face in enumerate(faces):
        home = innermost[at]
        (dot if home is None else clusters[home]).node(f"n{at}", **_node(face, palette))
    for number in reversed(range(len(clusters))):
        outer = parent[number]
        (dot if outer is None else clusters[outer]).subgraph(clusters[number])


def _node(face: Face, palette: Palette) -> dict[str, str]:
    outline = palette.light["error" if face.error else "line"]
    if face.sign:
        lines = [f"<B>{escape(bold)}</B>{escape(plain)}" if bold else escape(plain) for bold, plain in face.head]
        lines += [escape(chip.text) for chip in face.chips]
        caption = f"<{'<BR/>'.join(lines)}>"
        style = {"style": "filled", "fillcolor": palette.light[face.role], "color": outline, "fixedsize": "true", "width": "0.32"}
        return {"shape": "circle", "label": face.sign, "xlabel": caption, "tooltip": _quoted(face.title), **style}
    return {"label": f"<{_table(face, palette, outline)}>", "tooltip": _quoted(face.title)}


def _table(face: Face, palette: Palette, outline: str) -> str:
    head = "<BR/>".join(f"<B>{escape(bold)}</B>{escape(plain)}" if bold else escape(plain) for bold, plain in face.head)
    rows = [f'<TR><TD COLSPAN="2" BGCOLOR="{palette.light[face.role]}" BORDER="1" SIDES="B">{head}</TD></TR>']
    for left, right in face.facts:
        rows.append(f'<TR><TD ALIGN="LEFT">{escape(left) or " "}</TD><TD ALIGN="RIGHT">{escape(right) or " "}</TD></TR>')
    for chip in face.chips:
        colour = palette.light[chip.role]
        rows.append(f'<TR><TD COLSPAN="2" BGCOLOR="{colour}" STYLE="rounded">{escape(chip.text)}</TD></TR>')
    border = 'BORDER="3"' if face.error else 'BORDER="1"'
    dashed = ' STYLE="dashed"' if face.block else ""
    return f'<TABLE {border} CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" COLOR="{outline}"{dashed}>{"".join(rows)}</TABLE>'


def _quoted(text: str) -> str:
    """A text for a quoted attribute: backslashes are not escapes, and it is never taken for HTML."""
    from graphviz import escape as escape_dot

    return str(escape_dot(clean(text)))
