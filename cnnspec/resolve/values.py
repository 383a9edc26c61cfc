"""What a name can stand for while a file is resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cnnspec.diagnostics import Span
from cnnspec.layers.base import Layer
from cnnspec.layers.shape import Shape
from cnnspec.record import field, record, state
from cnnspec.schema.values import CallValue, Word, is_list
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.resolve.scope import FileScope


class UnknownType:
    """Stands for a value that an earlier, already reported error made unknown; everything made from it is unknown."""

    _instance: UnknownType | None = None

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = UnknownType()


class Ratio(float):
    """A quotient of two integers that did not come out whole; it remembers them for the message."""

    __slots__ = ("division",)
    division: str

    @classmethod
    def of(cls, a: int, b: int) -> Ratio:
        self = cls(a / b)
        self.division = f"{a} / {b}"
        return self


@record
class Value:
    """A value that flows: the output of a node, its shape None where an error made it unknown."""

    node: int
    shape: Shape | None


@record
class Given:
    """An argument as it was written and what it evaluated to."""

    name: str | None
    value: object
    tree: tree.Argument


@record
class Block:
    """A block and the file whose names it sees."""

    definition: tree.BlockDefinition
    home: FileScope = field(repr=False)

    @property
    def name(self) -> str:
        return self.definition.name.text


@record
class LayerValue:
    """A layer or block with the arguments given so far: ``norm = BatchNorm(epsilon=1e-5)``."""

    target: type[Layer] | Block
    name: str
    given: tuple[Given, ...] = ()

    def extended(self, more: tuple[Given, ...]) -> LayerValue:
        """With further arguments: those without a name follow those before, a later one of the same name wins."""
        names = {item.name for item in more if item.name}
        kept = tuple(item for item in self.given if item.name is None or item.name not in names)
        first, then = _leading(kept), _leading(more)
        return LayerValue(self.target, self.name, kept[:first] + more[:then] + kept[first:] + more[then:])

    def as_written(self) -> Word | CallValue:
        """The same as a word or call, for an argument that is no layer."""
        if not self.given:
            return Word(self.name)
        positional = tuple(item.value for item in self.given if item.name is None)
        return CallValue(self.name, positional, tuple((i.name, i.value) for i in self.given if i.name))


def _leading(given: tuple[Given, ...]) -> int:
    """How many arguments stand without a name before the first that has one."""
    return next((at for at, item in enumerate(given) if item.name), len(given))


@state
class SharedLayer:
    """``share name = Layer(…)``: the nodes that own its weights, filled at the first use."""

    name: str
    layer: LayerValue
    step: tree.Step
    owners: list[int] | None = None
    first_input: Shape | None = None
    first_use: Span | None = None
    uses: int = 0


@record
class Binding:
    """A name, what it stands for and where it was given; ``made`` are the nodes that a flow of that name made."""

    content: object
    span: Span
    is_parameter: bool = False
    made: range | None = None


def contains_unknown(value: object) -> bool:
    """Whether an earlier error left the value, or a part of it, unknown."""
    if isinstance(value, UnknownType):
        return True
    return is_list(value) and any(contains_unknown(item) for item in value)


def plain_word(value: object) -> object:
    """A layer as an argument of something that takes words is that word."""
    return value.as_written() if isinstance(value, LayerValue) else value
