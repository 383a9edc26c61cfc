"""Units of layers without a window, in NumPy: functions of one value, sums of several inputs, values that only move."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from cnnspec.analysis.explain.unit import Patch, Unit
from cnnspec.backends.numpy_table import COMPUTATIONS, Array, Use
from cnnspec.backends.numpy_units import Case, writes


def _compute(case: Case, *inputs: Array) -> Array:
    """The whole output on these inputs."""
    return COMPUTATIONS[case.layer.kind](Use(case.layer, case.facts.window, case.weights), *(inputs or case.inputs))


def _one(label: str, value: float, factor: float | None = None) -> Patch:
    return Patch(label, (1,), (value,), (False,), None, value, factor)


@writes(
    "ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Mish", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus",
    "Softmax", "Activation", "PReLU",
)  # fmt: skip
def _write_function(case: Case, channel: int) -> Unit:
    at = (*case.place, channel)
    given, result = float(case.x[at]), float(_compute(case)[at]) + 0.0
    return Unit(case.place, channel, "value", (), (_one("the value read", given),), given, result, activation=case.layer.kind)


@writes("BatchNorm", "Scale")
def _write_scaling(case: Case, channel: int) -> Unit:
    """x·a + b: of a batch normalisation a = γ/√(variance + ε) and b = β − mean·a."""
    at = (*case.place, channel)
    given, result = float(case.x[at]), float(_compute(case)[at])
    zero = np.zeros_like(case.x)
    bias = float(_compute(case, zero)[at]) + 0.0
    factor = float(_compute(case, zero + 1.0)[at]) - bias
    remark = "a = γ/√(variance + ε) and b = β − mean·a, with the moving statistics" if case.layer.kind == "BatchNorm" else ""
    remarks = (f"It is x·a + b{f', where {remark}' if remark else ''}.",)
    patch = _one("the value read", given, factor)
    return Unit(case.place, channel, "sum", (), (patch,), result, result, bias=bias, remarks=remarks)


@writes("Add", "Subtract", "Average")
def _write_sum(case: Case, channel: int) -> Unit:
    at = (*case.place, channel)
    values, result = _broadcast(case, at), float(_compute(case)[at])
    signs = {"Add": [None] * len(values), "Subtract": [None, -1.0], "Average": [1 / len(values)] * len(values)}[case.layer.kind]
    patches = [_one(f"input {n}", value, sign) for n, (value, sign) in enumerate(zip(values, signs, strict=True), 1)]
    return Unit(case.place, channel, "sum", (), tuple(patches), result, result)


@writes("Multiply", "Maximum", "Minimum")
def _write_choice(case: Case, channel: int) -> Unit:
    at = (*case.place, channel)
    result = float(_compute(case)[at])
    patches = tuple(_one(f"input {n}", value) for n, value in enumerate(_broadcast(case, at), 1))
    how = {"Multiply": "product", "Maximum": "greatest", "Minimum": "smallest"}[case.layer.kind]
    return Unit(case.place, channel, "value", (), patches, result, result, remarks=(f"The value is the {how} of the inputs.",))


def _broadcast(case: Case, at: tuple[int, ...]) -> list[float]:
    """What every input has at one place of the output; a vector joins a map as one position."""
    rank = len(at)
    aligned = [x.reshape(*x.shape[:-1], *[1] * (rank - x.ndim), x.shape[-1]) for x in case.inputs]
    return [float(x[tuple(0 if n == 1 else place for n, place in zip(x.shape, at, strict=True))]) for x in aligned]


@writes(
    "Flatten", "Reshape", "Permute", "Identity", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    "DropPath", "GaussianNoise", "ActivityRegularization", "ZeroPad1D", "ZeroPad2D", "ZeroPad3D", "Crop1D", "Crop2D",
    "Crop3D", "Slice", "ChannelShuffle", "PixelShuffle", "Concat",
)  # fmt: skip
def _write_move(case: Case, channel: int) -> Unit:
    """Found by moving the numbers of the values in place of them; padding is number 0."""
    at = (*case.place, channel)
    starts = [1]
    numbers: list[Array] = []
    for x in case.inputs:
        counted: Array = np.arange(starts[-1], starts[-1] + x.size, dtype=np.float64)
        numbers.append(counted.reshape(x.shape))
        starts.append(starts[-1] + x.size)
    number = int(_compute(case, *numbers)[at])
    if not number:
        return Unit(case.place, channel, "value", (), (), 0.0, 0.0, remarks=("It is padding.",))
    source = bisect_right(starts, number) - 1
    x = case.inputs[source]
    *place, from_channel = (int(n) for n in np.unravel_index(number - starts[source], x.shape))
    which = f"input {source + 1}" if len(case.inputs) > 1 else "what it reads"
    where = f"at {', '.join(map(str, place))}, channel {from_channel}" if place else f"number {from_channel}"
    value = float(x[(*place, from_channel)])
    patch = _one("the value read", value)
    return Unit(case.place, channel, "value", (), (patch,), value, value, remarks=(f"It is the value {where} of {which}.",))
