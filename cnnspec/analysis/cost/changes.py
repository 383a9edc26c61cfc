"""Networks with something changed, worked out again: a longer stride, a part left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.memory.memory import ModelMemory, analyse_memory
from cnnspec.analysis.report import ModelReport
from cnnspec.analysis.rows import analyse_model
from cnnspec.ir import Network, Node
from cnnspec.layers.base import Facts, Layer, LayerError
from cnnspec.record import record, replace
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
    return _work_out(model, nodes, list(range(len(nodes))), model.network.outputs)


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
    found = [part for part in (*scopes, *layers) if _is_weighted(report, part) and _source_of(report, part) is not None]
    return [part for part in found if _keeps_shape(report, part)] or found


def _is_weighted(report: ModelReport, part: Part) -> bool:
    """Whether a part has a kernel of weights: one that has none is no layer in the usual count."""
    facts = (row.facts for row in report.rows[part.first : part.last])
    return any(param.role == "kernel" for fact in facts if fact is not None for param in fact.params)


def _keeps_shape(report: ModelReport, part: Part) -> bool:
    source = _source_of(report, part)
    return source is not None and report.rows[source].output_shape == report.rows[part.last - 1].output_shape


def _source_of(report: ModelReport, part: Part) -> int | None:
    """The one value that flows into a part and could take the place of what comes out."""
    network = report.network
    inside = range(part.first, part.last)
    read = {source for at in inside for source in network.nodes[at].inputs if source not in inside}
    hidden = [at for at in inside if at != part.last - 1 and any(reader not in inside for reader in network.readers[at])]
    weights = any(node.shares in inside for node in network.nodes[part.last :] if node.shares is not None)
    stands = all(network.nodes[at].inputs for at in inside) and not any(at in network.outputs for at in inside)
    if len(read) != 1 or hidden or weights or not stands:
        return None
    return next(iter(read))


def without(model: ResolvedModel, report: ModelReport, part: Part) -> ModelMemory:
    """The memory without a part of :func:`find_parts`.

    Raises:
        Unfit: what is behind it does not take what it is given then.
    """
    source = _source_of(report, part)
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
    return _work_out(model, moved, kept, tuple(place[output] for output in model.network.outputs))


def _work_out(model: ResolvedModel, nodes: Sequence[Node], kept: Sequence[int], outputs: tuple[int, ...]) -> ModelMemory:
    """The memory of other nodes, each of which stands at the place of an old one."""
    network = Network(name=model.network.name, nodes=tuple(nodes), outputs=outputs)
    facts = tuple(_facts_of(network))
    changed = replace(
        model,
        network=network,
        facts=facts,
        shapes=tuple(fact.output for fact in facts),
        origins=tuple(model.origins[at] for at in kept),
        claims=(),
        shape_claims=(),
    )
    memory = analyse_memory(analyse_model(changed))
    assert memory is not None
    return memory


def _facts_of(network: Network) -> Iterator[Facts]:
    found: list[Facts] = []
    for node in network.nodes:
        try:
            found.append(node.layer.facts(*(found[at].output for at in node.inputs)))
        except LayerError:
            raise Unfit(node.path) from None
        yield found[-1]
