"""The one writer of SVG: a display list in, text out, byte-identical on every run.

Only presentation attributes, no markers, no ``foreignObject``, no variables, so that every converter reads it; dark mode
is one media block of classes, which converters ignore. Pixels alone have a style: browsers know their sharp edges by one
word, converters by another.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Literal

from cnnspec.render.display import Ellipse, Group, Image, Item, Paint, Path, Picture, Point, Polygon, Rectangle, Shape, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.fonts import FAMILY
from cnnspec.render.palette import Palette
from cnnspec.render.pixels import encode_png

Dark = Literal["auto"] | bool

#: Not in XML 1.0, or a control character, of which terminals take some for commands.
_ILLEGAL = re.compile("[^\\x20-\\x7e\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_BIDI = re.compile("[\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]")
_NOT_IN_ID = re.compile(r"[^A-Za-z0-9_./-]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_SPECIAL = re.compile("[&<>\"']")
_LINKS = ' xmlns:xlink="http://www.w3.org/1999/xlink"'  # what SVG 1.1 asks of a <use>, and SVG 2 still reads
#: On paper, and for readers who want no motion, the first frame stands still.
_STILL = (
    "<style>@media print,(prefers-reduced-motion:reduce){.frame{visibility:hidden!important}"
    ".first{visibility:visible!important}}</style>\n"
)
_LENGTH = re.compile(r"([0-9]*\.?[0-9]+) ?(mm|cm|in|pt|px)")


def clean(text: str) -> str:
    """A text without control characters, others that XML forbids, and those that would reorder what is read; blanks for line
    ends and tabs."""
    if text.isprintable():
        return text
    return _BIDI.sub("", _ILLEGAL.sub("", re.sub(r"[\t\r\n\x85\u2028\u2029]", " ", text)))


def escape(text: str) -> str:
    """A text as it stands in an SVG file, in an element or in an attribute."""
    return _SPECIAL.sub(lambda match: _ESCAPES[match.group()], clean(text))


def number(value: float) -> str:
    """At most two decimals, no trailing zeros: ``12``, ``0.5``, ``-3.25``."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def identifier(text: str) -> str:
    """A text as an id: letters, digits and ``_ . / -``; anything else as its code point."""
    return _NOT_IN_ID.sub(lambda match: f"_{ord(match.group()):x}_", text)


def write_svg(picture: Picture, palette: Palette, *, dark: Dark = "auto", width: str | None = None) -> str:
    """The picture as the text of an SVG file.

    Args:
        picture: what to draw.
        palette: the colours of its roles.
        dark: ``"auto"`` follows the reader's setting, True and False fix it.
        width: physical width such as ``84mm``; None for one pixel a unit.

    Raises:
        RenderError: the width is no length.
    """
    return _Writer(palette, dark).write(picture, width)


class _Writer:
    def __init__(self, palette: Palette, dark: Dark) -> None:
        night = palette.dark if dark is True else {}
        self.colours = {**palette.light, **night}
        self.night = palette.dark if dark == "auto" else {}
        self.classes: dict[str, str] = {}
        self.ids: dict[str, int] = {}
        self.paints: dict[Paint, str] = {}
        self.stencils: dict[tuple[object, ...], tuple[str, Point]] = {}
        self.out: list[str] = []

    def write(self, picture: Picture, width: str | None) -> str:
        root = self.fresh(picture.key or "picture")
        title, description = self.fresh(f"{root}.title"), self.fresh(f"{root}.desc")
        ground = Rectangle(picture.box, Paint("paper"), f"{root}.paper", picture.key, picture.title)
        for item in (ground, *picture.items):
            self.item(item)
        body = "".join(self.out)
        style = "".join(f".{name}{{{rule}}}" for name, rule in sorted(self.classes.items()))
        links = _LINKS if "<use " in body else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg"{links} id="{root}" role="img" aria-labelledby="{title} {description}" '
            f'{_size(picture, width)} viewBox="0 0 {number(picture.width)} {number(picture.height)}" '
            f'font-family="{FAMILY}" font-size="11">\n'
            f'<title id="{title}">{escape(picture.title)}</title>\n'
            f'<desc id="{description}">{escape(picture.description)}</desc>\n'
            + (f"<style>@media (prefers-color-scheme:dark){{{style}}}</style>\n" if style else "")
            + (_STILL if "<animate " in body else "")
            + body
            + "</svg>\n"
        )

    def item(self, item: Item) -> None:
        """Write one item and all that is in it; an explicit stack, so that depth has no limit."""
        pending: list[Item | str] = [item]
        while pending:
            match pending.pop():
                case str() as closing:
                    self.out.append(closing)
                case Group(stencil=True) as group if self.again(group):
                    pass
                case Group() as group:
                    data = "".join(f' data-{key}="{escape(value)}"' for key, value in group.data.items())
                    self.out.append(
                        f'<g id="{self.fresh(group.key)}" data-kind="{group.kind}" data-layer="{escape(group.layer)}"{data}'
                        f"{_frame_of(group)}"
                    )
                    self.out.append(f"<title>{escape(group.title)}</title>\n")
                    pending.append("</g>\n")
                    pending.extend(reversed(group.items))
                case Text() as text:
                    self.text(text)
                case shape:
                    self.shape(shape)

    def again(self, group: Group) -> bool:
        """Refer to the same stencil where it has been written before; else remember this one under the id it will have."""
        place = _place_of(group)
        form = tuple(_form(item, place) for item in group.items)
        if form not in self.stencils:
            name = identifier(group.key)
            if name not in self.ids:  # else its id would be another
                self.stencils[form] = name, place
            return False
        first, (x, y) = self.stencils[form]
        name, by = self.fresh(group.key), f'x="{number(place[0] - x)}" y="{number(place[1] - y)}"'
        self.out.append(
            f'<use id="{name}" data-kind="{group.kind}" data-layer="{escape(group.layer)}" xlink:href="#{first}" {by}>'
            f"<title>{escape(group.title)}</title></use>\n"
        )
        return True

    def text(self, text: Text) -> None:
        attributes = [f'x="{number(text.x)}" y="{number(text.y)}"']
        if text.size != 11:
            attributes.append(f'font-size="{number(text.size)}"')
        if text.bold:
            attributes.append('font-weight="bold"')
        if text.anchor != "start":
            attributes.append(f'text-anchor="{text.anchor}"')
        attributes.append(self.paint(Paint(fill=text.fill)))
        lead = f'<tspan font-weight="bold">{escape(text.lead)}</tspan>' if text.lead else ""
        self.out.append(f"<text {' '.join(attributes)}>{lead}{escape(text.text)}</text>\n")

    def shape(self, shape: Shape) -> None:
        match shape:
            case Image():
                self.image(shape)
                return
            case Rectangle(box=box, radius=radius):
                place = f'x="{number(box.left)}" y="{number(box.top)}" width="{number(box.width)}" height="{number(box.height)}"'
                tag, geometry = "rect", place + (f' rx="{number(radius)}"' if radius else "")
            case Ellipse(box=box):
                (x, y), rx, ry = box.centre, box.width / 2, box.height / 2
                tag, geometry = "ellipse", f'cx="{number(x)}" cy="{number(y)}" rx="{number(rx)}" ry="{number(ry)}"'
            case Polygon(points=points):
                tag, geometry = "polygon", f'points="{" ".join(f"{number(x)},{number(y)}" for x, y in points)}"'
            case Path():
                tag, geometry = "path", f'd="{path_data(shape)}"'
        self.out.append(
            f'<{tag} id="{self.fresh(shape.key)}" data-layer="{escape(shape.layer)}" {geometry} {self.paint(shape.paint)}>'
            f"<title>{escape(shape.title)}</title></{tag}>\n"
        )

    def image(self, image: Image) -> None:
        data = b64encode(encode_png(image.columns, image.rows, image.pixels)).decode()
        place = f'x="{number(image.box.left)}" y="{number(image.box.top)}"'
        size = f'width="{number(image.box.width)}" height="{number(image.box.height)}" preserveAspectRatio="none"'
        self.out.append(
            f'<image id="{self.fresh(image.key)}" data-layer="{escape(image.layer)}" {place} {size} '
            f'image-rendering="optimizeSpeed" style="image-rendering:pixelated" href="data:image/png;base64,{data}">'
            f"<title>{escape(image.title)}</title></image>\n"
        )

    def paint(self, paint: Paint) -> str:
        """The paint as attributes, worked out once."""
        known = self.paints.get(paint)
        if known is None:
            known = self.paints[paint] = self.attributes(paint)
        return known

    def attributes(self, paint: Paint) -> str:
        """Presentation attributes, and classes for roles that differ in the dark."""
        parts: list[str] = []
        names: list[str] = []
        for attribute, role in (("fill", paint.fill), ("stroke", paint.stroke)):
            if role is not None:
                parts.append(f'{attribute}="{self.colours[role]}"')
                if role in self.night and self.night[role] != self.colours[role]:
                    names.append(self.class_of(attribute, self.night[role]))
        if paint.fill is None:
            parts.append('fill="none"')
        if paint.stroke is not None and paint.width != 1:
            parts.append(f'stroke-width="{number(paint.width)}"')
        if paint.dash:
            parts.append(f'stroke-dasharray="{paint.dash}"')
        if names:
            parts.append(f'class="{" ".join(names)}"')
        return " ".join(parts)

    def class_of(self, attribute: str, colour: str) -> str:
        """A class named after what it does, so that several pictures in one page do not disturb each other."""
        name = f"{attribute[0]}{colour[1:]}"
        self.classes[name] = f"{attribute}:{colour}"
        return name

    def fresh(self, key: str) -> str:
        """The key as an id that no other element has."""
        name = identifier(key)
        count = self.ids.get(name, 0) + 1
        self.ids[name] = count
        return name if count == 1 else self.fresh(f"{name}-{count}")


def _frame_of(group: Group) -> str:
    """The end of a group's tag; of a frame with what shows it and hides it again, a second after the one before."""
    if group.frame is None:
        return ">"
    number, count = group.frame
    shown, times = ["hidden", "visible", "hidden"], [0.0, number / count, (number + 1) / count]
    kept = slice(1 if number == 0 else 0, 2 if number + 1 == count else 3)
    hidden = "" if number == 0 else ' visibility="hidden"'
    return (
        f' class="frame{"" if number else " first"}"{hidden}><animate attributeName="visibility" '
        f'values="{";".join(shown[kept])}" keyTimes="{";".join(f"{at:.6g}" for at in times[kept])}" calcMode="discrete" '
        f'dur="{count}s" repeatCount="indefinite"/>'
    )


def _place_of(item: Item) -> Point:
    """A point that moves with the item."""
    match item:
        case Group():
            return _place_of(item.items[0])
        case Text():
            return item.x, item.y
        case _:
            return item.box.left, item.box.top


def _form(item: Item, place: Point) -> tuple[object, ...]:
    """What is seen of an item that stands at a place, wherever that is; to a hundredth, as it is written."""

    def there(*points: Point) -> tuple[tuple[float, float], ...]:
        return tuple((round(x - place[0], 2) + 0.0, round(y - place[1], 2) + 0.0) for x, y in points)

    match item:
        case Group():
            return (*(_form(inner, place) for inner in item.items),)
        case Text():
            return there((item.x, item.y)), item.text, item.size, item.bold, item.anchor, item.fill, item.lead
        case Path():
            return tuple((letter, there(*points)) for letter, points in item.steps), item.paint
        case Polygon():
            return there(*item.points), item.paint
        case Image():
            return (item,)
        case _:
            radius = item.radius if isinstance(item, Rectangle) else -1
            return there((item.box.left, item.box.top), (item.box.right, item.box.bottom)), item.paint, radius


def path_data(path: Path) -> str:
    """The ``d`` of a path, with H and V for level and upright lines."""
    parts: list[str] = []
    x = y = None
    for letter, points in path.steps:
        if not points:
            parts.append("Z")
            continue
        texts = [(number(px), number(py)) for px, py in points]
        if letter == "L" and texts[-1][1] == y:
            parts.append(f"H{texts[-1][0]}")
        elif letter == "L" and texts[-1][0] == x:
            parts.append(f"V{texts[-1][1]}")
        else:
            parts.append(letter + " ".join(f"{px} {py}" for px, py in texts))
        x, y = texts[-1]
    return "".join(parts)


def _size(picture: Picture, width: str | None) -> str:
    if width is None:
        return f'width="{number(picture.width)}" height="{number(picture.height)}"'
    value, unit = read_length(width)
    return f'width="{number(value)}{unit}" height="{number(value * picture.height / picture.width)}{unit}"'


def read_length(text: str) -> tuple[float, str]:
    """``84mm`` as (84, "mm").

    Raises:
        RenderError: it is no length above zero.
    """
    match = _LENGTH.fullmatch(text.strip())
    if match is None or not 0 < float(match[1]) < 1e6:
        raise RenderError(f"{text!r} is no width", "write a number with mm, cm, in, pt or px: 84mm")
    return float(match[1]), match[2]
