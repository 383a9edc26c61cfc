"""What is done with runs, pictures and data without training: testing, classifying, applying, fetching."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.analysis.given_sizes import refuse_misfit
from cnnspec.api.planning import named_data, with_settings
from cnnspec.api.spec import Spec

if TYPE_CHECKING:
    from cnnspec.train.apply import Applied
    from cnnspec.train.data.dataset import Dataset
    from cnnspec.train.evaluate import Evaluation
    from cnnspec.train.predict import Prediction
    from cnnspec.train.run import Run


def evaluate(
    run: str | os.PathLike[str] | Run,
    *,
    data: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
    talk: bool = False,
) -> Evaluation:
    """Test a run's weights on the test images of its own data, or of another data set.

    Args:
        run: the run's folder, or a checkpoint in it, or a run that was read already.
        data: the word of another data set, or a folder of pictures.
        data_dir: where MNIST lies.
        device: ``auto``, ``cpu``, ``cuda``.
        talk: a download says how far it is.

    Raises:
        SpecError: it is no run, or the data is missing or damaged.
    """
    from cnnspec.train.data.download import print_progress
    from cnnspec.train.data.load import load_dataset
    from cnnspec.train.evaluate import evaluate as test_run
    from cnnspec.train.evaluate import load_own_data

    loaded = _read_run(run)
    folder, tell = None if data_dir is None else Path(data_dir), print_progress if talk else None
    if data is None:
        dataset = load_own_data(loaded, data_dir=folder, progress=tell)
    else:
        source = named_data(str(data))
        dataset = load_dataset(source, data_dir=folder, confine=False, size=loaded.recipe.resize, progress=tell)
    return test_run(loaded, dataset, device=device)


def predict(
    run: str | os.PathLike[str] | Run, images: Sequence[str | os.PathLike[str]], *, device: str = "auto"
) -> list[Prediction]:
    """Classify pictures with a run's weights.

    Args:
        run: the run's folder, or a checkpoint in it, or a run that was read already.
        images: PNG, JPEG, ``.npy`` or text files.
        device: ``auto``, ``cpu``, ``cuda``.

    Raises:
        SpecError: it is no run, or a picture cannot be read.
    """
    from cnnspec.train.predict import predict as classify

    return classify(_read_run(run), [os.fspath(image) for image in images], device=device)


def apply(
    spec: Spec | str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    model: str | None = None,
    run: str | os.PathLike[str] | Run | None = None,
    seed: int | None = None,
    settings: Mapping[str, object] | None = None,
    max_nodes: int | None = None,
) -> Applied:
    """Run a network on a picture or a matrix without training it.

    Args:
        spec: a loaded spec, or the path of one.
        path: PNG, JPEG, ``.npy`` or a text matrix.
        model: which of the file's models.
        run: whose weights to take; learned layers draw them at random without one.
        seed: of those random weights.
        settings, max_nodes: as in :func:`cnnspec.load`.

    Raises:
        SpecError: the file has errors, or the input does not fit.
    """
    from cnnspec.train.apply import apply_file

    found = with_settings(spec, dict(settings or {}), None, max_nodes)
    found.require_sound()
    resolved = found.resolved(model)
    loaded = None if run is None else _read_run(run)
    admit = partial(refuse_misfit, resolved) if resolved.allowed is not None else None
    return apply_file(resolved.network, Path(path), run=loaded, seed=seed, admit=admit)


def _read_run(run: str | os.PathLike[str] | Run) -> Run:
    from cnnspec.train.run import Run, load_run

    return run if isinstance(run, Run) else load_run(os.fspath(run))


def fetch(name: str, *, data_dir: str | os.PathLike[str] | None = None, download: bool = True, talk: bool = False) -> Dataset:
    """A data set, verified; MNIST is downloaded where it is nowhere, and with ``talk`` that says how far it is.

    Raises:
        UnknownNameError: there is no data set of that name.
        SpecError: it is missing or damaged.
    """
    from cnnspec.train.data.download import print_progress
    from cnnspec.train.data.load import load_dataset

    folder = None if data_dir is None else Path(data_dir)
    return load_dataset(
        named_data(name), data_dir=folder, confine=False, allow_download=download, progress=print_progress if talk else None
    )
