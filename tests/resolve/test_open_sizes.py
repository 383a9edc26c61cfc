"""Networks for inputs of any size: what is said of a ``?`` against every size tried as a number."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnspec.diagnostics import Severity, Source
from cnnspec.layers.extent import Extent
from cnnspec.resolve.resolve import Resolution, Settings, resolve_source
from support.open_networks import OpenNetworks

SIZES = range(1, 50)


def resolve(text: str, *sizes: int) -> Resolution:
    """The text, its open extents replaced by numbers."""
    for size in sizes:
        text = text.replace("?x", f"{size}x", 1)
    return resolve_source(Source("open.cnn", text))


def draw(random: Random, merges: tuple[str, ...] = ("Add", "Concat")) -> str:
    return OpenNetworks(random, lambda text: not errors(resolve(text)), merges).draw()


def errors(resolution: Resolution) -> list[str]:
    return [d.code for d in resolution.diagnostics if d.severity is Severity.ERROR]


def holds(text: str, size: int) -> bool:
    """Whether the network checks with this number, and no 1 is repeated to fit that the file does not say."""
    found = resolve(text, size)
    if errors(found):
        return False
    (model,) = found.models
    merges = [node for node in model.network.nodes if node.layer.kind == "Add"]
    return all(len({model.shapes[at] for at in node.inputs}) == 1 for node in merges)


def compare(text: str) -> str:
    """Compare what is allowed with what holds; what was found: the kind of the verdict."""
    opened = resolve(text)
    right = [n for n in SIZES if holds(text, n)]
    if errors(opened):
        assert set(errors(opened)) <= {"merge-shapes-differ", "no-size-fits"}, text
        assert not right, text
        return errors(opened)[0]
    (model,) = opened.models
    assert model.allowed is not None
    assert right == [n for n in SIZES if model.allowed.takes({"l": n})], (text, model.allowed.describe())
    compare_shapes(text, right[:2] + right[-1:])
    ((sizes, *_),) = model.allowed.sets
    return "all" if sizes.is_all else "from" if sizes.period == 1 and sizes.residues else "some"


def compare_shapes(text: str, sizes: list[int]) -> None:
    """Formulas give the sizes of the network that has the number."""
    (opened,) = resolve(text).models
    for size in sizes:
        (known,) = resolve(text, size).models
        for mine, theirs in zip(opened.shapes, known.shapes, strict=True):
            assert mine is not None
            assert theirs is not None
            evaluated = tuple(dim.evaluate({"l": size}) if isinstance(dim, Extent) else dim for dim in mine.dims)
            assert evaluated == theirs.dims, text


@settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck), print_blob=True)
@given(st.randoms(use_true_random=False))
def test_what_is_allowed_is_what_holds(random: Random) -> None:
    compare(draw(random))


def test_what_is_allowed_is_what_holds_for_many_seeds() -> None:
    """Hypothesis likes small networks; these are of all kinds, and each kind of verdict comes up."""
    found = Counter(compare(draw(Random(seed))) for seed in range(14))
    assert {"all", "from", "some", "merge-shapes-differ"} <= set(found), found


@pytest.mark.slow
def test_what_is_allowed_is_what_holds_for_a_thousand_seeds() -> None:
    for seed in range(1000):
        compare(draw(Random(seed)))


def test_two_open_inputs() -> None:
    """What two unknowns must fulfil together stays an equation."""
    taken = 0
    for seed in range(8):
        text = OpenNetworks(Random(seed), lambda _: True).draw_pair()
        opened = resolve(text)
        assert not errors(opened)
        allowed = opened.models[0].allowed
        assert allowed is not None
        assert allowed.open
        for a in range(1, 30, 4):
            for b in range(1, 30, 3):
                assert allowed.takes({"a.l": a, "b.l": b}) is not bool(errors(resolve(text, a, b))), (text, a, b)
                taken += allowed.takes({"a.l": a, "b.l": b})
    assert taken > 10


def test_two_open_inputs_that_never_meet() -> None:
    text = "model M {\n  input a: ?x2\n  input b: ?x2\n  c = a -> UpSampling1D\n  d = b -> UpSampling1D(4) -> ZeroPad1D([0, 1])\n"
    assert errors(resolve(text + "  [c, d] -> Add\n}\n")) == ["merge-shapes-differ"]
    assert errors(resolve(text + "  e = d -> ZeroPad1D([0, 1])\n  [c, e] -> Add\n}\n")) == []


def test_a_given_size_is_judged_by_what_is_allowed() -> None:
    for seed in range(5):
        text = draw(Random(seed), ("Concat",))
        if errors(resolve(text)):
            continue
        for size in range(1, 30):
            given = resolve_source(Source("open.cnn", text), Settings(input=(size,)))
            assert bool(errors(given)) is not holds(text, size), (text, size)
            assert set(errors(given)) <= {"size-condition-broken"}, text
