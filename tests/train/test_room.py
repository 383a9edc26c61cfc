"""Memory: a warning before the first step where it will not do, and what would fit where it did not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import cnnspec
from cnnspec.api import planning
from cnnspec.api.training import find_room
from cnnspec.diagnostics import MachineError
from cnnspec.train import room as rooms
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.room import free_memory
from support.markdown import ROOT

LENET = ROOT / "specs/lenet5.cnn"


def test_what_is_free_is_what_linux_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 900 kB\nMemAvailable:   800 kB\n")
    monkeypatch.setattr(rooms, "MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(rooms, "LIMIT", tmp_path / "max")
    monkeypatch.setattr(rooms, "TAKEN", tmp_path / "current")
    place = torch.device("cpu")
    assert free_memory(place) == 800 * 1024
    for limit, taken, free in (("max", "5", 819_200), ("5000", "1000", 4000), ("5000", "9000", 0)):
        (tmp_path / "max").write_text(limit)
        (tmp_path / "current").write_text(taken)
        assert free_memory(place) == free
    (tmp_path / "max").unlink()
    monkeypatch.setattr(rooms, "MEMORY", tmp_path / "nowhere")
    assert free_memory(place) is None
    assert free_memory(torch.device("mps")) is None


def test_the_batch_that_fits_is_the_analysis_s() -> None:
    """The greatest one: its step has room, and that of one more sample has not."""
    spec = cnnspec.load(LENET)
    planned = planning.plan(spec, batch_size=4096)
    need = find_room(planned, 10**12)
    assert need is not None
    assert need.fits
    assert need.needed == spec.memory(batch=4096, optimizer=planned.recipe.optimizer).training.total
    short = find_room(planned, need.needed // 3)
    assert short is not None
    assert not short.fits
    for batch, fits in ((short.largest, True), (short.largest + 1, False)):
        taken = spec.memory(batch=batch, optimizer=planned.recipe.optimizer).training.total
        assert (taken <= short.free) is fits
    assert find_room(planned, None) is None


def test_a_warning_comes_before_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "free_memory", lambda place: 3_000_000)
    trained = cnnspec.train(LENET, data="digits", epochs=1, batch_size=256)
    (warning,) = trained.result.warnings
    assert warning.code == "memory-short"
    assert warning.message.startswith("a step with batches of 256 takes ")
    assert warning.message.endswith("and 2.9 MiB of memory are free")
    assert (warning.help or "").endswith(" fits")


def test_missing_memory_names_what_would_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hog(Callback):
        def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
            torch.empty(2**60, dtype=torch.uint8)

    monkeypatch.setattr(rooms, "free_memory", lambda place: 2_000_000)
    with pytest.raises(MachineError) as caught:
        cnnspec.train(LENET, data="digits", epochs=1, batch_size=256, callbacks=[Hog()])
    (found,) = caught.value.diagnostics
    assert found.code == "out-of-memory"
    room = find_room(planning.plan(cnnspec.load(LENET), batch_size=256), 2_000_000)
    assert room is not None
    assert found.help == f"try --batch-size {room.largest}"
    assert "by the network's analysis such a step takes" in found.notes[0]
