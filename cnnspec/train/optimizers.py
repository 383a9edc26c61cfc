"""Optimizers with Keras's update rules, as fused or foreach Torch operations.

Each step is a handful of calls over lists of tensors: no arithmetic per parameter in Python and no synchronisation.
A tensor without a gradient counts as one with a gradient of zero, which none of these rules moves unless it has momentum.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from math import sqrt
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from cnnspec.recipe import optimizers as declared

#: Torch's operations over lists of tensors and its fused steps have no public names.
_torch: Any = torch


class Optimizer:
    """Base of the optimizers: named parameters, a learning rate that callbacks may change, and state in named slots.

    Attributes:
        names: the parameters' names, for checkpoints.
        learning_rate: used by the next step.
        iterations: steps taken.
        slots: per slot (``velocity``…), a tensor for each parameter.
    """

    #: The slots that a rule keeps; filled with zeros before the first step.
    slot_names: tuple[str, ...] = ()

    def __init__(self, parameters: Iterable[tuple[str, Tensor]], learning_rate: float) -> None:
        pairs = list(parameters)
        self.names = [name for name, _ in pairs]
        self.parameters = [parameter for _, parameter in pairs]
        self.learning_rate = learning_rate
        self.iterations = 0
        self.slots: dict[str, list[Tensor]] = {slot: self._zeros() for slot in self.slot_names}
        self._still: dict[int, Tensor] = {}

    def _zeros(self) -> list[Tensor]:
        return [torch.zeros_like(parameter, requires_grad=False) for parameter in self.parameters]

    @torch.no_grad()
    def step(self) -> None:
        """Move the parameters by one step along their gradients."""
        if self.parameters:
            self.iterations += 1
            self.update([p.grad if p.grad is not None else self._zero_of(p) for p in self.parameters])

    def _zero_of(self, parameter: Tensor) -> Tensor:
        zero = self._still.get(id(parameter))
        if zero is None:
            zero = self._still[id(parameter)] = torch.zeros_like(parameter, requires_grad=False)
        return zero

    @abstractmethod
    def update(self, gradients: list[Tensor]) -> None:
        """Apply the rule; ``gradients`` run parallel to the parameters and are not changed."""

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def state(self) -> dict[str, Any]:
        """The slots as tensors named ``slot/parameter``, the learning rate and the number of steps."""
        slots = {
            f"{slot}/{name}": tensor
            for slot, tensors in self.slots.items()
            for name, tensor in zip(self.names, tensors, strict=True)
        }
        return {**slots, "learning_rate": self.learning_rate, "iterations": self.iterations}

    @torch.no_grad()
    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up the state of :meth:`state`.

        Raises:
            KeyError: a slot's tensor is missing.
            ValueError: one has another shape.
        """
        for name, tensor in self.state().items():
            if isinstance(tensor, Tensor):
                if tensor.shape != state[name].shape:
                    raise ValueError(f"{name} is {tuple(state[name].shape)} there and {tuple(tensor.shape)} here")
                tensor.copy_(state[name])
        self.learning_rate, self.iterations = float(state["learning_rate"]), int(state["iterations"])


class SGD(Optimizer):
    """Stochastic gradient descent.

    ``w ← w − η·g``; with momentum ``v ← μ·v − η·g``, ``w ← w + v``; Nesterov ``w ← w + μ·v − η·g`` with the new v.
    """

    def __init__(
        self, parameters: Iterable[tuple[str, Tensor]], learning_rate: float = 0.01, momentum: float = 0.0, nesterov: bool = False
    ) -> None:
        self.slot_names = ("velocity",) if momentum else ()
        super().__init__(parameters, learning_rate)
        self.momentum, self.nesterov = momentum, nesterov

    @override
    def update(self, gradients: list[Tensor]) -> None:
        if not self.momentum:
            _torch._foreach_add_(self.parameters, gradients, alpha=-self.learning_rate)
            return
        velocity = self.slots["velocity"]
        _torch._foreach_mul_(velocity, self.momentum)
        _torch._foreach_add_(velocity, gradients, alpha=-self.learning_rate)
        if self.nesterov:
            _torch._foreach_add_(self.parameters, velocity, alpha=self.momentum)
            _torch._foreach_add_(self.parameters, gradients, alpha=-self.learning_rate)
        else:
            _torch._foreach_add_(self.parameters, velocity)


class RMSprop(Optimizer):
    """Root mean square propagation.

    ``v ← ρ·v + (1 − ρ)·g²``, step ``η·g/√(v + ε)``: the root is over both (Torch's own adds ε after it). Centered:
    ``a ← ρ·a + (1 − ρ)·g`` and ``√(v − a² + ε)``. With momentum ``m ← μ·m + step``, ``w ← w − m``.
    """

    def __init__(
        self,
        parameters: Iterable[tuple[str, Tensor]],
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
    ) -> None:
        self.slot_names = ("velocity", *(("momentum",) if momentum else ()), *(("average",) if centered else ()))
        super().__init__(parameters, learning_rate)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    @override
    def update(self, gradients: list[Tensor]) -> None:
        velocity = self.slots["velocity"]
        _torch._foreach_mul_(velocity, self.rho)
        _torch._foreach_addcmul_(velocity, gradients, gradients, value=1 - self.rho)
        if self.centered:
            average = self.slots["average"]
            _torch._foreach_mul_(average, self.rho)
            _torch._foreach_add_(average, gradients, alpha=1 - self.rho)
            divisor = _torch._foreach_addcmul(velocity, average, average, value=-1)
            # A variance: rounding alone can make it negative, and the root of that would be NaN.
            _torch._foreach_clamp_min_(divisor, 0.0)
            _torch._foreach_add_(divisor, self.epsilon)
        else:
            divisor = _torch._foreach_add(velocity, self.epsilon)
        _torch._foreach_sqrt_(divisor)
        if self.momentum:
            momentum = self.slots["momentum"]
            _torch._foreach_mul_(momentum, self.momentum)
            _torch._foreach_addcdiv_(momentum, gradients, divisor, value=self.learning_rate)
            _torch._foreach_add_(self.parameters, momentum, alpha=-1)
        else:
            _torch._foreach_addcdiv_(self.parameters, gradients, divisor, value=-self.learning_rate)


class Adam(Optimizer):
    """Adaptive moments, through Torch's fused kernel.

    ``m ← β₁·m + (1 − β₁)·g``, ``v ← β₂·v + (1 − β₂)·g²``, ``w ← w − η·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m/(√v + ε)``; amsgrad divides by
    the greatest v so far. Torch writes the step as ``η/(1 − β₁ᵗ)·m/(√v/√(1 − β₂ᵗ) + ε′)``, which is the same for
    ``ε′ = ε/√(1 − β₂ᵗ)``.
    """

    def __init__(
        self,
        parameters: Iterable[tuple[str, Tensor]],
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
    ) -> None:
        self.slot_names = ("momentum", "velocity", *(("velocity_max",) if amsgrad else ()))
        super().__init__(parameters, learning_rate)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad
        self._count = torch.zeros((), device=self.parameters[0].device if self.parameters else None)

    @override
    def update(self, gradients: list[Tensor]) -> None:
        self._count.fill_(self.iterations)  # not a new tensor: copying a number to a GPU would wait for it
        _torch._fused_adam_(
            self.parameters,
            gradients,
            self.slots["momentum"],
            self.slots["velocity"],
            self.slots.get("velocity_max", []),
            [self._count] * len(self.parameters),
            lr=self.learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            weight_decay=0.0,
            eps=self.epsilon / sqrt(1 - self.beta_2**self.iterations),
            amsgrad=self.amsgrad,
            maximize=False,
        )


def make_optimizer(declaration: declared.Optimizer, parameters: Iterable[tuple[str, Tensor]]) -> Optimizer:
    """The Torch form of a recipe's optimizer for these parameters."""
    match declaration:
        case declared.SGD(learning_rate=rate, momentum=momentum, nesterov=nesterov):
            return SGD(parameters, rate, momentum, nesterov)
        case declared.RMSprop(learning_rate=rate, rho=rho, momentum=momentum, epsilon=epsilon, centered=centered):
            return RMSprop(parameters, rate, rho, momentum, epsilon, centered)
        case declared.Adam(learning_rate=rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, amsgrad=amsgrad):
            return Adam(parameters, rate, beta_1, beta_2, epsilon, amsgrad)
        case _:
            raise TypeError(f"no Torch form of the optimizer {declaration!r}")
