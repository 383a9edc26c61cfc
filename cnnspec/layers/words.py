"""Families of words whose rarer members are imported only when a file uses one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

from typing_extensions import override

from cnnspec.schema.choice import Choice

C = TypeVar("C", bound=Choice)


class Words(Mapping[str, type[C]], Generic[C]):
    """Classes by their words.

    Args:
        here: the members at hand.
        elsewhere: words of the others, each with its module in this package and its class.
        synonyms: other words for some of them.
    """

    def __init__(
        self, *here: type[C], elsewhere: Mapping[str, tuple[str, str]] | None = None, synonyms: Mapping[str, str] | None = None
    ) -> None:
        self._found = {cls.word: cls for cls in here}
        self._elsewhere = elsewhere or {}
        self._synonyms = synonyms or {}
        # Fixed here: what has been imported meanwhile must not change the order in which words are listed.
        self._words = tuple(dict.fromkeys((*self._found, *self._elsewhere, *self._synonyms)))

    @override
    def __getitem__(self, word: str) -> type[C]:
        word = self._synonyms.get(word, word)
        found = self._found.get(word)
        if found is None:
            module, name = self._elsewhere[word]
            found = self._found[word] = getattr(import_module(f"cnnspec.layers.{module}"), name)
        return found

    @override
    def __contains__(self, word: object) -> bool:
        return word in self._found or word in self._elsewhere or word in self._synonyms

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    @override
    def __len__(self) -> int:
        return len(self._words)


def import_late(where: Mapping[str, str], name: str, module: str) -> Any:
    """The class of another module of this package that is asked for in ``module`` by name.

    Raises:
        AttributeError: there is none.
    """
    if name not in where:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    return getattr(import_module(f"cnnspec.layers.{where[name]}"), name)
