"""Resolved models made by hand, for tests of the analysis alone."""

from __future__ import annotations

from cnnspec.analysis.report import ModelReport
from cnnspec.analysis.rows import analyse_model
from cnnspec.diagnostics import Source
from cnnspec.ir import Network
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.shape import Shape
from cnnspec.resolve.result import Origin, ResolvedModel
from support import networks
from support.networks import Builder, make

layer = make


def resolve_by_hand(network: Network, facts: list[Facts] | None = None, *, first_unknown: int | None = None) -> ResolvedModel:
    """The network as the resolver would hand it over, every node on a line of its own.

    Nodes from ``first_unknown`` on are as an error leaves them.
    """
    if facts is None:
        facts = []
        for node in network.nodes:
            facts.append(node.layer.facts(*(facts[at].output for at in node.inputs)))
    known = len(facts) if first_unknown is None else first_unknown
    source = Source("model.cnn", "".join(f"{node.path}\n" for node in network.nodes))
    spans = [source.span(start, start + 1) for start in source.line_starts[: len(network.nodes)]]
    unknown = (None,) * (len(facts) - known)
    return ResolvedModel(
        network.name,
        network,
        (*(fact.output for fact in facts[:known]), *unknown),
        (*facts[:known], *unknown),
        tuple(Origin(span, span) for span in spans),
    )


class Build(Builder):
    """A model in the making; layers without arguments may be given by their kind."""

    def __init__(self, name: str = "Model") -> None:
        super().__init__(name)

    def add(self, layer: Layer | str, *inputs: int, name: str | None = None, scope: str = "", shares: int | None = None) -> int:
        made = make(layer) if isinstance(layer, str) else layer
        return super().add(made, *inputs, name=name, scope=scope, shares=shares)

    def chain(self, *layers: Layer | str) -> int:
        for item in layers:
            self.add(item)
        return len(self.nodes) - 1

    def model(self, *, first_unknown: int | None = None) -> ResolvedModel:
        return resolve_by_hand(self.network(), self.facts, first_unknown=first_unknown)

    def report(self, *, first_unknown: int | None = None) -> ModelReport:
        return analyse_model(self.model(first_unknown=first_unknown))

    @property
    def shapes(self) -> list[Shape]:
        return [facts.output for facts in self.facts]


def of(network: Network) -> Build:
    build = Build(network.name)
    build.nodes = list(network.nodes)
    for node in network.nodes:
        build.facts.append(node.layer.facts(*(build.facts[at].output for at in node.inputs)))
    return build


def lenet() -> Build:
    """The lecture's LeNet-5: 28×28, without padding, max pooling."""
    return of(networks.lenet())


def mnist_cnn(pooling: bool = True) -> Build:
    """The lecture's network for MNIST; ``pooling=False`` is the one it compares it with."""
    if pooling:
        return of(networks.mnist_cnn())
    build = Build("MnistCNN")
    build.input(28, 28, 1)
    build.chain(*[layer("Conv2D", filters, 3, activation="relu") for filters in (32, 64, 64)])
    build.chain("Flatten", layer("Dense", 64, activation="relu"), layer("Dense", 10, activation="softmax"))
    return build


def alexnet() -> Build:
    """Krizhevsky 2012 on 227×227, in two groups."""
    build = Build("AlexNet")
    build.input(227, 227, 3)
    build.chain(
        layer("Conv2D", 96, 11, strides=4),
        layer("MaxPool2D", 3, strides=2),
        layer("Conv2D", 256, 5, padding="same", groups=2),
        layer("MaxPool2D", 3, strides=2),
        layer("Conv2D", 384, 3, padding="same"),
        layer("Conv2D", 384, 3, padding="same", groups=2),
        layer("Conv2D", 256, 3, padding="same", groups=2),
        layer("MaxPool2D", 3, strides=2),
        "Flatten",
        layer("Dense", 4096),
        layer("Dense", 4096),
        layer("Dense", 1000),
    )
    return build
