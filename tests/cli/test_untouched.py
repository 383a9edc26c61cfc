"""Modules that stand aside until they are touched."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys
from cnnspec.cli import _start_quickly
_start_quickly()
import importlib.metadata as metadata, uuid
assert type(metadata).__name__ == "_Untouched", metadata
assert "email" not in sys.modules
from importlib.metadata import entry_points
assert "email" not in sys.modules
assert metadata.version("pydantic")[0] == "2"
assert list(entry_points(group="console_scripts"))
assert uuid.UUID(int=1).int == 1
import uuid
assert type(uuid).__name__ == "module"
import importlib.metadata
assert importlib.metadata.__spec__ is not None
print("sound")
"""


def test_a_module_that_is_touched_is_the_real_one() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "sound\n", done.stderr
