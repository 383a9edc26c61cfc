"""From a recipe's data source to a data set in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cnnspec.recipe.data import DataSource, Digits, Images, Npz
from cnnspec.recipe.paths import path_problem
from cnnspec.train.data import idx
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.download import WAY_OUT, Progress, fetch_parts
from cnnspec.train.data.errors import DataError, DataUnavailable
from cnnspec.train.data.mnist import PARTS, TITLES, find_parts, folders_of, load_keras_archive, load_parts, parts_of

#: The environment variable that names a folder of data sets.
VARIABLE = "CNNSPEC_DATA"


def load_dataset(
    source: DataSource,
    *,
    data_dir: Path | None = None,
    base: Path | None = None,
    confine: bool = True,
    size: tuple[int, int] | None = None,
    allow_download: bool = True,
    progress: Progress | None = None,
    cache: Path | None = None,
    mirrors: Sequence[str] | None = None,
    allow_http: bool = False,
) -> Dataset:
    """Read a data set, from wherever it is.

    Args:
        source: what the recipe names.
        data_dir: the user's own folder for mnist, fashion_mnist and kmnist; nothing else is looked at if it is given.
        base: the folder of the ``.cnn`` file, from which paths of ``images(…)`` and ``npz(…)`` are taken.
        confine: such a path may not leave ``base``; false only for a path that the user gave on the command line.
        size: the recipe's ``resize``, for folders of pictures that are not of one size.
        allow_download: get MNIST, Fashion-MNIST or KMNIST from its mirrors if it is nowhere.
        progress: told how far a download is; :func:`~cnnspec.train.data.download.print_progress` prints it.
        cache: where downloads and decoded pictures are kept; the user's cache if not given.
        mirrors: where that is fetched from, if not from its own.
        allow_http: for a server on this machine in tests.

    Raises:
        DataError: the data is missing where it was said to be, is damaged, or is not what it should be.
        MachineError: disk, memory, network, or a missing installation.
    """
    if isinstance(source, Digits):
        from cnnspec.train.data.digits import load_digits

        return load_digits(source.split)
    if isinstance(source, (Images, Npz)):
        return _load_own(source, resolve_inside(base or Path(), source.path, confine=confine), size, cache)
    found = _find(source.word, data_dir)
    if found is not None:
        return found
    folder = (cache or user_cache()) / source.word
    return _load_cached(source.word, folder, mirrors, allow_download=allow_download, allow_http=allow_http, progress=progress)


def user_cache() -> Path:
    """The folder of the user's cache, as the system has it."""
    from platformdirs import user_cache_path

    return user_cache_path("cnnspec", appauthor=False)


def resolve_inside(base: Path, path: str, *, confine: bool = True) -> Path:
    """A path that a file names, taken from that file's folder.

    Raises:
        DataError: it leaves the folder, also by a link.
    """
    where = base / path
    if not confine:
        return where
    way_out = "put the data beside the .cnn file, or name it on the command line"
    problem = path_problem(path)
    if problem:
        raise DataError(path, problem, way_out)
    if not where.resolve().is_relative_to(base.resolve()):
        raise DataError(path, f"leads out of the folder {base} by a link", way_out)
    return where


def _load_own(source: Images | Npz, path: Path, size: tuple[int, int] | None, cache: Path | None) -> Dataset:
    name = source.facts().name
    if isinstance(source, Npz):
        from cnnspec.train.data.npz import load_npz

        return load_npz(path, name)
    from cnnspec.train.data.folder import load_folder

    return load_folder(path, name, cache or user_cache(), size)


def _find(name: str, data_dir: Path | None) -> Dataset | None:
    """The data set in the user's own folder, else in that of the environment."""
    if data_dir is not None:
        return _load_from(name, data_dir, "--data-dir")
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    root = Path(named)
    if not root.is_dir():
        raise DataError(root, "is not a folder", f"set {VARIABLE} to a folder that holds data sets, or unset it")
    # A folder of several data sets need not hold this one: then the search goes on.
    return _load_from(name, root, VARIABLE, needed=False)


def _load_from(name: str, root: Path, origin: str, *, needed: bool = True) -> Dataset | None:
    if root.suffix == ".npz" and root.is_file() and name == "mnist":
        return load_keras_archive(name, root)
    direct = name == "mnist" or needed
    folders = list(folders_of(name, root, direct=direct))
    for folder in folders:
        files = find_parts(folder)
        if len(files) == len(PARTS):
            return load_parts(name, files, f"get the file again, or leave out {origin}")
        if files:
            missing = ", ".join(PARTS[part].stem for part in PARTS if part not in files)
            raise DataError(folder, f"holds only part of {name}: {missing} (or .gz) is missing", "get the missing files")
    archive = next((path for path in _archives(name, root) if path.is_file()), None)
    if archive is not None:
        return load_keras_archive(name, archive)
    if not needed:
        return None
    if not root.exists():
        raise DataError(root, "does not exist", f"name a folder that does, or leave out {origin}")
    wanted = ", ".join(part.stem for part in PARTS.values())
    looked = ", ".join(str(folder) for folder in folders)
    more = " and for mnist.npz" if name == "mnist" else ""
    problem = f"does not hold {name}: looked for {wanted} (also .gz){more} in {looked}"
    raise DataError(root, problem, f"name the folder that holds them, or leave out {origin}")


def _archives(name: str, root: Path) -> Iterator[Path]:
    if name == "mnist":
        yield from (root / "mnist.npz", root / "mnist" / "mnist.npz")


def _load_cached(
    name: str,
    folder: Path,
    mirrors: Sequence[str] | None,
    *,
    allow_download: bool,
    allow_http: bool,
    progress: Progress | None,
) -> Dataset:
    """A data set of the cache; what is missing or damaged there is fetched again."""
    files = find_parts(folder)
    if len(files) == len(PARTS):
        try:
            _check_packed(name, files)
            return load_parts(name, files, idx.GET_AGAIN)
        except DataError:
            if not allow_download:
                raise
    if not allow_download:
        raise DataUnavailable(f"{TITLES[name]} is not here, and downloading is switched off", WAY_OUT)
    fetched = fetch_parts(folder, name, mirrors=mirrors, allow_http=allow_http, progress=progress)
    return load_parts(name, fetched, f"remove {folder} and try again")


def _check_packed(name: str, files: Mapping[str, Path]) -> None:
    """Hold what was downloaded against its checksum again, where that of its content is not known.

    Raises:
        DataError: it has changed since.
    """
    for key, part in parts_of(name).items():
        if not part.md5 and files[key].suffix == ".gz" and (difference := part.difference(files[key].read_bytes())):
            raise DataError(files[key], f"is not {TITLES[name]}'s: {difference}", idx.GET_AGAIN)
