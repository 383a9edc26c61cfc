"""One architecture stays one, whatever it is called and in whatever order it is written."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnspec.analysis.diff import isomorphism
from cnnspec.analysis.diff.compare import compare_models
from cnnspec.analysis.diff.isomorphism import find_isomorphism, is_isomorphism
from cnnspec.analysis.diff.records import ModelDiff
from cnnspec.analysis.diff.sides import Numbering, Side
from cnnspec.analysis.report import ModelReport
from cnnspec.analysis.rows import analyse_model
from cnnspec.ir import Network
from support.checking import check
from support.hand_built import Build, layer, resolve_by_hand
from support.random_files import RandomFiles


def report(network: Network) -> ModelReport:
    return analyse_model(resolve_by_hand(network))


def compare(before: str, after: str) -> ModelDiff:
    reports = [check(text).report for text in (before, after)]
    assert all(found.ok for found in reports), [found.diagnostics for found in reports]
    return compare_models(reports[0].models[0], reports[1].models[0])


def disguised(network: Network, random: Random) -> Network:
    """The network under other names, its nodes in another order, the inputs of sums in another order."""
    left = list(range(len(network.nodes)))
    order: list[int] = []
    while left:
        ready = [at for at in left if not {*network.nodes[at].inputs, network.nodes[at].shares} - {None} - set(order)]
        order.append(random.choice(ready))
        left.remove(order[-1])
    place = {at: new for new, at in enumerate(order)}
    nodes = []
    for at in order:
        node = network.nodes[at]
        inputs = [place[source] for source in node.inputs]
        if node.layer.commutative:
            random.shuffle(inputs)
        shares = None if node.shares is None else place[node.shares]
        nodes.append(node.model_copy(update={"path": f"n{place[at]}", "inputs": tuple(inputs), "shares": shares}))
    return Network(name="Other", nodes=tuple(nodes), outputs=tuple(place[at] for at in network.outputs))


networks = st.randoms(use_true_random=False).map(lambda random: (RandomFiles(random).draw().network, random))


@settings(deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
@given(networks)
def test_names_and_order_are_no_difference(drawn):
    network, random = drawn
    found = compare_models(report(network), report(disguised(network, random)))
    assert found.same_architecture
    assert found.edits == 0
    assert not found.following


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(networks)
def test_nothing_differs_from_itself(drawn):
    network, _ = drawn
    found = compare_models(report(network), report(network))
    assert found.same
    assert not found.renamed


def ring(edges: list[tuple[int, int]]) -> Network:
    """Equal layers side by side, and a sum for each edge: symmetric, and entangled where the edges are a ring."""
    build = Build()
    build.input(8, 8, 4)
    convs = [build.add(layer("Conv2D", 4, 3, padding="same"), 0) for _ in range(6)]
    sums = [build.add("Add", convs[a], convs[b]) for a, b in edges]
    build.add("Average", *sums)
    return build.network()


HEXAGON = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)]
TRIANGLES = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]


def test_entangled_symmetric_parts_are_searched(monkeypatch):
    other = [(0, 2), (2, 4), (4, 1), (1, 3), (3, 5), (5, 0)]  # a ring again, through the layers in another order
    number = Numbering()
    sides = [Side(report(ring(edges)), number) for edges in (HEXAGON, other)]
    found = find_isomorphism(*sides, number)
    assert found is not None
    assert is_isomorphism(*sides, found)
    monkeypatch.setattr(isomorphism, "_search", lambda *_: None)
    assert find_isomorphism(*sides, number) is None, "no search was needed"


def test_alike_everywhere_is_not_the_same():
    """Every layer of the ring and of two triangles sees the same around it, all the way."""
    found = compare_models(report(ring(HEXAGON)), report(ring(TRIANGLES)))
    assert not found.same_architecture
    assert not found.added
    assert all(change.reads or change.moved for change in found.changed)


MODEL = "model M {{\n  input {input}\n{body}}}\n"


def model(*lines: str, input: str = "8x8x4") -> str:
    return MODEL.format(input=input, body="".join(f"  {line}\n" for line in lines))


CONV = "Conv2D(4, 3x3, padding=same)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (model("a = Conv2D(4, 3x3)", "ReLU"), model("Conv2D(4, 3x3) -> last = ReLU".replace(" -> last = ", "\n  last = "))),
        (model(f"Add {{ | {CONV} | BatchNorm }}"), model(f"Add {{ | BatchNorm | {CONV} }}")),
        (model("Conv2D(4, 3x3)", "ReLU"), model("stem = Conv2D(4, [3, 3]) -> ReLU")),
        (f"block B {{ {CONV} -> ReLU }}\n" + model("B * 2"), model(CONV, "ReLU", CONV, "ReLU")),
        (f"block B {{ {CONV} -> ReLU }}\n" + model("B * 2"), model("repeat 2 {", CONV, "ReLU", "}")),
        (model("Conv2D(4, 3x3) -> ReLU", input="?x?x3"), model("Conv2D(4, 3x3) -> ReLU", input="picture: ?x?x3")),
        (
            model("input b: ?x?x3", "[a, b] -> Add -> Conv2D(4, 1x1)", input="a: ?x?x3"),
            model("input right: ?x?x3", "[left, right] -> Add -> Conv2D(4, 1x1)", input="left: ?x?x3"),
        ),
    ],
)
def test_the_same_architecture(before, after):
    found = compare(before, after)
    assert found.same_architecture
    assert not found.following
    assert found.totals is not None
    assert not any(amount.differs for amount in (found.totals.params, found.totals.macs, found.totals.activation_elements))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # A layer that two others read, or two that are alike: the weights are not the same.
        (model(f"a = {CONV}", "[a, a] -> Add"), model(f"Add {{ | {CONV} | {CONV} }}")),
        (
            model(f"a = {CONV}", "b = a -> ReLU", "c = a -> GELU", "[b, c] -> Add"),
            model(f"Add {{ | {CONV} -> ReLU | {CONV} -> GELU }}"),
        ),
        (model(f"Subtract {{ | {CONV} | ReLU }}"), model(f"Subtract {{ | ReLU | {CONV} }}")),
        (model(f"Concat {{ | {CONV} | ReLU }}"), model(f"Concat {{ | ReLU | {CONV} }}")),
        (model("share c = " + CONV, "c", "c"), model(CONV, CONV)),
        (model("share c = " + CONV, "share d = " + CONV, *"cdcd"), model("share c = " + CONV, "share d = " + CONV, *"cddc")),
        (model(f"a = {CONV}", "b = ReLU", "output a, b"), model(f"a = {CONV}", "b = ReLU", "output b, a")),
        (model(f"a = {CONV}", "b = ReLU", "output a, b"), model(f"a = {CONV}", "b = ReLU")),
        (model(CONV), model(CONV, input="8x9x4")),
        (model(CONV), model(CONV, input="?x8x4")),
    ],
)
def test_another_architecture(before, after):
    found = compare(before, after)
    assert not found.same_architecture
    assert 1 <= found.edits <= 3
