"""The layer under test with the inputs it is tested on, and what did not hold of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.ir import Network, Node
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.extent import Extent
from cnnspec.layers.input import Input
from cnnspec.layers.shape import Shape
from cnnspec.record import record
from cnnspec.schema.choice import plain_value
from cnnspec.schema.declaration import takes_quotes
from cnnspec.schema.values import CallValue, is_list

#: The path of the layer in the networks that are made of it.
PATH = "layer"


@record
class Failure:
    """One property that does not hold.

    Attributes:
        what: the property.
        stated: what was to be.
        found: what came out instead.
        help: a way out.
    """

    what: str
    stated: str
    found: str
    help: str

    def __str__(self) -> str:
        return f"{self.what}: {self.stated}, but {self.found}\n    help: {self.help}"


class LayerCheckError(AssertionError):
    """A layer is not what it says it is; ``failures`` are all that was found, in the order of the checks."""

    def __init__(self, title: str, failures: Sequence[Failure]) -> None:
        self.failures = tuple(failures)
        count = "one property does" if len(failures) == 1 else f"{len(failures)} properties do"
        super().__init__("\n".join((f"{title}: {count} not hold", *(f"  {failure}" for failure in failures))))


Findings = Iterator[Failure]


@record
class Subject:
    """A layer on inputs.

    Attributes:
        layer: the layer.
        shapes: of its inputs.
        facts: what it states of them.
        exact: its window is to be read to both ends.
        keras: Keras has it.
        seed: of the weights and values it is tried with.
    """

    layer: Layer
    shapes: tuple[Shape, ...]
    facts: Facts
    exact: bool
    keras: bool
    seed: int

    @property
    def kind(self) -> str:
        """The layer's kind."""
        return self.layer.kind

    @property
    def network(self) -> Network:
        """The layer alone on its inputs."""
        return network_of(self.layer, self.shapes)

    @property
    def title(self) -> str:
        """The call and what it is applied to: ``MaxPool2D(pool_size=[3, 3]) on 8×8×3``."""
        return f"{write_call(self.layer)} on {' and '.join(map(str, self.shapes))}"


def network_of(layer: Layer, shapes: Sequence[Shape]) -> Network:
    """A layer alone on inputs of these shapes, known or not; they are called ``a``, ``b``, ….

    The layer need not be announced.
    """
    names = input_names(len(shapes))
    dims = [tuple(str(n) if isinstance(n, Extent) else int(n) for n in shape.dims) for shape in shapes]
    inputs = [Node(path=name, layer=Input(shape=shape)) for name, shape in zip(names, dims, strict=True)]
    last = Node(path=PATH, layer=layer, inputs=tuple(range(len(shapes))))
    return Network(name="Net", nodes=(*inputs, last), outputs=(len(shapes),))


def input_names(count: int) -> tuple[str, ...]:
    """``a``, ``b``, …; past the alphabet numbered."""
    return tuple(chr(ord("a") + at) if at < 26 else f"input_{at}" for at in range(count))


def write_call(layer: Layer) -> str:
    """The call that makes a layer, as a file has it, its numbers to the last digit."""
    cls = type(layer)
    arguments = [f"{name}={_write(value, takes_quotes(cls, name))}" for name, value in layer.changed().items()]
    return f"{layer.kind}({', '.join(arguments)})" if arguments else layer.kind


def _write(value: object, quoted: bool = False) -> str:
    match plain_value(value):
        case None:
            return "none"
        case bool() as truth:
            return "true" if truth else "false"
        case str() as text if quoted:
            return f'"{text}"'
        case CallValue(name, positional, named):
            return f"{name}({', '.join([*map(_write, positional), *(f'{key}={_write(item)}' for key, item in named)])})"
        case items if is_list(items):
            return f"[{', '.join(map(_write, items))}]"
        case number_or_word:
            return str(number_or_word)


def describe_error(error: Exception) -> str:
    """``ValueError: too small``."""
    return f"{type(error).__name__}: {error}"
