"""A folder of pictures, one sub-folder a class, decoded once into files that are mapped into memory."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.recipe.data import DataFacts
from cnnspec.train.data.dataset import Dataset, Images, Labels
from cnnspec.train.data.decode import decode, look
from cnnspec.train.data.errors import DataError, DataUnavailable
from cnnspec.train.data.resize import bilinear, to_bytes

SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})

#: Part of each class that tests, where the folder has no ``test`` of its own.
TEST_SHARE = 5

#: Raised when the cached form changes, so that an older one is made again.
_FORM = 1


@dataclass(frozen=True, slots=True)
class Listing:
    """The pictures of a folder: paths and classes of both parts, in a fixed order."""

    classes: tuple[str, ...]
    train: tuple[tuple[Path, int], ...]
    test: tuple[tuple[Path, int], ...]


def load_folder(folder: Path, name: str, cache: Path, size: tuple[int, int] | None = None) -> Dataset:
    """A data set of pictures.

    Pictures are gray if all of them are. They must be of one size, or ``size`` (the recipe's ``resize``) brings them to it.

    Args:
        folder: with one sub-folder a class, or with ``train`` and ``test`` of such; without those, every fifth picture of
            a class in a fixed random order tests.
        name: of the data set.
        cache: where decoded pictures are kept, under the checksum of their files.
        size: height and width to bring every picture to.

    Raises:
        DataError: the folder is not of that form, or a picture is damaged or of another size.
        MachineError: the decoded pictures do not fit on the disk.
    """
    listing = list_folder(folder)
    height, width, gray = _common_form((*listing.train, *listing.test), size)
    shape = (height, width, 1 if gray else 3)
    target = cache / "images" / _key(folder, listing, shape)
    arrays = _read_cache(target, listing, shape)
    if arrays is None:
        _write_cache(target, listing, shape)
        arrays = _read_cache(target, listing, shape)
    if arrays is None:
        raise DataUnavailable(f"what was written to {target} does not read back", "check the disk")
    labels = [np.array([number for _, number in part], np.int64) for part in (listing.train, listing.test)]
    return _dataset(name, arrays, labels, listing.classes, folder)


def look_at_folder(folder: Path, name: str, size: tuple[int, int] | None = None) -> DataFacts:
    """What :func:`load_folder` would come to; pictures are looked at, not decoded, and nothing is written.

    Raises:
        DataError: as there.
    """
    listing = list_folder(folder)
    height, width, gray = _common_form((*listing.train, *listing.test), size)
    shape = (height, width, 1 if gray else 3)
    return DataFacts(name, shape, len(listing.classes), len(listing.train), len(listing.test))


def _dataset(name: str, arrays: tuple[Images, Images], labels: list[Labels], classes: tuple[str, ...], folder: Path) -> Dataset:
    return Dataset(name, arrays[0], labels[0], arrays[1], labels[1], classes, str(folder))


def list_folder(folder: Path) -> Listing:
    """Find classes and pictures; links that lead out of the folder are refused.

    Raises:
        DataError: there is no such folder, no class, or a class without a picture.
    """
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "does not exist"
        raise DataError(folder, problem, "name a folder with one sub-folder of pictures a class")
    root = folder.resolve()
    if (folder / "train").is_dir() and (folder / "test").is_dir():
        classes = _classes(folder / "train")
        others = _classes(folder / "test")
        if others != classes:
            different = ", ".join(sorted(set(classes) ^ set(others))[:8])
            raise DataError(folder, f"has other classes in test than in train: {different}", "give both the same sub-folders")
        return Listing(classes, _pictures(folder / "train", classes, root), _pictures(folder / "test", classes, root))
    classes = _classes(folder)
    train: list[tuple[Path, int]] = []
    test: list[tuple[Path, int]] = []
    for picture in _split(_pictures(folder, classes, root)):
        (test if picture[1] else train).append(picture[0])
    if not test or not train:
        raise DataError(folder, "has too few pictures to train and to test", f"give a class at least {TEST_SHARE}")
    return Listing(classes, tuple(train), tuple(test))


def _split(pictures: Sequence[tuple[Path, int]]) -> list[tuple[tuple[Path, int], bool]]:
    """Each picture with whether it tests: one in five of each class, chosen by a fixed seed."""
    random = np.random.RandomState(0)
    chosen: set[int] = set()
    for number in sorted({label for _, label in pictures}):
        places = np.array([at for at, (_, label) in enumerate(pictures) if label == number])
        chosen.update(int(at) for at in random.permutation(places)[: len(places) // TEST_SHARE])
    return [(picture, at in chosen) for at, picture in enumerate(pictures)]


def _classes(folder: Path) -> tuple[str, ...]:
    names = tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")))
    if len(names) < 2:
        raise DataError(
            folder, f"has {len(names)} sub-folders; there is one for each class, at least two", "sort the pictures by class"
        )
    return names


def _pictures(folder: Path, classes: tuple[str, ...], root: Path) -> tuple[tuple[Path, int], ...]:
    found: list[tuple[Path, int]] = []
    for number, name in enumerate(classes):
        paths = sorted(path for path in (folder / name).iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
        if not paths:
            raise DataError(
                folder / name, "holds no .png, .jpg or .jpeg picture", "put the pictures of the class there, or remove it"
            )
        outside = next((path for path in paths if not path.resolve().is_relative_to(root)), None)
        if outside is not None:
            raise DataError(outside, "is a link out of the folder", "put the picture itself there")
        found += [(path, number) for path in paths]
    return tuple(found)


def _common_form(pictures: Sequence[tuple[Path, int]], size: tuple[int, int] | None) -> tuple[int, int, bool]:
    """The size of all pictures and whether all are gray."""
    first: tuple[int, int] | None = None
    gray = True
    for path, _ in pictures:
        height, width, is_gray = look(path)
        gray = gray and is_gray
        first = first or (height, width)
        if size is None and (height, width) != first:
            problem = f"has {height}×{width} pixels, where {pictures[0][0].name} has {first[0]}×{first[1]}"
            raise DataError(path, problem, "bring all to one size in the recipe, such as `resize = 32x32`")
    height, width = size or first or (0, 0)
    return height, width, gray


def _key(folder: Path, listing: Listing, shape: tuple[int, int, int]) -> str:
    """SHA-256 of the form, the names and the content of every picture."""
    digest = hashlib.sha256(f"{_FORM} {shape}".encode())
    for part in (listing.train, listing.test):
        for path, number in part:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"\n{number} {path.relative_to(folder).as_posix()} {content}".encode("utf-8", "surrogateescape"))
        digest.update(b"\n")
    return digest.hexdigest()


_FILES = ("train.npy", "test.npy")


def _read_cache(target: Path, listing: Listing, shape: tuple[int, int, int]) -> tuple[Images, Images] | None:
    """The decoded pictures, mapped; None if they are not there, or not as they were written."""
    try:
        sums = json.loads((target / "sums.json").read_text("utf-8"))
        arrays = [np.load(target / name, mmap_mode="r", allow_pickle=False) for name in _FILES]
        whole = all(sums[name] == _file_sum(target / name) for name in _FILES)
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return None
    fits = all(array.shape == (len(part), *shape) for array, part in zip(arrays, (listing.train, listing.test), strict=True))
    return (arrays[0], arrays[1]) if whole and fits else None


def _file_sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_cache(target: Path, listing: Listing, shape: tuple[int, int, int]) -> None:
    """Decode into a folder of another name and rename it: the cache is there whole or not at all."""
    needed = (len(listing.train) + len(listing.test)) * int(np.prod(shape)) + 4096
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(target.parent).free
        if free < needed:
            raise DataUnavailable(
                f"the decoded pictures need {needed:,} bytes in {target.parent}, where {free:,} are free", "make room"
            )
        temporary = Path(tempfile.mkdtemp(prefix=".decoding-", dir=target.parent))
        try:
            for name, part in zip(_FILES, (listing.train, listing.test), strict=True):
                _decode_all(temporary / name, part, shape)
            sums = {name: _file_sum(temporary / name) for name in _FILES}
            (temporary / "sums.json").write_text(json.dumps(sums), "utf-8")
            if target.exists():
                shutil.rmtree(target)
            temporary.replace(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise DataUnavailable(f"no space left in {target.parent}: {needed:,} bytes are needed", "make room") from None
        raise DataUnavailable(f"cannot write to {target.parent}: {error.strerror or error}", "make the folder writable") from None


def _decode_all(path: Path, pictures: Sequence[tuple[Path, int]], shape: tuple[int, int, int]) -> None:
    height, width, channels = shape
    form: dict[str, Any] = {"descr": "|u1", "fortran_order": False, "shape": (len(pictures), *shape)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, form)
        for source, _ in pictures:
            values = decode(source, "L" if channels == 1 else "RGB")
            if values.shape[:2] != (height, width):
                values = to_bytes(bilinear(values, height, width))
            file.write(np.ascontiguousarray(values).tobytes())
        file.flush()
        os.fsync(file.fileno())
