"""Networks made in Python: by hand, and at random."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from cnnspec.ir import Network, Node
from cnnspec.layers.base import Facts, Layer, LayerError
from cnnspec.layers.input import Input
from cnnspec.layers.registry import layer_class, snake_name
from cnnspec.layers.shape import Shape
from cnnspec.schema import CallValue, Word
from cnnspec.schema.declaration import BindError


def make(kind: str, *positional: object, **named: object) -> Layer:
    """A layer as a file would call it; strings are words."""
    return layer_class(kind).bind(tuple(map(_word, positional)), {name: _word(value) for name, value in named.items()})


def call(name: str, *positional: object, **named: object) -> CallValue:
    """A word with arguments: ``call("l2", 0.1)``."""
    return CallValue(name, tuple(map(_word, positional)), tuple((key, _word(value)) for key, value in named.items()))


def _word(value: object) -> object:
    return Word(value) if type(value) is str else value


class Builder:
    """Adds nodes one by one and knows their facts; names count as in a file."""

    def __init__(self, name: str = "Net") -> None:
        self.name = name
        self.nodes: list[Node] = []
        self.facts: list[Facts] = []
        self._counts: dict[str, int] = {}

    def input(self, *shape: int | str, name: str = "input") -> int:
        return self._add(Node(path=name, layer=Input(shape=shape)))

    def add(self, layer: Layer, *inputs: int, name: str | None = None, scope: str = "", shares: int | None = None) -> int:
        """The index of the new node; it reads the last one unless told otherwise.

        Raises:
            LayerError: the layer does not accept its inputs.
        """
        sources = inputs or (len(self.nodes) - 1,)
        layer.facts(*(self.facts[at].output for at in sources))
        path = scope + (name or self._number(scope, layer.kind))
        return self._add(Node(path=path, layer=layer, inputs=sources, shares=shares))

    def _number(self, scope: str, kind: str) -> str:
        base = snake_name(kind)
        self._counts[scope + base] = self._counts.get(scope + base, 0) + 1
        return f"{base}_{self._counts[scope + base]}"

    def _add(self, node: Node) -> int:
        self.facts.append(node.layer.facts(*(self.facts[at].output for at in node.inputs)))
        self.nodes.append(node)
        return len(self.nodes) - 1

    def shape(self, at: int = -1) -> Shape:
        return self.facts[at].output

    def network(self, *outputs: int) -> Network:
        return Network(name=self.name, nodes=tuple(self.nodes), outputs=outputs or (len(self.nodes) - 1,))


def sequence(shape: Sequence[int | str], *layers: Layer, name: str = "Net") -> Network:
    """One layer after the other."""
    builder = Builder(name)
    builder.input(*shape)
    for layer in layers:
        builder.add(layer)
    return builder.network()


def lenet() -> Network:
    """The lecture's LeNet-5."""
    return sequence(
        (28, 28, 1),
        make("Conv2D", 6, (5, 5), activation="relu"),
        make("MaxPool2D"),
        make("Conv2D", 16, (5, 5), activation="relu"),
        make("MaxPool2D"),
        make("Flatten"),
        make("Dense", 120, activation="relu"),
        make("Dense", 84, activation="relu"),
        make("Dense", 10, activation="softmax"),
        name="LeNet5",
    )


def mnist_cnn() -> Network:
    """The lecture's second network."""
    return sequence(
        (28, 28, 1),
        make("Conv2D", 32, (3, 3), activation="relu"),
        make("MaxPool2D"),
        make("Conv2D", 64, (3, 3), activation="relu"),
        make("MaxPool2D"),
        make("Conv2D", 64, (3, 3), activation="relu"),
        make("Flatten"),
        make("Dense", 64, activation="relu"),
        make("Dense", 10, activation="softmax"),
        name="MnistCNN",
    )


_ACTIVATIONS = (None, "relu", "tanh", "sigmoid", "gelu", "hard_sigmoid", "selu", "leaky_relu", "softmax", "mish", "relu6")
_MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concat")


class RandomNetworks:
    """Draws valid networks: chains with branches and shared layers, over sequences, images and volumes."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def draw(self) -> Network:
        rank = self.random.choice((1, 2, 2, 3))
        longest = {1: 14, 2: 9, 3: 6}[rank]
        self.builder = Builder("Random")
        self.builder.input(*(self.random.randint(4, longest) for _ in range(rank)), self.random.choice((1, 2, 4)))
        for _ in range(self.random.randint(1, 5)):
            self._extend(rank)
        if self.random.random() < 0.6:
            self._end(rank)
        return self.builder.network()

    def _extend(self, rank: int) -> None:
        kind = self.random.random()
        if kind < 0.65:
            self._try(self._layer(rank))
        elif kind < 0.85:
            self._branch(rank)
        else:
            self._share(rank)

    def _try(self, layer: Layer | None, *inputs: int) -> bool:
        if layer is None:
            return False
        try:
            found = layer.facts(*(self.builder.shape(at) for at in inputs or (-1,)))
            if int(found.output.elements) > 4000:  # type: ignore[arg-type]
                return False
            self.builder.add(layer, *inputs)
        except LayerError:
            return False
        return True

    def _branch(self, rank: int) -> None:
        start = len(self.builder.nodes) - 1
        channels = self.builder.shape(start).channels
        ends = [start]
        for _ in range(self.random.choice((1, 1, 2))):
            self.builder.add(make(f"Conv{rank}D", channels, 3, padding="same", activation="relu"), start)
            ends.append(len(self.builder.nodes) - 1)
        if self.random.random() < 0.3:
            self.builder.add(make(f"GlobalAvgPool{rank}D"), start)
            gate = self.builder.add(make("Dense", channels, activation="sigmoid"))
            self.builder.add(make("Multiply"), start, gate)
            return
        merge = self.random.choice(_MERGES)
        self.builder.add(make(merge), *(ends[:2] if merge == "Subtract" else ends))

    def _share(self, rank: int) -> None:
        channels = self.builder.shape().channels
        norm = self.random.random() < 0.3
        layer = make("BatchNorm") if norm else make(f"Conv{rank}D", channels, 3, padding="same", activation="tanh")
        first = self.builder.add(layer)
        self.builder.add(layer, shares=first)

    def _layer(self, rank: int) -> Layer | None:
        r = self.random
        sizes = {
            "kernel": tuple(r.randint(1, 3) for _ in range(rank)),
            "strides": tuple(r.randint(1, 3) for _ in range(rank)),
            "padding": r.choice(("valid", "same", "same", 1, tuple((r.randint(0, 2), r.randint(0, 2)) for _ in range(rank)))),
        }
        makers = (self._convolution, self._depthwise, self._transposed, self._pooling, self._pointwise, self._arranging)
        try:
            return r.choice(makers)(rank, **sizes)
        except BindError:
            return None

    def _convolution(self, rank: int, kernel: tuple[int, ...], strides: tuple[int, ...], padding: object) -> Layer:
        r = self.random
        groups = r.choice((1, 1, 2))
        return make(
            f"Conv{rank}D",
            groups * r.randint(1, 3),
            kernel,
            strides=strides,
            padding="causal" if rank == 1 and r.random() < 0.2 else padding,
            dilation_rate=r.choice((1, 1, 2)),
            groups=groups,
            use_bias=r.random() < 0.7,
            activation=r.choice(_ACTIVATIONS),
            padding_mode=r.choice(("zeros", "zeros", "zeros", "reflect", "replicate", "circular")),
            bias_initializer="random_normal",
        )

    def _depthwise(self, rank: int, kernel: tuple[int, ...], strides: tuple[int, ...], padding: object) -> Layer | None:
        if rank == 3:
            return None
        r = self.random
        multiplier = r.randint(1, 3)
        return make(f"DepthwiseConv{rank}D", kernel, strides=strides[0], padding=padding, depth_multiplier=multiplier)

    def _transposed(self, rank: int, kernel: tuple[int, ...], strides: tuple[int, ...], padding: object) -> Layer:
        r = self.random
        return make(
            f"Conv{rank}DTranspose",
            r.randint(1, 3),
            kernel,
            strides=strides,
            padding=padding,
            output_padding=r.choice((None, None, 0, 1)),
            dilation_rate=r.choice((1, 1, 2)),
            activation=r.choice(_ACTIVATIONS),
            bias_initializer="random_normal",
        )

    def _pooling(self, rank: int, kernel: tuple[int, ...], strides: tuple[int, ...], padding: object) -> Layer:
        r = self.random
        sizes = {"strides": r.choice((None, strides)), "padding": padding, "ceil_mode": r.random() < 0.3}
        if r.random() < 0.5:
            return make(f"MaxPool{rank}D", kernel, **sizes)
        return make(f"AvgPool{rank}D", kernel, **sizes, count_include_pad=r.random() < 0.3)

    def _pointwise(self, rank: int, **_: object) -> Layer:
        r = self.random
        choices = (
            lambda: make("BatchNorm"),
            lambda: make("BatchNorm", axis=1, scale=False),
            lambda: make("LRN", r.choice((2, 3, 5)), alpha=0.1),
            lambda: make("PReLU", alpha_initializer="random_normal", shared_axes=r.choice((None, (1,)))),
            lambda: make("LeakyReLU"),
            lambda: make("Softmax", axis=r.choice((-1, 1))),
            lambda: make("Dropout", 0.5),
            lambda: make(f"SpatialDropout{rank}D", 0.5),
            lambda: make("Activation", r.choice(_ACTIVATIONS[1:])),
        )
        return r.choice(choices)()

    def _arranging(self, rank: int, **_: object) -> Layer:
        r = self.random
        shape = self.builder.shape()
        order = tuple(r.sample(range(1, rank + 2), rank + 1))
        choices = (
            lambda: make(f"ZeroPad{rank}D", tuple((r.randint(0, 2), r.randint(0, 2)) for _ in range(rank))),
            lambda: make(f"UpSampling{rank}D", tuple(r.randint(1, 2) for _ in range(rank))),
            lambda: make(f"UpSampling{rank}D", 2, interpolation="bilinear"),
            lambda: make("Permute", order),
            lambda: make("Reshape", tuple(int(shape.dims[i - 1]) for i in order)),  # type: ignore[arg-type]
            lambda: make("Identity"),
            lambda: make("Filter2D", r.choice(("sobel_x", "emboss", ((1, 2), (3, 4)))), strides=r.randint(1, 2)),
        )
        return r.choice(choices)()

    def _end(self, rank: int) -> None:
        r = self.random
        if r.random() < 0.5:
            self.builder.add(make("Flatten"))
        else:
            self.builder.add(make(f"{r.choice(('GlobalAvgPool', 'GlobalMaxPool'))}{rank}D"))
        if r.random() < 0.8:
            self.builder.add(make("Dense", r.randint(2, 5), activation="softmax"))
