"""A recipe comes back from its JSON, whatever it states."""

from __future__ import annotations

import json

import pytest

from cnnspec.recipe.augmentations import augmentations
from cnnspec.recipe.losses import losses
from cnnspec.recipe.metrics import metrics
from cnnspec.recipe.optimizers import optimizers
from cnnspec.recipe.schedules import schedules
from cnnspec.schema.choice import Choice
from cnnspec.schema.values import CallValue
from cnnspec.train.recipe_record import recipe_from_json, recipe_to_json
from support.training import call, recipe_of

#: Arguments that must be given, or are worth giving.
GIVEN: dict[str, dict[str, object]] = {
    "step": {"every": 3, "by": 0.5},
    "exponential": {"decay_rate": 0.9, "staircase": True},
    "piecewise": {"boundaries": (1, 2.5), "factors": (1, 0.1, 0.003)},
    "cosine": {"warmup": 0.5},
    "RandomShift": {"pixels": 3},
    "RandomRotation": {"degrees": 12.5},
    "RandomZoom": {"factor": 0.1},
    "RandomBrightness": {"factor": 0.1},
    "RandomContrast": {"factor": 0.1},
    "SGD": {"momentum": 0.9, "clipnorm": 1.0},
    "huber": {"delta": 0.3},
    "f1_score": {"average": "micro"},
}


def members() -> list[tuple[str, type[Choice]]]:
    families = {
        "augment": augmentations(), "loss": losses(), "optimizer": optimizers(), "schedule": schedules(), "metrics": metrics(),
    }  # fmt: skip
    return [(key, member) for key, family in families.items() for member in dict.fromkeys(family.values())]


@pytest.mark.parametrize(("key", "member"), members(), ids=lambda item: getattr(item, "word", item))
def test_every_member(key: str, member: type[Choice]) -> None:
    value: CallValue | tuple[CallValue, ...] = CallValue(member.word, (), tuple(GIVEN.get(member.word, {}).items()))
    made = recipe_of(**{key: (value,) if key in ("augment", "metrics") else value})
    assert recipe_from_json(json.loads(json.dumps(recipe_to_json(made), allow_nan=False))) == made


def test_plain_keys() -> None:
    made = recipe_of(ema=0.99, clip_norm=2, label_smoothing=0.1, precision="bfloat16", resize=(20, 30), validation=0.25)
    assert recipe_from_json(json.loads(json.dumps(recipe_to_json(made)))) == made
    assert made.schedule == recipe_of(schedule=call("constant")).schedule
