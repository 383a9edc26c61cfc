"""How long a recipe's steps take on this machine: a few of them, on images of noise."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from cnnspec.ir import Network
from cnnspec.recipe.data import DataFacts
from cnnspec.recipe.recipe import Recipe
from cnnspec.train.batches import mix
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.devices import choose_device, evaluation_batch, memory_named, seeded
from cnnspec.train.objective import Objective
from cnnspec.train.precision import COMPARED
from cnnspec.train.preparing import prepare_session
from cnnspec.train.step import Step

#: Steps that are not counted, the most that are, and the seconds that they may take: first ones are slower.
WARM_UP, MOST, PATIENCE = max(3, COMPARED), 40, 1.0


@dataclass(frozen=True, slots=True)
class Probe:
    """Times on this machine.

    Attributes:
        step: seconds of a step of training, the median.
        image: seconds for an image of validation or test.
        steps: how many steps were measured.
        device, threads: where.
    """

    step: float
    image: float
    steps: int
    device: str
    threads: int

    def estimate(self, steps: int, tested: int) -> float:
        """Seconds of so many steps, and of so many images that are evaluated."""
        return steps * self.step + tested * self.image


def probe_steps(network: Network, recipe: Recipe, facts: DataFacts, *, device: str = "auto", threads: int | None = None) -> Probe:
    """Take a few of a recipe's own steps on noise, and forget them.

    Args:
        network, recipe: of a sound file.
        facts: of the data, all known.
        device, threads: as in training.

    Raises:
        MachineError: the device is not there, has not the recipe's precision, or the batch does not fit into its memory.
    """
    place = choose_device(device)
    with seeded(mix(recipe.seed, 0), place, threads), memory_named(network.name, recipe.batch_size):
        noise = _noise(facts, recipe.batch_size)
        bare = recipe.model_copy(update={"validation": None, "callbacks": ()})
        session, parts = prepare_session(network, bare, noise, place)
        objective = Objective(session.module, recipe.smoothed_loss, recipe.metrics)
        step = Step(session, objective)
        session.module.train()

        def train() -> None:
            x, labels = next(parts.train.shuffled(recipe.batch_size, recipe.seed, 0))
            values, loss = step.evaluate(x, labels)
            objective.hits(values.detach(), labels)
            loss.item()
            step.update(loss)

        times = _measure(train, place, WARM_UP)
        session.module.eval()
        x, labels = next(parts.test.in_order(evaluation_batch(place)))
        with torch.no_grad():
            forward = _measure(lambda: objective.loss(objective.values(x), labels).item(), place, 1)
        return Probe(
            statistics.median(times), statistics.median(forward) / len(x), len(times), str(place), torch.get_num_threads()
        )


def _noise(facts: DataFacts, batch: int) -> Dataset:
    """As many images as a batch and an evaluation take."""
    assert facts.shape is not None
    random, classes = np.random.default_rng(0), facts.classes or 2
    train, test = min(batch, facts.train or batch), min(128, facts.test or 128)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        images = random.integers(0, 256, (count, *(facts.shape or ())), dtype=np.uint8)
        return images, random.integers(0, classes, count).astype(np.int64)

    return Dataset("noise", *draw(train), *draw(test), tuple(map(str, range(classes))))


def _measure(act: Callable[[], object], place: torch.device, warm_up: int) -> list[float]:
    """Seconds of each time, after some that do not count."""
    for _ in range(warm_up):
        act()
    times: list[float] = []
    ends = time.perf_counter() + PATIENCE
    while len(times) < MOST and (len(times) < 3 or time.perf_counter() < ends):
        started = time.perf_counter()
        act()
        if place.type == "cuda":
            torch.cuda.synchronize(place)
        times.append(time.perf_counter() - started)
    return times
