"""SwapEMAWeights: validation with the averages of the weights."""

from __future__ import annotations

from typing_extensions import override

from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.recipes import recipe_conflict
from cnnspec.diagnostics.span import Source
from cnnspec.recipe import callbacks as declared
from cnnspec.train.average import WeightAverage
from cnnspec.train.callbacks.base import Callback, Logs


class SwapEMAWeights(Callback):
    """Puts the averages of the recipe's ``ema`` into the network for each validation, and the weights back after it.

    When training is over the averages are the weights, so that there is nothing to exchange any more.
    """

    def __init__(self, declaration: declared.SwapEMAWeights) -> None:
        self.arguments = declaration
        self.over = False

    @property
    def average(self) -> WeightAverage:
        """The training's averages.

        Raises:
            SpecError: it keeps none.
        """
        average = self.session.average
        if average is None:
            span = Source(self.session.network.name, "").span(0, 0)
            why, way_out = "without ema there are no averages of the weights", "add `ema = 0.999` to the recipe"
            problem = recipe_conflict(span, first=self.arguments.word, second="ema = none", why=why, way_out=way_out)
            raise SpecError((problem,))
        return average

    @override
    def on_train_begin(self, logs: Logs) -> None:
        self.over = False
        self.average.hide()

    @override
    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        if self.arguments.swap_on_epoch:
            self.average.hide()

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if self.arguments.swap_on_epoch:
            self.average.show()

    @override
    def on_test_begin(self, logs: Logs) -> None:
        if not self.over:
            self.average.show()

    @override
    def on_test_end(self, logs: Logs) -> None:
        if not self.over:
            self.average.hide()

    @override
    def on_train_end(self, logs: Logs) -> None:
        self.over = True
