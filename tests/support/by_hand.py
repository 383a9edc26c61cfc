"""Networks and blocks of the library that torchvision does not have, written with Torch by hand."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pad


class Kinds(NamedTuple):
    """The layers for maps of one rank."""

    conv: type[nn.Conv1d] | type[nn.Conv2d]
    transposed: type[nn.ConvTranspose1d] | type[nn.ConvTranspose2d]
    pool: type[nn.MaxPool1d] | type[nn.MaxPool2d]


KINDS = {
    1: Kinds(nn.Conv1d, nn.ConvTranspose1d, nn.MaxPool1d),
    2: Kinds(nn.Conv2d, nn.ConvTranspose2d, nn.MaxPool2d),
}


class DoubleConv(nn.Sequential):
    """Two convolutions of U-Net."""

    def __init__(self, before: int, after: int, padding: int, rank: int) -> None:
        conv = KINDS[rank].conv
        super().__init__(conv(before, after, 3, padding=padding), nn.ReLU(), conv(after, after, 3, padding=padding), nn.ReLU())


class UNet(nn.Module):
    """U-Net of 2015; maps from the side are cut to the size of those from below, which without padding are smaller."""

    def __init__(self, width: int, classes: int, padding: int, rank: int = 2) -> None:
        super().__init__()
        kinds, widths = KINDS[rank], [width * 2**level for level in range(5)]
        self.pool = kinds.pool(2)
        self.down = nn.ModuleList(DoubleConv(i, o, padding, rank) for i, o in zip([1, *widths], widths, strict=False))
        self.up = nn.ModuleList(kinds.transposed(2 * w, w, 2, stride=2) for w in widths[:4])
        self.side = nn.ModuleList(DoubleConv(2 * w, w, padding, rank) for w in widths[:4])
        self.last = kinds.conv(width, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept: list[Tensor] = []
        for level, double in enumerate(self.down):
            x = double(self.pool(x) if level else x)
            kept.append(x)
        for level in reversed(range(4)):
            x = self.up[level](x)
            inner = kept[level]
            for axis in range(2, x.dim()):
                inner = inner.narrow(axis, (inner.shape[axis] - x.shape[axis]) // 2, x.shape[axis])
            x = self.side[level](torch.cat([inner, x], 1))
        return self.last(x)


class TCN(nn.Module):
    """The temporal convolutional network without its weight normalisation."""

    def __init__(self, filters: int, levels: int, kernel_size: int) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.first = nn.ModuleList(nn.Conv1d(filters if i else 1, filters, kernel_size, dilation=2**i) for i in range(levels))
        self.second = nn.ModuleList(nn.Conv1d(filters, filters, kernel_size, dilation=2**i) for i in range(levels))
        self.past = nn.Conv1d(1, filters, 1)
        self.dense = nn.Linear(filters, 10)

    def forward(self, x: Tensor) -> Tensor:
        for level, (first, second) in enumerate(zip(self.first, self.second, strict=True)):
            back = (self.kernel_size - 1) * 2**level
            y = torch.relu(first(pad(x, (back, 0))))
            y = torch.relu(second(pad(y, (back, 0))))
            x = torch.relu(y + (x if level else self.past(x)))
        return self.dense(x[:, :, -1]).softmax(1)


class WaveNet(nn.Module):
    """The gated stack with its skip sum as a variable of its own."""

    def __init__(self, levels: int, signal: int, skip: int, stacks: int, layers: int) -> None:
        super().__init__()
        self.signal, self.layers = signal, layers
        depth = stacks * layers
        self.first = nn.Conv1d(levels, signal + skip, 2)
        self.filter = nn.ModuleList(nn.Conv1d(signal, signal, 2, dilation=2 ** (i % layers)) for i in range(depth))
        self.gate = nn.ModuleList(nn.Conv1d(signal, signal, 2, dilation=2 ** (i % layers)) for i in range(depth))
        self.both = nn.ModuleList(nn.Conv1d(signal, signal + skip, 1) for _ in range(depth))
        self.last = nn.ModuleList([nn.Conv1d(skip, skip, 1), nn.Conv1d(skip, levels, 1)])

    def forward(self, x: Tensor) -> Tensor:
        x, skipped = self.first(pad(x, (1, 0))).tensor_split([self.signal], 1)
        for index, (of_filter, of_gate, both) in enumerate(zip(self.filter, self.gate, self.both, strict=True)):
            past = pad(x, (2 ** (index % self.layers), 0))
            onward, said = both(of_filter(past).tanh() * of_gate(past).sigmoid()).tensor_split([self.signal], 1)
            x, skipped = x + onward, skipped + said
        first, second = self.last
        return second(first(skipped.relu()).relu()).softmax(1)


class DnCNN(nn.Module):
    """The picture less the noise."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        middle = [
            layer
            for _ in range(layers - 2)
            for layer in (nn.Conv2d(64, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64, eps=1e-3), nn.ReLU())
        ]
        ends = nn.Conv2d(1, 64, 3, padding=1), nn.Conv2d(64, 1, 3, padding=1, bias=False)
        self.noise = nn.Sequential(ends[0], nn.ReLU(), *middle, ends[1])

    def forward(self, x: Tensor) -> Tensor:
        return x - self.noise(x)


class Highway(nn.Module):
    """y = H·T + x·(1 − T), as the paper writes it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gate = nn.Conv2d(channels, channels, 3, padding=1)
        self.change = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        t = self.gate(x).sigmoid()
        return self.change(x).relu() * t + x * (1 - t)


class SqueezeExcite(nn.Module):
    def __init__(self, channels: int, ratio: int) -> None:
        super().__init__()
        self.narrow = nn.Linear(channels, channels // ratio)
        self.wide = nn.Linear(channels // ratio, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.wide(self.narrow(x.mean((2, 3))).relu()).sigmoid()[:, :, None, None]


class CBAM(nn.Module):
    """Channels are weighed, then positions; the dense layers run once, on means and maxima together."""

    def __init__(self, channels: int, ratio: int) -> None:
        super().__init__()
        self.narrow = nn.Linear(channels, channels // ratio)
        self.wide = nn.Linear(channels // ratio, channels)
        self.around = nn.Conv2d(2, 1, 7, padding=3, bias=False)
        self.norm = nn.BatchNorm2d(1, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        both = self.wide(self.narrow(torch.stack([x.mean((2, 3)), x.amax((2, 3))])).relu())
        x = x * both.sum(0).sigmoid()[:, :, None, None]
        maps = torch.cat([x.amax(1, keepdim=True), x.mean(1, keepdim=True)], 1)
        return x * self.norm(self.around(maps)).sigmoid()
