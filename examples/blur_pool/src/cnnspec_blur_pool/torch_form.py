"""How the layer runs: imported only when a network is built."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812
from typing_extensions import override

from cnnspec.backends.torch_modules import LayerModule, Place
from cnnspec.backends.torch_modules.padding import padding_for_convolution, windows
from cnnspec_blur_pool.layer import BlurPool2D, binomial


class BlurPool(LayerModule):
    """A convolution of each channel with the same fixed kernel: (N, C, H, W) → (N, C, H', W')."""

    kernel: Tensor

    def __init__(self, layer: BlurPool2D, place: Place) -> None:
        super().__init__(layer)
        rows, columns = (torch.tensor(binomial(k), dtype=torch.get_default_dtype()) for k in layer.pool_size)
        kernel = rows[:, None] * columns[None, :]
        self.register_buffer("kernel", kernel / kernel.sum(), persistent=False)  # a constant: not in the state dict
        self.padding, self.pad = padding_for_convolution(windows(place.axes), layer.padding_mode)
        self.strides = layer.strides

    @override
    def core(self, x: Tensor) -> Tensor:
        channels = x.shape[1]
        padded = x if self.pad is None else self.pad(x)
        return F.conv2d(padded, self.kernel.expand(channels, 1, -1, -1), None, self.strides, self.padding, 1, channels)


def lower_blur_pool(layer: BlurPool2D, place: Place) -> LayerModule:
    """The Torch form of a BlurPool2D."""
    return BlurPool(layer, place)
