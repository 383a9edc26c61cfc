"""What plugs into the page: panels of the selected layer, and sections below the table."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from cnnspec.record import record
from cnnspec.render.page.document import Model
from cnnspec.render.page.markup import Markup
from cnnspec.render.page.squeeze import squeeze
from cnnspec.resources import package_file


@record
class Panel:
    """Something to show of the selected layer.

    Attributes:
        key: its name in ``page.model.panels`` and in ``page.panel({key: …})``.
        script: its file in ``assets/``.
        data: what its script needs of a model, as plain data; None for nothing.
        style: its file in ``assets/``, or none.
        needs: files in ``assets/`` with what its script shares with others.
    """

    key: str
    script: str
    data: Callable[[Model], object] | None = None
    style: str = ""
    needs: tuple[str, ...] = ()


@record
class Section:
    """A part of the page of its own, below the table.

    Attributes:
        key: its id, and its name in ``page.data.sections``.
        title: its heading.
        html: what stands under the heading.
        data: plain data for its script; None for nothing.
        script, style: its files in ``assets/``, or none.
        link: what the bar of the page calls it; "" for no link there.
    """

    key: str
    title: str
    html: Markup
    data: object = None
    script: str = ""
    style: str = ""
    link: str = ""


@cache
def asset(name: str) -> str:
    """The text of a file in ``assets/``, without what is there for its author alone: comments, and blanks that mean nothing."""
    text = package_file("render", "page", "assets", name).read_text(encoding="utf-8")
    return squeeze(text) if name.endswith(".js") else "".join(f"{line.strip()}\n" for line in text.splitlines() if line.strip())
