"""How training images are changed at random, anew in each epoch: every image for itself, in the order of the list.

Images are changed after ``resize`` and ``pad`` and before ``normalize``, so that what comes in at an edge is 0, as the
padding. Positions between pixels are found bilinearly. Changes of shape that follow each other are made at once, so that an
image is sampled a single time. All numbers depend on the recipe's seed, the epoch and the step alone.
"""

from functools import cache
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import override

from cnnspec.recipe.augmentation import Augmentation
from cnnspec.recipe.family import spellings
from cnnspec.schema.choice import Choice


class RandomShift(Augmentation):
    """Moved by whole pixels, each of −pixels … pixels equally likely, along both axes."""

    word = "RandomShift"

    pixels: Annotated[int, Field(ge=0, le=1024, description="the furthest move along an axis")]

    @property
    @override
    def acts(self) -> bool:
        return self.pixels > 0


class RandomRotation(Augmentation):
    """Turned about its centre by an angle that is uniform in −degrees … degrees."""

    word = "RandomRotation"

    degrees: Annotated[float, Field(ge=0, le=180, description="the greatest angle to either side")]

    @property
    @override
    def acts(self) -> bool:
        return self.degrees > 0


class RandomZoom(Augmentation):
    """Made larger or smaller about its centre, by a scale that is uniform in 1 − factor … 1 + factor, for both axes."""

    word = "RandomZoom"

    factor: Annotated[float, Field(ge=0, lt=1, description="the greatest change of the scale")]

    @property
    @override
    def acts(self) -> bool:
        return self.factor > 0


class RandomFlip(Augmentation):
    """Mirrored with probability one half, along each axis that is named."""

    word = "RandomFlip"

    direction: Annotated[
        Literal["horizontal", "vertical", "both"], Field(description="horizontal swaps left and right; both: each by itself")
    ] = "horizontal"


class ElasticDistortion(Augmentation):
    """Each pixel taken from elsewhere: moves uniform in −1 … 1, smoothed by a Gaussian of ``sigma`` pixels, times ``alpha``.

    Inside an image a move has a standard deviation of alpha/(σ·√(12π)) pixels along each axis: 1.4 for the defaults, which
    are those of the paper for 28×28.

    Source: Simard, Steinkraus and Platt 2003.
    """

    word = "ElasticDistortion"

    alpha: Annotated[float, Field(ge=0, le=10_000, description="the strength")] = 34.0
    sigma: Annotated[float, Field(gt=0, le=100, description="how far neighbours move alike, in pixels")] = 4.0

    @property
    @override
    def acts(self) -> bool:
        return self.alpha > 0


class RandomErasing(Augmentation):
    """With ``probability`` a rectangle somewhere in the image becomes 0.

    Its area is a share of the image, uniform in min_area … max_area, its height over its width uniform in the logarithm
    from 0.3 to 3.3; what would reach beyond the image ends at its edge.

    Source: Zhong et al. 2020, whose numbers are the defaults.
    """

    word = "RandomErasing"

    probability: Annotated[float, Field(ge=0, le=1, description="the share of images that lose a rectangle")] = 0.5
    min_area: Annotated[float, Field(gt=0, le=1, description="the least share of the image")] = 0.02
    max_area: Annotated[float, Field(gt=0, le=1, description="the greatest share of the image")] = 0.33

    @property
    @override
    def acts(self) -> bool:
        return self.probability > 0


class RandomBrightness(Augmentation):
    """Brighter or darker by a number that is uniform in −factor … factor of the full range, kept within 0 … 255."""

    word = "RandomBrightness"

    factor: Annotated[float, Field(ge=0, le=1, description="the greatest change, as a share of 255")]

    @property
    @override
    def acts(self) -> bool:
        return self.factor > 0


class RandomContrast(Augmentation):
    """Each channel nearer to its mean or further from it: mean + c·(x − mean), kept within 0 … 255.

    c is uniform in 1 − factor … 1 + factor.
    """

    word = "RandomContrast"

    factor: Annotated[float, Field(ge=0, le=1, description="the greatest change of c")]

    @property
    @override
    def acts(self) -> bool:
        return self.factor > 0


@cache
def augmentations() -> dict[str, type[Choice]]:
    """Every accepted spelling of an augmentation."""
    return spellings(
        (
            RandomShift, RandomRotation, RandomZoom, RandomFlip, ElasticDistortion, RandomErasing, RandomBrightness,
            RandomContrast,
        )
    )  # fmt: skip
