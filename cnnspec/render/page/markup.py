"""HTML as text: everything that comes from a spec is escaped here, on its way in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from cnnspec.render.svg import clean, escape

_VOID = frozenset({"meta", "input", "br", "hr", "link", "img"})
_RISKY = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


class Markup(str):
    """Text that is HTML already, and is not escaped again."""

    __slots__ = ()


Content = str | Markup | Iterable["Content"] | None


def render_content(content: Content) -> str:
    """Content as HTML: plain text escaped, markup as it is, what is iterable one after the other."""
    if content is None:
        return ""
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        return escape(content)
    return "".join(map(render_content, content))


def tag(name: str, /, *content: Content, **attributes: str | int | bool | None) -> Markup:
    """An element. ``class_`` is ``class``, ``data_layer`` is ``data-layer``; True stands alone, None and False are left out.

    Example:
        >>> tag("td", "a < b", class_="number", hidden=True)
        '<td class="number" hidden>a &lt; b</td>'
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        parts.append(key if value is True else f'{key}="{escape(str(value))}"')
    opening = f"<{' '.join(parts)}>"
    return Markup(opening if name in _VOID else f"{opening}{render_content(content)}</{name}>")


def join(*content: Content) -> Markup:
    """Pieces one after the other."""
    return Markup(render_content(content))


def embed_json(data: object) -> str:
    """Plain data as JSON that may stand in a script element: nothing in it can end the element or a line of it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _RISKY.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


__all__ = ["Content", "Markup", "clean", "embed_json", "escape", "join", "render_content", "tag"]
