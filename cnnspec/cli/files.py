"""Writing results to files: whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import click

from cnnspec.cli.terminal import Terminal


def write_output(path: str, data: str | bytes) -> None:
    """Write a result to a path, or to standard output for ``-``.

    A file appears under its name only when all of it is written; one that is there keeps its permissions, and a link
    stays a link.

    Raises:
        UsageError: the path is a folder, or lies in a folder that does not exist.
        OSError: the machine failed (a full disk, no permission).
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    if path == "-":
        _write_stdout(content)
        return
    target = Path(os.path.realpath(path))
    check_output(path)
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        target.write_bytes(content)  # a device or a pipe
    else:
        _replace(target, content)


def check_output(path: str) -> None:
    """Refuse an output path that cannot work, before the work for it is done."""
    if path == "-":
        return
    try:
        target = Path(os.path.realpath(path))
        folder, into_folder = target.parent.is_dir(), target.is_dir() or path.endswith(("/", os.sep))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path!r} is no path to write to: {error}") from None
    if into_folder:
        raise click.UsageError(f"{path} is a folder; name a file in it")
    if not folder:
        raise click.UsageError(f"there is no folder {Path(path).parent} to write {Path(path).name} in")


def _write_stdout(content: bytes) -> None:
    sys.stdout.flush()
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        Terminal.silence(sys.stdout)


def _replace(target: Path, content: bytes) -> None:
    from tempfile import mkstemp

    handle, temporary = mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(_mode(target))
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _mode(target: Path) -> int:
    """The permissions of the file that is there, else those that a new file gets."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
