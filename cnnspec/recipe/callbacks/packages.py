"""Callbacks that other packages announce."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from cnnspec.recipe.callback import Callback

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

#: The entry-point group in which other packages announce callbacks: the entry's name is the kind, its object the class.
ENTRY_POINTS = "cnnspec.callbacks"


class UnusableCallback(TypeError):
    """Another package announces this callback, and none can be had from it."""


@cache
def announced() -> Mapping[str, EntryPoint]:
    """The entry points of other packages, by name."""
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}


def package_of(word: str) -> str:
    """The package that announces a callback, and its version; "" where none does."""
    entry = announced().get(word)
    if entry is None:
        return ""
    return entry.module if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"


def load_announced(word: str) -> type[Callback]:
    """The class of another package's callback.

    Raises:
        UnusableCallback: it cannot be imported, or is no callback.
    """
    package = package_of(word)
    try:
        found = announced()[word].load()
    except Exception as error:  # whatever another package does when it is imported
        reason = f"cannot be imported: {type(error).__name__}: {error}"
        raise UnusableCallback(f"the callback {word} of the package {package} {reason}") from error
    if not (isinstance(found, type) and issubclass(found, Callback) and found.word == word):
        raise UnusableCallback(f"the package {package} announces {found!r} as the callback {word}, which it is not")
    return found
