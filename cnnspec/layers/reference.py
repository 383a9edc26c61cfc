"""What a declaration says of its own arguments, for the reference: nothing here is written twice."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from cnnspec.schema.choice import Choice, plain_value
from cnnspec.schema.declaration import Declaration, TextMarker
from cnnspec.schema.values import show


def describe_arguments(cls: type[Declaration]) -> list[tuple[str, str, str, str]]:
    """Name, type, default and description of every argument, in positional order; a required one has no default (“”)."""
    rows: list[tuple[str, str, str, str]] = []
    for name, info in cls.model_fields.items():
        default = "" if info.is_required() else show(plain_value(info.get_default(call_default_factory=True)))
        text = _type_text(info.annotation)
        bounds = _bounds(info.metadata)
        if TextMarker in info.metadata:
            text = "text in quotes"
        rows.append((name, f"{text} {bounds}".strip(), default, info.description or ""))
    return rows


_PLAIN: dict[Any, str] = {int: "integer", float: "number", bool: "true or false", str: "word", NoneType: "none"}


def _type_text(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(str(word) for word in get_args(annotation))
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_type_text(part) for part in get_args(annotation)))
    if origin is tuple:
        return "pairs" if get_args(annotation)[0] == tuple[int, int] else f"list of {_plural(_type_text(get_args(annotation)[0]))}"
    if origin is not None and hasattr(annotation, "__metadata__"):
        return f"{_type_text(annotation.__origin__)} {_bounds(annotation.__metadata__)}".strip()
    if isinstance(annotation, type) and issubclass(annotation, Choice):
        return annotation.__name__.lower()
    return _PLAIN.get(annotation, getattr(annotation, "__name__", str(annotation)).lower())


def _plural(noun: str) -> str:
    return noun if noun.endswith("s") or " " in noun else f"{noun}s"


_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def _bounds(metadata: Any) -> str:
    """``≥ 1``; a bound of 2³¹ − 1 is a limit of the machine and no news."""
    parts: list[str] = []
    for item in metadata:
        for attribute, sign in _SIGNS.items():
            bound = getattr(item, attribute, None)
            if bound is not None and bound < 2**31 - 1:
                parts.append(f"{sign} {bound:g}")
        parts += [_bounds(item.metadata)] if hasattr(item, "metadata") and item.metadata else []
    return ", ".join(part for part in parts if part)
