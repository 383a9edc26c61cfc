"""The reference of a layer kind: its page, and a table of its arguments made from their declarations."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args, get_origin

from cnnspec.layers.base import Layer
from cnnspec.layers.registry import OWN_PACKAGE, layer_class, package_of, page_of, short_name
from cnnspec.resources import package_file
from cnnspec.schema.choice import plain_value
from cnnspec.schema.declaration import Declaration
from cnnspec.schema.values import show

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

#: Bounds past this only keep numbers within what the machine counts; they say nothing of the layer.
_HUGE = 2**31 - 1
#: A full stop and a blank, but not that of “et al.”.
_SENTENCE_END = re.compile(r"(?<!\bal)\. ")
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def diagnostic_page(code: str) -> str | None:
    """The page of a diagnostic as Markdown; None where no diagnostic has that code."""
    if not _CODE.fullmatch(code):
        return None
    path = package_file("diagnostics", "pages", f"{code}.md")
    return path.read_text(encoding="utf-8") if path.is_file() else None


def diagnostic_codes() -> list[str]:
    """The codes that have a page."""
    return sorted(path.stem for path in package_file("diagnostics", "pages").glob("*.md"))


def layer_page(kind: str) -> str:
    """The page of a layer kind as Markdown, its arguments at the end; without a page what its docstring says.

    Raises:
        UnknownLayer: no layer has this name.
        UnusableLayer: it is another package's, and cannot be had from it.
    """
    layer = layer_class(kind)
    page = shipped_page(layer) or f"# {short_name(kind)}\n\n{inspect.cleandoc(layer.__doc__ or '')}\n"
    package = package_of(kind)
    source = "" if package == OWN_PACKAGE else f"\n\n## Package\n\n{package}"
    return f"{page.rstrip()}{source}\n\n## Arguments of {short_name(kind)}\n\n{argument_table(layer)}"


def shipped_page(layer: type[Layer]) -> str | None:
    """The page that a layer's package ships; None without one.

    The rule is the same for this package and for others: the file ``pages/NAME.md`` beside the module of the class, NAME
    being the kind without its rank (``Conv`` for ``Conv2D``), so that kinds that differ only by rank share a page.
    """
    folder = package_folder(layer)
    page = None if folder is None else folder / "pages" / f"{page_of(layer.kind)}.md"
    return page.read_text(encoding="utf-8") if page is not None and page.is_file() else None


def package_folder(layer: type[Layer]) -> Traversable | None:
    """The folder of the package that a class of layers lies in; None of a module outside any package."""
    from importlib.resources import files

    package = getattr(sys.modules.get(layer.__module__), "__package__", None)
    return files(package) if package else None


def describe_layer(layer: type[Layer]) -> str:
    """The first sentence of a layer's description."""
    text = " ".join((layer.__doc__ or "").split("\n\n")[0].split())
    return _SENTENCE_END.split(text)[0].rstrip(".") + "." if text else ""


def argument_table(layer: type[Declaration]) -> str:
    """A pipe table: every argument in positional order with its default, what it may be, and what it does."""
    rows = list(_argument_rows(layer))
    if not rows:
        return "It takes none.\n"
    lines = ["| argument | default | may be | meaning |", "|---|---|---|---|"]
    return "".join(f"{line}\n" for line in (*lines, *("| " + " | ".join(row) + " |" for row in rows)))


def _argument_rows(layer: type[Declaration]) -> Iterator[tuple[str, str, str, str]]:
    for name, info in layer.model_fields.items():
        if info.is_required():
            default = "must be given"
        else:
            default = show(plain_value(info.get_default(call_default_factory=True)))
        limits = " and ".join(_limits(info.metadata))
        words = ", ".join(_words(info.annotation))
        yield f"`{name}`", default, " · ".join(part for part in (words, limits) if part), info.description or ""


def _limits(metadata: list[Any]) -> Iterator[str]:
    for item in metadata:
        for attribute, text in (("ge", "at least"), ("gt", "greater than"), ("le", "at most"), ("lt", "less than")):
            bound = getattr(item, attribute, None)
            if bound is not None and abs(bound) < _HUGE:
                yield f"{text} {bound:,}"


def _words(annotation: Any) -> Iterator[str]:
    from typing import Literal

    if get_origin(annotation) is Literal:
        yield from (str(word) for word in get_args(annotation) if isinstance(word, str))
    elif annotation is bool:
        yield "true, false"
    else:
        for part in get_args(annotation):
            yield from _words(part)
