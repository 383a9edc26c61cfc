"""Pictures of a run: its weights and its data gathered, and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from cnnspec.ir import Network
from cnnspec.render.display import Picture
from cnnspec.render.errors import RenderError
from cnnspec.render.naming import find_node
from cnnspec.render.run.classes import classes_picture
from cnnspec.render.run.curves import curves_picture
from cnnspec.render.run.feature_maps import feature_maps_picture
from cnnspec.render.run.filters import filters_picture
from cnnspec.render.run.records import Activations, Kernels, Sample, Subject
from cnnspec.render.run.scales import show_share
from cnnspec.train.activations import gather_activations, sample_of, trace
from cnnspec.train.data.dataset import Dataset, Images
from cnnspec.train.evaluate import check_data, load_own_data
from cnnspec.train.history import read_history
from cnnspec.train.images import as_digit, read_image
from cnnspec.train.kernels import gather_kernels
from cnnspec.train.predict import judge_outputs
from cnnspec.train.run import Run
from cnnspec.train.run_folder import METRICS
from cnnspec.train.verdicts import stored_sample


def draw_filters(run: Run, *, network: Network | None = None, layers: Sequence[str] = ()) -> Picture:
    """The learned kernels of a run.

    Args:
        run: from :func:`~cnnspec.train.run.load_run`.
        network: another one with the same layers, such as that of a file.
        layers: by the ends of their paths; the first ones with kernels unless given.

    Raises:
        RenderError: there is no such layer, or none with kernels.
        SpecError: the weights are not those of the network.
    """
    network = network or run.network
    found, count = filters_of(run, network, layers)
    more = f", {len(found)} of {count} layers" if len(found) < count else ""
    return filters_picture(network.name, found, f"{network.name} after epoch {run.epoch:,}{more}")


def filters_of(run: Run, network: Network, layers: Sequence[str] = ()) -> tuple[list[Kernels], int]:
    """What :func:`draw_filters` draws, and how many layers have kernels."""
    return gather_kernels(network, run.keras_weights(network), layers, run.preparation.image)


def draw_feature_maps(
    run: Run,
    image: Path | str | None = None,
    *,
    network: Network | None = None,
    layers: Sequence[str] = (),
    data_dir: Path | None = None,
) -> Picture:
    """What the layers of a run give for one picture.

    Args:
        run: from :func:`~cnnspec.train.run.load_run`.
        image: a PNG, JPEG, ``.npy`` or text file; the first test image of the run's data unless given.
        network: another one with the same layers, such as that of a file.
        layers: by the ends of their paths; those that change values unless given.
        data_dir: where the run's own data is.

    Raises:
        RenderError: there is no such layer.
        SpecError: the weights are not those of the network, or the picture or the data cannot be read.
    """
    network = network or run.network
    for name in layers:
        find_node(network, name)  # before any data is fetched for nothing
    if image is not None:
        pixels, done = as_digit(read_image(Path(image)), run.preparation.stored, invert=run.dark_ground)
        subject, found = feature_maps_of(run, network, pixels, Path(image).name, done, layers)
    else:
        dataset = load_own_data(run, data_dir=data_dir)
        check_data(run, dataset)
        subject, found = maps_of_test_image(run, network, dataset, 0, layers)
    return feature_maps_picture(network.name, subject, found, f"{network.name} after epoch {run.epoch:,}")


def maps_of_test_image(
    run: Run, network: Network, dataset: Dataset, number: int, layers: Sequence[str] = ()
) -> tuple[Subject, list[Activations]]:
    """What the layers of a run give for a test image of its data, by its number from 0."""
    label = dataset.class_names[int(dataset.test_labels[number])]
    name = f"test image {number:,} of {dataset.name}"
    return feature_maps_of(run, network, dataset.test_images[number], name, (f"class {label}",), layers)


def feature_maps_of(
    run: Run, network: Network, pixels: Images, name: str, told: Sequence[str], layers: Sequence[str] = ()
) -> tuple[Subject, list[Activations]]:
    """A picture as it is stored in the run's data, what the network made of it, and what its layers give.

    Args:
        run, network: whose weights, in which network.
        pixels: uint8, height × width × channels.
        name: of the picture.
        told: what is to be said of it besides the prediction.
        layers: as in :func:`draw_feature_maps`.
    """
    read = run.preparation.apply(pixels[None])[0]
    values = trace(run.build(network), read)
    output = torch.as_tensor(np.asarray(values[network.nodes[network.outputs[0]].path]))
    verdict = judge_outputs(run, Path(name), output, tuple(told))
    sure = "" if verdict.confidence is None else f" with {show_share(verdict.confidence)}"
    shown = sample_of(read if read.ndim == 3 else read.reshape(run.preparation.image))
    found, _ = gather_activations(network, values, layers, run.class_names)
    return Subject(shown, name, (*told, f"predicted {verdict.label}{sure}")), found


def draw_classes(dataset: Dataset) -> Picture:
    """The first training picture of each class of a data set, and how many there are."""
    counts = np.bincount(dataset.train_labels, minlength=len(dataset.class_names))
    entries: list[tuple[str, int, int, Sample | None]] = []
    for at, name in enumerate(dataset.class_names):
        first = int(np.argmax(dataset.train_labels == at))
        entries.append((name, int(counts[at]), first, stored_sample(dataset.train_images[first]) if counts[at] else None))
    return classes_picture(dataset.name, "×".join(map(str, dataset.shape)), entries)


def draw_history(run: Run) -> Picture:
    """The curves of a run, from its ``metrics.csv``.

    Raises:
        RenderError: no epoch of it is written down.
    """
    history = read_history(run.path / METRICS)
    if not history:
        raise RenderError(f"{(run.path / METRICS).as_posix()} has the figures of no epoch", "--style filters needs none")
    return curves_picture(run.network.name, history)
