"""One step of training, in the order in which everything of it happens."""

from __future__ import annotations

from torch import Tensor

from cnnspec.backends.torch_modules import apply_constraints, has_constraints
from cnnspec.train.objective import Objective
from cnnspec.train.session import Session


class Step:
    """What is done with a batch: its values and loss, then the update of the weights.

    The loop looks at the loss between the two, so that a step along a gradient that is not finite is never taken.
    """

    def __init__(self, session: Session, objective: Objective) -> None:
        self.module, self.optimizer, self.objective = session.module, session.optimizer, objective
        self.constrained = has_constraints(session.module)

    def evaluate(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The network's values for a batch, and their mean loss."""
        values = self.objective.values(x)
        return values, self.objective.loss(values, labels)

    def update(self, loss: Tensor) -> None:
        """Move the weights by one step: gradients, the optimizer's rule, then the constraints."""
        if loss.requires_grad:  # with every layer frozen there is nothing to move, as in Keras
            self.optimizer.zero_grad()
            loss.backward()  # pyright: ignore[reportUnknownMemberType]
            self.optimizer.step()
        if self.constrained:
            apply_constraints(self.module)
