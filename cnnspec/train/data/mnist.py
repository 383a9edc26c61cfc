"""MNIST and the data sets in its layout: four IDX files, looked for in the places where people keep them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnspec.train.data import idx
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.errors import DataError


@dataclass(frozen=True, slots=True)
class Part:
    """One of the four files.

    ``md5`` is that of MNIST's unpacked content (a file packed again is judged by what it holds), ``sha256`` that of the
    .gz file as its mirrors serve it; of data sets whose publishers state no SHA-256, ``packed_md5`` that of the .gz file.
    """

    name: str
    shape: tuple[int, ...]
    md5: str = ""
    sha256: str = ""
    packed_md5: str = ""

    def difference(self, packed: bytes) -> str:
        """Why these bytes are not the .gz file, as the end of a sentence; "" where they are."""
        kind, wanted = ("SHA-256", self.sha256) if self.sha256 else ("MD5", self.packed_md5)
        found = (hashlib.sha256(packed) if self.sha256 else hashlib.md5(packed, usedforsecurity=False)).hexdigest()
        return "" if found == wanted else f"{len(packed):,} bytes with {kind} {found}, not {wanted}"

    @property
    def stem(self) -> str:
        """The file's name without ``.gz``."""
        return f"{self.name}-idx{len(self.shape)}-ubyte"

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names under which people keep it, unpacked ones first: they load faster."""
        dotted = f"{self.name}.idx{len(self.shape)}-ubyte"
        return (self.stem, dotted, f"{self.stem}.gz", f"{dotted}.gz")


PARTS: Mapping[str, Part] = {
    "train_images": Part(
        "train-images",
        (60_000, 28, 28),
        "6bbc9ace898e44ae57da46a324031adb",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    "train_labels": Part(
        "train-labels",
        (60_000,),
        "a25bea736e30d166cdddb491f175f624",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    "test_images": Part(
        "t10k-images",
        (10_000, 28, 28),
        "2646ac647ad5339dbf082846283269ea",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    "test_labels": Part(
        "t10k-labels",
        (10_000,),
        "27ae3e4e09519cfbb04c329615203637",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
}

#: MD5 of the .gz files of the data sets in MNIST's layout, as their publishers and torchvision state them.
PACKED_MD5: Mapping[str, Mapping[str, str]] = {
    "fashion_mnist": {
        "train_images": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train_labels": "25c81989df183df01b3e8a0aad5dffbe",
        "test_images": "bef4ecab320f06d8554ea6380940ec79",
        "test_labels": "bb300cfdad3c16e7a12a480ee83cd310",
    },
    "kmnist": {
        "train_images": "bdb82020997e1d708af4cf47b453dcf7",
        "train_labels": "e144d726b3acfaa3e44228e80efcd344",
        "test_images": "5c965bf0a639b31b8f53240b1b52f4d7",
        "test_labels": "7320c461ea6c1c855c0b718fb2a4b134",
    },
}

#: What each is called in sentences.
TITLES: Mapping[str, str] = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST", "kmnist": "KMNIST"}


def parts_of(name: str) -> Mapping[str, Part]:
    """The four files of a data set, with the checksums that are known of them."""
    if name == "mnist":
        return PARTS
    sums = PACKED_MD5[name]
    return {key: Part(part.name, part.shape, packed_md5=sums[key]) for key, part in PARTS.items()}


_DIGITS = tuple("0123456789")
CLASS_NAMES: Mapping[str, tuple[str, ...]] = {
    "mnist": _DIGITS,
    "fashion_mnist": (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
    "kmnist": ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
}  # fmt: skip

#: The folder that torchvision keeps each in.
_TORCHVISION = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "kmnist": "KMNIST"}


def folders_of(name: str, root: Path, *, direct: bool = True) -> Iterator[Path]:
    """Where the four files may lie below a folder: in it, in one of the data set's name, or as torchvision keeps them."""
    if direct:
        yield root
        yield root / "raw"
    yield root / name
    yield root / _TORCHVISION[name] / "raw"


def find_parts(folder: Path) -> dict[str, Path]:
    """The files of a folder that are there, by part."""
    found: dict[str, Path] = {}
    for part, description in PARTS.items():
        for name in description.file_names:
            if (folder / name).is_file():
                found[part] = folder / name
                break
    return found


def load_parts(name: str, files: Mapping[str, Path], way_out: str = idx.GET_AGAIN) -> Dataset:
    """Read and check the four files.

    Raises:
        DataError: a file is damaged, of another data set, or holds labels that are no class.
    """
    arrays = {part: _load_part(name, part, path, way_out) for part, path in files.items()}
    return _dataset(name, arrays, str(files["train_images"].parent))


def _load_part(name: str, part: str, path: Path, way_out: str) -> NDArray[np.uint8]:
    description = PARTS[part]
    content = idx.read_content(path, idx.content_size(description.shape), way_out)
    array = idx.parse(path, content, description.shape, way_out)
    check_part(name, part, path, array, hashlib.md5(content, usedforsecurity=False).hexdigest(), way_out)
    return array


def check_part(name: str, part: str, path: Path, array: NDArray[np.uint8], md5: str, way_out: str = idx.GET_AGAIN) -> None:
    """Check labels, and the content against MNIST's checksum: MNIST must match it, the others must not.

    Raises:
        DataError: it does not pass.
    """
    description = PARTS[part]
    if len(description.shape) == 1 and int(array.max()) > 9:
        at = int(np.argmax(array > 9))
        raise DataError(path, f"holds the label {int(array[at])} at position {at:,}, where labels are 0 to 9", way_out)
    if name == "mnist" and md5 != description.md5:
        problem = f"does not hold MNIST: its content has MD5 {md5}, MNIST's {description.md5}"
        raise DataError(path, problem, f"{way_out}; images of your own are read by images(…) or npz(…)")
    if name != "mnist" and md5 == description.md5:
        raise DataError(path, f"holds MNIST, not {name}", "write `data = mnist`, or name the right folder")


def load_keras_archive(name: str, path: Path) -> Dataset:
    """Read Keras's ``mnist.npz``; its arrays are judged by the same checksums as the IDX files.

    Raises:
        DataError: it is no such archive, or its content is another.
    """
    from cnnspec.train.data.npz import read_arrays

    keys = {"x_train": "train_images", "y_train": "train_labels", "x_test": "test_images", "y_test": "test_labels"}
    arrays: dict[str, NDArray[np.uint8]] = {}
    for key, array in read_arrays(path, tuple(keys)).items():
        part = keys[key]
        shape = PARTS[part].shape
        if array.shape != shape or array.dtype != np.uint8:
            problem = f"holds {key} of shape {array.shape} and type {array.dtype}, not {shape} of uint8"
            raise DataError(path, problem, idx.GET_AGAIN)
        digest = hashlib.md5(idx.header(shape), usedforsecurity=False)
        digest.update(np.ascontiguousarray(array).data)
        check_part(name, part, path, array, digest.hexdigest())
        arrays[part] = array
    return _dataset(name, arrays, str(path))


def _dataset(name: str, arrays: Mapping[str, NDArray[np.uint8]], origin: str) -> Dataset:
    return Dataset(
        name,
        arrays["train_images"][..., None],
        arrays["train_labels"].astype(np.int64),
        arrays["test_images"][..., None],
        arrays["test_labels"].astype(np.int64),
        CLASS_NAMES[name],
        origin,
    )
