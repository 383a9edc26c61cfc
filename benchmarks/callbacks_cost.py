"""What progress, metrics, CSV, callbacks and checkpoints cost together, over the bare loop.

    python benchmarks/callbacks_cost.py [--rounds 7] [--epochs 2] [--images 60000] [--threads N] [--out FILE]

LeNet-5 on images of random bytes in batches of 64, turn about with and without, in this process: with, the run has a
folder, a bar, every callback of the recipe below and the run's own checkpoints. The medians of the seconds of an epoch are
compared, and the processor's seconds, which other processes disturb less. Exit status 1 where the goal is missed.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch

import cnnspec
from cnnspec.recipe import callbacks as declared
from cnnspec.recipe.recipe import Recipe
from cnnspec.resources import library_root
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.memory import keep_freed_memory
from cnnspec.train.progress import BarProgress
from cnnspec.train.training import train

#: The most that all of it may add.
GOAL = 0.03

#: Every callback that does not need another machine or package.
CALLBACKS = (
    declared.EarlyStopping(monitor="loss", patience=1_000, restore_best_weights=True),
    declared.ReduceLROnPlateau(monitor="loss", patience=1_000),
    declared.ModelCheckpoint(path="best", monitor="loss", save_best_only=True),
    declared.BackupAndRestore(),
    declared.CSVLogger(path="log.csv"),
    declared.TerminateOnNaN(),
    declared.ProgbarLogger(),
)


class Clock(Callback):
    """Keeps the seconds of each epoch, from its start to the start of the next, by the clock and of the processor."""

    def __init__(self) -> None:
        self.starts: list[tuple[float, float]] = []

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        self.starts.append((time.perf_counter(), time.process_time()))

    def on_train_end(self, logs: Logs) -> None:
        self.starts.append((time.perf_counter(), time.process_time()))

    def epochs(self) -> list[tuple[float, float]]:
        """Those of all epochs but the first, which warms up."""
        pairs = zip(self.starts[1:], self.starts[2:], strict=False)
        return [(end[0] - start[0], end[1] - start[1]) for start, end in pairs]


def random_data(images: int) -> Dataset:
    rng = np.random.default_rng(0)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.integers(0, 256, (count, 28, 28, 1)).astype(np.uint8), rng.integers(0, 10, count)

    return Dataset("random bytes", *draw(images), *draw(64), tuple("0123456789"), "memory")


def run(recipe: Recipe, data: Dataset, epochs: int, *, everything: bool) -> list[tuple[float, float]]:
    spec, clock = cnnspec.load(library_root() / "lenet5.cnn"), Clock()
    with tempfile.TemporaryDirectory() as folder:
        train(
            spec.resolved(spec.recipe().model).network,
            recipe.model_copy(update={"callbacks": CALLBACKS if everything else (), "batch_size": 64}),
            data,
            device="cpu",
            epochs=epochs + 1,
            callbacks=[clock],
            out=Path(folder) / "run" if everything else None,
            progress=BarProgress(io.StringIO(), width=100) if everything else None,
        )
    return clock.epochs()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--images", type=int, default=60_000, help="of an epoch: with fewer, what an epoch costs weighs more")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    arguments = parser.parse_args()
    print(keep_freed_memory(), file=sys.stderr)
    torch.set_num_threads(arguments.threads)
    recipe, data = cnnspec.load(library_root() / "lenet5.cnn").recipe().recipe, random_data(arguments.images)
    assert recipe is not None
    bare: list[tuple[float, float]] = []
    full: list[tuple[float, float]] = []
    for _ in range(arguments.rounds):
        bare += run(recipe, data, arguments.epochs, everything=False)
        full += run(recipe, data, arguments.epochs, everything=True)
    lines = [
        f"LeNet-5, {arguments.images:,} images an epoch, batch 64, {arguments.threads} threads, torch {torch.__version__}; "
        f"medians of {len(bare)} epochs.",
        "",
        "| seconds of an epoch | bare loop | with everything | added | goal |",
        "|---|--:|--:|--:|--:|",
    ]
    added = 0.0
    for at, name in enumerate(("by the clock", "of the processor")):
        one, other = median(epoch[at] for epoch in bare), median(epoch[at] for epoch in full)
        added = other / one - 1
        lines.append(f"| {name} | {one:.3f} | {other:.3f} | {added:+.1%} | ≤ {GOAL:.0%} |")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    return int(added > GOAL)


if __name__ == "__main__":
    sys.exit(main())
