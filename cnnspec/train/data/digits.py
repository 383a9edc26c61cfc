"""scikit-learn's bundled digits, read from its data file: importing scikit-learn would take a second."""

from __future__ import annotations

import gzip
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnspec.train.data.dataset import Dataset, Images, Labels
from cnnspec.train.data.errors import DataError, DataUnavailable
from cnnspec.train.data.resize import bilinear, to_bytes

SAMPLES, TEST = 1_797, 360

_WAY_OUT = "install scikit-learn again: pip install --force-reinstall scikit-learn"


def digits_path() -> Path:
    """Where the data file lies.

    Raises:
        MachineError: scikit-learn is not installed.
    """
    found = find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise DataUnavailable(
            "the digits come with scikit-learn, which is not installed", "install it: pip install 'cnnspec[torch]'"
        )
    return Path(found.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"


def load_digits(split: Literal["random", "writer"] = "random", path: Path | None = None) -> Dataset:
    """1,797 digits of 8×8 with values 0…16, brought to 28×28 bytes; 1,437 to train and 360 to test.

    Args:
        split: ``random`` mixes the writers, with a fixed seed; ``writer`` keeps the file's order, so that those who wrote
            the test digits wrote none of the others.
        path: the data file, if not scikit-learn's.

    Raises:
        DataError: the file is damaged.
        MachineError: scikit-learn is not installed.

    Source: Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998.
    """
    where = path or digits_path()
    images, labels = _read(where)
    order = np.arange(SAMPLES)
    if split == "random":
        order = np.random.RandomState(0).permutation(SAMPLES)
    train, test = order[: SAMPLES - TEST], order[SAMPLES - TEST :]
    names = tuple("0123456789")
    return Dataset("digits", images[train], labels[train], images[test], labels[test], names, str(where))


def _read(path: Path) -> tuple[Images, Labels]:
    try:
        with gzip.open(path) as file:
            text = file.read(2**20).decode("ascii")
        rows = [[int(float(value)) for value in line.split(",")] for line in text.splitlines()]
        table: NDArray[np.int64] = np.array(rows, dtype=np.int64)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise DataError(path, f"does not hold the digits: {error}", _WAY_OUT) from None
    if table.shape != (SAMPLES, 65) or table.min() < 0 or table[:, :64].max() > 16 or table[:, 64].max() > 9:
        raise DataError(path, f"does not hold {SAMPLES:,} digits of 8×8 with values 0 to 16", _WAY_OUT)
    small = table[:, :64].reshape(SAMPLES, 8, 8, 1) * (255 / 16)
    return to_bytes(bilinear(small, 28, 28)), table[:, 64].copy()
