"""Resolved models made by hand, for tests of the analysis alone."""

from __future__ import annotations

from cnnspec.analysis.report import ModelReport
from cnnspec.analysis.rows import analyse_model
from cnnspec.diagnostics import Source
from cnnspec.ir import Network, Node
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.input import Input
from cnnspec.layers.registry import layer_class
from cnnspec.layers.shape import Shape
from cnnspec.resolve.result import Origin, ResolvedModel


def layer(kind: str, *positional: object, **named: object) -> Layer:
    """``layer("Conv2D", 6, (5, 5), padding="same")``."""
    return layer_class(kind).bind(positional, named)


class Build:
    """A model in the making; every line of the pretended text is one node."""

    def __init__(self, name: str = "Model") -> None:
        self.name = name
        self.nodes: list[Node] = []
        self.shapes: list[Shape | None] = []
        self.facts: list[Facts | None] = []
        self.counts: dict[str, int] = {}

    def input(self, *shape: int | str, name: str = "input") -> int:
        return self._add(name, Input(shape=shape), (), None)

    def add(self, made: Layer | str, *inputs: int, name: str = "", shares: int | None = None, **named: object) -> int:
        """Add a layer that reads the given nodes, by default the last one."""
        made = layer(made, **named) if isinstance(made, str) else made
        self.counts[made.kind] = self.counts.get(made.kind, 0) + 1
        return self._add(name or f"{made.kind.lower()}_{self.counts[made.kind]}", made, inputs or (len(self.nodes) - 1,), shares)

    def chain(self, *layers: Layer | str) -> int:
        for item in layers:
            self.add(item)
        return len(self.nodes) - 1

    def _add(self, path: str, made: Layer, inputs: tuple[int, ...], shares: int | None) -> int:
        shapes = [self.shapes[at] for at in inputs]
        known = [shape for shape in shapes if shape is not None]
        facts = made.facts(*known) if len(known) == len(shapes) else None
        self.nodes.append(Node(path=path, layer=made, inputs=inputs, shares=shares))
        self.facts.append(facts)
        self.shapes.append(None if facts is None else facts.output)
        return len(self.nodes) - 1

    def model(self, *outputs: int, broken: bool = False) -> ResolvedModel:
        text = "".join(f"{node.path}\n" for node in self.nodes)
        source = Source("model.cnn", text)
        spans = [source.span(start, start + 1) for start in source.line_starts[: len(self.nodes)]]
        network = Network(name=self.name, nodes=tuple(self.nodes), outputs=outputs or (len(self.nodes) - 1,))
        return ResolvedModel(
            self.name,
            network,
            tuple(self.shapes),
            tuple(self.facts),
            tuple(Origin(span, span) for span in spans),
            broken=broken,
        )

    def report(self, *outputs: int) -> ModelReport:
        return analyse_model(self.model(*outputs))


def lenet() -> Build:
    """The lecture's LeNet-5: 28×28, without padding, max pooling."""
    build = Build("LeNet5")
    build.input(28, 28, 1)
    build.chain(
        layer("Conv2D", 6, 5, activation="relu"),
        "MaxPool2D",
        layer("Conv2D", 16, 5, activation="relu"),
        "MaxPool2D",
        "Flatten",
        layer("Dense", 120, activation="relu"),
        layer("Dense", 84, activation="relu"),
        layer("Dense", 10, activation="softmax"),
    )
    return build


def mnist_cnn(pooling: bool = True) -> Build:
    """The lecture's network for MNIST; ``pooling=False`` is the one it compares it with."""
    build = Build("MnistCNN")
    build.input(28, 28, 1)
    between: tuple[str, ...] = ("MaxPool2D",) if pooling else ()
    build.chain(
        layer("Conv2D", 32, 3, activation="relu"),
        *between,
        layer("Conv2D", 64, 3, activation="relu"),
        *between,
        layer("Conv2D", 64, 3, activation="relu"),
        "Flatten",
        layer("Dense", 64, activation="relu"),
        layer("Dense", 10, activation="softmax"),
    )
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
