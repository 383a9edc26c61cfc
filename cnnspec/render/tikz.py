"""The one writer of TikZ: a display list in, a standalone LaTeX file out, byte-identical on every run.

It needs what every TeX distribution has: the class ``article``, ``tikz``, ``geometry`` and ``fontenc``. No name of a
network becomes a control sequence: every sign that TeX reads as more than itself is written by a command of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnnspec.render.display import Box, Ellipse, Group, Image, Item, Paint, Path, Picture, Point, Polygon, Rectangle, Shape, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.palette import Palette
from cnnspec.render.svg import clean, number, read_length

#: What TeX reads as more than the sign itself.
_ACTIVE = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "-": "{-}",  # two of them are no dash
}
#: Signs of our texts in LaTeX's own mathematics, so that every engine and font has them.
_SIGNS = {
    "→": r"\rightarrow",
    "←": r"\leftarrow",
    "↔": r"\leftrightarrow",
    "‖": r"\|",
    "∥": r"\|",
    "∨": r"\vee",
    "∧": r"\wedge",
    "⊕": r"\oplus",
    "⊗": r"\otimes",
    "⊙": r"\odot",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "∞": r"\infty",
    "√": r"\surd",
    "∑": r"\sum",
    "∏": r"\prod",
    "⌊": r"\lfloor",
    "⌋": r"\rfloor",
    "⌈": r"\lceil",
    "⌉": r"\rceil",
    "✗": r"\times",
    "✓": r"\surd",
    "∗": r"\ast",
}
#: Those that fonts of text have too.
_WORDS = {
    "×": r"\texttimes{}",
    "−": r"\textminus{}",
    "·": r"\textperiodcentered{}",
    "±": r"\textpm{}",
    "…": r"\dots{}",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "•": r"\textbullet{}",
}
#: Points to a pixel where no width is asked for (96 pixels to an inch), and to the units of a length.
_PIXEL = 0.75
#: The most rectangles that pixels become: TeX would take minutes for more, and run out of memory.
MOST_RUNS = 20_000
#: How far a run of pixels reaches under the next ones, so that no ground shows between them, in pixels of the picture.
_UNDER = 0.06
_BIG_POINTS = {"mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0, "pt": 72 / 72.27, "px": _PIXEL}


def escape(text: str) -> str:
    """A text as it stands in a LaTeX file: whatever it holds, TeX prints it.

    Signs beyond ASCII that LaTeX has no command for here are written by their code point, as ``U+65E5``.
    """
    return re.sub(",(?=,)", ",{}", "".join(_escape_sign(sign) for sign in clean(text)))  # two commas are no quotation mark


def _escape_sign(sign: str) -> str:
    if sign in _ACTIVE:
        return _ACTIVE[sign]
    if sign in _SIGNS:
        return rf"\ensuremath{{{_SIGNS[sign]}}}"
    if sign in _WORDS:
        return _WORDS[sign]
    if " " <= sign <= "~" or ("À" <= sign <= "ÿ" and sign not in "×÷"):
        return sign
    return f"U+{ord(sign):04X}"


def write_tikz(picture: Picture, palette: Palette, *, dark: bool = False, width: str | None = None) -> str:
    """The picture as the text of a standalone LaTeX file.

    Args:
        picture: what to draw.
        palette: the colours of its roles.
        dark: the colours of the dark.
        width: physical width such as ``84mm``; None for 3/4 pt a unit.

    Raises:
        RenderError: the width is no length, or there are too many pixels.
    """
    return _Writer({**palette.light, **(palette.dark if dark else {})}).write(picture, width)


class _Writer:
    def __init__(self, colours: dict[str, str]) -> None:
        self.colours = colours
        self.used: dict[str, str] = {}
        self.out: list[str] = []
        self.runs = 0

    def write(self, picture: Picture, width: str | None) -> str:
        self.unit = _PIXEL
        if width is not None:
            value, unit = read_length(width)
            self.unit = value * _BIG_POINTS[unit] / picture.width
        self.shape(Rectangle(picture.box, Paint("paper"), "paper", picture.key, picture.title))
        for item in picture.items:
            self.item(item)
        colours = [rf"\definecolor{{{name}}}{{HTML}}{{{value}}}" for name, value in sorted(self.used.items())]
        lines = [
            f"% {_comment(picture.title)}",
            f"% {_comment(picture.description)}",
            r"\RequirePackage{fix-cm}",
            r"\documentclass{article}",
            rf"\usepackage[{self.page(picture)}]{{geometry}}",
            r"\usepackage{tikz}",
            r"\usepackage[utf8]{inputenc}",
            r"\usepackage[T1]{fontenc}",
            r"\usepackage{textcomp}",
            r"\usepackage[scaled]{helvet}",
            *colours,
            r"\pagestyle{empty}",
            r"\setlength{\topskip}{0pt}",
            r"\begin{document}",
            r"\sffamily\noindent",
            rf"\begin{{tikzpicture}}[x={self.length(1)},y=-{self.length(1)},inner sep=0pt,outer sep=0pt]",
            rf"\useasboundingbox (0,0) rectangle ({number(picture.width)},{number(picture.height)});",
            *self.out,
            r"\end{tikzpicture}",
            r"\end{document}",
        ]
        return "\n".join(lines) + "\n"

    def page(self, picture: Picture) -> str:
        """The options of a page that is the picture; the room for text is larger, so that no rounding begins a second page."""
        size = f"paperwidth={self.length(picture.width)},paperheight={self.length(picture.height)}"
        return f"{size},top=0pt,left=0pt,right=-10pt,bottom=-10pt,noheadfoot"

    def length(self, units: float) -> str:
        """So many units of the picture on paper."""
        return f"{units * self.unit:.4f}".rstrip("0").rstrip(".") + "bp"

    def item(self, item: Item) -> None:
        """Write one item and all that is in it; an explicit stack, so that depth has no limit."""
        pending: list[Item] = [item]
        while pending:
            match pending.pop():
                case Group() as group:
                    self.out.append(f"% {_comment(group.kind)} {_comment(group.layer)}")
                    pending.extend(reversed(group.items))
                case Text() as text:
                    self.text(text)
                case shape:
                    self.shape(shape)

    def text(self, text: Text) -> None:
        anchor = {"start": "base west", "middle": "base", "end": "base east"}[text.anchor]
        size = self.length(text.size)
        font = rf"\fontsize{{{size}}}{{{size}}}\selectfont"
        lead = rf"\textbf{{{escape(text.lead)}}}" if text.lead else ""
        plain = rf"\textbf{{{escape(text.text)}}}" if text.bold else escape(text.text)
        place = f"({number(text.x)},{number(text.y)})"
        self.out.append(rf"\node[anchor={anchor},text={self.colour(text.fill)},font={font}] at {place} {{{lead}{plain}}};")

    def shape(self, shape: Shape) -> None:
        match shape:
            case Image():
                self.image(shape)
                return
            case Rectangle(box=box, radius=radius):
                rounded = f"[rounded corners={self.length(radius)}] " if radius else ""
                way = f"{rounded}{_at((box.left, box.top))} rectangle {_at((box.right, box.bottom))}"
            case Ellipse(box=box):
                radii = f"x radius={self.length(box.width / 2)},y radius={self.length(box.height / 2)}"
                way = f"{_at(box.centre)} ellipse[{radii}]"
            case Polygon(points=points):
                way = " -- ".join([*map(_at, points), "cycle"])
            case Path():
                way = " ".join(_steps(shape))
        self.out.append(rf"\path[{self.paint(shape.paint)}] {way};")

    def image(self, image: Image) -> None:
        """Pixels as rectangles; equal neighbours of a row are one.

        Raises:
            RenderError: there are too many.
        """
        found = list(_runs(image))
        self.runs += len(found)
        if self.runs > MOST_RUNS:
            raise RenderError(f"TikZ draws at most {MOST_RUNS:,} pixels, and here are more", "write .pdf, .svg or .png")
        for box, (red, green, blue) in found:
            colour = f"{{rgb,255:red,{red};green,{green};blue,{blue}}}"
            place = f"{_at((box.left, box.top))} rectangle {_at((box.right, box.bottom))}"
            self.out.append(rf"\path[fill={colour}] {place};")

    def paint(self, paint: Paint) -> str:
        """The options of a path."""
        options: list[str] = []
        if paint.fill is not None:
            options.append(f"fill={self.colour(paint.fill)}")
        if paint.stroke is not None:
            options += [f"draw={self.colour(paint.stroke)}", f"line width={self.length(paint.width)}"]
        if paint.dash:
            on, off = paint.dash.split()
            options.append(f"dash pattern=on {self.length(float(on))} off {self.length(float(off))}")
        return ",".join(options)

    def colour(self, role: str) -> str:
        """The name of a role's colour in the file, defined there once."""
        name = "cnn" + "".join(part.capitalize() for part in role.split("."))
        self.used[name] = self.colours[role][1:]
        return name


def _runs(image: Image) -> Iterator[tuple[Box, tuple[int, int, int]]]:
    """The opaque pixels, row by row, equal neighbours together, with their colours."""
    for row in range(image.rows):
        start = 0
        for column in range(1, image.columns + 1):
            if column < image.columns and image.colour(column, row) == image.colour(start, row):
                continue
            colour = image.colour(start, row)
            if colour is not None:
                first, last = image.cell(start, row), image.cell(column - 1, row)
                right, bottom = min(last.right + _UNDER, image.box.right), min(last.bottom + _UNDER, image.box.bottom)
                yield Box(first.left, first.top, right, bottom), colour
            start = column


def _at(point: Point) -> str:
    return f"({number(point[0])},{number(point[1])})"


def _steps(path: Path) -> Iterator[str]:
    """Lines and curves; a quadratic curve as the cubic one that is the same."""
    here = first = (0.0, 0.0)
    for letter, points in path.steps:
        if letter == "Z":
            yield "-- cycle"
            here = first
            continue
        end = points[-1]
        if letter == "M":
            first = end
            yield _at(end)
        elif letter == "L":
            yield f"-- {_at(end)}"
        else:
            near, far = _two_thirds(here, points[0]), _two_thirds(end, points[0])
            yield f".. controls {_at(near)} and {_at(far)} .. {_at(end)}"
        here = end


def _two_thirds(start: Point, control: Point) -> Point:
    return start[0] + (control[0] - start[0]) * 2 / 3, start[1] + (control[1] - start[1]) * 2 / 3


def _comment(text: str) -> str:
    """A text behind a %, where TeX reads nothing to the end of the line; without ^^, which it reads even there."""
    return re.sub(r"[^\x20-\x5d\x5f-\x7e]", "?", clean(text))
