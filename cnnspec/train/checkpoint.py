"""Checkpoints: tensors and what belongs to them in one safetensors file that knows its own SHA-256.

The header's metadata holds ``cnnspec`` (a JSON object: network, recipe, epoch, step…) and ``sha256``: the hash of the
whole file with that one value replaced by zeros. A flipped bit anywhere is therefore found. Nothing in it can run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from cnnspec.train.files import plain, sha256_of, write_atomically

SUFFIX = ".safetensors"
_BLANK = "0" * 64
_FIELD = '"sha256":"'


class CheckpointError(Exception):
    """A file is no checkpoint, or not a whole one; the text is the reason, for use inside a sentence."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Tensors by name and what is known of them.

    Weights are named ``weights/…``, the optimizer's state ``optimizer/slot/…``, random states ``random/…``.
    """

    tensors: Mapping[str, Tensor] = field(repr=False)
    metadata: Mapping[str, Any]

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors under a prefix, without it."""
        start = f"{prefix}/"
        return {name.removeprefix(start): tensor for name, tensor in self.tensors.items() if name.startswith(start)}


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """The bytes of the file."""
    from safetensors.torch import save

    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in checkpoint.tensors.items()}
    text = json.dumps(plain(dict(checkpoint.metadata)), ensure_ascii=True, allow_nan=False, sort_keys=True)
    data = bytearray(save(tensors, {"cnnspec": text, "sha256": _BLANK}))
    at = _place_of_hash(data)
    data[at : at + 64] = sha256_of(data).encode()
    return bytes(data)


def decode_checkpoint(data: bytes) -> Checkpoint:
    """The checkpoint in the bytes of a file.

    Raises:
        CheckpointError: not a checkpoint, cut short, or changed since it was written.
    """
    at = _place_of_hash(data)
    stated = bytes(data[at : at + 64])
    blanked = bytearray(data)
    blanked[at : at + 64] = _BLANK.encode()
    if sha256_of(blanked).encode() != stated:
        raise CheckpointError("its SHA-256 is not the one it states")
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        header = json.loads(bytes(data[8 : 8 + int.from_bytes(data[:8], "little")]))
        metadata = json.loads(header["__metadata__"]["cnnspec"])
        tensors = load(bytes(data))
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise CheckpointError(f"it is not a checkpoint of cnnspec ({error})") from None
    if not isinstance(metadata, dict):
        raise CheckpointError("it is not a checkpoint of cnnspec (its description is no JSON object)")
    return Checkpoint(tensors, cast("dict[str, Any]", metadata))


def _place_of_hash(data: bytes | bytearray) -> int:
    """Where the hash begins. Quotes inside other texts of the header are escaped, so the name cannot occur twice."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise CheckpointError("it is cut short or not a safetensors file")
    at = data.find(_FIELD.encode(), 8, 8 + length) + len(_FIELD)
    if at < len(_FIELD) or at + 64 > 8 + length:
        raise CheckpointError("it states no SHA-256")
    return at


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> int:
    """Write a checkpoint atomically and return its size in bytes.

    Raises:
        OSError: the disk refused; an older file of this name is untouched.
    """
    data = encode_checkpoint(checkpoint)
    write_atomically(path, data)
    return len(data)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read and verify a checkpoint.

    Raises:
        CheckpointError: missing, cut short, or changed since it was written.
    """
    try:
        return decode_checkpoint(path.read_bytes())
    except OSError as error:
        raise CheckpointError((error.strerror or "it cannot be read").lower()) from None


def weights_of(module: torch.nn.Module) -> dict[str, Tensor]:
    """A copy of a module's parameters and buffers, by name."""
    return {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}


@torch.no_grad()
def load_weights(module: torch.nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy weights into a module, name by name, keeping its memory layout.

    Raises:
        CheckpointError: a name, a shape or a kind of number does not agree; nothing was copied.
    """
    own = module.state_dict()
    for name in own.keys() | weights.keys():
        found = tuple(weights[name].shape) if name in weights else "absent"
        expected = tuple(own[name].shape) if name in own else "absent"
        if found != expected:
            raise CheckpointError(f"{name} is {_dims(found)} there and {_dims(expected)} here")
        if weights[name].is_floating_point() != own[name].is_floating_point():
            raise CheckpointError(f"{name} is {_kind(weights[name])} there and {_kind(own[name])} here")
    for name, tensor in own.items():
        tensor.copy_(weights[name])


def _kind(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _dims(shape: tuple[int, ...] | str) -> str:
    return shape if isinstance(shape, str) else "×".join(str(extent) for extent in shape) or "one number"
