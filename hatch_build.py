"""Build hook: writes the prebuilt parse tables into the package before it is packed or installed editable.

``python hatch_build.py`` does the same in a checkout. Without the tables everything works; a cold start takes longer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, without the build system
    BuildHookInterface = object  # type: ignore[assignment, misc]

ROOT = Path(__file__).resolve().parent
GRAMMAR = ROOT / "grammars" / "cnnspec.lark"
TABLES = ROOT / "cnnspec" / "_data" / "cnnspec.tables.json"


def write_tables() -> Path:
    """Let Lark analyse the grammar and write what it finds as JSON."""
    sys.path.insert(0, str(ROOT))
    try:
        from cnnspec.syntax.tables import write_prebuilt
    finally:
        sys.path.remove(str(ROOT))
    write_prebuilt(GRAMMAR, TABLES)
    return TABLES


class CustomBuildHook(BuildHookInterface):
    """Called by hatchling for wheels, editable ones too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the tables and have them packed although git ignores them."""
        if self.target_name == "wheel":
            build_data["artifacts"].append(str(write_tables().relative_to(ROOT)))


if __name__ == "__main__":
    print(write_tables())
