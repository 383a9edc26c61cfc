"""Devices with the figures that a roofline needs, as their makers state them; dense arithmetic, no sparsity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cnnspec.record import record


@record
class Device:
    """A machine that computes.

    Attributes:
        name: how it is asked for.
        title: its maker's name of it.
        memory: bytes, None where they were not given.
        bandwidth: bytes a second that its memory moves.
        float32, float16, bfloat16: operations a second; None where it has no arithmetic of its own for them.
        source: where the figures stand.
    """

    name: str
    title: str
    memory: int | None
    bandwidth: int
    float32: int
    float16: int | None = None
    bfloat16: int | None = None
    source: str = ""

    def peak(self, precision: str) -> int:
        """Operations a second in a precision; those of float32 where it has no arithmetic for it."""
        found = {"float16": self.float16, "bfloat16": self.bfloat16}.get(precision)
        return self.float32 if found is None else found

    def knows(self, precision: str) -> bool:
        """Whether it has arithmetic of its own for a precision."""
        return precision == "float32" or {"float16": self.float16, "bfloat16": self.bfloat16}.get(precision) is not None


def _device(
    name: str, title: str, gigabytes: int, bandwidth: float, tera: float, half: float | None, brain: float | None, source: str
) -> Device:
    """Memory in GB, bandwidth in GB/s, peaks in TFLOPS."""

    def scale(amount: float | None) -> int | None:
        return None if amount is None else round(amount * 10**12)

    return Device(
        name, title, gigabytes * 10**9, round(bandwidth * 10**9), round(tera * 10**12), scale(half), scale(brain), source
    )


DEVICES: Final[Mapping[str, Device]] = {
    device.name: device
    for device in (
        _device("h200", "NVIDIA H200 SXM", 141, 4800, 67, 989.5, 989.5, "NVIDIA H200 Tensor Core GPU datasheet"),
        _device("h100", "NVIDIA H100 SXM", 80, 3350, 67, 989.5, 989.5, "NVIDIA H100 Tensor Core GPU datasheet"),
        _device("a100", "NVIDIA A100 SXM 80 GB", 80, 2039, 19.5, 312, 312, "NVIDIA A100 Tensor Core GPU datasheet"),
        _device("a100-40gb", "NVIDIA A100 SXM 40 GB", 40, 1555, 19.5, 312, 312, "NVIDIA A100 Tensor Core GPU datasheet"),
        _device("v100", "NVIDIA V100 SXM2 32 GB", 32, 900, 15.7, 125, None, "NVIDIA V100 Tensor Core GPU datasheet"),
        _device("l4", "NVIDIA L4", 24, 300, 30.3, 121, 121, "NVIDIA L4 Tensor Core GPU datasheet"),
        _device("t4", "NVIDIA T4", 16, 320, 8.1, 65, None, "NVIDIA T4 Tensor Core GPU datasheet"),
        _device("rtx4090", "NVIDIA GeForce RTX 4090", 24, 1008, 82.6, 165.2, 165.2, "NVIDIA Ada GPU Architecture whitepaper"),
        _device("rtx3090", "NVIDIA GeForce RTX 3090", 24, 936, 35.6, 71, 71, "NVIDIA Ampere GA102 GPU Architecture whitepaper"),
        _device("m2", "Apple M2 (graphics)", 24, 100, 3.6, None, None, "Apple, Introducing M2, June 2022"),
    )
}


def by_hand(peak: int, bandwidth: int, memory: int | None = None) -> Device:
    """A device of which two figures are given, the same peak for every precision."""
    return Device("by hand", "the device given by hand", memory, bandwidth, peak, peak, peak)
