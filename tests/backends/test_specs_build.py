"""Every packaged spec builds, with the parameters that its report states and the shapes that its rows state."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import torch

import cnnspec
from cnnspec.analysis.report import Row
from cnnspec.api.spec import Spec
from cnnspec.resources import library_root

FILES = sorted(path for path in Path(str(library_root())).rglob("*.cnn") if "std" not in path.parts)
MODELS = [(path, name) for path in FILES for name in re.findall(r"^model (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)]
UNKNOWN = 32  # what a ? is here: large enough for all of U-Net's poolings


def batch(row: Row) -> torch.Tensor:
    assert row.output_shape is not None
    sizes = [UNKNOWN if size is None else size for size in row.output_shape.to_json()]
    return torch.zeros(1, sizes[-1], *sizes[:-1], device="meta")


@pytest.mark.parametrize(("path", "name"), MODELS, ids=[f"{path.stem}-{name}" for path, name in MODELS])
def test_it_builds_as_reported(path: Path, name: str) -> None:
    spec = load(path)
    report = spec.model(name)
    with torch.device("meta"):  # shapes and names need no numbers
        module = spec.build(name)
    assert sum(p.numel() for p in module.parameters() if p.requires_grad) == report.totals.trainable
    assert sum(t.numel() for t in module.state_dict().values()) == report.totals.params
    values = module.trace({row.path.partition("/")[2]: batch(row) for row in report.rows if row.is_input})
    for row in report.rows:
        assert row.output_shape is not None
        *extents, channels = row.output_shape.to_json()
        found = values[row.path.partition("/")[2]].shape[1:]
        stated = [n if size is None else size for n, size in zip(found, [channels, *extents], strict=True)]
        assert list(found) == stated, row.path


@cache
def load(path: Path) -> Spec:
    """A file is read and checked once for all its models."""
    return cnnspec.load(path)


def test_every_model_is_built() -> None:
    assert {(path, name) for path in FILES for name in load(path).models} == set(MODELS)


def test_the_published_counts() -> None:
    assert len(FILES) >= 12
    counted = {path.stem: sum(p.numel() for p in _build(path).parameters()) for path in FILES if path.stem in PUBLISHED}
    assert counted == PUBLISHED


def _build(path: Path) -> torch.nn.Module:
    with torch.device("meta"):
        return cnnspec.load(path).build()


PUBLISHED = {
    "lenet5": 44_426,
    "lenet5_1998": 61_706,
    "mlp": 6_370,
    "mnist_cnn": 93_322,
    "alexnet": 60_965_224,
    "resnet18": 11_689_512,
}
