"""The command line: the verbs of :mod:`cnnspec.api` for the shell, with no logic of their own."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; ``arguments`` are those of the process unless given."""
    try:
        from cnnspec.cli.process import run

        return run(arguments)
    except KeyboardInterrupt:  # before or after the command itself: during an import, or a second time
        return 130
