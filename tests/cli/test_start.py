"""Starting is a feature: a check imports nothing heavy, and this is shown by a test that can fail."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from support.markdown import ROOT

#: What a check must not import.
HEAVY = ("torch", "numpy", "networkx", "rich", "graphviz", "PIL", "matplotlib", "sklearn", "scipy", "safetensors")

_PROGRAM = """
import json, sys
sys.argv[1:] = json.loads(sys.argv[1])
{before}
from cnnspec.cli import main
status = main(sys.argv[1:])
heavy = [name for name in {heavy} if name in sys.modules]
print(json.dumps({{"status": status, "heavy": heavy, "modules": len(sys.modules)}}), file=sys.stderr)
"""


def modules_after(arguments: list[str], before: str = "") -> dict[str, object]:
    """What a fresh process has imported after a command."""
    program = _PROGRAM.format(before=before, heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(arguments)], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
    )
    assert done.stderr, done
    return json.loads(done.stderr.splitlines()[-1])


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "specs/lenet5.cnn"],
        ["check", "specs/resnet18.cnn", "--format", "json"],
        ["check", "missing.cnn"],
        ["explain", "specs/mnist_cnn.cnn", "conv2d_2"],
        ["explain", "Conv2D"],
        ["fmt", "--check", "specs/lenet5.cnn"],
        ["layers"],
        ["--help"],
        ["train", "--help"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_imported(arguments: list[str]) -> None:
    assert modules_after(arguments)["heavy"] == []


def test_the_test_above_can_fail() -> None:
    found = modules_after(["check", "specs/lenet5.cnn"], before="import graphviz")
    assert found["heavy"] == ["graphviz"]


def test_a_check_imports_few_modules() -> None:
    """A bound on their number catches what a list of names does not; plug-ins are looked for only by the command itself."""
    found = modules_after(["check", "specs/lenet5.cnn"])
    assert found["status"] == 0
    assert int(str(found["modules"])) < 450


def test_importing_the_package_costs_nothing() -> None:
    program = "import cnnspec, sys; print([m for m in sys.modules if '.' in m and m.startswith('cnnspec') or m == 'pydantic'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_a_command_imports_only_itself() -> None:
    names = "[m for m in sys.modules if m.startswith('cnnspec.cli.commands.')]"
    program = f"import sys; from cnnspec.cli import main; main(['check', '--help']); print({names}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    assert done.stderr.strip() == "['cnnspec.cli.commands.check']"
