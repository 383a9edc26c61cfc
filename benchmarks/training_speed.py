"""Images per second of the training loop against a plain DataLoader loop over the same layers, written by hand.

    python benchmarks/training_speed.py [--data-dir DIR] [--rounds 7] [--seconds 3]

Both run in this process, turn about, for a few seconds each; the medians of their rates are compared. Without
``--data-dir`` the images are random bytes: they take the same time. Exit status 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
from arms.networks import torch_network, torch_optimizer
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import cnnspec
from cnnspec.recipe.data import Mnist
from cnnspec.resources import library_root
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.load import load_dataset
from cnnspec.train.memory import keep_freed_memory
from cnnspec.train.training import train

BATCH = 64

#: What each network must reach, as a multiple of the plain loop's rate.
GOALS = {"lenet5": 1.0, "mnist_cnn": 1.3}


def run_plain(name: str, data: Dataset, seconds: float) -> float:
    """Images per second of the loop that everyone writes first."""
    images = torch.from_numpy(data.train_images).permute(0, 3, 1, 2).contiguous().float() / 255
    loader = DataLoader(TensorDataset(images, torch.from_numpy(data.train_labels)), batch_size=BATCH, shuffle=True)
    module = torch_network(name)
    optimizer = torch_optimizer(name, module.parameters())
    criterion = nn.CrossEntropyLoss()
    correct, done, started = torch.zeros(()), 0, 0.0
    while True:
        for step, (x, y) in enumerate(loader):
            if step == 20 and not started:
                done, started = 0, time.perf_counter()
            outputs = module(x)
            loss: Tensor = criterion(outputs, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            correct += (outputs.argmax(1) == y).sum()
            done += len(y)
            if started and time.perf_counter() - started >= seconds:
                return done / (time.perf_counter() - started)


class Clock(Callback):
    """Stops after so many seconds and keeps the rate; the first steps do not count."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.started, self.done, self.rate = seconds, 0.0, 0, 0.0

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if not self.started:
            if batch == 19:
                self.started = time.perf_counter()
            return
        self.done += BATCH
        elapsed = time.perf_counter() - self.started
        if elapsed >= self.seconds:
            self.rate = self.done / elapsed
            self.session.stop("measured")


def run_ours(name: str, data: Dataset, seconds: float) -> float:
    """Images per second of ``cnnspec train``'s loop on the spec and its recipe."""
    spec = cnnspec.load(library_root() / f"{name}.cnn")
    resolved = spec.recipe()
    assert resolved.recipe is not None
    clock = Clock(seconds)
    # Few test images: only the steps are timed.
    small = Dataset(
        data.name, data.train_images, data.train_labels, data.test_images[:64], data.test_labels[:64], data.class_names
    )
    train(spec.resolved(resolved.model).network, resolved.recipe, small, batch_size=BATCH, epochs=1_000, callbacks=[clock])
    return clock.rate


@dataclass
class Measured:
    name: str
    plain: list[float]
    ours: list[float]

    @property
    def ratio(self) -> float:
        return median(self.ours) / median(self.plain)


def measure(name: str, data: Dataset, rounds: int, seconds: float) -> Measured:
    found = Measured(name, [], [])
    for _ in range(rounds):
        found.plain.append(run_plain(name, data, seconds))
        found.ours.append(run_ours(name, data, seconds))
    return found


def random_data() -> Dataset:
    rng = np.random.default_rng(0)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.integers(0, 256, (count, 28, 28, 1)).astype(np.uint8), rng.integers(0, 10, count)

    return Dataset("random bytes", *draw(60_000), *draw(64), tuple("0123456789"), "memory")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, help="the folder of MNIST's four files")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, help="also write the table to this file")
    arguments = parser.parse_args()
    print(keep_freed_memory(), file=sys.stderr)
    torch.set_num_threads(arguments.threads)
    data = load_dataset(Mnist(), data_dir=arguments.data_dir) if arguments.data_dir else random_data()
    lines = [
        f"Batch {BATCH}, {arguments.threads} threads, torch {torch.__version__}, {data.name}; medians of {arguments.rounds}.",
        "",
        "| network | DataLoader loop, images/s | cnnspec, images/s | ratio | goal |",
        "|---|--:|--:|--:|--:|",
    ]
    missed = False
    for name, goal in GOALS.items():
        found = measure(name, data, arguments.rounds, arguments.seconds)
        missed |= found.ratio < goal
        lines.append(f"| {name} | {median(found.plain):,.0f} | {median(found.ours):,.0f} | {found.ratio:.2f} | ≥ {goal:.1f} |")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
