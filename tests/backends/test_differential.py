"""Random files against Torch: what they resolve to, shapes, counts, names and values, with known and with open extents.

The slow run, ``-m slow``, draws 20,000; a file that fails is named by its seed, ``RandomFiles(Random(seed)).draw()``.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cnnspec
from cnnspec.layers.registry import all_kinds
from support.differential import compare_file, compare_on_meta, compare_values, draw_batch, sound, to_torch
from support.random_files import File, RandomFiles
from support.random_layers import DRAW, MERGES, PAIRS

CHUNK = 50
SETTINGS = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck), print_blob=True)
# Every choice of the generator is one of Hypothesis's, so that it can shrink a file that fails.
files = st.randoms(use_true_random=False).map(lambda random: RandomFiles(random).draw())


def compare(seeds: range) -> Counter[str]:
    """Draw and compare; what was seen."""
    seen: Counter[str] = Counter()
    for seed in seeds:
        file = RandomFiles(Random(seed)).draw()
        try:
            seen += compare_file(file, seed)
        except Exception as error:
            error.add_note(f"seed {seed}:\n{file.text}")
            raise
    return seen


@pytest.mark.parametrize("first", range(0, 500, CHUNK))
def test_random_files(first: int) -> None:
    seen = compare(range(first, first + CHUNK))
    assert seen["open"] >= CHUNK // 4
    assert seen["scopes"] >= CHUNK // 4


@pytest.mark.slow
@pytest.mark.parametrize("first", range(500, 20_500, 1000))
def test_many_random_files(first: int) -> None:
    compare(range(first, first + 1000))


#: What random files once found wrong, made small: a model with its input.
ONCE_WRONG = {
    "a view of a permuted volume": "input 4x6x3x3\n Permute([1, 4, 2, 3]) -> LRN",
    "a shared pooling whose map shrinks below its window": "input 6x6x6x2\n share p = AvgPool3D(2, padding=same)\n p\n p\n p\n p",
    "a shared pooling with ceil_mode": "input 3x7x3\n share p = MaxPool2D(3, padding=same, ceil_mode=true)\n p\n p\n p",
    "a shared reshape of maps that differ": "input 6x8x3\n share r = Reshape([8, -1, 3])\n r\n r",
}  # fmt: skip


def test_fixed_filters_have_to_know_their_channels() -> None:
    spec = cnnspec.load("model M {\n input ?x4x3\n Permute([2, 3, 1]) -> Filter2D(sobel_x)\n}\n")
    assert [d.code for d in spec.report.diagnostics if d.severity.value == "error"] == ["size-unknown"]


@pytest.mark.parametrize("body", ONCE_WRONG.values(), ids=ONCE_WRONG)
def test_what_was_once_wrong(body: str) -> None:
    spec = cnnspec.load(f"model M {{\n {body}\n}}\n")
    report = sound(spec)
    compare_on_meta(spec, report)
    compare_values(spec, File(spec.text, spec.text, report.network, ()), 0)


@SETTINGS
@given(files)
def test_small_files(file: File) -> None:
    compare_file(file, 0)


@SETTINGS
@given(files)
def test_plans_give_the_same(file: File) -> None:
    """The run that frees values, the one with pooling first and the one of logits against the plain trace."""
    module = cnnspec.load(file.text).build(seed=0).eval()
    network = file.network
    x = to_torch(draw_batch(network, 0)).float()
    expected = module.trace(x)[network.nodes[network.outputs[0]].path]
    assert torch.equal(module(x), expected)
    module.pool_first()
    assert torch.equal(module(x), expected)
    logits = module.forward_logits(x)
    end = {"softmax": lambda v: v.softmax(1), "sigmoid": torch.sigmoid, None: lambda v: v}[module.probabilities[0]]
    assert torch.equal(end(logits), expected)


def test_every_kind_is_drawn() -> None:
    """The comparisons would hold emptily for a kind that is never drawn."""
    assert {*DRAW, *MERGES, *PAIRS} == set(all_kinds())
    seen = Counter(node.layer.kind for seed in range(500) for node in RandomFiles(Random(seed)).draw().network.nodes)
    missing = {kind for kind in all_kinds() if not seen[kind]}
    assert missing <= {"RBF", "GlobalMaxPool1D", "AdaptiveMaxPool1D", "AdaptiveAvgPool1D"}, missing
