"""The states of a graph on the page: no layer, connection or parameter is lost in any, and clicks lead where they say."""

from __future__ import annotations

from collections import Counter

import pytest

from cnnspec.analysis.report import ModelReport
from cnnspec.render.page.derivations import Pool
from cnnspec.render.page.graphs import draw_graph, pack_graphs, write_graph, write_ranges
from cnnspec.render.page.states import States
from support.drawn_networks import report

NETWORKS = ["lenet5", "resnet18", "googlenet", "inception", "densenet", "unet", "deep_unet", "attention_resnet"]
ROOM = 200


def states_of(name: str) -> tuple[ModelReport, States]:
    model = report(name)
    return model, States(model, None, ROOM)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_state_has_every_layer_and_connection_once(name: str) -> None:
    model, states = states_of(name)
    connections = sum(len(node.inputs) for node in model.network.nodes)
    assert len(states.views) >= 1
    for view in states.views.values():
        members = Counter(member for card in view.cards for member in card.members)
        assert members == Counter(range(len(model.rows)))
        inside = sum(card.inside for card in view.cards) + sum(frame.loops for frame in view.frames)
        assert inside + sum(edge.count for edge in view.edges) == connections


@pytest.mark.parametrize("name", NETWORKS)
def test_a_click_opens_or_closes_the_block_that_it_is_on(name: str) -> None:
    _, states = states_of(name)
    for state in states.views:
        for path in states.blocks(state):
            target = states.opened(state, path)
            assert target is not None
            assert path not in set(states.blocks(target))
        for path in states.frames(state):
            target = states.closed(state, path)
            assert target is not None
            assert target != state


@pytest.mark.parametrize("name", ["resnet18", "googlenet"])
def test_one_block_alone_can_be_opened_and_closed_again(name: str) -> None:
    _, states = states_of(name)
    block = next(states.blocks(states.first))
    opened = states.opened(states.first, block)
    assert opened == states.first | {block}
    assert states.closed(opened, block) == states.first


@pytest.mark.parametrize("name", NETWORKS)
def test_steps_lead_from_nothing_to_everything(name: str) -> None:
    model, states = states_of(name)
    at, seen = states.steps[0], [states.steps[0]]
    while (more := states.beside(at)[0]) is not None:
        assert len(states.views[more].cards) > len(states.views[at].cards)
        at = more
        seen.append(at)
    assert states.beside(at)[0] is None
    assert not any(card.run for card in states.views[at].cards)
    assert all(len(card.members) < 9 for card in states.views[at].cards)
    assert sum(row.params for card in states.views[at].cards for row in card.rows) == model.totals.params


def _resolved(piece: object, width: float) -> object:
    """A piece at a width, as the page's script makes it."""
    import re

    if not isinstance(piece, list):
        return piece
    tag, attributes, *children = piece

    def place(match: re.Match[str]) -> str:
        by = float(match[2])
        return f"{round(width - by if match[1] == '~' else width / 2 + by, 2):g}"

    across = {"x", "cx", "width", "d", "points"}
    told = {key: re.sub(r"([~^])([\d.]+)", place, value) if key in across else value for key, value in attributes.items()}
    return [tag, told, *(_resolved(child, width) for child in children)]


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "googlenet"])
def test_pieces_are_what_is_drawn_in_full(name: str) -> None:
    _, states = states_of(name)
    pool = Pool()
    graphs = pack_graphs(states, pool)
    order = [states.first, *(state for state in states.views if state != states.first)]
    for state, graph in zip(order, graphs, strict=True):
        drawn = draw_graph(states.views[state])
        for placed, (number, x, y, width) in zip(drawn.nodes, graph["nodes"], strict=True):  # type: ignore[call-overload]
            tag, attributes, children = placed.element
            assert attributes["transform"] == f"translate({x:g} {y:g})"
            made = _resolved(pool.pieces[number], width)
            plain = {key: value for key, value in attributes.items() if key != "transform"}
            assert repr(made).replace("'", "") == repr(_listed((tag, plain, children))).replace("'", "")


def _listed(element: object) -> object:
    if not isinstance(element, tuple):
        return element
    tag, attributes, children = element
    return [tag, attributes, *map(_listed, children)]


def test_a_graph_in_the_page_has_its_nodes_and_edges() -> None:
    model, states = states_of("lenet5")
    _, attributes, children = write_graph(draw_graph(states.views[states.first]), "graph-0")
    kinds = Counter(child[1]["class"] for child in children if isinstance(child, tuple))
    assert attributes["role"] == "group"
    assert kinds == {"card": len(model.rows), "edge": len(model.rows) - 1}


def test_ranges() -> None:
    assert write_ranges([7, 0, 1, 3, 2]) == "0-3,7"
    assert write_ranges([]) == ""
