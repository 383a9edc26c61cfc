"""Computing in fewer bits: autocast, the scale of float16's gradients, and a comparison with float32.

Weights, the optimizer and losses stay float32; convolutions and products are computed in the recipe's precision. So are
the network's values while it trains; validation and test are computed in float32.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from cnnspec.diagnostics import MachineError
from cnnspec.diagnostics.catalogue.runs import precision_unavailable

if TYPE_CHECKING:
    from cnnspec.train.objective import Objective
    from cnnspec.train.state import State

#: Torch's operators for scaled gradients and its looks at the machine have no public names.
_torch: Any = torch

DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}

#: Batches of a run's start whose losses are compared with those of float32.
COMPARED = 3

#: How far apart, as a share, their means may be; and from where on it is said.
TOLERATED, MENTIONED = 0.1, 0.01


def require_precision(precision: str, device: torch.device) -> None:
    """Refuse a precision that the device has no arithmetic for.

    Raises:
        MachineError: it would be emulated, many times slower than float32.
    """
    if precision != "float32" and not has_precision(precision, device):
        raise MachineError((precision_unavailable(str(device), precision=precision),))


def has_precision(precision: str, device: torch.device) -> bool:
    """Whether a device computes in a precision by itself."""
    if device.type == "cuda":
        return precision == "float16" or bool(_torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        operators, kind = _torch.ops.mkldnn, "bf16" if precision == "bfloat16" else "fp16"
        supported = getattr(operators, f"_is_mkldnn_{kind}_supported", None)
        return supported is not None and bool(supported())
    return device.type == "mps" and precision == "float16"


def autocast(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """A context in which a network computes in the precision."""
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, dtype=DTYPES[precision])


class LossScale:
    """Keras's scale of the loss: float16 has no gradients below 6·10⁻⁸, so they are found many times too large.

    A step whose gradients overflow is left out and halves the scale; ``GROWTH`` good ones in a row double it. Looking
    waits for the device once a step.
    """

    START, GROWTH = 2.0**15, 2_000

    def __init__(self) -> None:
        self.scale, self.good = self.START, 0

    def backward(self, loss: Tensor) -> None:
        """Find the gradients of the loss, scaled."""
        (loss * self.scale).backward()  # pyright: ignore[reportUnknownMemberType]

    @torch.no_grad()
    def unscale(self, parameters: list[Tensor]) -> bool:
        """Bring the gradients back to their size; False where one of them is not finite, so that no step is to be taken."""
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        if not gradients:
            return True
        bad = torch.zeros((), device=gradients[0].device)
        _torch._amp_foreach_non_finite_check_and_unscale_(gradients, bad, torch.full_like(bad, 1 / self.scale))
        if bad.item():
            self.scale, self.good = max(self.scale / 2, 1.0), 0
            return False
        self.good += 1
        if self.good == self.GROWTH:
            self.scale, self.good = self.scale * 2, 0
        return True

    def state(self) -> State:
        """The scale, and the good steps since it changed."""
        return {"scale": self.scale, "good": self.good}

    def restore(self, state: State) -> None:
        """Take up a state of :meth:`state`."""
        self.scale, self.good = float(state["scale"]), int(state["good"])


class Comparison:
    """Losses of the first batches in the run's precision beside those in float32, without dropout and without a trace.

    Attributes:
        lower, full: the losses, batch by batch.
    """

    def __init__(self) -> None:
        self.lower: list[float] = []
        self.full: list[float] = []

    @property
    def done(self) -> bool:
        """Whether enough batches were compared."""
        return len(self.full) >= COMPARED

    @torch.no_grad()
    def take(self, objective: Objective, x: Tensor, labels: Tensor, context: AbstractContextManager[Any]) -> None:
        """Compare a batch."""
        network = objective.network
        mode = network.training
        network.eval()
        self.full.append(float(objective.loss(objective.values(x), labels)))
        with context:
            values = objective.values(x)
        self.lower.append(float(objective.loss(values, labels)))
        network.train(mode)

    @property
    def difference(self) -> float:
        """How far the mean losses are apart, as a share of the one of float32."""
        lower, full = sum(self.lower) / len(self.lower), sum(self.full) / len(self.full)
        if not math.isfinite(lower) or not math.isfinite(full):
            return 0.0 if not math.isfinite(full) else math.inf
        return abs(lower - full) / max(abs(full), 1e-2)
