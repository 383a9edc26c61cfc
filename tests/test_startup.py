"""What a check imports is what it takes to start: nothing heavy, and nothing that the file does not use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cnnspec import resources
from cnnspec.syntax.tables import write_prebuilt
from support.markdown import ROOT

HEAVY = {"torch", "numpy", "networkx", "rich", "graphviz", "PIL", "matplotlib", "sklearn", "asyncio", "importlib.metadata"}

#: Families and words that LeNet-5 has no use for.
UNUSED = {
    "cnnspec.layers.volumes",
    "cnnspec.layers.average_pooling",
    "cnnspec.layers.rearrange",
    "cnnspec.layers.normalisation",
    "cnnspec.layers.more_activations",
    "cnnspec.layers.initializers",
    "cnnspec.layers.quasilinear",
    "cnnspec.resolve.conditions",
    "cnnspec.recipe.callbacks",
    "cnnspec.recipe.augmentations",
    "cnnspec.recipe.schedules",
    "cnnspec.diagnostics.writers.snippet",
}


PROGRAM = """
import os, sys
from pathlib import Path
{before}
def leave(status):
    print(*sys.modules, file=sys.stderr, flush=True)
    leave_at_once(status)
leave_at_once, os._exit = os._exit, leave
from cnnspec.cli import main
main()
"""


def imports_of(path: str, before: str = "") -> set[str]:
    """The modules of a process that was ``cnnspec check PATH``, at its end."""
    command = [sys.executable, "-c", PROGRAM.format(before=before), "check", path]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=True)
    return set(done.stderr.split())


def test_a_check_imports_only_what_its_file_uses() -> None:
    found = imports_of("specs/lenet5.cnn")
    assert {"cnnspec.analysis.check", "cnnspec.layers.conv"} <= found
    assert not found & (HEAVY | UNUSED)


def test_blocks_of_its_own_cost_a_file_no_search_for_other_packages() -> None:
    found = imports_of("specs/resnet18.cnn")
    assert "cnnspec.layers.merging" in found
    assert not found & HEAVY


def test_an_import_is_seen() -> None:
    assert "graphviz" in imports_of("specs/lenet5.cnn", before="import graphviz")


def test_what_a_file_uses_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "rare.cnn"
    path.write_text(
        """model Rare {
  input 64x3
  Conv1D(4, 3, activation=gelu)
  AvgPool1D
  Reshape([31, 4])
  Flatten
  Dense(10, activation=softmax)
}
""",
        encoding="utf-8",
    )
    found = imports_of(str(path))
    assert {f"cnnspec.layers.{name}" for name in ("volumes", "average_pooling", "rearrange", "more_activations")} <= found


def test_prebuilt_tables_spare_lark(tmp_path: Path) -> None:
    tables = tmp_path / "tables.json"
    write_prebuilt(resources.grammar_path(), tables)
    replaced = "from cnnspec import resources; resources.tables_path = lambda: Path({!r})"
    assert "lark" not in imports_of("specs/lenet5.cnn", before=replaced.format(str(tables)))
    assert "lark" in imports_of("specs/lenet5.cnn", before=replaced.format(str(tmp_path / "none.json")))


DATACLASSES = """
import dataclasses, sys
{before}
from cnnspec.cli import main
main(["check", "specs/lenet5.cnn"])
modules = [module for name, module in sys.modules.items() if name.startswith("cnnspec")]
classes = [found for module in modules for found in vars(module).values() if isinstance(found, type)]
made = {{f"{{c.__module__}}.{{c.__name__}}" for c in classes if dataclasses.is_dataclass(c)}}
print(*sorted(name for name in made if name.startswith("cnnspec.")), file=sys.stderr)
"""

SLOW = """
import cnnspec.record
@dataclasses.dataclass
class Slow:
    __module__ = "cnnspec.record"
cnnspec.record.Slow = Slow
"""


def dataclasses_of_a_check(before: str = "") -> list[str]:
    """Classes of this package made by the standard library's decorator, each half a millisecond of every start."""
    command = [sys.executable, "-c", DATACLASSES.format(before=before)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=True).stderr.split()


def test_a_check_makes_records_not_dataclasses() -> None:
    assert dataclasses_of_a_check() == []


def test_a_dataclass_would_be_seen() -> None:
    assert "cnnspec.record.Slow" in dataclasses_of_a_check(SLOW)
