"""What a declaration says of its own arguments, for the reference: nothing here is written twice."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

from cnnspec.schema.choice import plain_value
from cnnspec.schema.declaration import Declaration, TextMarker
from cnnspec.schema.values import show


def describe_arguments(cls: type[Declaration]) -> list[tuple[str, str, str, str]]:
    """Name, type, default and description of every argument, in positional order; a required one has no default (“”)."""
    rows: list[tuple[str, str, str, str]] = []
    for name in cls.argument_names():
        info = cls.model_fields[name]
        default = "" if info.is_required() else _default_text(info.get_default(call_default_factory=True))
        text = "text in quotes" if TextMarker in info.metadata else _type_text(info.annotation)
        bounds = _bounds(info.metadata)
        if bounds:
            first, none, _ = text.partition(" or none")
            text = f"{first} {bounds}{none}"
        rows.append((name, text, default, info.description or ""))
    return rows


def _default_text(value: Any) -> str:
    if isinstance(value, tuple) and len(cast("tuple[object, ...]", value)) == 1 and isinstance(value[0], int):
        return str(value[0])  # along one axis, as it would be written
    return show(plain_value(cast("object", value)))


_PLAIN: dict[Any, str] = {int: "integer", float: "number", bool: "true or false", str: "word", NoneType: "none"}


def _type_text(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(str(word) for word in get_args(annotation))
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_type_text(part) for part in get_args(annotation)))
    if origin is tuple:
        return _list_text(get_args(annotation)[0])
    if origin is not None and hasattr(annotation, "__metadata__"):
        return f"{_type_text(annotation.__origin__)} {_bounds(annotation.__metadata__)}".strip()
    return _PLAIN.get(annotation) or str(annotation.__name__).lower()


def _list_text(item: Any) -> str:
    if get_origin(item) is tuple:
        return "integer, list or pairs" if get_args(item) == (int, int) else "rows of numbers"
    if item is int:
        return "integer or list of integers"
    return "list of " + " or ".join(
        f"{part}s" if part in ("integer", "number") else part for part in _type_text(item).split(" or ")
    )


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
