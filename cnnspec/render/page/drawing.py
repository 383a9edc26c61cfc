"""Pictures as elements of the page: the same display list as in a file, painted by classes so that the page's colours hold.

An element is ``(tag, attributes, children)``, a child an element or a text. The first graph of a model stands in the page as
SVG; of the others the page's script makes the same elements.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import cache

from cnnspec.record import record
from cnnspec.render.display import Box, Ellipse, Group, Image, Item, Paint, Path, Picture, Polygon, Rectangle, Text
from cnnspec.render.page.markup import Markup, clean, escape
from cnnspec.render.pixels import encode_png
from cnnspec.render.svg import number

Element = tuple[str, dict[str, str], tuple["Element | str", ...]]
#: How far from the right side a place still belongs to it.
_RIGHT = 24.0


@record
class Origin:
    """Where the places of a group count from: the upper left corner of its box.

    With a ``width``, places across are written so that they hold for every width of the box: ``~4`` is 4 left of the right
    side, ``^0`` the middle. One card in graphs that make it more or less wide is one piece.
    """

    left: float = 0.0
    top: float = 0.0
    width: float = 0.0

    def across(self, x: float) -> str:
        """A place across."""
        x -= self.left
        if self.width and abs(x - self.width / 2) < 0.01:
            return "^0"
        return f"~{number(self.width - x)}" if self.width and x > self.width - _RIGHT else number(x)

    def along(self, y: float) -> str:
        """A place down."""
        return number(y - self.top)

    def point(self, point: tuple[float, float], between: str = " ") -> str:
        """Both."""
        return f"{self.across(point[0])}{between}{self.along(point[1])}"


_PAGE = Origin()


def write_element(element: Element) -> Markup:
    """An element as text; an explicit stack, so that depth has no limit."""
    out: list[str] = []
    pending: list[tuple[str, Element | str]] = [("", element)]
    while pending:
        closing, item = pending.pop()
        if closing:
            out.append(closing)
        elif isinstance(item, str):
            out.append(escape(item))
        else:
            name, attributes, children = item
            written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
            out.append(f"<{name}{written}>")
            pending.append((f"</{name}>", ""))
            pending.extend(("", child) for child in reversed(children))
    return Markup("".join(out))


def draw_group(group: Group, origin: Origin = _PAGE, **more: str) -> Element:
    """A group of a display list with all that is in it."""
    title: Element = ("title", {}, (clean(group.title),))
    children = tuple(_draw(item, origin) for item in group.items)
    return "g", {"class": group.kind, "data-layer": clean(group.layer), **more}, (title, *children)


def _draw(item: Item, origin: Origin) -> Element:
    match item:
        case Group():
            children = tuple(_draw(inner, origin) for inner in item.items)
            return "g", {"class": item.kind}, (("title", {}, (clean(item.title),)), *children)
        case Text():
            return _text(item, origin)
        case Image():
            return _image(item, origin)
        case Rectangle(box, paint, _, layer, title, radius):
            place = _place(box, origin) | ({"rx": number(radius)} if radius else {})
            if title == layer:
                return "rect", {**place, **_paint(paint)}, ()
            told: Element = ("title", {}, (clean(title),))  # a chip speaks of a layer of its own
            return "rect", {**place, **_paint(paint), "data-chip": clean(layer)}, (told,)
        case Ellipse(box, paint):
            x, y = box.centre
            radii = {"rx": number(box.width / 2), "ry": number(box.height / 2)}
            return "ellipse", {"cx": origin.across(x), "cy": origin.along(y), **radii, **_paint(paint)}, ()
        case Polygon(points, paint):
            return "polygon", {"points": " ".join(origin.point(point, ",") for point in points), **_paint(paint)}, ()
        case Path(steps, paint):
            data = "".join(f"{letter}{' '.join(map(origin.point, points))}" for letter, points in steps)
            return "path", {"d": data, **_paint(paint)}, ()


def _image(image: Image, origin: Origin) -> Element:
    data = b64encode(encode_png(image.columns, image.rows, image.pixels)).decode("ascii")
    told: Element = ("title", {}, (clean(image.title),))
    address = {"preserveAspectRatio": "none", "class": "pixels", "href": f"data:image/png;base64,{data}"}
    return "image", {**_place(image.box, origin), **address}, (told,)


def _place(box: Box, origin: Origin) -> dict[str, str]:
    whole = origin.width and abs(box.width - origin.width) < 0.01
    width = "~0" if whole else number(box.width)
    return {"x": origin.across(box.left), "y": origin.along(box.top), "width": width, "height": number(box.height)}


def _text(text: Text, origin: Origin) -> Element:
    place = {"x": origin.across(text.x), "y": origin.along(text.y), "class": f"f-{text.fill}"}
    if text.size != 11:
        place["font-size"] = number(text.size)
    if text.bold:
        place["font-weight"] = "bold"
    if text.anchor != "start":
        place["text-anchor"] = text.anchor
    lead: tuple[Element | str, ...] = (("tspan", {"font-weight": "bold"}, (clean(text.lead),)),) if text.lead else ()
    return "text", place, (*lead, clean(text.text))


@cache
def _paint(paint: Paint) -> dict[str, str]:
    names = [f"f-{_name(paint.fill)}" if paint.fill else "f-none"]
    attributes: dict[str, str] = {}
    if paint.stroke is not None:
        names.append(f"s-{_name(paint.stroke)}")
        if paint.width != 1:
            attributes["stroke-width"] = number(paint.width)
    if paint.dash:
        attributes["stroke-dasharray"] = paint.dash
    return {"class": " ".join(names), **attributes}


def _name(role: str) -> str:
    return role.replace(".", "-")


def paints_of(roles: Sequence[str]) -> Iterator[str]:
    """The rules of the classes that the elements name."""
    yield ".f-none{fill:none}"
    for role in map(_name, roles):
        yield f".f-{role}{{fill:var(--{role})}}.s-{role}{{stroke:var(--{role})}}"


def write_picture(picture: Picture, key: str, *, sized: bool = False) -> Markup:
    """A picture of any style as an svg element of the page, that follows its colours; ``key`` is its id.

    It fills what it stands in; if it is ``sized``, a unit is a pixel where there is room.
    """
    name, attributes, children = frame_picture(picture, [_draw(item, _PAGE) for item in picture.items], key)
    size = {"width": number(picture.width), "height": number(picture.height)} if sized else {}
    return write_element((name, {**attributes, **size, "class": "picture", "role": "img"}, children))


def frame_picture(picture: Picture, elements: Sequence[Element], key: str) -> Element:
    """The svg element around a picture's elements."""
    size = f"0 0 {number(picture.width)} {number(picture.height)}"
    attributes = {"class": "graph", "id": key, "viewBox": size, "role": "group", "aria-label": clean(picture.description)}
    return "svg", attributes, tuple(elements)
