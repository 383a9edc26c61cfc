"""Which device a run uses, and what it is told when there is not enough memory there."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch

from cnnspec.diagnostics import MachineError
from cnnspec.diagnostics.catalogue.runs import device_unavailable, out_of_memory
from cnnspec.train.processes import launched
from cnnspec.train.room import Room

#: Samples in a batch of evaluation: larger ones fall out of a processor's cache.
EVALUATION_BATCH = {"cpu": 128}
LARGE_EVALUATION_BATCH = 2_000

_torch: Any = torch  # its random numbers are not typed


def choose_device(name: str = "auto") -> torch.device:
    """The device of that name; ``auto`` takes a GPU where there is one.

    Raises:
        MachineError: there is no such device here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name == "cuda" and launched():
        name = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"  # each process has a device of its own
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise MachineError((device_unavailable(name, reason=_reason(name, str(error))),)) from None
    return device


def _reason(name: str, text: str) -> str:
    """Why a device cannot be used, in one short line: Torch's own where that is one."""
    if text.startswith(("Expected one of", "Invalid device string")):  # Torch lists twenty kinds that nobody has
        return f"Torch knows no device {name}"
    if text.startswith("Could not run"):  # a list of all backends follows
        return f"Torch is built without {name} here, or the machine has none"
    first = text.strip().partition("\n")[0]
    return first if len(first) <= 120 else f"{first[:119]}…"


def evaluation_batch(device: torch.device) -> int:
    """How many samples to evaluate at a time."""
    return EVALUATION_BATCH.get(device.type, LARGE_EVALUATION_BATCH)


@contextmanager
def memory_named(model: str, batch_size: int, room: Room | None = None) -> Generator[None]:
    """Turn Torch's report of missing memory into one that names the batch, and the one that would fit.

    Raises:
        MachineError: instead of Torch's error.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        text = str(error)
        if not isinstance(error, (torch.OutOfMemoryError, MemoryError)) and "can't allocate memory" not in text:
            raise
        tried = re.search(r"[Tt]ried to allocate ([\d.]+ ?\w+)|allocate (\d+) bytes", text)
        detail = f"{tried[1] or f'{int(tried[2]):,} bytes'} were asked for" if tried else "Torch gave up"
        if room is not None:
            raise MachineError((room.error(model, batch_size, detail),)) from error
        raise MachineError((out_of_memory(model, batch_size=batch_size, detail=detail),)) from error


@contextmanager
def seeded(seed: int, device: torch.device, threads: int | None = None) -> Generator[None]:
    """Seed Torch's own generators for dropout and noise, and leave them and the thread count as they were."""
    before = torch.get_num_threads()
    with _torch.random.fork_rng([device] if device.type == "cuda" else []):
        reseed(seed)
        if threads is not None:
            torch.set_num_threads(threads)
        try:
            yield
        finally:
            if threads is not None:
                torch.set_num_threads(before)


def reseed(seed: int) -> None:
    """Set the seed of Torch's own generators, on every device."""
    _torch.manual_seed(seed)
