"""Running the command line: in this process for speed, in one of its own where that matters."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from cnnspec.cli import main
from support.markdown import ROOT, redirected

SOUND = "model M {\n  input 8x8x1\n  Conv2D(2, 3x3) -> Flatten -> Dense(10, activation=softmax)\n}\n"
BROKEN = "model M {\n  input 8x8x1\n  Conv2D(2, 9x9) -> Flatten -> Dense(10, activation=softmax)\n}\n"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str


def run(*arguments: str, given: str | bytes = b"", **environment: str) -> Done:
    """Run a command in this process, 80 columns wide and without colours."""
    output, errors = io.BytesIO(), io.BytesIO()
    data = given.encode() if isinstance(given, str) else given
    with redirected(data, output, errors), mock.patch.dict(os.environ, {"COLUMNS": "80", **environment}):
        status = main(list(arguments))
        sys.stdout.flush()
        sys.stderr.flush()
    return Done(status, output.getvalue().decode(), errors.getvalue().decode())


def start(arguments: Sequence[str], **options: object) -> subprocess.Popen[bytes]:
    """Start the command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **dict(options.pop("env", {}))}  # type: ignore[call-overload]
    return subprocess.Popen([sys.executable, "-m", "cnnspec", *arguments], env=environment, **options)  # type: ignore[call-overload]


def finish(arguments: Sequence[str], *, cwd: Path | None = None, given: bytes = b"", **environment: str) -> Done:
    """Run the command in a process of its own to its end."""
    process = start(arguments, env=environment, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(given, timeout=120)
    return Done(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))
