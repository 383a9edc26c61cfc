"""The one table from layer kinds to their Torch form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import AnyAxis

#: The entry-point group in which other packages announce the Torch form of their layers, by kind.
ENTRY_POINTS = "cnnspec.torch_modules"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer stands: the shapes that flow in, and the facts it states of them."""

    facts: Facts
    inputs: tuple[Shape, ...]

    @property
    def rank(self) -> int:
        """The number of spatial axes of the first input."""
        return self.inputs[0].rank

    @property
    def channels(self) -> int:
        """The channels of the first input."""
        channels = self.inputs[0].channels
        if not isinstance(channels, int):
            raise TypeError(f"the number of channels is unknown: {channels}")
        return int(channels)

    @property
    def axes(self) -> tuple[AnyAxis, ...]:
        """The window, one axis per spatial dimension."""
        if not isinstance(self.facts.window, tuple):
            raise TypeError(f"a window per axis was expected, not {self.facts.window}")
        return self.facts.window


# The layer is Any: each lowering names the class it takes, and the table gives it no other.
Lowering = Callable[[Any, Place], LayerModule]
_L = TypeVar("_L", bound=Lowering)

_TABLE: dict[str, Lowering] = {}


class NotLowered(LookupError):
    """No Torch form is known of this kind of layer."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(f"{kind} has no Torch form")


def lowers(*kinds: str) -> Callable[[_L], _L]:
    """Enter a function into the table as the Torch form of these kinds."""

    def enter(lowering: _L) -> _L:
        for kind in kinds:
            if kind in _TABLE:
                raise ValueError(f"{kind} has a Torch form already")
            _TABLE[kind] = lowering
        return lowering

    return enter


def lowered_kinds() -> frozenset[str]:
    """The kinds that are in the table."""
    return frozenset(_TABLE)


def lowering_of(layer: Layer) -> Lowering:
    """The Torch form of a layer's kind, or of the nearest kind that its class is derived from.

    Raises:
        NotLowered: neither this package nor another one has a form for it.
    """
    for cls in type(layer).__mro__:
        kind = cls.__dict__.get("kind")
        if kind in _TABLE:
            return _TABLE[kind]
    announced = _announced().get(layer.kind)
    if announced is None:
        raise NotLowered(layer.kind)
    return announced()


@cache
def _announced() -> dict[str, Callable[[], Lowering]]:
    from importlib.metadata import entry_points

    return {entry.name: entry.load for entry in entry_points(group=ENTRY_POINTS)}
