"""Checkpoints: whole or not at all, and every changed byte is found."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest
import torch

from cnnspec.train import files
from cnnspec.train.checkpoint import (
    Checkpoint,
    CheckpointError,
    decode_checkpoint,
    encode_checkpoint,
    load_weights,
    read_checkpoint,
    write_checkpoint,
)
from cnnspec.train.files import write_atomically, write_json


def sample() -> Checkpoint:
    tensors = {
        "weights/conv.weight": torch.randn(3, 2, 3, 3, generator=torch.Generator().manual_seed(0)).to(
            memory_format=torch.channels_last
        ),
        "weights/bn.count": torch.tensor(7),
        "random/torch": torch.arange(20, dtype=torch.uint8),
    }
    return Checkpoint(tensors, {"epoch": 3, "text": 'a "sha256":"' + "0" * 64 + '" inside', "bad": float("nan")})


def test_round_trip(tmp_path: Path) -> None:
    before = sample()
    write_checkpoint(tmp_path / "a.safetensors", before)
    after = read_checkpoint(tmp_path / "a.safetensors")
    assert after.tensors.keys() == before.tensors.keys()
    for name, tensor in before.tensors.items():
        assert torch.equal(after.tensors[name], tensor)
        assert after.tensors[name].dtype == tensor.dtype
    assert after.metadata == {"epoch": 3, "text": before.metadata["text"], "bad": None}
    assert set(after.part("weights")) == {"conv.weight", "bn.count"}


def test_any_tool_can_read_it(tmp_path: Path) -> None:
    from safetensors import safe_open

    write_checkpoint(tmp_path / "a.safetensors", sample())
    with safe_open(tmp_path / "a.safetensors", "pt") as file:
        assert set(file.keys()) == set(sample().tensors)
        assert set(file.metadata()) == {"cnnspec", "sha256"}


def test_every_changed_byte_is_found() -> None:
    data = encode_checkpoint(sample())
    assert decode_checkpoint(data).metadata["epoch"] == 3
    for at in range(len(data)):
        for bit in (0, 7):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            with pytest.raises(CheckpointError):
                decode_checkpoint(bytes(changed))


def test_every_shortened_file_is_found() -> None:
    data = encode_checkpoint(sample())
    for length in (*range(0, len(data), 7), len(data) - 1):
        with pytest.raises(CheckpointError):
            decode_checkpoint(data[:length])
    with pytest.raises(CheckpointError):
        decode_checkpoint(data + b"\0")


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import save

    for data in (
        b"",
        b"\xff" * 100,
        save({"a": torch.zeros(2)}),
        save({"a": torch.zeros(2)}, {"sha256": "0" * 64}),
        b"PK\3\4" * 40,
    ):
        (tmp_path / "a.safetensors").write_bytes(data)
        with pytest.raises(CheckpointError):
            read_checkpoint(tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError):
        read_checkpoint(tmp_path)
    with pytest.raises(CheckpointError, match="no such file"):
        read_checkpoint(tmp_path / "b.safetensors")


def test_weights_must_be_those_of_the_network() -> None:
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    own = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    for change in (
        {"0.weight": torch.zeros(2, 4)},
        {"2.weight": torch.zeros(1)},
    ):
        with pytest.raises(CheckpointError):
            load_weights(module, {**own, **change})
    with pytest.raises(CheckpointError, match=r"0\.bias is absent there and 2 here"):
        load_weights(module, {name: tensor for name, tensor in own.items() if name != "0.bias"})
    assert all(torch.equal(tensor, own[name]) for name, tensor in module.state_dict().items())


# --- files that somebody wrote on purpose ---------------------------------------------------------------------------


def sealed(header: bytes, body: bytes = b"") -> bytes:
    """A file with this header, and the hash that belongs to it."""
    data = bytearray(len(header).to_bytes(8, "little") + header + body)
    at = data.find(b'"sha256":"') + 10
    data[at : at + 64] = hashlib.sha256(data).hexdigest().encode()
    return bytes(data)


META = '"__metadata__":{"cnnspec":"{}","sha256":"' + "0" * 64 + '"}'


@pytest.mark.parametrize(
    "data",
    [
        (2**63).to_bytes(8, "little") + b"x" * 100,
        sealed(b"{" + META.encode() + b',"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4]}}', b"0000"),
        sealed(b"{" + META.encode() + b',"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', b"0000"),
        sealed(b"{" + META.encode() + b',"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', b"0000"),
        sealed(b"{" + META.encode() + b',"a":{"dtype":"PICKLE","shape":[1],"data_offsets":[0,4]}}', b"0000"),
        sealed(b"{" + META.encode() + b',"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', b"0000"),
        sealed(b"{" + META.encode() + b',"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}', b"0000"),
        sealed(b"{" + META.encode() + b',"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
        sealed(b"{" + META.replace('"{}"', '"[1]"').encode() + b"}"),
        sealed(b"{" + META.replace('"{}"', '"nothing"').encode() + b"}"),
        sealed(b"{" + META.replace('"{}"', '"' + "[" * 20_000 + "]" * 20_000 + '"').encode() + b"}"),
        sealed(b'["' + META.encode().replace(b'"', b"'") + b'","sha256":"' + b"0" * 64 + b'"]'),
    ],
)
def test_hostile_files_are_refused(data: bytes) -> None:
    with pytest.raises(CheckpointError):
        decode_checkpoint(data)


def test_names_of_tensors_are_no_paths(tmp_path: Path) -> None:
    """Whatever they say, nothing is written or read by them."""
    checkpoint = Checkpoint({"weights/../../../evil": torch.zeros(1)}, {"epoch": 0})
    write_checkpoint(tmp_path / "a.safetensors", checkpoint)
    assert set(read_checkpoint(tmp_path / "a.safetensors").part("weights")) == {"../../../evil"}
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]


def test_kinds_of_numbers_must_agree() -> None:
    module = torch.nn.Linear(2, 1)
    wrong = {"weight": torch.zeros(1, 2, dtype=torch.int64), "bias": torch.zeros(1)}
    with pytest.raises(CheckpointError, match="weight is int64 there and float32 here"):
        load_weights(module, wrong)


@pytest.mark.parametrize("fails", ["write", "fsync", "rename"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    before = path.read_bytes()

    def refuse(*arguments: object) -> None:
        if fails == "write":
            os.write(arguments[0], b"half")  # type: ignore[arg-type]
        raise OSError(errno.ENOSPC, "No space left on device")

    if fails == "rename":
        monkeypatch.setattr(Path, "replace", refuse)
    else:
        monkeypatch.setattr(files, "write_all", refuse) if fails == "write" else monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_the_system_may_take_a_write_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, bytes(data[:3])))
    write_atomically(tmp_path / "a", b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_json_holds_no_nan(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"loss": float("nan"), "path": Path("a/b"), "list": (1, float("inf"))})
    assert (tmp_path / "a.json").read_text() == '{\n  "loss": null,\n  "path": "a/b",\n  "list": [\n    1,\n    null\n  ]\n}\n'
