"""Networks with something changed, worked out again: a longer stride, a part left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnspec.analysis.memory.memory import ModelMemory, analyse_memory
from cnnspec.analysis.report import ModelReport, Row, Totals
from cnnspec.analysis.rows import count_params
from cnnspec.ir import Network, Node
from cnnspec.layers.base import Facts, Layer, LayerError
from cnnspec.layers.shape import Shape
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel


@record
class Part:
    """Nodes one after the other, from ``first`` up to but without ``last``, that could be left out: what they are called."""

    name: str
    first: int
    last: int


class Unfit(Exception):
    """A layer of a changed network does not take what comes to it; the message is its path."""


def with_longer_stride(model: ResolvedModel, index: int) -> ModelMemory:
    """The memory with twice the strides at one layer.

    Raises:
        Unfit: the rest of the network does not take what comes out.
    """
    node = model.network.nodes[index]
    strides = tuple(2 * step for step in node.layer.strides)  # type: ignore[attr-defined]
    changed = node.layer.model_copy(update={"strides": strides})
    nodes = [_with_layer(item, changed) if _uses(item, at, index) else item for at, item in enumerate(model.network.nodes)]
    return _work_out(nodes, model.name, model.network.outputs)


def _uses(node: Node, at: int, index: int) -> bool:
    """Whether a node is the layer at ``index``, or uses its weights again."""
    return at == index or node.shares == index


def _with_layer(node: Node, layer: Layer) -> Node:
    return Node(path=node.path, layer=layer, inputs=node.inputs, shares=node.shares)


def find_strided(report: ModelReport) -> list[int]:
    """Convolutions whose stride could be longer, by their places."""
    return [
        row.index
        for row in report.rows
        if row.layer.family == "convolution" and not row.shared and hasattr(row.layer, "strides") and not _is_upward(row.kind)
    ]


def _is_upward(kind: str) -> bool:
    return kind.endswith("Transpose")


def find_parts(report: ModelReport) -> list[Part]:
    """Blocks, passes and layers with weights that could be left out, one value going past them; also those inside of others.

    If some give the shape that they are given, only those: nothing behind them would change.
    """
    network = report.network
    scopes = [Part(scope.path, scope.first, scope.last) for scope in network.scopes]
    layers = [Part(node.path, at, at + 1) for at, node in enumerate(network.nodes) if node.inputs]
    later = _find_later_uses(network)
    sources = {part: _source_of(report, part, later) for part in (*scopes, *layers) if _is_weighted(report, part)}
    found = [part for part, source in sources.items() if source is not None]
    return [part for part in found if _keeps_shape(report, part, sources[part])] or found


def _is_weighted(report: ModelReport, part: Part) -> bool:
    """Whether a part has a kernel of weights: one that has none is no layer in the usual count."""
    facts = (row.facts for row in report.rows[part.first : part.last])
    return any(param.role == "kernel" for fact in facts if fact is not None for param in fact.params)


def _keeps_shape(report: ModelReport, part: Part, source: int | None) -> bool:
    return source is not None and report.rows[source].output_shape == report.rows[part.last - 1].output_shape


def _find_later_uses(network: Network) -> Mapping[int, int]:
    """The last node that uses the weights of another one again, by that one's place."""
    return {node.shares: at for at, node in enumerate(network.nodes) if node.shares is not None}


def _source_of(report: ModelReport, part: Part, later: Mapping[int, int]) -> int | None:
    """The one value that flows into a part and could take the place of what comes out."""
    network = report.network
    inside = range(part.first, part.last)
    read = {source for at in inside for source in network.nodes[at].inputs if source not in inside}
    hidden = any(reader not in inside for at in inside[:-1] for reader in network.readers[at])
    weights = any(later.get(at, 0) >= part.last for at in inside)
    stands = all(network.nodes[at].inputs and at not in network.outputs for at in inside)
    return None if len(read) != 1 or hidden or weights or not stands else next(iter(read))


def without(model: ResolvedModel, report: ModelReport, part: Part) -> ModelMemory:
    """The memory without a part of :func:`find_parts`.

    Raises:
        Unfit: what is behind it does not take what it is given then.
    """
    source = _source_of(report, part, _find_later_uses(report.network))
    assert source is not None
    nodes = model.network.nodes
    kept = [at for at in range(len(nodes)) if not part.first <= at < part.last]
    place = {at: new for new, at in enumerate(kept)}
    place[part.last - 1] = place[source]
    moved = [
        Node(
            path=nodes[at].path,
            layer=nodes[at].layer,
            inputs=tuple(place[read] for read in nodes[at].inputs),
            shares=None if nodes[at].shares is None else place[nodes[at].shares],  # type: ignore[index]
        )
        for at in kept
    ]
    return _work_out(moved, model.name, tuple(place[output] for output in model.network.outputs))


def _work_out(nodes: Sequence[Node], name: str, outputs: tuple[int, ...]) -> ModelMemory:
    """The memory of other nodes, of whose rows only what decides it is filled in."""
    network = Network(name=name, nodes=tuple(nodes), outputs=outputs)
    facts = _find_facts(network)
    rows = tuple(_row(network, index, facts) for index in range(len(facts)))
    counts = [count_params(fact) for node, fact in zip(nodes, facts, strict=True) if node.shares is None]
    totals = Totals(sum(count[0] for count in counts), sum(count[1] for count in counts), None, None)
    memory = analyse_memory(ModelReport(name, True, network, rows, totals))
    assert memory is not None
    return memory


def _row(network: Network, index: int, facts: Sequence[Facts]) -> Row:
    node = network.nodes[index]
    return Row(
        index=index,
        name=node.name,
        path=f"{network.name}/{node.path}",
        kind=node.layer.kind,
        layer=node.layer,
        inputs=(),
        line=0,
        input_shapes=tuple(facts[at].output for at in node.inputs),
        output_shape=facts[index].output,
        facts=facts[index] if node.inputs else None,
    )


def _find_facts(network: Network) -> list[Facts]:
    """The facts of every node; layers of repeated blocks are asked once."""
    found: list[Facts] = []
    known: dict[tuple[int, tuple[Shape, ...]], Facts] = {}
    for node in network.nodes:
        given = tuple(found[at].output for at in node.inputs)
        facts = known.get((id(node.layer), given))
        if facts is None:
            try:
                facts = known[id(node.layer), given] = node.layer.facts(*given)
            except LayerError:
                raise Unfit(node.path) from None
        found.append(facts)
    return found
