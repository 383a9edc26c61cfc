"""Writing files so that a reader, a crash or a full disk never sees half of one."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

#: What the system says when there is no room: the disk, or the user's share of it.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


#: The end of the names under which files are written before they get their own.
TEMPORARY = ".tmp"


def is_temporary(path: Path) -> bool:
    """Whether a killed process may have left the file behind while it wrote."""
    return path.name.startswith(".") and path.name.endswith(TEMPORARY)


def remove_temporaries(folder: Path) -> None:
    """Remove what killed processes left behind in a folder that no process writes into."""
    for path in folder.rglob(f".*{TEMPORARY}"):
        path.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes | bytearray | memoryview) -> None:
    """Write a file under a temporary name, bring it to the disk, rename it, and bring the folder to the disk.

    Whatever happens, ``path`` holds either its old content or all of the new one.

    Raises:
        OSError: the disk refused; it names ``path``, and the temporary file is gone again.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            write_all(file.fileno(), data)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        if isinstance(error, OSError) and (error.filename is None or error.filename == str(temporary)):
            error.filename = str(path)  # a failing write names no file, and nobody knows the temporary name
        with suppress(OSError):  # what failed first is what there is to say
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_all(descriptor: int, data: bytes | bytearray | memoryview) -> None:
    """Write every byte; the system may take them in parts."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def append_whole(path: Path, data: bytes) -> None:
    """Write at the end of a file, which is made if need be: all of it, or nothing.

    Raises:
        OSError: the disk refused; the file is as long as it was.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        before = os.fstat(descriptor).st_size
        try:
            write_all(descriptor, data)
        except BaseException:
            os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)


def length_of(path: Path) -> int:
    """The bytes of a file, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def cut_back(path: Path, length: int) -> None:
    """Shorten a file to what it was when a checkpoint was taken; a length of 0 may mean that it was not there.

    Raises:
        ValueError: it is shorter than that.
    """
    if not 0 <= length <= length_of(path):
        raise ValueError(f"{path.name} has {length_of(path):,} bytes, and had {length:,}")
    if path.exists():
        os.truncate(path, length)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk, where the system can (Windows cannot open folders)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: Mapping[str, object]) -> None:
    """Write a JSON file atomically; numbers that are not finite become null."""
    write_atomically(path, to_json_bytes(value))


def to_json_bytes(value: Mapping[str, object]) -> bytes:
    """What :func:`write_json` writes."""
    return (json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def plain(value: Any) -> Any:
    """A value as JSON can hold it: paths as text, tuples as lists, NaN and infinity as null."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {str(key): plain(item) for key, item in cast(dict[Any, Any], value).items()}
        case list() | tuple():
            return [plain(item) for item in cast(list[Any], value)]
        case Path():
            return value.as_posix()
        case _:
            return value


def free_bytes(path: Path) -> int | None:
    """The bytes that are free where ``path`` lies, None where the system does not tell."""
    try:
        import shutil

        return shutil.disk_usage(path).free
    except OSError:
        return None


def sha256_of(data: bytes | bytearray | memoryview) -> str:
    """The SHA-256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def first_free(make: Callable[[int], Path]) -> Path:
    """Create and return the first folder of a numbered series that does not exist yet, also against other processes."""
    number = 1
    while True:
        folder = make(number)
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return folder
