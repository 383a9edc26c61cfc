"""Images per second of ``cnnspec train`` beside a DataLoader loop, Lightning, and Keras on Torch and on TensorFlow.

    python benchmarks/frameworks.py --data-dir DIR --others PYTHON [--rounds 5] [--seconds 3] [--out FILE]

PYTHON is the interpreter of an environment with torch, lightning, keras and tensorflow-cpu; without it only the loops that
need Torch alone run. All arms of a cell live at the same time and take turns of a few seconds, so that whatever
else the machine does meets each alike. A figure is the median over the rounds of the ratio within a round.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from statistics import median

ARMS = Path(__file__).parent / "arms" / "run.py"
NETWORKS = ("lenet5", "mnist_cnn")
BATCHES = (32, 64, 128, 512)

#: The arms besides ours, with the words of the table; those after the first two need other packages.
OTHERS = {
    "per_image": "DataLoader, image by image",
    "loader": "DataLoader of a tensor",
    "lightning": "Lightning",
    "keras_torch": "Keras on Torch",
    "keras_tensorflow": "Keras on TensorFlow",
}

#: The least ratio in a cell, by arm; of Lightning at batch 64 alone.
GOALS = {"per_image": 2.0, "keras_torch": 2.3, "keras_tensorflow": 1.0, "lightning": 1.6}
#: The least geometric mean over all cells.
MEAN_GOALS = {"keras_tensorflow": 1.4}


class Arm:
    """A process that trains when it has the turn."""

    def __init__(self, name: str, python: str, network: str, batch: int, threads: int, folder: Path) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
        if name.startswith("keras_"):
            environment["KERAS_BACKEND"] = name.removeprefix("keras_")
        command = [python, str(ARMS), name, network, str(batch), str(threads), str(folder)]
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        if self.read() != "ready":
            raise SystemExit(f"{name} did not start: {' '.join(command)}")

    def read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def say(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def rate(self, seconds: float) -> float:
        """Images per second over a turn."""
        self.say(f"go {seconds}")
        found = json.loads(self.read())
        return found["images"] / found["seconds"]

    def end(self) -> None:
        self.say("stop")
        self.process.wait()


@dataclass
class Cell:
    """One network at one batch size: a rate for each arm and round."""

    network: str
    batch: int
    rates: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def ratio(self, arm: str) -> float:
        """How many times as many images ours takes: the median over the rounds."""
        return median(ours / theirs for ours, theirs in zip(self.rates["cnnspec"], self.rates[arm], strict=True))

    def misses(self) -> list[str]:
        return [
            f"{self.network} at {self.batch}: {self.ratio(arm):.2f} of {OTHERS[arm]}, goal {goal}"
            for arm, goal in GOALS.items()
            if arm in self.rates and (arm != "lightning" or self.batch == 64) and self.ratio(arm) < goal
        ]


def measure(network: str, batch: int, arguments: argparse.Namespace) -> Cell:
    cell = Cell(network, batch)
    names = ["cnnspec", *(OTHERS if arguments.others else ("per_image", "loader"))]
    pythons = {name: sys.executable if name in ("cnnspec", "per_image", "loader") else arguments.others for name in names}
    arms = [Arm(name, pythons[name], network, batch, arguments.threads, arguments.data_dir) for name in names]
    try:
        for turn in range(arguments.rounds):
            shift = turn % len(arms)  # nobody always follows the same one
            for arm in arms[shift:] + arms[:shift]:
                cell.rates.setdefault(arm.name, []).append(arm.rate(arguments.seconds))
    finally:
        for arm in arms:
            arm.end()
    print(network, batch, {name: round(median(rates)) for name, rates in cell.rates.items()}, file=sys.stderr)
    return cell


def tabulate(cells: list[Cell]) -> list[str]:
    arms = [arm for arm in OTHERS if arm in cells[0].rates]
    lines = [
        "| network | batch | cnnspec, images/s | " + " | ".join(f"{OTHERS[arm]}" for arm in arms) + " |",
        "|---|--:|--:|" + "--:|" * len(arms),
    ]
    for cell in cells:
        figures = [f"{median(cell.rates[arm]):,.0f} (×{cell.ratio(arm):.2f})" for arm in arms]
        lines.append(f"| {cell.network} | {cell.batch} | {median(cell.rates['cnnspec']):,.0f} | {' | '.join(figures)} |")
    means = [f"×{prod(cell.ratio(arm) for cell in cells) ** (1 / len(cells)):.2f}" for arm in arms]
    return [*lines, f"| geometric mean | | | {' | '.join(means)} |"]


def missed(cells: list[Cell]) -> list[str]:
    found = [miss for cell in cells for miss in cell.misses()]
    for arm, goal in MEAN_GOALS.items():
        if arm in cells[0].rates:
            mean = prod(cell.ratio(arm) for cell in cells) ** (1 / len(cells))
            found += [f"geometric mean: {mean:.2f} of {OTHERS[arm]}, goal {goal}"] if mean < goal else []
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="the folder of MNIST's four files")
    parser.add_argument("--others", help="the interpreter of an environment with lightning, keras and tensorflow-cpu")
    parser.add_argument("--networks", nargs="+", default=NETWORKS, choices=NETWORKS)
    parser.add_argument("--batches", nargs="+", type=int, default=BATCHES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    arguments = parser.parse_args()
    cells = [measure(network, batch, arguments) for network in arguments.networks for batch in arguments.batches]
    misses = missed(cells)
    ending = [f"- {miss}" for miss in misses] or ["Every goal is reached."]
    text = "\n".join([*tabulate(cells), "", *ending]) + "\n"
    print(text, end="")
    if arguments.out:
        head = [
            "# Training beside other frameworks",
            "",
            "Images per second, and how many times as many `cnnspec train` takes; written by `benchmarks/frameworks.py`.",
            f"float32, {arguments.threads} threads, medians of {arguments.rounds} turns of {arguments.seconds:g} s, all",
            "processes live and in turn.",
            "",
        ]
        arguments.out.write_text("\n".join(head) + text, encoding="utf-8")
    return int(bool(misses))


if __name__ == "__main__":
    sys.exit(main())
