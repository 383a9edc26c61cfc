"""The table of what each kind of layer computes in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Use:
    """A layer at its place: its arguments, its windows on this input, its weights by Keras's names."""

    layer: Any
    axes: Any
    weights: Mapping[str, Array]


Computation = Callable[..., Array]
#: Filled by the modules of the families.
COMPUTATIONS: dict[str, Computation] = {}


def computes(*kinds: str) -> Callable[[Computation], Computation]:
    """Enter a function of a use and one sample per input as what these kinds compute."""

    def enter(computation: Computation) -> Computation:
        COMPUTATIONS.update(dict.fromkeys(kinds, computation))
        return computation

    return enter
