"""Schedules against Keras's and Torch's, step by step; what a run does with one, also where it goes on."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from cnnspec.recipe.schedule import Schedule
from cnnspec.recipe.schedules import Cosine, Exponential, OneCycle, Piecewise, Polynomial, Step, schedules
from cnnspec.train.callbacks import Callback
from cnnspec.train.training import train
from support.keras_live import keras
from support.training import call, recipe_of

RATE, STEPS, EPOCHS = 0.3, 7, 6


def ours(schedule: Schedule, step: int) -> float:
    return RATE * schedule.factor(step / STEPS, EPOCHS)


def in_keras(name: str, *arguments: Any, **named: Any) -> Any:
    return getattr(keras().optimizers.schedules, name)(*arguments, **named)


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        (Cosine(), lambda: in_keras("CosineDecay", RATE, STEPS * EPOCHS)),
        (Cosine(alpha=0.2), lambda: in_keras("CosineDecay", RATE, STEPS * EPOCHS, alpha=0.2)),
        (
            Cosine(warmup=2.0, alpha=0.1),
            lambda: in_keras("CosineDecay", 0.0, STEPS * 4, alpha=0.1, warmup_target=RATE, warmup_steps=STEPS * 2),
        ),
        (Exponential(decay_rate=0.5), lambda: in_keras("ExponentialDecay", RATE, STEPS, 0.5)),
        (
            Exponential(decay_rate=0.9, decay_epochs=2.0, staircase=True),
            lambda: in_keras("ExponentialDecay", RATE, 2 * STEPS, 0.9, staircase=True),
        ),
        (Polynomial(), lambda: in_keras("PolynomialDecay", RATE, STEPS * EPOCHS, end_learning_rate=0.0)),
        (
            Polynomial(power=2.5, alpha=0.1),
            lambda: in_keras("PolynomialDecay", RATE, STEPS * EPOCHS, end_learning_rate=0.1 * RATE, power=2.5),
        ),
        (
            # Keras keeps the value for the step on the boundary.
            Piecewise(boundaries=(1, 3.0), factors=(1, 0.5, 0.01)),
            lambda: in_keras("PiecewiseConstantDecay", [STEPS - 1, 3 * STEPS - 1], [RATE, RATE / 2, RATE / 100]),
        ),
    ],
)
def test_as_keras_schedules(schedule: Schedule, make: Any) -> None:
    theirs = make()
    for step in range(STEPS * EPOCHS + 3):
        assert ours(schedule, step) == pytest.approx(float(theirs(step)), abs=1e-6), step


def test_steps_as_in_torch() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
    theirs, schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.3), Step(every=2, by=0.3)
    for epoch in range(EPOCHS):
        assert ours(schedule, epoch * STEPS) == pytest.approx(theirs.get_last_lr()[0])
        assert ours(schedule, epoch * STEPS + STEPS - 1) == ours(schedule, epoch * STEPS), "whole epochs"
        optimizer.step()
        theirs.step()


@pytest.mark.parametrize("pct_start", [0.3, 0.5])
def test_one_cycle_as_in_torch(pct_start: float) -> None:
    """Torch reaches the top in step pN − 1 and the end in N − 1: the same curve, each way a step shorter."""
    steps, schedule = 200, OneCycle(pct_start=pct_start, div_factor=10.0)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=steps, pct_start=pct_start, div_factor=10.0, cycle_momentum=False
    )
    top = pct_start * steps - 1
    for step in range(steps):
        share = pct_start * step / top if step <= top else pct_start + (1 - pct_start) * (step - top) / (steps - 1 - top)
        assert RATE * schedule.factor(share * EPOCHS, EPOCHS) == pytest.approx(theirs.get_last_lr()[0], rel=1e-6), step
        optimizer.step()
        theirs.step()


def test_ends_and_warm_ups() -> None:
    assert list(Cosine(warmup=1.0).rates(1.0, 3)) == [0.0, 1.0, pytest.approx(0.5)]
    assert [schedule.factor(0, 5) for schedule in (Cosine(), Polynomial(), Exponential(decay_rate=0.1), Step(every=1))] == [1] * 4
    for word in ("cosine", "polynomial"):
        for warmup in (0.0, 2.0, 7.0):
            schedule = schedules()[word].bind((), {"warmup": warmup})
            assert isinstance(schedule, Schedule)
            assert schedule.factor(7.0, 7.0) == pytest.approx(0, abs=1e-12)
    assert OneCycle().factor(3.0, 3.0) == pytest.approx(1 / 25 / 1e4)
    assert OneCycle().factor(0.0, 3.0) == pytest.approx(1 / 25)


class Rates(Callback):
    """Notes the rate of every step."""

    def __init__(self) -> None:
        self.rates: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any) -> None:
        self.rates.append(self.session.optimizer.learning_rate)


def test_a_run_follows_its_schedule(small: Any, data: Any) -> None:
    noted = Rates()
    recipe = recipe_of(schedule=call("cosine", warmup=0.5), epochs=2, batch_size=50)
    train(small, recipe, data, callbacks=[noted])
    expected = [0.1 * recipe.schedule.factor(step / 4, 2) for step in range(8)]
    assert noted.rates == pytest.approx(expected)
    assert noted.rates[0] == 0.0
    still = Rates()
    train(small, recipe_of(epochs=1, batch_size=50), data, callbacks=[still])
    assert still.rates == [0.1] * 4
