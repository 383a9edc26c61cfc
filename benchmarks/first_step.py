"""Seconds from the start of ``cnnspec train`` to the end of its first step, beyond those of ``import torch``.

    python benchmarks/first_step.py --data-dir DIR [--networks lenet5 mnist_cnn] [--rounds 7] [--write]

Every figure is that of a fresh process, from its start by the clock; processes that only import Torch and those that train
take turns, and the median of the differences within a round counts. A process that trains loads what the command loads,
makes a folder for the run, reads the data, builds the network and takes one step of the recipe. The files have been read
before, so that the disk is not what is measured. Exit status 1 where the goal is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import torch

RESULTS = Path(__file__).resolve().parent / "results" / "first_step.md"
GOAL = 1.2

#: Both kinds end at once, without what Python does at the end of a process.
IMPORTS = "import os, torch; os._exit(0)"

TRAINS = """
import os, sys
import cnnspec.cli.commands.train
import cnnspec
from cnnspec.resources import library_root
from cnnspec.train.callbacks import Callback
from cnnspec.train.memory import keep_freed_memory

class First(Callback):
    def on_train_batch_end(self, batch, logs):
        os._exit(0)

name, data_dir, out = sys.argv[1:]
keep_freed_memory()
cnnspec.train(library_root() / f"{name}.cnn", data="mnist", data_dir=data_dir, callbacks=[First()], out=out)
"""


def seconds_of(code: str, *arguments: str) -> float:
    """From the start of a process to its end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, *arguments], check=True)
    return time.perf_counter() - started


def measure(name: str, data_dir: Path, rounds: int) -> tuple[float, float]:
    """Medians: seconds of the import, and how many more the first step takes."""
    imports: list[float] = []
    beyond: list[float] = []
    for turn in range(rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            imported = seconds_of(IMPORTS)
            trained = seconds_of(TRAINS, name, str(data_dir), str(Path(folder) / "run"))
        if turn:  # the first round warms the disk's cache
            imports.append(imported)
            beyond.append(trained - imported)
    return median(imports), median(beyond)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="the folder of MNIST's four files")
    parser.add_argument("--networks", nargs="+", default=["lenet5", "mnist_cnn"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"keep the table in {RESULTS.name}")
    arguments = parser.parse_args()
    figures = {name: measure(name, arguments.data_dir, arguments.rounds) for name in arguments.networks}
    rows = [f"| {name} | {imported:.2f} | {beyond:.2f} | ≤ {GOAL} |" for name, (imported, beyond) in figures.items()]
    text = "\n".join(["| network | `import torch` | first step, beyond it | goal |", "|---|--:|--:|--:|", *rows]) + "\n"
    print(text, end="")
    if arguments.write:
        head = (
            "# To the first step of training\n\n`benchmarks/first_step.py`: seconds by the clock of fresh processes, in turn,\n"
            f"MNIST's files in the disk's cache; medians of {arguments.rounds} rounds, torch {torch.__version__}, 2\n"
            "cores without a GPU.\n\n"
        )
        RESULTS.write_text(head + text, encoding="utf-8")
    return int(any(beyond > GOAL for _, beyond in figures.values()))


if __name__ == "__main__":
    sys.exit(main())
