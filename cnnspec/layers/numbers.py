"""Numbers and nested lists of numbers, as a file writes the constants of an array."""

from __future__ import annotations

from typing import Any

from cnnspec.layers.arithmetic import Size
from cnnspec.layers.axes import axis_name
from cnnspec.layers.base import LayerError, size_unknown
from cnnspec.layers.shape import Shape
from cnnspec.schema.declaration import refuse
from cnnspec.schema.values import is_list


def read_numbers(value: object, *, least: float = float("-inf")) -> object:
    """A finite number, or a nested list of them that is an array: all its rows are of one length.

    Raises:
        PydanticCustomError: anything else, or a number below ``least``.
    """
    found = _read(value, least)
    if found is None:
        bound = f" of at least {least:g}" if least > float("-inf") else ""
        raise refuse(f"a finite number{bound}, or a list of them, one for each channel")
    return found


def _read(value: object, least: float) -> Any:
    if isinstance(value, (tuple, list)):
        items: list[Any] = [_read(item, least) for item in value]  # type: ignore[arg-type]
        sound = bool(items) and None not in items and len({array_shape(item) for item in items}) == 1
        return tuple(items) if sound else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if least <= value < float("inf") and value > float("-inf") else None


def array_shape(value: Any) -> tuple[int, ...]:
    """The extents of a nested list; () for a number."""
    return (len(value), *array_shape(value[0])) if is_list(value) else ()


def check_fit(kind: str, argument: str, value: Any, indices: tuple[int, ...], shape: Shape) -> None:
    """Refuse an array that cannot be repeated along these dimensions of an input, the last to the last.

    Raises:
        LayerError: ``values-mismatch``; ``size-unknown`` where an extent that must be equal is open.
    """
    given = array_shape(value)
    sizes: tuple[Size, ...] = tuple(shape.dims[index] for index in indices)
    fits = len(given) <= len(sizes)
    for count, index in zip(reversed(given), reversed(indices), strict=False):
        size = shape.dims[index]
        if count != 1 and not isinstance(size, int):
            raise size_unknown(kind, f"extent of {axis_name(index, shape.rank)}", size, argument)
        fits &= count in (1, size)
    if not fits:
        wanted = "×".join(str(size) for size in sizes)
        raise LayerError(
            "values-mismatch", argument, layer=kind, argument_name=argument, given=given, wanted=wanted, shape=str(shape)
        )
