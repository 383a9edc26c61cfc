"""Testing a run again, on its own test set or another one."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnspec.train.batches import to_device
from cnnspec.train.devices import choose_device, evaluation_batch, memory_named
from cnnspec.train.files import plain
from cnnspec.train.objective import Means, Objective, measure
from cnnspec.train.run import Run

if TYPE_CHECKING:
    from cnnspec.train.data.dataset import Dataset
    from cnnspec.train.data.download import Progress


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of a test.

    Attributes:
        model, data: names.
        samples: how many images were tested.
        test: loss and metrics.
        same_data: whether the data set is, byte by byte, the one the run was trained with.
        checkpoint, epoch: which weights.
        seconds, images_per_second: of the test alone.
    """

    model: str
    data: str
    samples: int
    test: dict[str, float]
    same_data: bool
    checkpoint: Path
    epoch: int
    seconds: float
    images_per_second: float

    def to_json(self) -> dict[str, Any]:
        """The keys of ``cnnspec evaluate --format json``."""
        return plain({name: getattr(self, name) for name in self.__slots__})


def load_own_data(run: Run, *, data_dir: Path | None = None, progress: Progress | None = None) -> Dataset:
    """The data that a run was trained with: from ``data_dir``, else where it lay then, else where data is looked for.

    Raises:
        DataError: it is missing or damaged.
        MachineError: disk, memory, network.
    """
    from cnnspec.train.data.load import load_dataset

    where = data_dir or run.data_origin
    size, base = run.recipe.resize, run.data_folder
    return load_dataset(run.recipe.data, data_dir=where, base=base, confine=False, size=size, progress=progress)


def evaluate(run: Run, dataset: Dataset | None = None, *, data_dir: Path | None = None, device: str = "auto") -> Evaluation:
    """Loss and metrics of a run's weights on the test images of a data set.

    Args:
        run: from :func:`~cnnspec.train.run.load_run`.
        dataset: what to test on; the run's own data if not given.
        data_dir: where the run's own data is.
        device: ``auto``, ``cpu``, ``cuda``…

    Raises:
        SpecError: the weights are not those of the network.
        DataError: the data is missing or damaged.
        MachineError: device or memory.
    """
    tested = dataset if dataset is not None else load_own_data(run, data_dir=data_dir)
    place = choose_device(device)
    module = run.build().to(place)
    objective = Objective(module, run.recipe.smoothed_loss, run.recipe.metrics)
    samples = to_device(tested.test_images, tested.test_labels, run.preparation, place)
    size = evaluation_batch(place)
    started = time.perf_counter()
    with memory_named(run.network.name, size):
        figures = measure(objective, samples.in_order(size), Means(objective, math.ceil(len(samples) / size), place))
    seconds = time.perf_counter() - started
    known = run.record.get("data", {}).get("sha256")
    return Evaluation(
        model=run.network.name,
        data=tested.name,
        samples=len(samples),
        test=figures,
        same_data=known == tested.checksum,
        checkpoint=run.checkpoint,
        epoch=run.epoch,
        seconds=seconds,
        images_per_second=len(samples) / max(seconds, 1e-9),
    )
