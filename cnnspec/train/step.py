"""One step of training, in the order in which everything of it happens."""

from __future__ import annotations

from torch import Tensor

from cnnspec.backends.torch_modules import apply_constraints, has_constraints
from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.runs import precision_unsuited
from cnnspec.train.objective import Objective
from cnnspec.train.precision import MENTIONED, TOLERATED, Comparison, LossScale, autocast, require_precision
from cnnspec.train.session import Session


class Step:
    """What is done with a batch: its values and loss, then the update of the weights.

    The loop looks at the loss between the two, so that a step along a gradient that is not finite is never taken.
    """

    def __init__(self, session: Session, objective: Objective) -> None:
        self.session, self.objective = session, objective
        self.values = session.processes.attach(objective)
        self.module, self.optimizer, self.average = session.module, session.optimizer, session.average
        self.constrained = has_constraints(session.module)
        recipe = session.recipe
        self.schedule = None if recipe.schedule.still else recipe.schedule
        self.precision = recipe.precision
        require_precision(self.precision, session.device)
        self.scale = LossScale() if self.precision == "float16" else None
        if self.scale is not None:
            session.parts["loss_scale"] = self.scale
        self.comparison = Comparison() if self.precision != "float32" else None

    def evaluate(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The network's values for a batch, and their mean loss."""
        if self.comparison is not None:
            self._compare(self.comparison, x, labels)
        with autocast(self.precision, x.device):
            values = self.values(x)
        return values, self.objective.loss(values, labels)

    def update(self, loss: Tensor) -> None:
        """Move the weights by one step: the rate, gradients, the optimizer's rule, the average, then the constraints."""
        if self.schedule is not None:
            self.optimizer.learning_rate = self.scheduled_rate()
        if loss.requires_grad:  # with every layer frozen there is nothing to move, as in Keras
            self.optimizer.zero_grad()
            self._descend(loss)
        if self.constrained:
            apply_constraints(self.module)

    def scheduled_rate(self) -> float:
        """The learning rate of the next step."""
        session, recipe = self.session, self.session.recipe
        reached = session.epoch + session.batch / session.steps_per_epoch
        return recipe.optimizer.learning_rate * recipe.schedule.factor(reached, recipe.epochs)

    def _descend(self, loss: Tensor) -> None:
        if self.scale is None:
            loss.backward()  # pyright: ignore[reportUnknownMemberType]
        else:
            self.scale.backward(loss)
            if not self.scale.unscale(self.optimizer.parameters):
                return
        self.optimizer.step()
        if self.average is not None:
            self.average.update()

    def _compare(self, comparison: Comparison, x: Tensor, labels: Tensor) -> None:
        """Hold the first batches of a run against float32.

        Raises:
            SpecError: the losses are too far apart.
        """
        comparison.take(self.objective, x, labels, autocast(self.precision, x.device))
        if not comparison.done:
            return
        self.comparison = None
        session, difference = self.session, comparison.difference
        if session.folder is not None:
            losses = {"loss": comparison.lower, "float32": comparison.full}
            session.folder.update(precision={"name": self.precision, **losses})
        if difference > TOLERATED:
            values = {"lower": comparison.lower, "full": comparison.full}
            raise SpecError((precision_unsuited(session.network.name, precision=self.precision, **values),))
        if difference > MENTIONED:
            session.say(f"{self.precision}: the loss of the first batches is {difference:.1%} from that of float32")
