"""Augmentation: against loops over pixels with the same numbers, by moments, image by image, and the same again."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from cnnspec.recipe.augmentation import Augmentation
from cnnspec.recipe.augmentations import (
    ElasticDistortion,
    RandomBrightness,
    RandomContrast,
    RandomErasing,
    RandomFlip,
    RandomRotation,
    RandomShift,
    RandomZoom,
    augmentations,
)
from cnnspec.train.augmentation import Augmenter, Draws, draw_affine, gaussian, sample
from cnnspec.train.callbacks import Callback
from cnnspec.train.training import train
from support.training import call, recipe_of

CPU = torch.device("cpu")


def images(n: int = 4, channels: int = 2, height: int = 9, width: int = 12) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).uniform(0, 255, (n, channels, height, width)).astype(np.float32))


def value_at(image: np.ndarray, x: float, y: float) -> float:
    """A pixel between pixels: the four around it by their nearness, 0 where there is none."""
    height, width = image.shape
    column, row = x + (width - 1) / 2, y + (height - 1) / 2
    total = 0.0
    for at_row in (math.floor(row), math.floor(row) + 1):
        for at_column in (math.floor(column), math.floor(column) + 1):
            if 0 <= at_row < height and 0 <= at_column < width:
                total += (1 - abs(row - at_row)) * (1 - abs(column - at_column)) * float(image[at_row, at_column])
    return total


def by_hand(image: np.ndarray, source: Any) -> np.ndarray:
    """The image whose pixel at (x, y) is what lies at ``source(x, y)``."""
    height, width = image.shape
    found = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            found[row, column] = value_at(image, *source(column - (width - 1) / 2, row - (height - 1) / 2))
    return found


def test_a_turned_moved_and_larger_image_pixel_by_pixel() -> None:
    given, seed = images(), 7
    changes = [RandomShift(pixels=2), RandomRotation(degrees=40), RandomZoom(factor=0.3), RandomFlip(direction="both")]
    found = Augmenter(changes)(given, seed).numpy()
    draws = Draws(seed, len(given), CPU)
    moves, angles = draws.whole(2, 2).numpy(), draws.uniform(-math.radians(40), math.radians(40)).numpy()
    scales, mirrored = draws.uniform(0.7, 1.3).numpy(), draws.uniform(0, 1, 2).numpy() < 0.5
    for n, image in enumerate(given.numpy()):

        def source(x: float, y: float, n: int = n) -> tuple[float, float]:
            # From the last change back to the first.
            x, y = (-x if mirrored[n, 0] else x), (-y if mirrored[n, 1] else y)
            x, y = x / scales[n], y / scales[n]
            cosine, sine = math.cos(angles[n]), math.sin(angles[n])
            x, y = cosine * x - sine * y, sine * x + cosine * y
            return x - moves[n, 0], y - moves[n, 1]

        for channel, plane in enumerate(image):
            assert np.abs(found[n, channel] - by_hand(plane, source)).max() < 0.02


def test_an_elastic_image_pixel_by_pixel() -> None:
    given, seed = images(2, 1), 3
    change = ElasticDistortion(alpha=8, sigma=1.5)
    found = Augmenter([RandomRotation(degrees=30), change])(given, seed).numpy()
    draws = Draws(seed, 2, CPU)
    angles = draws.uniform(-math.radians(30), math.radians(30)).numpy()
    raw, reach = draws.uniform(-1, 1, 2, 9, 12).numpy(), 6
    weights = np.exp(-((np.arange(-reach, reach + 1) / 1.5) ** 2) / 2)
    weights /= weights.sum()
    for n in range(2):
        smooth = np.zeros((2, 9, 12))
        for axis in range(2):
            for row in range(9):
                for column in range(12):
                    for i in range(max(0, row - reach), min(9, row + reach + 1)):
                        for j in range(max(0, column - reach), min(12, column + reach + 1)):
                            weight = weights[i - row + reach] * weights[j - column + reach]
                            smooth[axis, row, column] += weight * raw[n, axis, i, j]

        def source(x: float, y: float, n: int = n, smooth: np.ndarray = smooth) -> tuple[float, float]:
            row, column = round(y + 4), round(x + 5.5)
            x, y = x + 8 * smooth[0, row, column], y + 8 * smooth[1, row, column]
            cosine, sine = math.cos(angles[n]), math.sin(angles[n])
            return cosine * x - sine * y, sine * x + cosine * y

        assert np.abs(found[n, 0] - by_hand(given[n, 0].numpy(), source)).max() < 0.02


def test_shifts_move_whole_pixels() -> None:
    given = images(64, 1)
    found = Augmenter([RandomShift(pixels=3)])(given, 1)
    moves = Draws(1, 64, CPU).whole(3, 2).int().tolist()
    assert {move for pair in moves for move in pair} == set(range(-3, 4))
    for image, moved, (right, down) in zip(given[:, 0], found[:, 0], moves, strict=True):
        expected = torch.zeros_like(image)
        rows, columns = range(max(0, down), 9 + min(0, down)), range(max(0, right), 12 + min(0, right))
        for row in rows:
            for column in columns:
                expected[row, column] = image[row - down, column - right]
        assert torch.allclose(moved, expected, atol=1e-2)


def test_a_right_angle_turns_to_the_left() -> None:
    image = torch.zeros(1, 1, 5, 5)
    image[0, 0, 2, 4] = 255.0  # on the right
    turned = draw_affine(RandomRotation(degrees=0), Draws(0, 1, CPU))
    quarter = torch.tensor([[[0.0, -1.0], [1.0, 0.0]]])
    assert torch.allclose(turned.matrix[0], torch.eye(2))
    from cnnspec.train.augmentation import positions

    found = sample(image, quarter @ positions(5, 5))
    assert found[0, 0].argmax().item() == 2, "at the top, in the middle"


@pytest.mark.parametrize("word", list(dict.fromkeys(one.word for one in augmentations().values())))
def test_at_strength_nothing_an_image_stays(word: str) -> None:
    strengths = {"pixels", "degrees", "factor", "alpha", "probability"}
    member = augmentations()[word]
    named = [name for name in member.model_fields if name in strengths]
    if not named:
        assert word == "RandomFlip"
        return
    made = member.bind((), {named[0]: 0})
    assert isinstance(made, Augmentation)
    assert not made.acts
    given = images()
    assert Augmenter([made])(given, 5) is given
    assert not Augmenter([made])


def test_moments() -> None:
    draws = Draws(0, 20_000, CPU)
    shift = draw_affine(RandomShift(pixels=2), draws).offset
    assert shift.mean().item() == pytest.approx(0, abs=0.03)
    assert shift.var().item() == pytest.approx(2.0, rel=0.03)  # ((2·2 + 1)² − 1)/12
    turn = draw_affine(RandomRotation(degrees=10), draws).matrix
    angles = torch.atan2(turn[:, 1, 0], turn[:, 0, 0]).rad2deg()
    assert angles.abs().max().item() <= 10
    assert angles.std().item() == pytest.approx(10 / math.sqrt(3), rel=0.03)
    zoom = 1 / draw_affine(RandomZoom(factor=0.1), draws).matrix[:, 0, 0]
    assert zoom.mean().item() == pytest.approx(1.0, abs=1e-3)
    assert (zoom.min().item(), zoom.max().item()) == (pytest.approx(0.9, abs=1e-3), pytest.approx(1.1, abs=1e-3))
    flips = draw_affine(RandomFlip(), draws).matrix
    assert (flips[:, 1, 1] == 1).all()
    assert (flips[:, 0, 0] < 0).float().mean().item() == pytest.approx(0.5, abs=0.02)


def test_elastic_moves_are_as_long_as_stated() -> None:
    """The standard deviation of a move inside an image is alpha/(σ·√(12π)): of a uniform number 1/√3, by smoothing 1/(2σ√π)."""
    change, smooth = ElasticDistortion(), gaussian(64, 4.0)
    moves = change.alpha * (smooth @ Draws(0, 200, CPU).uniform(-1, 1, 2, 64, 64) @ smooth.T)
    stated = change.alpha / (change.sigma * math.sqrt(12 * math.pi))
    assert moves[..., 20:44, 20:44].std().item() == pytest.approx(stated, rel=0.03)
    assert stated == pytest.approx(1.384, abs=1e-3)
    assert smooth[32].sum().item() == pytest.approx(1.0)


def test_erasing() -> None:
    given = torch.full((4_000, 1, 28, 28), 200.0)
    found = Augmenter([RandomErasing(probability=0.3)])(given, 2)
    erased = (found == 0).flatten(1).sum(1)
    hit = erased > 0
    assert hit.float().mean().item() == pytest.approx(0.3, abs=0.03)
    assert set(found.unique().tolist()) == {0.0, 200.0}
    share = erased[hit] / 784
    assert share.max().item() <= 0.36
    assert share.mean().item() == pytest.approx(0.17, abs=0.02)
    for image in found[hit][:200, 0]:
        rows, columns = (image == 0).any(1), (image == 0).any(0)
        assert (image == 0).sum() == rows.sum() * columns.sum(), "a whole rectangle"


def test_light() -> None:
    given = images(500)
    darker = Augmenter([RandomBrightness(factor=0.2)])(given, 4)
    moves = 255 * 0.2 * (2 * Draws(4, 500, CPU).uniform(0, 1, 1, 1, 1) - 1)
    assert torch.allclose(darker, (given + moves).clamp(0, 255), atol=1e-2)
    stronger = Augmenter([RandomContrast(factor=0.5)])(given, 4)
    assert stronger.min() >= 0
    assert stronger.max() <= 255
    spread = (stronger.std((2, 3)) / given.std((2, 3)))[:, 0]
    assert 0.49 < spread.min().item() < 0.6
    assert 1.05 < spread.max().item() < 1.5


ALL = [RandomShift(pixels=2), RandomRotation(degrees=10), RandomZoom(factor=0.1), ElasticDistortion(), RandomErasing()]


def test_every_image_is_changed_for_itself() -> None:
    """What an image becomes hangs on its place in the batch and the seed, not on the images beside it."""
    given, augment = images(16, 1, 28, 28), Augmenter(ALL)
    found = augment(given, 9)
    assert torch.equal(augment(given, 9), found)
    other = given.clone()
    other[1:] = 0
    assert torch.allclose(augment(other, 9)[0], found[0], atol=1e-3)
    same = augment(given[:1].repeat(16, 1, 1, 1), 9)
    assert len({image.numpy().tobytes() for image in same}) == 16
    assert not torch.equal(augment(given, 10), found)


def test_stages_keep_the_order_of_the_list() -> None:
    stages = Augmenter([RandomShift(pixels=1), ElasticDistortion(), RandomZoom(factor=0.1), RandomErasing()]).stages
    assert [type(stage).__name__ for stage in stages] == ["Shape", "Shape", "RandomErasing"]


class Seen(Callback):
    """Weights after each epoch."""

    def __init__(self) -> None:
        self.weights: list[dict[str, torch.Tensor]] = []

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        self.weights.append(self.session.weights())


def test_a_run_augments_what_it_trains_on_alone(small: Any, data: Any) -> None:
    changes = (call("RandomShift", pixels=1), call("RandomErasing", probability=0.5))
    first, again, plain = Seen(), Seen(), Seen()
    recipe = recipe_of(augment=changes, epochs=2, validation=40)
    result = train(small, recipe, data, callbacks=[first])
    repeated = train(small, recipe, data, callbacks=[again])
    train(small, recipe_of(epochs=2, validation=40), data, callbacks=[plain])
    assert result.history == repeated.history
    for one, two, other in zip(first.weights, again.weights, plain.weights, strict=True):
        assert all(torch.equal(one[name], two[name]) for name in one)
        assert any(not torch.equal(one[name], other[name]) for name in one)


def test_batches_go_on_where_they_were(small: Any, data: Any) -> None:
    from dataclasses import replace

    from cnnspec.train.preparing import prepare_session

    _, parts = prepare_session(small, recipe_of(augment=(call("RandomRotation", degrees=20),)), data, CPU)
    whole = list(parts.train.shuffled(16, 0, 3))
    rest = list(parts.train.shuffled(16, 0, 3, skip=5))
    assert len(rest) == len(whole) - 5
    assert all(torch.equal(one[0], two[0]) for one, two in zip(whole[5:], rest, strict=True))
    assert parts.test.augment is None
    bare = list(replace(parts.train, augment=None).shuffled(16, 0, 3))
    assert torch.equal(bare[0][1], whole[0][1])
    assert not torch.equal(bare[0][0], whole[0][0])
