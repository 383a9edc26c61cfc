"""How long augmenting a batch takes: 128 images of 28×28 on one thread, the median of many rounds, nothing else running.

    python benchmarks/augmentation_speed.py [--write]

``--write`` keeps the table in benchmarks/results/augmentation_speed.md.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from pathlib import Path

import torch

from cnnspec.recipe.augmentation import Augmentation
from cnnspec.recipe.augmentations import (
    ElasticDistortion,
    RandomContrast,
    RandomErasing,
    RandomFlip,
    RandomRotation,
    RandomShift,
    RandomZoom,
)
from cnnspec.schema.declaration import describe
from cnnspec.train.augmentation import Augmenter
from cnnspec.train.memory import keep_freed_memory

RESULTS = Path(__file__).resolve().parent / "results" / "augmentation_speed.md"
ROUNDS = 200
AFFINE = (RandomShift(pixels=2), RandomRotation(degrees=10), RandomZoom(factor=0.1))
CASES: tuple[tuple[Augmentation, ...], ...] = (
    (RandomShift(pixels=2),),
    (RandomRotation(degrees=10),),
    (RandomFlip(),),
    AFFINE,
    (ElasticDistortion(),),
    (RandomErasing(probability=0.2),),
    (RandomContrast(factor=0.2),),
    (*AFFINE, ElasticDistortion(), RandomErasing(probability=0.2)),
)


def measure(changes: tuple[Augmentation, ...]) -> tuple[float, float]:
    """The median and the shortest of the rounds, in milliseconds."""
    images, augment = torch.rand(128, 1, 28, 28) * 255, Augmenter(changes)
    times: list[float] = []
    for seed in range(ROUNDS):
        started = time.perf_counter()
        augment(images, seed)
        times.append(1_000 * (time.perf_counter() - started))
    return statistics.median(times[10:]), min(times[10:])


def main() -> None:
    """Measure, print, and keep the table where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the table")
    torch.set_num_threads(1)
    keep_freed_memory()  # as the command does
    rows = [(", ".join(map(describe, changes)), *measure(changes)) for changes in CASES]
    lines = [
        "# Augmenting a batch of 128 images of 28×28, one thread",
        "",
        f"{platform.machine()}, Torch {torch.__version__}, Python {platform.python_version()}; milliseconds, {ROUNDS} rounds.",
        "",
        "| augment | median | shortest |",
        "|---|---:|---:|",
        *(f"| {names} | {median:.2f} | {shortest:.2f} |" for names, median, shortest in rows),
    ]
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if parser.parse_args().write:
        RESULTS.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
