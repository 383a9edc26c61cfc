"""The arrays of a layer with kernels and a bias, from what its arguments say of them."""

from typing import Any

from cnnspec.layers.checks import check_weights
from cnnspec.layers.param import Param, Role


def make_weights(layer: Any, outputs: int, **kernels: tuple[str, tuple[int, ...]]) -> tuple[Param, ...]:
    """The kernels of a layer and, if it has one, a bias for each output; checked.

    Args:
        layer: the declaration.
        outputs: channels of the output.
        kernels: each array's name and shape, by what the arguments that speak of it begin with: ``depthwise`` where they
            are ``depthwise_initializer``, ``depthwise_regularizer`` and ``depthwise_constraint``.

    Raises:
        LayerError: a constraint or an initializer does not fit the shape.
    """
    params = [_make(layer, stem, name, shape, "kernel") for stem, (name, shape) in kernels.items()]
    if layer.use_bias:
        params.append(_make(layer, "bias", "bias", (outputs,), "bias"))
    return check_weights(layer.kind, tuple(params), {name: stem for stem, (name, _) in kernels.items()})


def _make(layer: Any, stem: str, name: str, shape: tuple[int, ...], role: Role) -> Param:
    said = (getattr(layer, f"{stem}_{what}") for what in ("initializer", "regularizer", "constraint"))
    return Param(name, shape, role, layer.trainable, *said)
