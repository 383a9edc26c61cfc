"""What pictures of a trained network are drawn from: plain numbers, channels and classes counted from 0."""

from __future__ import annotations

from collections.abc import Mapping

from cnnspec.record import field as computed
from cnnspec.record import record


@record
class Tile:
    """A small sheet of values, row by row; None is a place without a value, such as the gap between two slices."""

    rows: int
    columns: int
    values: tuple[float | None, ...]


@record
class Kernels:
    """The kernels of a layer.

    Attributes:
        layer: its path.
        title: the layer in words, ``Conv2D 5×5``.
        inputs, filters: how many input channels one filter reads, and how many filters there are.
        low, high: the least and the greatest of all weights of the layer, shown or not.
        shown: for each filter that is shown, from filter 0 on, a tile per input channel, from channel 0 on.
    """

    layer: str
    title: str
    inputs: int
    filters: int
    low: float
    high: float
    shown: tuple[tuple[Tile, ...], ...]


@record
class Channel:
    """What one channel of a layer gives for one picture.

    Attributes:
        number: from 0.
        tile: its values; those of a curve are one row.
        mean, peak: the mean and the greatest of all its values.
        silent: every value is 0.
    """

    number: int
    tile: Tile
    mean: float
    peak: float
    silent: bool


@record
class Activations:
    """What a layer gives for one picture.

    Attributes:
        layer: its path.
        title: the layer in words, ``Conv2D 5×5, 6, valid, relu``.
        shape: of its output, ``24×24×6``.
        rank: spatial axes of the output: 0 for units, 1 for curves, 2 and 3 for maps.
        channels, silent: how many there are, and how many of them are 0 everywhere.
        low, high: the least and the greatest of all values, shown or not.
        shown: the channels with the greatest means, the greatest first. Units are one entry, in their order, as a row.
        notes: what was done to show them: slices, means.
        names: of the units, where they are classes.
    """

    layer: str
    title: str
    shape: str
    rank: int
    channels: int
    silent: int
    low: float
    high: float
    shown: tuple[Channel, ...]
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@record
class Sample:
    """A picture of a data set as bytes: one byte a pixel is grey, three are RGB."""

    rows: int
    columns: int
    pixels: bytes


@record
class Subject:
    """The picture that a network was given.

    Attributes:
        sample: as the network read it, black its least value and white its greatest.
        name: what it is, ``test image 12``, or a file.
        lines: what is to be said of it: its class, what was predicted, what was done to it.
    """

    sample: Sample
    name: str
    lines: tuple[str, ...]


@record
class Confusion:
    """How often each class was taken for each.

    Attributes:
        names: of the classes.
        counts: per true class, how often each class was predicted.
    """

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        """How many samples there are."""
        return sum(map(sum, self.counts))

    @property
    def right(self) -> int:
        """How many were predicted as what they are."""
        return sum(row[at] for at, row in enumerate(self.counts))

    def recall(self, at: int) -> float | None:
        """The share of a class's samples that were predicted so; None where it has none."""
        total = sum(self.counts[at])
        return self.counts[at][at] / total if total else None

    def precision(self, at: int) -> float | None:
        """The share of a class's predictions that were right; None where it was never predicted."""
        total = sum(row[at] for row in self.counts)
        return self.counts[at][at] / total if total else None


@record
class Mistake:
    """A picture that was taken for something else.

    Attributes:
        sample: as it is stored.
        number: its place in the test set, from 0.
        label, predicted: names of classes.
        confidence: the probability of what was predicted; None where outputs are no probabilities.
    """

    sample: Sample
    number: int
    label: str
    predicted: str
    confidence: float | None


@record
class ClaimLine:
    """A claim of the recipe and what the run came to; ``holds`` is None where it was not judged, for the reason given."""

    text: str
    holds: bool | None
    actual: str
    reason: str = ""


@record
class TrainedRun:
    """A run as the page of its network tells of it.

    Attributes:
        model, name: of the network and of the run's folder.
        lines: what was trained on what, and how it ended.
        figures: labels with values, of the test and of the training.
        claims: of the recipe.
        history: the figures of every epoch.
        data: what it was tested on; "" where that is not at hand, for the reason ``missing`` gives.
        confusion: of the test; None where it was not tested.
        cells: for pairs of a true and a predicted class, a few of their pictures.
        worst: the mistakes that it was surest of.
        kernels: of its first layers with kernels, and how many layers have some.
        maps: pictures, and what the layers give for them.
    """

    model: str
    name: str
    lines: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    claims: tuple[ClaimLine, ...]
    history: tuple[Mapping[str, float], ...]
    data: str = ""
    missing: str = ""
    confusion: Confusion | None = None
    cells: Mapping[tuple[int, int], tuple[Mistake, ...]] = computed(default_factory=dict[tuple[int, int], tuple[Mistake, ...]])
    worst: tuple[Mistake, ...] = ()
    kernels: tuple[Kernels, ...] = ()
    layers_with_kernels: int = 0
    maps: tuple[tuple[Subject, tuple[Activations, ...]], ...] = ()
