"""The folder of a run: what is in it, whose it is, and what a failing disk leaves of it."""

from __future__ import annotations

import csv
import json
import os
import socket
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import torch

from cnnspec.diagnostics import MachineError, SpecError
from cnnspec.ir import Network
from cnnspec.train import run_folder
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.training import train
from support.training import SMALL, recipe_of, save_after_every_epoch


def test_the_folder_of_a_run(small: Network, data: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "run"
    text = f"model Small {{{SMALL}}}\n"
    result = train(small, recipe_of(validation=0.1), data, out=out, source=text, arguments={"--epochs": 2})
    assert sorted(path.name for path in out.iterdir()) == ["checkpoints", "metrics.csv", "plots", "run.json", "spec.cnn"]
    assert (out / "spec.cnn").read_text() == text
    record = json.loads((out / "run.json").read_text())
    assert record["status"] == "finished"
    assert record["data"]["sha256"] == data.checksum
    assert record["data"]["validation"] == 20
    assert record["arguments"] == {"--epochs": 2}
    assert record["test"] == result.test
    assert record["versions"]["torch"] == torch.__version__
    rows = list(csv.DictReader((out / "metrics.csv").read_text().splitlines()))
    assert list(rows[0]) == list(run_folder.COLUMNS)
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[1]["val_loss"]) == result.train["val_loss"]
    assert ET.fromstring((out / "plots/curves.svg").read_text()).tag.endswith("svg")
    assert 1 <= len(list((out / "checkpoints").iterdir())) <= 2
    assert record["claims"] == []
    keys = {"model", "data", "epochs", "train", "test", "seconds", "images_per_second", "device", "out", "claims"}
    assert keys <= result.to_json().keys()
    json.dumps(result.to_json(), allow_nan=False)


def test_two_checkpoints_are_kept(small: Network, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_after_every_epoch(monkeypatch)
    train(small, recipe_of(epochs=5), data, out=tmp_path / "run")
    names = [path.name for path in run_folder.checkpoints_of(tmp_path / "run")]
    assert names == ["000005.safetensors", "000004.safetensors"]


def test_a_folder_with_something_in_it_is_refused(small: Network, data: Dataset, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(SpecError) as caught:
        train(small, recipe_of(), data, out=tmp_path)
    assert [d.code for d in caught.value.diagnostics] == ["run-folder-exists"]
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    for path in (tmp_path / "thesis.tex", tmp_path / "thesis.tex" / "run"):
        with pytest.raises(SpecError) as caught:
            train(small, recipe_of(), data, out=path)
        assert [d.code for d in caught.value.diagnostics] == ["run-folder-is-file"]
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_signal_while_the_folder_is_made_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first run.json and the loop that listens to signals."""
    update = run_folder.RunFolder.update

    def interrupted(self: run_folder.RunFolder, **values: object) -> None:
        update(self, **values)
        if not values:
            raise KeyboardInterrupt

    monkeypatch.setattr(run_folder.RunFolder, "update", interrupted)
    with pytest.raises(KeyboardInterrupt), run_folder.RunFolder(tmp_path / "run") as folder:
        folder.begin({}, "")
    assert json.loads((tmp_path / "run/run.json").read_text())["status"] == "interrupted"


def test_a_failing_write_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    from cnnspec.train import files

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_all", refuse)
    for path in (tmp_path / "x.npy", tmp_path / "nowhere" / "x.npy"):
        with pytest.raises(OSError, match="No s") as caught:
            files.write_atomically(path, b"x")
        assert caught.value.filename == str(path)
    assert not list(tmp_path.iterdir())

    def refuse_too(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", ".x.npy.tmp")

    monkeypatch.setattr(Path, "unlink", refuse_too)  # not even the temporary file can be removed
    with pytest.raises(OSError, match="No s") as caught:
        files.write_atomically(tmp_path / "x.npy", b"x")
    assert caught.value.filename == str(tmp_path / "x.npy")


def test_half_a_row_is_never_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes a part of a row and is full then."""
    import errno

    from cnnspec.train import files

    path = tmp_path / "metrics.csv"
    files.append_whole(path, b"1,2,3\n")

    def take_two(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_all", take_two)
    with pytest.raises(OSError, match="No space"):
        files.append_whole(path, b"4,5,6\n")
    assert path.read_bytes() == b"1,2,3\n"


def test_two_runs_in_one_folder(small: Network, data: Dataset, tmp_path: Path) -> None:
    class Second(Callback):
        def on_epoch_end(self, epoch: int, logs: Logs) -> None:
            with pytest.raises(MachineError) as caught:
                train(small, recipe_of(), data, out=tmp_path / "run")
            (found,) = caught.value.diagnostics
            assert found.code == "run-folder-locked"
            assert f"process {os.getpid()} on {socket.gethostname()}, Small" in found.message

    train(small, recipe_of(epochs=1), data, out=tmp_path / "run", callbacks=[Second()])
    assert json.loads((tmp_path / "run/run.json").read_text())["status"] == "finished"


def test_default_folders_are_numbered(tmp_path: Path) -> None:
    names = [run_folder.default_run_folder("LeNet5", tmp_path / "runs").name for _ in range(3)]
    assert names == ["LeNet5-1", "LeNet5-2", "LeNet5-3"]


def test_a_full_disk_keeps_the_last_checkpoint(
    small: Network, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the third epoch on, nothing can be written any more."""
    import errno

    from cnnspec.train import files

    class Fill(Callback):
        def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
            if epoch == 2:

                def refuse(*arguments: object) -> None:
                    raise OSError(errno.ENOSPC, "No space left on device")

                monkeypatch.setattr(files, "write_all", refuse)

    save_after_every_epoch(monkeypatch)
    with pytest.raises(MachineError) as caught:
        train(small, recipe_of(epochs=5), data, out=tmp_path / "run", callbacks=[Fill()])
    (found,) = caught.value.diagnostics
    assert found.code == "disk-full"
    assert "bytes" in found.message
    assert "000002.safetensors" in found.notes[0]
    from cnnspec.train.run import load_run

    assert load_run(tmp_path / "run").epoch == 2
    assert not list((tmp_path / "run").rglob("*.tmp"))
