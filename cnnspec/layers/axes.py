"""An axis given by number, in Keras's count: the batch is 0, negative numbers count from the end."""

from __future__ import annotations

from cnnspec.layers.activations import Activation
from cnnspec.layers.arguments import GREATEST, integers
from cnnspec.layers.base import LayerError, Repair
from cnnspec.layers.shape import AXIS_NAMES, Shape
from cnnspec.schema.declaration import refuse


def find_axis(kind: str, argument: str, axis: int, shape: Shape) -> int:
    """The index in ``shape.dims`` of an axis: −1 and n are the channels, 1 the first spatial axis.

    Raises:
        LayerError: ``axis-out-of-range``; axis 0 is the batch, which no layer touches.
    """
    count = len(shape.dims)
    index = axis - 1 if axis > 0 else axis + count
    if axis == 0 or not 0 <= index < count:
        repairs = (Repair(f"{argument}=-1 means the channels", argument, -1),) if argument == "axis" else ()
        raise LayerError("axis-out-of-range", argument, repairs=repairs, layer=kind, axis=axis, axes=count, shape=str(shape))
    return index


def find_axes(kind: str, argument: str, axes: tuple[int, ...], shape: Shape) -> tuple[int, ...]:
    """The indices in ``shape.dims`` of several axes, in the order of the dimensions.

    Raises:
        LayerError: ``axis-out-of-range``; ``axis-repeated`` where two numbers mean the same axis.
    """
    found = [find_axis(kind, argument, axis, shape) for axis in axes]
    for at, index in enumerate(found):
        if index in found[:at]:
            pair = axes[found.index(index)], axes[at]
            raise LayerError(
                "axis-repeated", argument, layer=kind, axes=pair, name=axis_name(index, shape.rank), shape=str(shape)
            )
    return tuple(sorted(found))


def list_axes(value: object) -> object:
    """One axis or a list of them as a tuple.

    Raises:
        PydanticCustomError: anything else, or one of them twice.
    """
    items = integers(value, least=-GREATEST)
    if items is None or len(set(items)) != len(items):
        raise refuse("an axis or a list of different axes, -1 being the channels")
    return items


def resolve_axis(kind: str, argument: str, axis: int | str, shape: Shape) -> int:
    """The index in ``shape.dims`` of an axis given by number or by name: ``channels``, ``height``.

    Raises:
        LayerError: ``axis-out-of-range``.
    """
    if isinstance(axis, int):
        return find_axis(kind, argument, axis, shape)
    names = [axis_name(index, shape.rank) for index in range(len(shape.dims))]
    if axis in ("channels", "units"):
        return shape.rank
    if axis not in names:
        raise LayerError("axis-out-of-range", argument, layer=kind, axis=axis, axes=len(names), shape=str(shape))
    return names.index(axis)


def axis_name(index: int, rank: int) -> str:
    """``height``, ``channels``; ``units`` of a vector; ``axis 2`` where the rank has no names."""
    if index == rank:
        return "channels" if rank else "units"
    names = AXIS_NAMES.get(rank)
    return names[index] if names else f"axis {index + 1}"


def check_activation(kind: str, activation: Activation | None, shape: Shape) -> None:
    """Refuse an activation along an axis that the output does not have.

    Raises:
        LayerError: ``axis-out-of-range``.
    """
    if activation is not None and activation.along not in (None, -1):
        find_axis(kind, "activation", activation.along, shape)
