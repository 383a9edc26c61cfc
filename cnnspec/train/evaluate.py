"""Testing a run again, on its own test set or another one."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cnnspec.backends.torch_modules import facts_of
from cnnspec.render.run.records import Confusion, Mistake
from cnnspec.train.batches import to_device
from cnnspec.train.data.errors import DataError
from cnnspec.train.devices import choose_device, evaluation_batch, memory_named
from cnnspec.train.files import plain
from cnnspec.train.objective import Means, Objective, measure
from cnnspec.train.run import Run
from cnnspec.train.verdicts import Gathering, Verdicts

if TYPE_CHECKING:
    from cnnspec.ir import Network
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
        confusion: how often each class was taken for each.
        worst: the mistakes that the network was surest of, with their pictures.
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
    confusion: Confusion = field(repr=False)
    worst: tuple[Mistake, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The keys of ``cnnspec evaluate --format json``."""
        figures = {name: getattr(self, name) for name in self.__slots__ if name not in ("confusion", "worst")}
        worst = [
            {"number": found.number, "class": found.label, "predicted": found.predicted, "confidence": found.confidence}
            for found in self.worst
        ]
        return plain({**figures, "classes": self.classes, "confusion": self.confusion.counts, "mistakes": worst})

    @property
    def classes(self) -> list[dict[str, Any]]:
        """Per class its name, how many images it has, and its recall and precision, None where there is nothing to divide by."""
        found = self.confusion
        return [
            {"name": name, "images": sum(found.counts[at]), "recall": found.recall(at), "precision": found.precision(at)}
            for at, name in enumerate(found.names)
        ]


def load_own_data(
    run: Run, *, data_dir: Path | None = None, progress: Progress | None = None, allow_download: bool = True
) -> Dataset:
    """The data that a run was trained with: from ``data_dir``, else where it lay then, else where data is looked for.

    Raises:
        DataError: it is missing or damaged.
        MachineError: disk, memory, network.
    """
    from cnnspec.train.data.load import load_dataset

    return load_dataset(
        run.recipe.data,
        data_dir=data_dir or run.data_origin,
        base=run.data_folder,
        confine=False,
        size=run.recipe.resize,
        allow_download=allow_download,
        progress=progress,
    )


def evaluate(run: Run, dataset: Dataset | None = None, *, data_dir: Path | None = None, device: str = "auto") -> Evaluation:
    """Loss and metrics of a run's weights on the test images of a data set.

    Args:
        run: from :func:`~cnnspec.train.run.load_run`.
        dataset: what to test on; the run's own data if not given.
        data_dir: where the run's own data is.
        device: ``auto``, ``cpu``, ``cuda``…

    Raises:
        SpecError: the weights are not those of the network.
        DataError: the data is missing or damaged, or the network does not take it.
        MachineError: device or memory.
    """
    tested = dataset if dataset is not None else load_own_data(run, data_dir=data_dir)
    return measure_run(run, tested, device=device)[0]


def measure_run(
    run: Run, dataset: Dataset, *, network: Network | None = None, device: str = "auto"
) -> tuple[Evaluation, Verdicts]:
    """The figures of a test, and what each image was taken for; of another network with the same layers if it is given."""
    check_data(run, dataset)
    place = choose_device(device)
    module = run.build(network).to(place)
    objective = Objective(module, run.recipe.loss, run.recipe.metrics)
    samples = to_device(dataset.test_images, dataset.test_labels, run.preparation, place)
    size = evaluation_batch(place)
    gathering = Gathering(objective, run.recipe.loss)
    means = Means(objective, math.ceil(len(samples) / size), place)
    started = time.perf_counter()
    with memory_named(run.network.name, size):
        figures = measure(objective, samples.in_order(size), means, gathering.add)
    seconds = time.perf_counter() - started
    verdicts = gathering.read(dataset.class_names)
    described = run.record.get("data")
    trained = cast("dict[str, Any]", described) if isinstance(described, dict) else {}
    evaluation = Evaluation(
        model=run.network.name,
        data=dataset.name,
        samples=len(samples),
        test=figures,
        same_data=trained.get("sha256") == dataset.checksum,
        checkpoint=run.checkpoint,
        epoch=run.epoch,
        seconds=seconds,
        images_per_second=len(samples) / max(seconds, 1e-9),
        confusion=verdicts.confusion(),
        worst=tuple(verdicts.mistakes(dataset.test_images[verdicts.worst])),
    )
    return evaluation, verdicts


def check_data(run: Run, dataset: Dataset) -> None:
    """Refuse data that the run's network does not take.

    Raises:
        DataError: its images have another size, or it has more classes than the network has units.
    """
    if dataset.shape != run.preparation.stored:
        found, wanted = ("×".join(map(str, shape)) for shape in (dataset.shape, run.preparation.stored))
        problem = f"holds images of {found}, and the run was trained on {wanted}"
        raise DataError(dataset.origin or dataset.name, problem, "name data of that size")
    units = int(facts_of(run.network)[run.network.outputs[0]].output.channels)  # type: ignore[arg-type]
    if len(dataset.class_names) > max(units, 2):
        problem = f"has {len(dataset.class_names):,} classes, and the network tells {max(units, 2):,} apart"
        raise DataError(dataset.origin or dataset.name, problem, "name data with as many classes")
