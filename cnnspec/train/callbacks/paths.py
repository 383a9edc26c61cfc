"""Where callbacks may write: inside the run's folder."""

from __future__ import annotations

from pathlib import Path

from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.recipes import path_leaves_folder
from cnnspec.diagnostics.span import Source
from cnnspec.recipe.paths import path_problem


def inner_path(folder: Path, path: str, owner: str) -> Path:
    """A path of a callback inside the run's folder.

    Raises:
        SpecError: it would leave the folder.
    """
    problem = path_problem(path)
    if problem:
        span = Source(str(folder), "").span(0, 0)
        raise SpecError((path_leaves_folder(span, owner=owner, path=path, reason=problem, folder="the run's folder"),))
    return folder / path
