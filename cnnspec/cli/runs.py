"""A run that a command was given: opened, with what there is to say about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.cli.terminal import Terminal, write_errors

if TYPE_CHECKING:
    from cnnspec.train.run import Run


def is_run(path: str) -> bool:
    """Whether a path is the folder of a run, or a file in it that stands for it."""
    place = Path(path)
    return (place / "run.json").is_file() or place.name == "run.json" or place.suffix == ".safetensors"


def open_run(path: str) -> Run:
    """Read a run, and say to standard error if a checkpoint of it is broken or if it did not come to its end.

    Raises:
        SpecError: it is no run, or no checkpoint of it is whole.
    """
    from cnnspec.train.run import load_run

    run = load_run(path)
    terminal = Terminal.current()
    if run.warnings and not terminal.quiet:
        write_errors(run.warnings)
    if run.unfinished:
        terminal.log(f"{run.path.as_posix()}: {run.unfinished}")
    return run
