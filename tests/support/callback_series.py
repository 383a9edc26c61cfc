"""Thirty-odd series of a figure, and the arguments with which callbacks are held against Keras on each of them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

INF, NAN = math.inf, math.nan


def _noisy(slope: float, seed: int) -> list[float]:
    draw = random.Random(seed)
    return [round(1 + slope * at + draw.uniform(-0.15, 0.15), 4) for at in range(16)]


#: What a monitored figure did, epoch after epoch.
SERIES: dict[str, list[float]] = {
    "falling": [round(1 - 0.06 * at, 4) for at in range(14)],
    "falling slowly": [round(1 - 0.001 * at, 4) for at in range(14)],
    "falling by less than the least change": [round(1 - 0.00004 * at, 6) for at in range(14)],
    "falling by 0.1 each": [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
    "falling by 0.05 each": [round(0.8 - 0.05 * at, 2) for at in range(12)],
    "equal": [0.5] * 14,
    "falling, then equal": [1.0, 0.8, 0.6, 0.5, *[0.45] * 11],
    "equal, then better": [0.7] * 4 + [0.6, 0.6, 0.5],
    "equal, better, equal": [0.7, 0.7, 0.7, 0.65, 0.65, 0.65, 0.65, 0.65, 0.65, 0.65],
    "stairs": [round(1 - 0.2 * (at // 4), 2) for at in range(16)],
    "growing": [round(0.2 + 0.07 * at, 4) for at in range(12)],
    "growing slowly": [round(0.5 + 0.0005 * at, 4) for at in range(12)],
    "valley": [1.0, 0.8, 0.6, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2],
    "hill": [0.2, 0.4, 0.6, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
    "two valleys": [1.0, 0.6, 0.7, 0.8, 0.7, 0.6, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    "zigzag": [0.5, 0.6, 0.5, 0.6, 0.4, 0.6, 0.4, 0.6, 0.3, 0.6, 0.3, 0.6, 0.3],
    "noise around a fall": _noisy(-0.05, 1),
    "noise": _noisy(0.0, 2),
    "noise around a rise": _noisy(0.05, 3),
    "negative and falling": [round(-0.1 * at, 2) for at in range(10)],
    "negative and growing": [round(-1 + 0.1 * at, 2) for at in range(12)],
    "zeros": [0.0] * 8,
    "huge": [3e30, 2e30, 2.5e30, 1e30, 4e30, 4e30, 4e30, 4e30],
    "tiny": [3e-30, 2e-30, 2.5e-30, 1e-30, 4e-30, 4e-30, 4e-30],
    "NaN once": [1.0, 0.8, NAN, 0.6, 0.7, 0.65, 0.8, 0.9],
    "NaN from the middle": [1.0, 0.8, 0.7, *[NAN] * 8],
    "infinite first": [INF, 1.0, 0.9, 0.95, 0.8, 0.9, 0.9],
    "infinite once": [1.0, 0.9, INF, 0.8, 0.9, 0.9, 0.9],
    "infinitely small": [1.0, 0.9, -INF, 0.5, 0.4, 0.3],
    "one epoch": [0.5],
    "two epochs": [0.5, 0.6],
    "NaN alone": [NAN] * 7,
    # Keras keeps the NaN for the best here, and nothing ever beats it:
    "NaN first": [NAN, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5],
}

LOSS, ACCURACY = {"monitor": "val_loss"}, {"monitor": "val_accuracy"}

EARLY_STOPPING: list[dict[str, Any]] = [
    LOSS,
    {**LOSS, "patience": 1},
    {**LOSS, "patience": 5},
    {**LOSS, "min_delta": 0.05},
    {**LOSS, "min_delta": -0.05, "patience": 2},
    {**LOSS, "min_delta": 0.1, "patience": 1},
    {**LOSS, "mode": "max", "patience": 2},
    {**LOSS, "baseline": 0.5},
    {**LOSS, "baseline": 0.5, "patience": 3},
    {**LOSS, "baseline": 0.5, "patience": 3, "min_delta": 0.05, "restore_best_weights": True},
    {**LOSS, "restore_best_weights": True},
    {**LOSS, "restore_best_weights": True, "patience": 3},
    {**LOSS, "start_from_epoch": 3},
    {**LOSS, "start_from_epoch": 2, "patience": 2, "restore_best_weights": True},
    {**ACCURACY, "patience": 1},
    {**ACCURACY, "mode": "max", "patience": 2, "min_delta": 0.02, "restore_best_weights": True},
    {**ACCURACY, "mode": "min", "patience": 2},
    {"monitor": "loss", "patience": 2, "restore_best_weights": True},
]

MODEL_CHECKPOINT: list[dict[str, Any]] = [
    {**LOSS, "path": "all-{epoch}"},
    {**LOSS, "path": "{epoch:02d}-{val_loss:.2f}", "save_best_only": True},
    {**LOSS, "path": "best", "save_best_only": True, "save_weights_only": True},
    {**LOSS, "path": "{epoch}", "save_best_only": True, "mode": "max"},
    {**LOSS, "path": "{epoch}", "save_best_only": True, "initial_value_threshold": 0.55},
    {**ACCURACY, "path": "{epoch}-{val_accuracy:.3f}", "save_best_only": True},
    {**ACCURACY, "path": "{epoch}", "save_best_only": True, "initial_value_threshold": 0.6},
    {**ACCURACY, "path": "{epoch}", "save_best_only": True, "mode": "min"},
    {**LOSS, "path": "{epoch}-{batch}", "save_freq": 1},
    {**LOSS, "path": "{epoch:03d}-{batch:03d}", "save_freq": 4},
    {**LOSS, "path": "{epoch}-{batch}-{loss:.2f}", "save_freq": 7, "save_weights_only": True},
    {**LOSS, "path": "{epoch}-{batch}", "save_freq": 1000},
    {"monitor": "loss", "path": "{epoch}-{batch}", "save_freq": 3, "save_best_only": True},
    {"monitor": "loss", "path": "{epoch}-{batch}", "save_freq": 2, "save_best_only": True},
]

REDUCE_RATE: list[dict[str, Any]] = [
    LOSS,
    {**LOSS, "patience": 0},
    {**LOSS, "patience": 1},
    {**LOSS, "patience": 2, "factor": 0.5},
    {**LOSS, "patience": 1, "min_delta": 0.05},
    {**LOSS, "patience": 1, "min_delta": 0.0},
    {**LOSS, "patience": 1, "min_delta": -0.05, "factor": 0.7},
    {**LOSS, "patience": 1, "cooldown": 2},
    {**LOSS, "patience": 2, "cooldown": 1, "factor": 0.3},
    {**LOSS, "patience": 1, "min_lr": 0.001},
    {**LOSS, "patience": 0, "min_lr": 0.00025, "factor": 0.5, "cooldown": 1},
    {**LOSS, "patience": 1, "mode": "max"},
    {**ACCURACY, "patience": 1},
    {**ACCURACY, "patience": 2, "mode": "min", "min_lr": 0.05},
]

#: Steps between two backups, or "epoch".
BACKUPS: list[str | int] = ["epoch", 1, 2, 3, 4, 5, 6, 7, 12, 100]

#: What LearningRateScheduler may be given: the rate from the epoch and the rate before.
SCHEDULES: dict[str, Callable[[int, float], float]] = {
    "constant": lambda epoch, rate: rate,
    "halved every epoch": lambda epoch, rate: rate / 2,
    "halved after three": lambda epoch, rate: rate if epoch < 3 else rate * 0.5,
    "exponential": lambda epoch, rate: rate * math.exp(-0.1),
    "of the epoch alone": lambda epoch, rate: 0.1 / (1 + epoch),
    "warm-up": lambda epoch, rate: 0.02 * min(1, (epoch + 1) / 5),
    "saw": lambda epoch, rate: 0.1 if epoch % 4 == 0 else rate * 0.8,
}

#: The learning rate before the first epoch, the batches of an epoch and the epochs, where a series does not say them.
RATE, BATCHES, EPOCHS = 0.01, 5, 8


def logs_of(value: float) -> dict[str, float]:
    """The figures of an epoch or a batch: every figure has the value of the series."""
    return {"accuracy": value, "loss": value, "val_accuracy": value, "val_loss": value}
