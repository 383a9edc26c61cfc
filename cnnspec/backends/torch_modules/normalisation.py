"""Normalisation with Keras's statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from typing_extensions import override

from cnnspec.backends.torch_modules.layout import torch_axis
from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.backends.torch_modules.table import Place, lowers
from cnnspec.layers.axes import find_axes
from cnnspec.layers.base import Layer


class BatchNorm(LayerModule):
    """(x − mean)/√(variance + ε)·γ + β per channel.

    In training mean and variance are the batch's, and the moving ones go m·old + (1 − m)·batch, the variance without
    Bessel's correction (Torch's own would be n/(n − 1) times as large). A layer with ``trainable=false`` uses and keeps
    its moving statistics, as in Keras.
    """

    weight: Tensor | None
    bias: Tensor | None
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, layer: Layer, axis: int, momentum: float, epsilon: float, frozen: bool) -> None:
        super().__init__(layer)
        self.axis = axis
        self.rate = 1 - momentum
        self.epsilon = epsilon
        self.frozen = frozen
        self._together: Callable[[Tensor], Tensor] | None = None
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)

    @override
    def core(self, x: Tensor) -> Tensor:
        if self.axis != 1:
            return self._normalise(x.movedim(self.axis, 1)).movedim(1, self.axis)
        return self._normalise(x)

    def _normalise(self, x: Tensor) -> Tensor:
        if not self.training or self.frozen:
            return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.epsilon)
        if self._together is not None:
            return self._normalise_together(x, self._together)
        count = x.numel() // x.shape[1]
        if count == 1:
            return self._normalise_single(x)
        # Torch adds rate·n/(n − 1)·variance; scaled up before and down after, what stays is rate·variance.
        scaled = self.running_var * (count / (count - 1))
        y = F.batch_norm(x, self.running_mean, scaled, self.weight, self.bias, True, self.rate, self.epsilon)
        with torch.no_grad():
            self.running_var.copy_(scaled * ((count - 1) / count))
        return y

    def take_statistics_together(self, add: Callable[[Tensor], Tensor]) -> None:
        """Take the batch's statistics over several processes.

        Args:
            add: the sum of a tensor over all of them, which gradients go through.

        Raises:
            ValueError: this kind of normalisation cannot.
        """
        self._together = add

    def _normalise_together(self, x: Tensor, add: Callable[[Tensor], Tensor]) -> Tensor:
        """As always, with the sums Σ1, Σx and then Σ(x − mean)² over all processes."""
        values = x.to(self.running_mean.dtype)
        axes, shape = (0, *range(2, x.dim())), (1, -1, *[1] * (x.dim() - 2))
        count = values.new_full((1,), x.numel() // x.shape[1])
        sums = add(torch.cat([values.sum(axes), count]))
        mean = sums[:-1] / sums[-1].detach()
        centred = values - mean.reshape(shape)
        variance = add((centred * centred).sum(axes)) / sums[-1].detach()
        with torch.no_grad():
            self.running_mean.lerp_(mean.detach(), self.rate)
            self.running_var.lerp_(variance.detach(), self.rate)
        factor = (variance + self.epsilon).rsqrt()
        if self.weight is not None:
            factor = factor * self.weight
        y = centred * factor.reshape(shape)
        return (y if self.bias is None else y + self.bias.reshape(shape)).to(x.dtype)

    def _normalise_single(self, x: Tensor) -> Tensor:
        """A batch of one value per channel: its mean is itself, its variance zero. Torch refuses it."""
        with torch.no_grad():
            self.running_mean.lerp_(x.detach().reshape(-1).to(self.running_mean.dtype), self.rate)
            self.running_var.mul_(1 - self.rate)
        y = x - x.detach()
        shape = (1, -1, *[1] * (x.dim() - 2))
        if self.weight is not None:
            y = y * self.weight.reshape(shape)
        return y if self.bias is None else y + self.bias.reshape(shape)


class BatchRenorm(BatchNorm):
    """Batch normalisation whose training is corrected towards slower statistics: y = (z·r + d)·γ + β.

    z is the batch's (x − mean)/deviation; r = deviation/renorm_stddev and d = (mean − renorm_mean)/renorm_stddev, both
    bounded and held constant for the gradient. What moves is the deviation, √(variance + ε); the moving variance follows.
    """

    moving_stddev: Tensor
    renorm_mean: Tensor
    renorm_stddev: Tensor

    def __init__(self, layer: Any, axis: int) -> None:
        super().__init__(layer, axis, layer.momentum, layer.epsilon, frozen=not layer.trainable)
        self.renorm_rate = 1 - layer.renorm_momentum
        self.bounds = layer.renorm_clipping

    @override
    def take_statistics_together(self, add: Callable[[Tensor], Tensor]) -> None:
        raise ValueError("a batch normalisation with renorm has the statistics of each process alone")

    @override
    def _normalise(self, x: Tensor) -> Tensor:
        if not self.training or self.frozen:
            return super()._normalise(x)
        values = x.to(self.renorm_mean.dtype)  # statistics of half-precision numbers are taken in full precision
        variance, mean = torch.var_mean(values, (0, *range(2, x.dim())), correction=0)
        deviation = (variance + self.epsilon).sqrt()
        scale, shift = self._correct(mean.detach(), deviation.detach())
        self._move(mean.detach(), deviation.detach())
        if self.weight is not None:
            scale, shift = scale * self.weight, shift * self.weight
        if self.bias is not None:
            shift = shift + self.bias
        shape = (1, -1, *[1] * (x.dim() - 2))
        normalised = (values - mean.reshape(shape)) * (scale / deviation).reshape(shape) + shift.reshape(shape)
        return normalised.to(x.dtype)

    def _correct(self, mean: Tensor, deviation: Tensor) -> tuple[Tensor, Tensor]:
        expected = self.renorm_stddev.clamp(min=self.epsilon**0.5)
        r, d = deviation / expected, (mean - self.renorm_mean) / expected
        if self.bounds is not None:
            if self.bounds.rmin is not None or self.bounds.rmax is not None:
                r = r.clamp(self.bounds.rmin, self.bounds.rmax)
            if self.bounds.dmax is not None:
                d = d.clamp(-self.bounds.dmax, self.bounds.dmax)
        return r, d

    @torch.no_grad()
    def _move(self, mean: Tensor, deviation: Tensor) -> None:
        self.renorm_mean.lerp_(mean, self.renorm_rate)
        self.renorm_stddev.lerp_(deviation, self.renorm_rate)
        self.running_mean.lerp_(mean, self.rate)
        self.moving_stddev.lerp_(deviation, self.rate)
        self.running_var.copy_((self.moving_stddev.square() - self.epsilon).clamp(min=0))


@lowers("BatchNorm")
def lower_batch_norm(layer: Any, place: Place) -> LayerModule:
    """γ and β are Torch's weight and bias; Torch's counter of batches does not exist here."""
    axis = torch_axis(layer.axis, place.rank)
    if layer.renorm:
        module: BatchNorm = BatchRenorm(layer, axis)
    else:
        module = BatchNorm(layer, axis, layer.momentum, layer.epsilon, frozen=not layer.trainable)
    names = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
    for param in place.facts.params:
        module.hold(names.get(param.name, param.name), param)
    return module


class LRN(LayerModule):
    """a/(k + α·Σa²)^β, the sum over neighbouring channels: (N, C, …) → the same."""

    def __init__(self, layer: Any) -> None:
        super().__init__(layer)
        # Torch takes the mean where we take the sum.
        self.arguments = (layer.size, layer.alpha * layer.size, layer.beta, layer.k)

    @override
    def core(self, x: Tensor) -> Tensor:
        if x.dim() == 2:
            return F.local_response_norm(x.unsqueeze(-1), *self.arguments).squeeze(-1)
        if x.dim() > 4:
            x = x.contiguous()  # Torch takes a view that maps in another order do not have
        return F.local_response_norm(x, *self.arguments)


@lowers("LRN")
def lower_lrn(layer: Any, place: Place) -> LayerModule:
    """The arguments in Torch's meaning."""
    return LRN(layer)


class LayerNorm(LayerModule):
    """γ·(x − mean)/√(variance + ε) + β over some axes of each sample.

    ``order`` puts these axes last, in Keras's order; ``inverse`` brings them back. For the channels of a map that lies
    ``channels_last`` in memory both are views.
    """

    weight: Tensor | None
    bias: Tensor | None

    def __init__(self, layer: Any, axes: tuple[int, ...], rank: int) -> None:
        super().__init__(layer)
        last = [torch_axis(axis + 1, rank) for axis in axes]
        self.order = (*(at for at in range(rank + 2) if at not in last), *last)
        self.inverse = tuple(self.order.index(at) for at in range(rank + 2))
        self.count = len(axes)
        self.epsilon = layer.epsilon
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)

    @override
    def core(self, x: Tensor) -> Tensor:
        x = x.permute(self.order)
        return F.layer_norm(x, x.shape[-self.count :], self.weight, self.bias, self.epsilon).permute(self.inverse)


@lowers("LayerNorm")
def lower_layer_norm(layer: Any, place: Place) -> LayerModule:
    """γ and β keep Keras's shape, that of the axes which are normalised."""
    module = LayerNorm(layer, find_axes(layer.kind, "axis", layer.axis, place.inputs[0]), place.rank)
    return _hold_affine(module, place)


class GroupNorm(LayerModule):
    """γ·(x − mean)/√(variance + ε) + β over groups of channels of each sample, or of another axis."""

    weight: Tensor | None
    bias: Tensor | None

    def __init__(self, layer: Any, axis: int, groups: int) -> None:
        super().__init__(layer)
        self.axis = axis
        self.groups = groups
        self.epsilon = layer.epsilon
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)

    @override
    def core(self, x: Tensor) -> Tensor:
        return self._normalise(x) if self.axis == 1 else self._normalise(x.movedim(self.axis, 1)).movedim(1, self.axis)

    def _normalise(self, x: Tensor) -> Tensor:
        # Not F.group_norm: it refuses a group of one value, which Keras takes.
        if self.weight is not None or self.bias is None:
            return torch.group_norm(x, self.groups, self.weight, self.bias, self.epsilon)
        # Torch cannot find the gradient of a bias that stands alone, where the input needs none.
        normalised = torch.group_norm(x, self.groups, None, None, self.epsilon)
        return normalised + self.bias.reshape(-1, *[1] * (x.dim() - 2))


@lowers("GroupNorm")
def lower_group_norm(layer: Any, place: Place) -> LayerModule:
    """A group of each channel is as many groups as channels."""
    axis = torch_axis(layer.axis, place.rank)
    size = place.channels if axis == 1 else int(place.inputs[0].dims[axis - 2])  # type: ignore[arg-type]
    return _hold_affine(GroupNorm(layer, axis, size if layer.groups == -1 else layer.groups), place)


@lowers("InstanceNorm")
def lower_instance_norm(layer: Any, place: Place) -> LayerModule:
    """As many groups as channels."""
    return _hold_affine(GroupNorm(layer, 1, place.channels), place)


def _hold_affine(module: LayerModule, place: Place) -> LayerModule:
    for param in place.facts.params:
        module.hold({"gamma": "weight", "beta": "bias"}[param.name], param)
    return module
