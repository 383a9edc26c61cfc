"""The average of the weights: Keras's, live; what is tested in the end; how it changes places with the weights."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch

from cnnspec.recipe.optimizers import SGD
from cnnspec.train.average import WeightAverage
from cnnspec.train.callbacks import Callback
from cnnspec.train.optimizers import make_optimizer
from cnnspec.train.training import train
from support.keras_live import keras
from support.training import recipe_of


def test_as_keras_averages() -> None:
    random = np.random.default_rng(0)
    start = random.normal(size=(3, 4)).astype(np.float32)
    variable = keras().Variable(start)
    theirs = keras().optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9)
    theirs.build([variable])
    weights = torch.from_numpy(start.copy())
    ours, average = make_optimizer(SGD(learning_rate=0.1), [("w", weights)]), WeightAverage(0.9, [("w", weights)])
    for _ in range(20):
        gradient = random.normal(size=start.shape).astype(np.float32)
        weights.grad = torch.from_numpy(gradient.copy())
        ours.step()
        average.update()
        theirs.apply([torch.from_numpy(gradient)])
    theirs.finalize_variable_values([variable])
    average.finish()
    assert np.abs(weights.numpy() - variable.value.detach().numpy()).max() <= 1e-6
    assert np.abs(weights.numpy() - start).max() > 0.1


def test_changing_places() -> None:
    weights = torch.tensor([1.0, 2.0])
    average = WeightAverage(0.5, [("w", weights)])
    average.update()
    weights.add_(2)
    average.update()
    for change, expected in ((average.show, [2.0, 3.0]), (average.show, [2.0, 3.0]), (average.hide, [3.0, 4.0])):
        change()
        assert weights.tolist() == expected
    average.hide()
    assert weights.tolist() == [3.0, 4.0]
    average.show()
    average.finish()
    assert weights.tolist() == [2.0, 3.0]


def test_its_state_travels() -> None:
    weights = torch.tensor([1.0, 2.0])
    first, second = (WeightAverage(0.9, [("w", weights)]) for _ in range(2))
    first.update()
    weights.mul_(3)
    first.update()
    first.show()
    second.restore(copy.deepcopy(dict(first.state())))
    assert torch.equal(second.averages[0], first.averages[0])
    assert (second.steps, second.shown) == (2, True)
    with pytest.raises(ValueError, match="is"):
        second.restore({**first.state(), "average/w": torch.zeros(3)})


class Ends(Callback):
    """Keeps the weights and their average before training ends."""

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        assert self.session.average is not None
        self.weights = self.session.weights()
        self.averages = dict(
            zip(self.session.average.names, [tensor.clone() for tensor in self.session.average.averages], strict=True)
        )


def test_averaged_weights_are_those_that_are_tested(small: Any, data: Any) -> None:
    kept = Ends()
    result = train(small, recipe_of(ema=0.9, epochs=2), data, callbacks=[kept])
    assert result.module is not None
    final = result.module.state_dict()
    for name, average in kept.averages.items():
        assert torch.equal(final[name], average)
        assert not torch.equal(final[name], kept.weights[name])


def test_clipping_by_the_recipe_bounds_every_step(small: Any, data: Any) -> None:
    class Moves(Callback):
        def on_train_begin(self, logs: Any) -> None:
            self.longest, self.before = 0.0, self.session.weights()

        def on_train_batch_end(self, batch: int, logs: Any) -> None:
            now = self.session.weights()
            moved = torch.sqrt(torch.stack([(now[name] - self.before[name]).square().sum() for name in now]).sum())
            self.longest, self.before = max(self.longest, moved.item()), now

    free, bound = Moves(), Moves()
    train(small, recipe_of(epochs=1), data, callbacks=[free])
    train(small, recipe_of(epochs=1, clip_norm=0.05), data, callbacks=[bound])
    assert bound.longest <= 0.1 * 0.05 * (1 + 1e-4) < free.longest
