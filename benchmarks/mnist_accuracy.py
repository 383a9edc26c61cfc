"""Test accuracies on MNIST of specs by their own recipes, for several seeds.

    python benchmarks/mnist_accuracy.py [SPEC …] --data-dir DIR [--seeds 5] [--threads N]

Every epoch's training images are all 60,000, and the test set is used once, at the end of each run: nothing is chosen by
it. Seeds that the table has are not run again. Exit status 1 where a mean is below its goal.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median, stdev

import torch

import cnnspec
from cnnspec.resources import library_root
from cnnspec.train.memory import keep_freed_memory
from cnnspec.train.progress import progress_for

TABLE = Path(__file__).parent / "results" / "mnist_accuracy.md"

#: The least mean test accuracy, by spec.
GOALS = {"mnist_cnn": 0.99, "mnist_fast": 0.99, "mnist_tiny": 0.994, "mnist_micro": 0.99, "mnist_best": 0.997}

HEAD = """# MNIST by the specs' own recipes, several seeds

Written by `benchmarks/mnist_accuracy.py`: all 60,000 training images, no validation, the weights of the last epoch, the test
set used once a run. The lecture reports 99.08 % for one run of its network, `mnist_cnn`.
"""

COLUMNS = """| seed | test accuracy | test loss | training accuracy | seconds | images/s |
|--:|--:|--:|--:|--:|--:|
"""


@dataclass(frozen=True)
class Row:
    """What a run came to; accuracies from 0 to 1."""

    accuracy: float
    loss: float
    training: float
    seconds: float
    rate: float

    def __str__(self) -> str:
        figures = (
            f"{self.accuracy:.2%}",
            f"{self.loss:.4f}",
            f"{self.training:.2%}",
            f"{self.seconds:,.0f}",
            f"{self.rate:,.0f}",
        )
        return " | ".join(figures).replace("%", " %")


@dataclass
class Section:
    """The runs of one spec by seed, and the machine they ran on."""

    title: str
    rows: dict[int, Row]
    machine: str

    def __str__(self) -> str:
        found = [row.accuracy for row in self.rows.values()]
        spread = f", standard deviation {100 * stdev(found):.2f} points" if len(found) > 1 else ""
        lines = "\n".join(f"| {seed} | {row} |" for seed, row in sorted(self.rows.items()))
        return (
            f"\n## {self.title}\n\n{COLUMNS}{lines}\n\nMean of {len(found)}: **{100 * mean(found):.2f} %**, median "
            f"{100 * median(found):.2f} %, from {100 * min(found):.2f} % to {100 * max(found):.2f} %{spread}.\n\n"
            f"Machine: {self.machine}\n"
        )


def read_sections() -> dict[str, Section]:
    """What the table has already, by the name of the spec."""
    sections: dict[str, Section] = {}
    current: Section | None = None
    for line in TABLE.read_text("utf-8").splitlines() if TABLE.is_file() else ():
        if line.startswith("## "):
            current = sections[line[3:].split(":")[0]] = Section(line[3:], {}, "")
        cells = [cell.strip().replace(",", "").removesuffix(" %") for cell in line.strip("|").split("|")]
        if current is not None and len(cells) == 6 and re.fullmatch(r"\d+", cells[0]):
            accuracy, loss, training, seconds, rate = map(float, cells[1:])
            current.rows[int(cells[0])] = Row(accuracy / 100, loss, training / 100, seconds, rate)
        if current is not None and line.startswith("Machine: "):
            current.machine = line.removeprefix("Machine: ")
    return sections


def write_sections(sections: dict[str, Section]) -> None:
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(HEAD + "".join(map(str, sections.values())), encoding="utf-8")


def run_seed(path: Path, seed: int, data_dir: Path | None, threads: int) -> Row:
    trained = cnnspec.train(path, seed=seed, data_dir=data_dir, threads=threads, progress=progress_for())
    result = trained.result
    return Row(result.test["accuracy"], result.test["loss"], result.train["accuracy"], result.seconds, result.images_per_second)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("specs", nargs="*", default=sorted(GOALS), help="names of packaged specs")
    parser.add_argument("--data-dir", type=Path, help="the folder of MNIST's four files")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0")
    parser.add_argument("--first", type=int, default=0, help="leave out the seeds before it: another process runs them")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    print(keep_freed_memory(), file=sys.stderr)
    missed = False
    for name in arguments.specs:
        path = library_root() / f"{name}.cnn"
        model = cnnspec.load(path).model()
        machine = f"2 cores without a GPU, {arguments.threads} thread{'s' * (arguments.threads > 1)}, torch {torch.__version__}."
        for seed in range(arguments.first, arguments.seeds):
            sections = read_sections()  # another process may have added to it
            section = sections.setdefault(name, Section("", {}, machine))
            section.title = f"{name}: {model.totals.trainable:,} trained parameters"
            if seed not in section.rows:
                row = run_seed(path, seed, arguments.data_dir, arguments.threads)
                sections = read_sections()
                section = sections.setdefault(name, section)
                section.rows[seed], section.machine = row, machine
                write_sections(sections)
        found = mean(row.accuracy for row in read_sections()[name].rows.values())
        print(f"{name}: mean test accuracy {found:.4%}")
        missed |= found < GOALS.get(name, 0.0)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
