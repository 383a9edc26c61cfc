"""Bytes to source texts: the one place where a spec is read, with the limit that keeps any file from exhausting it."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from io import RawIOBase
from pathlib import Path

from cnnspec.diagnostics import Diagnostic, Source
from cnnspec.diagnostics.catalogue import files
from cnnspec.syntax.limits import MAX_FILE_BYTES

SUFFIX = ".cnn"
STANDARD_INPUT = "-"

#: What an operating system says of a path that is wrong; anything else it says is the machine's trouble.
_WRONG_PATH = (errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL, errno.ENXIO, errno.EILSEQ)


def read_source(path: str, limit: int = MAX_FILE_BYTES) -> Source | Diagnostic:
    """The text of a file, or what is wrong with the file; ``-`` is standard input.

    Reads at most one byte more than the limit, whatever the file says of its size.

    Raises:
        OSError: the machine failed while reading.
    """
    try:
        data = _read_bytes(path, limit)
    except FileNotFoundError:
        return files.file_not_found(path, nearest=_nearest(path))
    except NotADirectoryError:
        return files.file_not_found(path)
    except IsADirectoryError:
        return files.file_is_folder(path, specs=sum(1 for _ in find_specs(path)))
    except ValueError:  # a NUL in the path
        return files.file_not_found(path)
    except OSError as error:
        if error.errno not in _WRONG_PATH:
            raise
        return files.file_unreadable(path, reason=(error.strerror or str(error)).lower())
    return data if isinstance(data, Diagnostic) else decode(path, data)


def decode(path: str, data: bytes) -> Source | Diagnostic:
    """The text of UTF-8 bytes (a byte-order mark at the start is passed over), or the place of the first wrong byte."""
    try:
        return Source(path, data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        at = error.start
    before = data[:at].decode("utf-8").removeprefix("\ufeff")
    source = Source(path, before + "\ufffd" + data[at + 1 :].decode("utf-8", "replace"))
    span = source.span(len(before), len(before) + 1)
    return files.file_not_utf8(span, byte=data[at], offset=at, encoding=_guess(data))


def expand_all(paths: Iterable[str | os.PathLike[str]]) -> Iterator[str | Diagnostic]:
    """Every file that the paths stand for, in their order and each once, however it is named; and what is wrong with them."""
    seen: set[str] = set()
    for found in (found for path in paths for found in expand(os.fspath(path))):
        name = found.span.path if isinstance(found, Diagnostic) else found
        key = name if name == STANDARD_INPUT else os.path.abspath(name)  # noqa: PTH100 - a link is a file of its own
        if key not in seen:
            seen.add(key)
            yield found


def expand(path: str) -> list[str | Diagnostic]:
    """The file itself, or every ``.cnn`` below a folder in the order of the paths; a folder that cannot be read says so."""
    try:
        folder = path != STANDARD_INPUT and Path(path).is_dir()
    except (OSError, ValueError):
        folder = False
    if not folder:
        return [path]
    refused: list[OSError] = []
    found = list(find_specs(path, refused.append))
    problems = [files.file_unreadable(str(error.filename), reason=(error.strerror or str(error)).lower()) for error in refused]
    return [*found, *problems] or [files.folder_without_specs(path)]


def find_specs(folder: str, refuse: Callable[[OSError], None] | None = None) -> Iterator[str]:
    """Every ``.cnn`` below a folder in a fixed order, but nothing hidden; links to folders are not followed."""
    for root, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        specs = sorted(name for name in names if name.endswith(SUFFIX) and not name.startswith("."))
        yield from (str(Path(root) / name) for name in specs)


def _read_bytes(path: str, limit: int) -> bytes | Diagnostic:
    if path == STANDARD_INPUT:
        data = sys.stdin.buffer.read(limit + 1)
    else:
        with open(path, "rb", buffering=0, opener=_open_at_once) as stream:
            status = os.fstat(stream.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_size > limit:
                return files.file_too_large(path, size=status.st_size, limit=limit)
            data = _read_up_to(stream, limit + 1)
    return files.file_too_large(path, size=None, limit=limit) if len(data) > limit else data


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting: a named pipe that nothing writes to is empty, it does not hold the checker up."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(descriptor, True)
    return descriptor


def _read_up_to(stream: RawIOBase, count: int) -> bytes:
    """Up to so many bytes of an unbuffered file, of which one read may give less than was asked for."""
    parts: list[bytes] = []
    while count > 0 and (part := stream.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _nearest(path: str) -> str | None:
    """A spec of the same folder, or of the library, with a name like the one asked for."""
    from cnnspec.diagnostics.suggest import closest
    from cnnspec.resources import library_root

    wanted = Path(path)
    try:
        names = sorted(entry.name for entry in wanted.parent.iterdir() if entry.suffix == SUFFIX and entry.is_file())
    except OSError:
        names = []
    name = closest(wanted.name, names) or closest(wanted.name + SUFFIX, names)
    if name:
        return str(wanted.parent / name)
    packaged = library_root() / f"{wanted.name.removesuffix(SUFFIX)}{SUFFIX}"
    return str(packaged) if wanted.name and packaged.is_file() else None


def _guess(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    return None
