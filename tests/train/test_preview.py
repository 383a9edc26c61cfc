"""cnnspec data --preview: the first picture of each class."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from cnnspec.api import fetch
from cnnspec.render.display import Image, Text
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.picturing import draw_classes
from support.command import run as command
from support.geometry import assert_fits
from support.training import bars


def test_the_first_of_each_class() -> None:
    data = fetch("digits")
    picture = draw_classes(data)
    assert_fits(picture)
    groups = picture.groups("class")
    assert len(groups) == 10
    for at, group in enumerate(groups):
        first = int(np.flatnonzero(data.train_labels == at)[0])
        (image,) = [item for inner in group.items if hasattr(inner, "items") for item in inner.items if isinstance(item, Image)]
        assert image.pixels == data.train_images[first].tobytes()
        assert [item.text for item in group.items if isinstance(item, Text)] == [str(at), str((data.train_labels == at).sum())]


@pytest.mark.skipif("CNNSPEC_DATA" not in os.environ, reason="CNNSPEC_DATA names no folder with MNIST")
def test_mnist_begins_with_a_five() -> None:
    picture = draw_classes(fetch("mnist", download=False))
    titles = [group.title for group in picture.groups("class")]
    # The labels of the training set begin 5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1, 7, 2, 8 (LeCun's file).
    assert titles[5] == "5: 5,421 images, the first is number 0"
    assert [int(title.rpartition(" ")[2]) for title in titles] == [1, 3, 5, 7, 2, 0, 13, 15, 17, 4]


@pytest.mark.parametrize("names", [("x",), ("<b>", "\u202e" * 9, "", "n" * 500), tuple(map(str, range(130)))])
def test_any_classes_fit(names: tuple[str, ...]) -> None:
    base = bars()
    labels = np.zeros_like(base.train_labels)
    assert_fits(draw_classes(Dataset("d" * 200, base.train_images, labels, base.test_images, base.test_labels, names)))


def test_the_command(tmp_path: Path) -> None:
    assert command("data", "digits", "--preview", str(tmp_path / "d.svg")).status == 0
    assert (tmp_path / "d.svg").read_text().count("<image") == 10
    assert command("data", "digits", "--preview", str(tmp_path / "no" / "d.svg")).status == 2
