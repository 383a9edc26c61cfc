"""The values that an argument can have after its expression was evaluated.

Integers, floats, booleans and None are Python's own; a dims token or list is a tuple. The rest is here.
"""

from __future__ import annotations

from typing_extensions import TypeIs

from cnnspec.record import record


class Word(str):
    """A bare word that names nothing in scope: ``same``, ``relu``."""

    __slots__ = ()


class Quoted(str):
    """A string in quotes: a path or a file name. Where a word belongs, it is a mistake that has its own message."""

    __slots__ = ()


@record
class CallValue:
    """A word with arguments: ``l2(1e-4)``, ``leaky_relu(0.1)``, ``EarlyStopping(monitor=loss)``."""

    name: str
    positional: tuple[object, ...] = ()
    named: tuple[tuple[str, object], ...] = ()


def is_list(value: object) -> TypeIs[tuple[object, ...]]:
    """Whether a value is a dims token or a list."""
    return isinstance(value, tuple)


def show(value: object) -> str:
    """A value as the language writes it: ``3×3``, ``same``, ``"log.csv"``, ``l2(0.01)``, ``true``, ``none``."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case Quoted():
            return f'"{value}"'
        case CallValue(name, positional, named):
            arguments = [show(item) for item in positional] + [f"{key}={show(item)}" for key, item in named]
            return f"{name}({', '.join(arguments)})" if arguments else name
        case _ if is_list(value):
            if len(value) > 1 and all(isinstance(item, int) and not isinstance(item, bool) for item in value):
                return "×".join(str(item) for item in value)
            return "[" + ", ".join(show(item) for item in value) + "]"
        case float():
            return f"{value:g}"
        case _:
            return str(value)
