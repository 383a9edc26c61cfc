"""Graphs as elements of the page: the same display list as in a file, painted by classes so that the page's colours hold.

An element is ``(tag, attributes, children)``, a child an element or a text. The first graph of a model stands in the page as
SVG; the others are plain data, of which the page's script makes the same elements.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import cache

from cnnspec.render.display import Box, Ellipse, Group, Image, Item, Paint, Path, Picture, Polygon, Rectangle, Step, Text
from cnnspec.render.page.markup import Markup, clean, escape
from cnnspec.render.pixels import encode_png
from cnnspec.render.svg import number, path_data

Element = tuple[str, dict[str, str], tuple["Element | str", ...]]


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


def draw_group(group: Group, origin: tuple[float, float], **more: str) -> Element:
    """A group of a display list relative to an origin, with all that is in it."""
    title: Element = ("title", {}, (clean(group.title),))
    x, y = origin
    moved = {"transform": f"translate({number(x)} {number(y)})"} if x or y else {}
    children = tuple(_draw(item, origin) for item in group.items)
    return "g", {"class": group.kind, "data-layer": clean(group.layer), **more, **moved}, (title, *children)


def _draw(item: Item, origin: tuple[float, float]) -> Element:
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
            chip: tuple[Element | str, ...] = (("title", {}, (clean(title),)),) if title != layer else ()
            return "rect", {**place, **_paint(paint)}, chip
        case Ellipse(box, paint):
            (x, y), left, top = box.centre, *origin
            place = {"cx": number(x - left), "cy": number(y - top), "rx": number(box.width / 2), "ry": number(box.height / 2)}
            return "ellipse", {**place, **_paint(paint)}, ()
        case Polygon(points, paint):
            corners = " ".join(f"{number(x - origin[0])},{number(y - origin[1])}" for x, y in points)
            return "polygon", {"points": corners, **_paint(paint)}, ()
        case Path(steps, paint, key, layer, title):
            at: tuple[Step, ...] = tuple(
                (letter, tuple((x - origin[0], y - origin[1]) for x, y in points)) for letter, points in steps
            )
            return "path", {"d": path_data(Path(at, paint, key, layer, title)), **_paint(paint)}, ()


def _image(image: Image, origin: tuple[float, float]) -> Element:
    data = b64encode(encode_png(image.columns, image.rows, image.pixels)).decode("ascii")
    told: Element = ("title", {}, (clean(image.title),))
    address = {"preserveAspectRatio": "none", "class": "pixels", "href": f"data:image/png;base64,{data}"}
    return "image", {**_place(image.box, origin), **address}, (told,)


def _place(box: Box, origin: tuple[float, float]) -> dict[str, str]:
    x, y = box.left - origin[0], box.top - origin[1]
    return {"x": number(x), "y": number(y), "width": number(box.width), "height": number(box.height)}


def _text(text: Text, origin: tuple[float, float]) -> Element:
    place = {"x": number(text.x - origin[0]), "y": number(text.y - origin[1]), "class": f"f-{text.fill}"}
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
    names = [f"f-{paint.fill}" if paint.fill else "f-none"]
    attributes: dict[str, str] = {}
    if paint.stroke is not None:
        names.append(f"s-{paint.stroke}")
        if paint.width != 1:
            attributes["stroke-width"] = number(paint.width)
    if paint.dash:
        attributes["stroke-dasharray"] = paint.dash
    return {"class": " ".join(names), **attributes}


def paints_of(roles: Sequence[str]) -> Iterator[str]:
    """The rules of the classes that the elements name."""
    yield ".f-none{fill:none}"
    for role in roles:
        name = role.replace(".", "-")
        yield f".f-{name}{{fill:var(--{name})}}.s-{name}{{stroke:var(--{name})}}"


def write_picture(picture: Picture, key: str) -> Markup:
    """A picture of any style as an svg element of the page, that follows its colours; ``key`` is its id."""
    name, attributes, children = frame_picture(picture, [_draw(item, (0.0, 0.0)) for item in picture.items], key)
    return write_element((name, {**attributes, "class": "picture", "role": "img"}, children))


def frame_picture(picture: Picture, elements: Sequence[Element], key: str) -> Element:
    """The svg element around a picture's elements."""
    size = f"0 0 {number(picture.width)} {number(picture.height)}"
    attributes = {"class": "graph", "id": key, "viewBox": size, "role": "group", "aria-label": clean(picture.description)}
    return "svg", attributes, tuple(elements)
