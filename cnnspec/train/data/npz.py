"""NumPy archives, read without unpickling anything."""

from __future__ import annotations

import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnspec.train.data.dataset import Dataset, Images, Labels
from cnnspec.train.data.errors import DataError, DataUnavailable

KEYS = ("x_train", "y_train", "x_test", "y_test")

#: The most bytes that an archive may unpack to.
LARGEST = 4 * 2**30

_SAVE = "np.savez(path, x_train=…, y_train=…, x_test=…, y_test=…) writes one"


def read_arrays(path: Path, keys: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """The named arrays of an archive.

    Raises:
        DataError: it is no archive, lacks an array, holds Python objects, is damaged, or unpacks to too much.
        MachineError: it does not fit into memory.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename.removesuffix(".npy"): info.file_size for info in archive.infolist()}
        missing = [key for key in keys if key not in sizes]
        if missing:
            there = ", ".join(sorted(sizes)[:12]) or "nothing"
            raise DataError(path, f"lacks {', '.join(missing)}; it holds {there}", _SAVE)
        total = sum(sizes[key] for key in keys)
        if total > LARGEST:
            raise DataError(path, f"unpacks to {total:,} bytes; {LARGEST:,} are allowed", "use images(…) for data of that size")
        with zipfile.ZipFile(path) as archive:
            for key in keys:
                _check_header(path, key, archive)
        with np.load(path, allow_pickle=False) as arrays:
            found = {key: arrays[key] for key in keys}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DataError(path, f"is no intact NumPy archive: {error}", _SAVE) from None
    except ValueError as error:
        reason = "it holds Python objects, which could run code" if "pickle" in str(error) else str(error)
        raise DataError(path, f"cannot be read: {reason}", _SAVE) from None
    except OSError as error:
        raise DataError(path, f"cannot be read: {error.strerror or error}", _SAVE) from None
    except MemoryError:
        raise DataUnavailable(f"no memory for the arrays of {path}", "close other programs, or use images(…)") from None
    # A member that does not begin like an array is handed over as its bytes.
    strange = next((key for key, array in found.items() if not isinstance(array, np.ndarray)), None)
    if strange is not None:
        raise DataError(path, f"holds {strange}, which is no array", _SAVE)
    return found


def _check_header(path: Path, key: str, archive: zipfile.ZipFile) -> None:
    """Refuse an array whose header promises other bytes than the archive holds, before room is made for them.

    Raises:
        DataError: it does.
    """
    member = key if key in archive.namelist() else f"{key}.npy"
    with archive.open(member) as file:
        if file.read(6) != b"\x93NUMPY":
            return  # it is handed over as its bytes, and refused as no array
        version = tuple(file.read(2))
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file, max_header_size=10_000)
        promised = dtype.itemsize * prod(shape)
        held = archive.getinfo(member).file_size - file.tell()
    if not dtype.hasobject and promised != held:
        raise DataError(path, f"holds {held:,} bytes of {key}, whose header promises {promised:,}", _SAVE)


def load_npz(path: Path, name: str) -> Dataset:
    """A data set of one's own: ``x_…`` uint8 of N×H×W or N×H×W×C, ``y_…`` integers or one-hot.

    Raises:
        DataError: the arrays are not of that form or do not belong together.
    """
    arrays = read_arrays(path, KEYS)
    train, test = _images(path, "x_train", arrays["x_train"]), _images(path, "x_test", arrays["x_test"])
    if train.shape[1:] != test.shape[1:]:
        problem = f"has images of {_times(train.shape[1:])} to train and of {_times(test.shape[1:])} to test"
        raise DataError(path, problem, "bring them to one size")
    labels = {key: _labels(path, key, arrays[key]) for key in ("y_train", "y_test")}
    for key, images in (("y_train", train), ("y_test", test)):
        if len(labels[key]) != len(images):
            problem = f"has {len(images):,} images but {len(labels[key]):,} labels in {key}"
            raise DataError(path, problem, "give every image one label")
    classes = max(int(labels["y_train"].max()), int(labels["y_test"].max())) + 1
    if classes > 100_000:
        raise DataError(path, f"has the label {classes - 1:,}", "number the classes from 0")
    names = tuple(str(number) for number in range(classes))
    return Dataset(name, train, labels["y_train"], test, labels["y_test"], names, str(path))


def _images(path: Path, key: str, array: NDArray[Any]) -> Images:
    if array.dtype != np.uint8:
        way_out = f"store bytes from 0 to 255: (255 * {key}).round().astype('uint8') for values from 0 to 1"
        raise DataError(path, f"holds {key} of type {array.dtype}, not uint8", way_out)
    if array.ndim not in (3, 4) or 0 in array.shape:
        problem = f"holds {key} of shape {array.shape}, not samples × height × width (× channels)"
        raise DataError(path, problem, "reshape it")
    return array[..., None] if array.ndim == 3 else array


def _labels(path: Path, key: str, array: NDArray[Any]) -> Labels:
    if array.ndim == 2 and array.shape[1] > 1:
        if not ((array == 0) | (array == 1)).all() or not (array.sum(axis=1) == 1).all():
            raise DataError(path, f"holds {key} of shape {array.shape} that is not one-hot", "store the classes' numbers")
        return array.argmax(axis=1).astype(np.int64)
    flat = array.reshape(-1) if array.ndim == 2 else array
    if flat.ndim != 1 or len(flat) == 0 or flat.dtype.kind not in "iu":
        problem = f"holds {key} of shape {array.shape} and type {array.dtype}, not integers, one a sample"
        raise DataError(path, problem, "store the classes' numbers, from 0")
    if int(flat.min()) < 0:
        raise DataError(path, f"has the label {int(flat.min())} in {key}", "number the classes from 0")
    return flat.astype(np.int64)


def _times(shape: tuple[int, ...]) -> str:
    return "×".join(str(extent) for extent in shape)
