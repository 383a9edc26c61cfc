"""What a training needs to go on as if nothing had happened: each part of it says its state and takes it up again.

A state is a flat mapping of names to tensors and to values as JSON has them. In a checkpoint the tensors are named
``part/name``, and everything else stands under ``state`` in the metadata. Numbers that are not finite come through.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

import torch
from torch import Tensor, nn

from cnnspec.train.checkpoint import Checkpoint, CheckpointError, load_weights

if TYPE_CHECKING:
    from cnnspec.train.session import Session

#: Names to tensors and to values as JSON has them.
State = Mapping[str, Any]

#: What a part may raise when it is given something else than its own state.
NOT_A_STATE = (KeyError, TypeError, ValueError, AttributeError, IndexError, RuntimeError, OverflowError)

#: Stands for a number that JSON does not have.
_NUMBER = "float"


class Stateful(Protocol):
    """A part of a training that changes while it runs."""

    def state(self) -> State:
        """Everything that the part needs to go on from here; tensors need not be copies."""
        ...

    def restore(self, state: State) -> None:
        """Take up a state of :meth:`state`, after which the part is as it was then."""
        ...


def pack(parts: Mapping[str, Stateful]) -> tuple[dict[str, Tensor], dict[str, dict[str, Any]]]:
    """The states of the parts: their tensors by ``part/name``, and their other values by part and name."""
    tensors: dict[str, Tensor] = {}
    values: dict[str, dict[str, Any]] = {}
    for part, holder in parts.items():
        values[part] = {}
        for name, value in holder.state().items():
            if isinstance(value, Tensor):
                tensors[f"{part}/{name}"] = value
            else:
                values[part][name] = _encode(value)
    return tensors, values


def unpack(parts: Mapping[str, Stateful], checkpoint: Checkpoint) -> None:
    """Give every part its state of a checkpoint.

    Raises:
        CheckpointError: a part's state is not there, or is not one.
    """
    stored: Any = checkpoint.metadata.get("state")
    if not isinstance(stored, dict):
        raise CheckpointError("it holds weights alone, and nothing to go on from")
    values = cast("dict[str, Any]", stored)
    for part, holder in parts.items():
        if not isinstance(values.get(part), dict):
            raise CheckpointError(f"it has no state of {part}")
        try:
            holder.restore({**_decode(values[part]), **checkpoint.part(part)})
        except NOT_A_STATE as error:
            raise CheckpointError(f"its state of {part} cannot be taken up ({type(error).__name__}: {error})") from error


def _encode(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else {_NUMBER: str(value)}
        case dict():
            return {str(key): _encode(item) for key, item in cast("dict[Any, Any]", value).items()}
        case list() | tuple():
            return [_encode(item) for item in cast("list[Any]", value)]
        case _:
            return value


def _decode(value: Any) -> Any:
    match value:
        case {"float": str() as text, **rest} if not rest:
            return float(text)
        case dict():
            return {str(key): _decode(item) for key, item in cast("dict[Any, Any]", value).items()}
        case list():
            return [_decode(item) for item in cast("list[Any]", value)]
        case _:
            return value


class Weights:
    """The parameters and moving statistics of a module."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def state(self) -> State:
        """By Torch's names."""
        return self.module.state_dict()

    def restore(self, state: State) -> None:
        """Copy them into the module."""
        load_weights(self.module, state)


class Position:
    """How far a training is: epochs, steps, the figures so far, and how it ended if it did."""

    NUMBERS = ("epoch", "batch", "step")

    def __init__(self, session: Session) -> None:
        self.session = session

    def state(self) -> State:
        """The counters, and with them the place in the epoch's order, which depends on the seed and the epoch alone."""
        session = self.session
        counters = {name: getattr(session, name) for name in self.NUMBERS}
        return {**counters, "history": session.history, "stopped": session.stopped, "restored": session.restored}

    def restore(self, state: State) -> None:
        """Take up the counters."""
        session = self.session
        for name in self.NUMBERS:
            if type(state[name]) is not int or state[name] < 0:
                raise ValueError(f"{name} is {state[name]!r}")
            setattr(session, name, state[name])
        session.history[:] = [{str(name): float(value) for name, value in row.items()} for row in state["history"]]
        if len(session.history) != session.epoch or session.batch > session.steps_per_epoch:
            raise ValueError(f"{len(session.history)} rows after {session.epoch} epochs and {session.batch} steps")
        session.stopped = str(state["stopped"])
        session.restored = None if state["restored"] is None else int(state["restored"])


class Randoms:
    """The generators of random numbers that a step or a callback may draw from: Torch's, NumPy's, Python's."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def state(self) -> State:
        """The states of all of them."""
        import numpy as np

        version, words, gauss = random.getstate()
        kind, keys, place, has_gauss, cached = np.random.get_state(legacy=True)
        found: dict[str, Any] = {
            "torch": torch.get_rng_state(),
            "python": [version, list(words), gauss],
            "numpy": [str(kind), [int(key) for key in keys], int(place), int(has_gauss), float(cached)],
        }
        if self.device.type == "cuda":
            found["cuda"] = torch.cuda.get_rng_state(self.device)
        return found

    def restore(self, state: State) -> None:
        """Set all of them; those of a device that the state does not know stay as they are."""
        import numpy as np

        torch.set_rng_state(state["torch"])
        version, words, gauss = state["python"]
        random.setstate((version, tuple(words), gauss))
        kind, keys, place, has_gauss, cached = state["numpy"]
        np.random.set_state((kind, np.array(keys, dtype=np.uint32), place, has_gauss, cached))
        if self.device.type == "cuda" and "cuda" in state:
            torch.cuda.set_rng_state(state["cuda"], self.device)
