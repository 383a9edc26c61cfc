"""A run gathered for the page of its network: what it came to, what it takes for what, what its layers have learned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cnnspec.diagnostics import SpecError
from cnnspec.ir import Network
from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.run.records import Activations, ClaimLine, Confusion, Mistake, Subject, TrainedRun
from cnnspec.render.run.scales import show_share
from cnnspec.train.comparison import RunRow, describe_folder
from cnnspec.train.evaluate import Evaluation, check_data, load_own_data, measure_run
from cnnspec.train.history import read_history
from cnnspec.train.images import as_digit, read_image
from cnnspec.train.picturing import feature_maps_of, filters_of, maps_of_test_image
from cnnspec.train.progress import duration
from cnnspec.train.run import Run
from cnnspec.train.run_folder import METRICS
from cnnspec.train.verdicts import Verdicts, stored_sample

if TYPE_CHECKING:
    from cnnspec.train.data.dataset import Dataset

#: The most pictures of a cell, of a cell of the diagonal, and of all cells together.
MOST_OF_CELL, MOST_RIGHT, MOST_PICTURES = 8, 4, 240
#: The most test images that go through, one a class; layers with kernels; claims.
MOST_MAPS, MOST_KERNELS, MOST_CLAIMS = 10, 4, 50


def gather_run(
    run: Run,
    *,
    network: Network | None = None,
    images: Sequence[Path] = (),
    data_dir: Path | None = None,
    device: str = "auto",
) -> TrainedRun:
    """Everything that the page shows of a run.

    Args:
        run: from :func:`~cnnspec.train.run.load_run`.
        network: another one with the same layers, such as that of a file.
        images: pictures whose feature maps are shown; the first test image of each class unless given.
        data_dir: where the run's own data is.
        device: where its test runs again.

    Raises:
        SpecError: the weights are not those of the network, or a picture cannot be read. Data that is not at hand is no
            error: the page says what it lacks.
    """
    network = network or run.network
    row = describe_folder(run.path, run.record)
    kernels, count = _kernels(run, network)
    dataset, missing = _data(run, data_dir)
    found = measure_run(run, dataset, network=network, device=device) if dataset is not None else None
    tested = {} if dataset is None or found is None else _tested(dataset, *found)
    return TrainedRun(
        model=network.name,
        name=run.path.name or run.path.resolve().name,
        lines=tuple(_lines(run, row)),
        figures=tuple(_figures(row)),
        claims=tuple(_claims(run.record.get("claims"))),
        history=tuple(read_history(run.path / METRICS)),
        missing=missing,
        kernels=tuple(kernels),
        layers_with_kernels=count,
        maps=tuple(_maps(run, network, images, dataset)),
        **tested,
    )


def _tested(dataset: Dataset, evaluation: Evaluation, verdicts: Verdicts) -> dict[str, Any]:
    confusion = evaluation.confusion
    return {
        "data": dataset.name,
        "confusion": confusion,
        "cells": _cells(dataset, verdicts, confusion),
        "worst": evaluation.worst,
    }


def _lines(run: Run, row: RunRow) -> list[str]:
    done = "?" if row.epochs is None else f"{row.epochs:,}"
    of = "" if row.planned in (None, row.epochs) else f" of {row.planned:,}"
    seed = "" if row.seed is None else f", seed {row.seed}"
    status = "" if row.status == "finished" else f" The run is not finished ({row.status}{f': {row.note}' if row.note else ''})."
    trained = f"Trained on {row.data or 'data of no name'} for {done}{of} epochs{seed}"
    return [f"{trained}; the weights are those after epoch {run.epoch:,}.{status}"]


def _figures(row: RunRow) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if row.accuracy is not None:
        found.append(("test accuracy", show_share(row.accuracy, 2)))
    if row.loss is not None:
        found.append(("test loss", f"{row.loss:.4f}"))
    if row.seconds is not None:
        found.append(("time", duration(max(row.seconds, 0.0))))
    if row.images_per_second is not None:
        found.append(("images a second", group_digits(round(row.images_per_second))))
    return found


def _claims(stored: object) -> list[ClaimLine]:
    """The recipe's claims as ``run.json`` has them; what is none is left out."""
    claims = cast("list[Any]", stored) if isinstance(stored, list) else []
    found: list[ClaimLine] = []
    for claim in claims[:MOST_CLAIMS]:
        given = cast("dict[str, Any]", claim) if isinstance(claim, dict) else {}
        text, holds, actual, reason = (given.get(key) for key in ("text", "holds", "actual", "reason"))
        if isinstance(text, str) and (holds is None or isinstance(holds, bool)):
            said = f"{actual:.6g}" if isinstance(actual, float) else str(actual)[:100]
            found.append(ClaimLine(text[:200], holds, said, reason[:200] if isinstance(reason, str) else ""))
    return found


def _kernels(run: Run, network: Network) -> tuple[list[Any], int]:
    from cnnspec.render.errors import RenderError

    try:
        found, count = filters_of(run, network)
    except RenderError:  # a network without kernels has a page all the same
        return [], 0
    return found[:MOST_KERNELS], count


def _data(run: Run, data_dir: Path | None) -> tuple[Dataset | None, str]:
    """The run's data, or why it is not at hand."""
    try:
        dataset = load_own_data(run, data_dir=data_dir, allow_download=False)
        check_data(run, dataset)
    except SpecError as error:
        reason = "; ".join(found.message for found in error.diagnostics)
        return None, f"Its data is not at hand, so nothing is shown of its test: {reason}."
    return dataset, ""


def _cells(dataset: Dataset, verdicts: Verdicts, confusion: Confusion) -> dict[tuple[int, int], tuple[Mistake, ...]]:
    """A few pictures of each cell: the surest mistakes, and the first that are right."""
    found: dict[tuple[int, int], tuple[Mistake, ...]] = {}
    room = MOST_PICTURES
    pairs = [(true, predicted) for true in range(len(confusion.names)) for predicted in range(len(confusion.names))]
    for true, predicted in sorted(pairs, key=lambda pair: (pair[0] != pair[1], pair)):
        if not room or not confusion.counts[true][predicted]:
            continue
        places = np.flatnonzero((verdicts.labels == true) & (verdicts.predicted == predicted))
        if true != predicted and verdicts.confidence is not None:
            places = places[np.argsort(-verdicts.confidence[places], kind="stable")]
        places = places[: min(MOST_RIGHT if true == predicted else MOST_OF_CELL, room)]
        room -= len(places)
        found[true, predicted] = tuple(_picture(dataset, verdicts, int(at)) for at in places)
    return found


def _picture(dataset: Dataset, verdicts: Verdicts, at: int) -> Mistake:
    sure = None if verdicts.confidence is None else float(verdicts.confidence[at])
    label, predicted = (verdicts.names[int(side[at])] for side in (verdicts.labels, verdicts.predicted))
    return Mistake(stored_sample(dataset.test_images[at]), at, label, predicted, sure)


def _maps(
    run: Run, network: Network, images: Sequence[Path], dataset: Dataset | None
) -> list[tuple[Subject, tuple[Activations, ...]]]:
    found: list[tuple[Subject, list[Activations]]] = []
    for image in images:
        pixels, done = as_digit(read_image(image), run.preparation.stored, invert=run.dark_ground)
        found.append(feature_maps_of(run, network, pixels, image.name, done))
    if not images and dataset is not None:
        firsts = [int(np.argmax(dataset.test_labels == at)) for at in np.unique(dataset.test_labels)[:MOST_MAPS]]
        found += [maps_of_test_image(run, network, dataset, at) for at in firsts]
    return [(subject, tuple(layers)) for subject, layers in found]
