"""The arrays of a layer with kernels and a bias, from what its arguments say of them."""

from typing import Any

from cnnspec.layers.checks import check_weights
from cnnspec.layers.param import Param, Role
from cnnspec.layers.weights import Initializer


def make_weights(
    layer: Any, outputs: int, *, connected: int | None = None, **kernels: tuple[str, tuple[int, ...]]
) -> tuple[Param, ...]:
    """The kernels of a layer and, if it has one, a bias for each output; checked.

    Args:
        layer: the declaration.
        outputs: channels of the output.
        connected: pairs of an input channel and a filter that have weights, where not all have.
        kernels: each array's name and shape, by what the arguments that speak of it begin with: ``depthwise`` where they
            are ``depthwise_initializer``, ``depthwise_regularizer`` and ``depthwise_constraint``.

    Raises:
        LayerError: a constraint or an initializer does not fit the shape.
    """
    params = [make_param(layer, name, "kernel", shape, stem=stem, connected=connected) for stem, (name, shape) in kernels.items()]
    if layer.use_bias:
        params.append(make_param(layer, "bias", "bias", (outputs,)))
    return check_weights(layer.kind, tuple(params), {name: stem for stem, (name, _) in kernels.items()})


def make_param(
    layer: Any,
    name: str,
    role: Role,
    shape: tuple[int, ...],
    *,
    stem: str = "",
    start: Initializer | None = None,
    connected: int | None = None,
) -> Param:
    """One array, with what the layer's arguments say of it.

    Args:
        layer: the declaration.
        name: the array's.
        role: what it is for.
        shape: in Keras's layout.
        stem: what those arguments begin with, if not the array's name.
        start: how it starts, where the layer's argument leaves that open.
        connected: as in :func:`make_weights`.
    """
    stem = stem or name
    initializer = start or getattr(layer, f"{stem}_initializer")
    regularizer, constraint = getattr(layer, f"{stem}_regularizer"), getattr(layer, f"{stem}_constraint")
    return Param(name, shape, role, layer.trainable, initializer, regularizer, constraint, connected)
