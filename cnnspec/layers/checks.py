"""Whether what is said of weights fits their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cnnspec.layers.base import LayerError
from cnnspec.layers.param import Param

#: The least and greatest number of axes that an initializer works on; the others take any.
_AXES = {"identity": (2, 2), "orthogonal": (2, None)}


def check_weights(kind: str, params: tuple[Param, ...], stems: Mapping[str, str] = MappingProxyType({})) -> tuple[Param, ...]:
    """The params, if every constraint names axes they have and every initializer can fill them.

    Args:
        kind: the layer's.
        params: its arrays.
        stems: what the arguments that speak of an array begin with, where it is not the array's name.

    Raises:
        LayerError: ``constraint-axis-out-of-range``, ``initializer-needs-matrix``.
    """
    for param in params:
        stem = stems.get(param.name, param.name)
        constraint: Any = param.constraint
        if constraint is not None:
            _check_constraint(kind, param, constraint, f"{stem}_constraint")
        initializer: Any = param.initializer
        if initializer.word in _AXES:
            _check_initializer(kind, param, initializer.word, f"{stem}_initializer")
    return params


def _check_constraint(kind: str, param: Param, constraint: Any, argument: str) -> None:
    axes: tuple[int, ...] = getattr(constraint, "axis", ())
    count = len(param.shape)
    wrong = [axis for axis in axes if not -count <= axis < count]
    if wrong or len({axis % count for axis in axes}) != len(axes):
        raise LayerError(
            "constraint-axis-out-of-range",
            argument,
            layer=kind,
            constraint=constraint.word,
            axes=", ".join(str(axis) for axis in axes),
            weights=_describe(param),
            count=count,
        )


def _check_initializer(kind: str, param: Param, word: str, argument: str) -> None:
    least, greatest = _AXES[word]
    if len(param.shape) < least or (greatest is not None and len(param.shape) > greatest):
        need = "exactly 2 axes" if greatest else "at least 2 axes"
        raise LayerError(
            "initializer-needs-matrix",
            argument,
            layer=kind,
            initializer=word,
            need=need,
            weights=_describe(param),
        )


def _describe(param: Param) -> str:
    return f"{param.name} {'×'.join(str(int(n)) for n in param.shape)}"
