"""Getting MNIST, Fashion-MNIST and KMNIST: checked, capped, whole or not at all, by one process at a time."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from errno import EDQUOT, ENOSPC
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from typing_extensions import override

from cnnspec.train.data.errors import DataUnavailable
from cnnspec.train.data.mnist import TITLES, Part, parts_of

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from typing import IO

#: In the order in which they are tried: MNIST's original host answers 403, Fashion-MNIST's has no https.
MIRRORS: Mapping[str, tuple[str, ...]] = {
    "mnist": ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    "fashion_mnist": (
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    "kmnist": ("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
}

#: Bytes that the four files of each have, about.
SIZES: Mapping[str, int] = {"mnist": 11_600_000, "fashion_mnist": 31_000_000, "kmnist": 21_300_000}

#: Bytes that a file may have (the largest, of Fashion-MNIST, has 26,421,880), seconds of silence, for a file, for the lock.
LARGEST, SILENCE, PATIENCE, LOCK_PATIENCE = 32 * 2**20, 20.0, 600.0, 1_200.0

WAY_OUT = "train on the digits that need no network: --data digits; or name the folder of the four files: --data-dir DIR"

#: Called with the file's name, the bytes so far, and the bytes in all (0: unknown).
Progress = Callable[[str, int, int], None]


class _Unsuited(Exception):
    """A mirror did not give the file; the next one may."""


class _SecureRedirects(HTTPRedirectHandler):
    """Follows redirects, but never from https to anything else."""

    def __init__(self, schemes: tuple[str, ...]) -> None:
        self._schemes = schemes

    @override
    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Request | None:
        if not newurl.startswith(self._schemes):
            raise _Unsuited(f"it redirects to {newurl[:80]}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch_parts(
    folder: Path,
    name: str = "mnist",
    *,
    mirrors: Sequence[str] | None = None,
    progress: Progress | None = None,
    allow_http: bool = False,
    parts: Mapping[str, Part] | None = None,
) -> dict[str, Path]:
    """Fetch what is missing or wrong of the four .gz files of a data set into a folder.

    Args:
        folder: made if need be; a lock file in it keeps a second process waiting.
        name: the data set's word.
        mirrors: addresses that end in ``/``, tried in order for every file.
        progress: told how far it is.
        allow_http: for a server on this machine in tests.
        parts: what is to be fetched.

    Returns:
        The files by part; each has the checksum of its part.

    Raises:
        MachineError: no mirror gave a file, or it cannot be written.
    """
    wanted, addresses = parts or parts_of(name), MIRRORS[name] if mirrors is None else mirrors
    schemes = ("https://", "http://") if allow_http else ("https://",)
    opener = build_opener(_SecureRedirects(schemes))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with lock(folder / ".lock"):
            return {
                key: _fetch_part(folder, TITLES[name], part, addresses, schemes, opener, progress) for key, part in wanted.items()
            }
    except OSError as error:
        raise _disk_error(folder, name, error) from None


def _disk_error(folder: Path, name: str, error: OSError) -> DataUnavailable:
    if error.errno in (ENOSPC, EDQUOT):
        return DataUnavailable(f"no space left in {folder}: {TITLES[name]} needs {SIZES[name]:,} bytes there", "make room")
    return DataUnavailable(f"cannot write to {folder}: {error.strerror or error}", WAY_OUT)


def _fetch_part(
    folder: Path,
    title: str,
    part: Part,
    mirrors: Sequence[str],
    schemes: tuple[str, ...],
    opener: OpenerDirector,
    progress: Progress | None,
) -> Path:
    target = folder / f"{part.stem}.gz"
    if target.is_file() and target.stat().st_size <= LARGEST and not part.difference(target.read_bytes()):
        return target
    details: list[str] = []
    for mirror in mirrors:
        address = f"{mirror}{part.stem}.gz"
        if not address.startswith(schemes):
            details.append(f"{address}: the address is not https")
            continue
        try:
            content = _get(address, part, opener, progress)
        except _Unsuited as error:
            details.append(f"{address}: {error}")
            continue
        _store(target, content)
        return target
    raise DataUnavailable(f"{title} is not here, and {part.stem}.gz could not be downloaded", WAY_OUT, tuple(details))


def _get(address: str, part: Part, opener: OpenerDirector, progress: Progress | None) -> bytes:
    """The file at an address, in memory: nothing unchecked is ever written."""
    request = Request(address, headers={"User-Agent": _user_agent()})
    try:
        with opener.open(request, timeout=SILENCE) as response:
            content = _read_capped(response, part, progress)
    except HTTPError as error:
        raise _Unsuited(f"HTTP {error.code} {error.reason}") from None
    except URLError as error:
        raise _Unsuited(str(getattr(error.reason, "strerror", None) or error.reason)) from None
    except TimeoutError:
        raise _Unsuited(f"no answer for {SILENCE:g} s") from None
    except (HTTPException, OSError) as error:
        raise _Unsuited(f"the connection broke: {error or type(error).__name__}") from None
    if difference := part.difference(content):
        raise _Unsuited(difference)
    return content


def _read_capped(response: Any, part: Part, progress: Progress | None) -> bytes:
    total = int(response.headers.get("Content-Length") or 0)
    if total > LARGEST:
        raise _Unsuited(f"{total:,} bytes; at most {LARGEST:,} are taken")
    content = bytearray()
    end = time.monotonic() + PATIENCE
    while chunk := response.read1(2**16):
        content += chunk
        if len(content) > LARGEST:
            raise _Unsuited(f"more than {LARGEST:,} bytes")
        if time.monotonic() > end:
            raise _Unsuited(f"not finished after {PATIENCE:g} s")
        if progress is not None:
            progress(f"{part.stem}.gz", len(content), total)
    if len(content) < total:
        raise _Unsuited(f"the connection ended after {len(content):,} of {total:,} bytes")
    return bytes(content)


def _user_agent() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"cnnspec/{version('cnnspec')}"
    except PackageNotFoundError:
        return "cnnspec"


def _store(target: Path, content: bytes) -> None:
    """Write a file whole or not at all: under another name, synced, then renamed."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def lock(path: Path, patience: float | None = None) -> Generator[None]:
    """Hold a lock file, which the system gives free when the process ends, however it ends.

    Raises:
        MachineError: another process held it for longer than ``patience`` seconds.
    """
    end = time.monotonic() + (LOCK_PATIENCE if patience is None else patience)
    with path.open("a+b") as file:
        while not _try_lock(file.fileno()):
            if time.monotonic() > end:
                raise DataUnavailable(f"another process holds {path}", "wait until it has finished, or end it")
            time.sleep(0.1)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def print_progress(name: str, done: int, total: int) -> None:
    """Write progress to standard error: one line that moves on a terminal, else a line for each finished file."""
    complete = done >= total > 0
    if sys.stderr.isatty():
        share = f"{100 * done // total:3d} %" if total else f"{done:,} bytes"
        print(f"\r{name} {share}", end="\n" if complete else "", file=sys.stderr, flush=True)
    elif complete:
        print(f"{name} {done:,} bytes", file=sys.stderr, flush=True)
