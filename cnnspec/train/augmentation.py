"""Augmentation as tensor operations over a whole batch, on its device.

Positions are counted from the image's centre, x to the right and y down, in pixels. A change of shape says where each pixel
of its result comes from: ``A·p + b`` with numbers of each image. Those that follow each other are multiplied, and the batch
is sampled once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from cnnspec.recipe import augmentations as declared
from cnnspec.recipe.augmentation import Augmentation

#: Height over width of an erased rectangle.
LEAST_RATIO, GREATEST_RATIO = 0.3, 3.3


class Draws:
    """Random numbers for a batch: a function of the seed, whatever was drawn before anywhere else."""

    def __init__(self, seed: int, images: int, device: torch.device) -> None:
        self.images, self.device = images, device
        self.generator = torch.Generator(device).manual_seed(seed)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Numbers from low to high, of each image the given shape."""
        drawn = torch.rand((self.images, *shape), generator=self.generator, device=self.device)
        return drawn.mul_(high - low).add_(low)

    def whole(self, most: int, *shape: int) -> Tensor:
        """Whole numbers from −most to most."""
        drawn = torch.randint(-most, most + 1, (self.images, *shape), generator=self.generator, device=self.device)
        return drawn.float()


@dataclass(frozen=True, slots=True)
class Affine:
    """Where pixels come from: ``matrix·p + offset``, (n, 2, 2) and (n, 2) in x and y."""

    matrix: Tensor
    offset: Tensor

    def after(self, following: Self) -> Affine:
        """This change, then another: their results come from where this one takes what that one names."""
        matrix = self.matrix @ following.matrix
        return Affine(matrix, (self.matrix @ following.offset[:, :, None])[:, :, 0] + self.offset)


def draw_affine(change: Augmentation, draws: Draws) -> Affine:
    """The numbers of one change of shape for each image."""
    n, device = draws.images, draws.device
    matrix, offset = torch.eye(2, device=device).repeat(n, 1, 1), torch.zeros(n, 2, device=device)
    match change:
        case declared.RandomShift(pixels=pixels):
            return Affine(matrix, -draws.whole(pixels, 2))
        case declared.RandomRotation(degrees=degrees):
            angle = draws.uniform(-math.radians(degrees), math.radians(degrees))
            cosine, sine = angle.cos(), angle.sin()
            return Affine(torch.stack([cosine, -sine, sine, cosine], 1).reshape(n, 2, 2), offset)
        case declared.RandomZoom(factor=factor):
            return Affine(matrix / draws.uniform(1 - factor, 1 + factor)[:, None, None], offset)
        case declared.RandomFlip(direction=direction):
            signs = 1 - 2 * (draws.uniform(0, 1, 2) < 0.5).float()
            kept = {"horizontal": [False, True], "vertical": [True, False], "both": [False, False]}[direction]
            signs = torch.where(torch.tensor(kept, device=device), torch.ones_like(signs), signs)
            return Affine(torch.diag_embed(signs), offset)
        case _:
            raise TypeError(f"{change!r} is no affine change")


AFFINE = (declared.RandomShift, declared.RandomRotation, declared.RandomZoom, declared.RandomFlip)


def positions(height: int, width: int, device: torch.device | None = None) -> Tensor:
    """The pixels' positions from the centre, (2, height·width): x, then y."""
    y = torch.arange(height, device=device) - (height - 1) / 2
    x = torch.arange(width, device=device) - (width - 1) / 2
    return torch.stack([x.repeat(height), y.repeat_interleave(width)])


def sample(images: Tensor, places: Tensor) -> Tensor:
    """The values at places (n, 2, height·width) from the centre, bilinearly; 0 beyond the edges."""
    n, _, height, width = images.shape
    half = torch.tensor([[2 / width], [2 / height]], device=images.device)
    grid = (places * half).reshape(n, 2, height, width).permute(0, 2, 3, 1)
    return grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def gaussian(size: int, sigma: float, device: torch.device | None = None) -> Tensor:
    """The matrix that smooths ``size`` values by a Gaussian cut at 4σ; what lies beyond the ends counts as 0."""
    reach = math.ceil(4 * sigma)
    weights = torch.exp(-((torch.arange(-reach, reach + 1, device=device) / sigma) ** 2) / 2)
    weights /= weights.sum()
    at = torch.arange(size, device=device)
    distance = at[:, None] - at[None, :]
    inside = distance.abs() <= reach
    return torch.where(inside, weights[distance.clamp(-reach, reach) + reach], torch.zeros((), device=device))


class Shape:
    """Changes of shape that follow each other, sampled once: affine ones, and perhaps an elastic one at the end."""

    def __init__(self, affine: list[Augmentation], elastic: declared.ElasticDistortion | None) -> None:
        self.affine, self.elastic = affine, elastic
        self._kept: dict[tuple[int, int, torch.device], tuple[Tensor, Tensor, Tensor]] = {}

    def __call__(self, images: Tensor, draws: Draws) -> Tensor:
        height, width = images.shape[-2:]
        centred, rows, columns = self._matrices(height, width, images.device)
        whole = self._whole(draws)
        if self.elastic is not None:
            moves = rows @ draws.uniform(-1, 1, 2, height, width) @ columns.T
            places = centred + self.elastic.alpha * moves.flatten(2)
            if whole is not None:
                places = whole.matrix @ places + whole.offset[:, :, None]
        else:
            assert whole is not None, "there are no shapes without a change"
            # All images' matrices times the same positions are one product.
            places = (whole.matrix.reshape(-1, 2) @ centred).reshape(len(images), 2, -1) + whole.offset[:, :, None]
        return sample(images, places)

    def _whole(self, draws: Draws) -> Affine | None:
        """All affine changes as one."""
        found: Affine | None = None
        for change in self.affine:
            drawn = draw_affine(change, draws)
            found = drawn if found is None else found.after(drawn)
        return found

    def _matrices(self, height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        key = (height, width, device)
        if key not in self._kept:
            sigma = 1.0 if self.elastic is None else self.elastic.sigma
            self._kept[key] = (
                positions(height, width, device),
                gaussian(height, sigma, device),
                gaussian(width, sigma, device),
            )
        return self._kept[key]


def erase(images: Tensor, change: declared.RandomErasing, draws: Draws) -> Tensor:
    """Put 0 into a rectangle of some images."""
    height, width = images.shape[-2:]
    chosen = draws.uniform(0, 1) < change.probability
    area = draws.uniform(change.min_area, change.max_area) * height * width
    ratio = draws.uniform(math.log(LEAST_RATIO), math.log(GREATEST_RATIO)).exp()
    inside = chosen[:, None, None]
    for extent, side, axis in ((height, (area * ratio).sqrt(), 1), (width, (area / ratio).sqrt(), 2)):
        length = side.round().clamp(1, extent)
        start = (draws.uniform(0, 1) * (extent - length + 1)).floor()
        at = torch.arange(extent, device=images.device)
        covered = (at >= start[:, None]) & (at < (start + length)[:, None])
        inside = inside & covered.unsqueeze(3 - axis)
    return images.masked_fill(inside[:, None], 0.0)


def shade(images: Tensor, change: Augmentation, draws: Draws) -> Tensor:
    """Change brightness or contrast."""
    match change:
        case declared.RandomBrightness(factor=factor):
            moved = images + draws.uniform(-255 * factor, 255 * factor, 1, 1, 1)
        case declared.RandomContrast(factor=factor):
            mean = images.mean(dim=(2, 3), keepdim=True)
            moved = mean + draws.uniform(1 - factor, 1 + factor, 1, 1, 1) * (images - mean)
        case _:
            raise TypeError(f"no Torch form of the augmentation {change!r}")
    return moved.clamp_(0, 255)


class Augmenter:
    """All changes of a recipe."""

    def __init__(self, changes: Iterable[Augmentation]) -> None:
        self.stages: list[Shape | Augmentation] = []
        for change in changes:
            if change.acts:
                self._add(change)

    def _add(self, change: Augmentation) -> None:
        last = self.stages[-1] if self.stages else None
        if isinstance(change, AFFINE):
            if isinstance(last, Shape) and last.elastic is None:
                last.affine.append(change)
            else:
                self.stages.append(Shape([change], None))
        elif isinstance(change, declared.ElasticDistortion):
            if isinstance(last, Shape) and last.elastic is None:
                last.elastic = change
            else:
                self.stages.append(Shape([], change))
        else:
            self.stages.append(change)

    def __bool__(self) -> bool:
        """Whether anything is changed."""
        return bool(self.stages)

    def __call__(self, images: Tensor, seed: int) -> Tensor:
        """Other images for a batch.

        Args:
            images: (n, channels, height, width), values from 0 to 255, float32.
            seed: all that the changes depend on.
        """
        draws = Draws(seed, len(images), images.device)
        for stage in self.stages:
            if isinstance(stage, Shape):
                images = stage(images, draws)
            elif isinstance(stage, declared.RandomErasing):
                images = erase(images, stage, draws)
            else:
                images = shade(images, stage, draws)
        return images
