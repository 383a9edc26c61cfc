"""Writing a folder of results: whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

import click


def check_folder(path: str, manifest: str) -> None:
    """Refuse a folder that must not be replaced, before the work for it is done.

    A folder may be new, empty, or one that was written by us before, which its manifest says; then nothing but what the
    manifest lists may lie in it.

    Raises:
        UsageError: there is no place for it, or it holds what is not ours.
    """
    try:
        target = Path(os.path.realpath(path))
        there, is_folder = target.exists(), target.is_dir()
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path!r} is no path to write to: {error}") from None
    if there and not is_folder:
        raise click.UsageError(f"{path} is a file; name a folder")
    if target in (here := Path.cwd().resolve(), *here.parents):
        raise click.UsageError(f"{path} holds the folder you work in; name one below it")
    if not there:
        if not target.parent.is_dir():
            raise click.UsageError(f"there is no folder {Path(path).parent} to make {target.name} in")
        return
    found = _files(target)
    if foreign := sorted(found - _listed(target / manifest)):
        more = f" and {len(foreign) - 1:,} more" if len(foreign) > 1 else ""
        raise click.UsageError(f"{path} holds {foreign[0]}{more}, which is not of a gallery; name a new folder")


def write_folder(path: str, files: Mapping[str, bytes]) -> None:
    """Write files, by their path in a folder; the folder appears under its name when all of them are written.

    Raises:
        OSError: the machine failed; the folder is as it was.
    """
    target = Path(os.path.realpath(path))
    fresh = Path(mkdtemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent))
    try:
        for name, content in files.items():
            file = fresh / name
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        fresh.chmod(_mode(target))
        _swap(fresh, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _swap(fresh: Path, target: Path) -> None:
    """Put a folder under its name, in the place of the one that is there."""
    if not target.exists():
        fresh.replace(target)
        return
    old = fresh.with_name(f"{fresh.name}.old")
    target.replace(old)
    try:
        fresh.replace(target)
    except BaseException:
        old.replace(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _files(folder: Path) -> set[str]:
    """The paths in a folder of all that is no folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}


def _listed(manifest: Path) -> set[str]:
    """The files that a manifest lists; none where there is no manifest of ours."""
    try:
        said = json.loads(manifest.read_bytes())
        return {str(name) for name in said["files"]} if str(said["generator"]).startswith("cnnspec") else set()
    except (OSError, ValueError, TypeError, KeyError):
        return set()


def _mode(target: Path) -> int:
    if target.exists():
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o777 & ~mask
