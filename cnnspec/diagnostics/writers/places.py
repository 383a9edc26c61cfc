"""Where a file lies for a program that reads diagnostics somewhere else: relative to the folder of the whole project."""

from __future__ import annotations

import os
from pathlib import Path


def project_folder() -> Path:
    """The folder that paths are relative to: the checkout of a GitHub job, else the working folder."""
    return Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())


def relative_path(path: str, folder: Path) -> str | None:
    """The path below a folder, with slashes; None where it lies elsewhere."""
    whole, base = os.path.abspath(path), os.path.abspath(folder)  # noqa: PTH100 - a link is known by its own name
    try:
        inside = os.path.relpath(whole, base)
    except ValueError:  # on another drive
        return None
    return None if inside == os.pardir or inside.startswith(os.pardir + os.sep) else Path(inside).as_posix()
