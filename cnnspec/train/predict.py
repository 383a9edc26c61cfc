"""What a run makes of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cnnspec.recipe.losses import Loss
from cnnspec.train.batches import Preparer
from cnnspec.train.devices import choose_device
from cnnspec.train.files import plain
from cnnspec.train.images import as_digit, read_image
from cnnspec.train.run import Run


@dataclass(frozen=True, slots=True)
class Prediction:
    """The class of one picture.

    Attributes:
        path: the picture.
        label: the class's name.
        index: its number, from 0.
        confidence: its probability by the network; None where its outputs are no probabilities.
        probabilities: of all classes by name, the greatest first; empty where there are none.
        done: what was done to the picture before the network saw it.
    """

    path: Path
    label: str
    index: int
    confidence: float | None
    probabilities: dict[str, float]
    done: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The keys of ``cnnspec predict --format json``."""
        return plain({name: getattr(self, name) for name in self.__slots__})


def predict(run: Run, images: Sequence[Path | str], *, device: str = "auto") -> list[Prediction]:
    """Classify pictures.

    Args:
        run: from :func:`~cnnspec.train.run.load_run`.
        images: PNG, JPEG, ``.npy`` or text files.
        device: ``auto``, ``cpu``, ``cuda``…

    Raises:
        DataError: a picture cannot be read.
        SpecError: the weights are not those of the network.
    """
    place = choose_device(device)
    module = run.build().to(place)
    prepare = Preparer(run.preparation, place)
    found: list[Prediction] = []
    for image in images:
        path = Path(image)
        pixels, done = as_digit(read_image(path), run.preparation.stored, invert=run.dark_ground)
        with torch.no_grad():
            outputs = module(prepare(torch.tensor(pixels, device=place)[None]))[0].cpu()
        found.append(judge_outputs(run, path, outputs, done))
    return found


def judge_outputs(run: Run, path: Path, outputs: Tensor, done: tuple[str, ...]) -> Prediction:
    """What the outputs of a run's network for one picture say."""
    shares = probabilities(outputs, run.recipe.loss)
    index = int((shares if shares is not None else outputs).argmax()) if len(outputs) > 1 else _side(outputs, shares)
    # A network may have more units than its data has classes.
    names = [*run.class_names, *(f"class {number}" for number in range(len(run.class_names), index + len(outputs) + 1))]
    if shares is None:
        return Prediction(path, names[index], index, None, {}, done)
    values = [float(value) for value in shares]
    by_name = sorted(zip(names, values, strict=False), key=lambda pair: -pair[1])
    return Prediction(path, names[index], index, values[index], dict(by_name), done)


def _side(outputs: Tensor, shares: Tensor | None) -> int:
    """Which side of one half a single unit is on."""
    return int(shares.argmax()) if shares is not None else int(outputs[0] > 0.5)


def probabilities(outputs: Tensor, loss: Loss) -> Tensor | None:
    """The outputs of one sample as probabilities of the classes; None if they are not that."""
    shares = shares_of(outputs[None], loss)
    return None if shares is None else shares[0]


def shares_of(outputs: Tensor, loss: Loss) -> Tensor | None:
    """The outputs of samples as probabilities of the classes, a row for each; None if they are not that.

    Outputs that are trained as logits go through the softmax or sigmoid that the loss stands for; a single unit gives two
    classes.
    """
    inside = ((outputs >= 0) & (outputs <= 1)).all(dim=1, keepdim=True)
    whole = inside & ((outputs.sum(dim=1, keepdim=True) - 1).abs() < 1e-3)
    match loss.activation:
        case "softmax":
            return outputs.softmax(1) if loss.takes_logits else torch.where(whole, outputs, outputs.softmax(1))
        case "sigmoid":
            shares = outputs.sigmoid() if loss.takes_logits else torch.where(inside, outputs, outputs.sigmoid())
            return _two_sides(shares) if shares.shape[1] == 1 else shares
        case _:
            if outputs.shape[1] == 1:
                return _two_sides(outputs) if bool(inside.all()) else None
            return outputs if bool(whole.all()) else None


def _two_sides(shares: Tensor) -> Tensor:
    return torch.cat([1 - shares, shares], dim=1)
