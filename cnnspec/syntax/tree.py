"""The syntax tree: what the text says, before anything is known about what it means.

Every node is frozen and knows its span. The tree keeps comments (``File.comments``) and the spelling of numbers, so
that the formatter can write a file back without loss.
"""

from __future__ import annotations

from typing import Literal

from cnnspec.diagnostics.span import Source, Span
from cnnspec.record import record

# --- expressions ---------------------------------------------------------------------------------------------------


@record
class Number:
    """``64``, ``1_000``, ``1e-3``; ``text`` is the spelling, whose digits ``~=`` compares to."""

    value: int | float
    text: str
    span: Span


@record
class String:
    """``"a/path.cnn"``; ``value`` has no quotes."""

    value: str
    span: Span


@record
class Constant:
    """``true``, ``false`` or ``none``."""

    value: bool | None
    span: Span


@record
class Name:
    """A bare name or word: ``relu``, ``classes``, ``Conv2D``, also ``in``."""

    text: str
    span: Span


@record
class Attribute:
    """``in.channels``, ``params.trainable``, ``x.Block`` (a block of ``use … as x``)."""

    base: Expression
    name: Name
    span: Span


@record
class Dims:
    """``28x28x1``, ``?x?x3``, ``3x3``: one token; None stands for ``?``."""

    parts: tuple[int | None, ...]
    span: Span


@record
class Unknown:
    """A lone ``?``: ``input [?, ?, 3]`` and ``:: ?``."""

    span: Span


@record
class Quantity:
    """A number with a unit of memory: ``2 GiB``, ``512 KB``."""

    number: Number
    unit: Name
    span: Span


@record
class ListOf:
    """``[a, b, 3]``; also a list per axis and the items of ``callbacks = [ … ]``."""

    items: tuple[Expression, ...]
    span: Span


@record
class Argument:
    """``64`` or ``strides=2`` between the parentheses of a call."""

    name: Name | None
    value: Expression
    span: Span


@record
class Call:
    """``l2(1e-4)``, ``min(a, b)``, ``BatchNorm(epsilon=1e-5)``, ``memory.training(batch=64)`` as an expression."""

    callee: Name | Attribute
    arguments: tuple[Argument, ...]
    span: Span


@record
class Unary:
    """``-x`` and ``not x``."""

    operator: Literal["-", "+", "not"]
    operand: Expression
    span: Span


@record
class Binary:
    """Arithmetic, comparison and logic; ``operator`` as written (``~=`` compares to the digits written)."""

    operator: Literal["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "~=", "and", "or"]
    left: Expression
    right: Expression
    span: Span
    operator_span: Span


Expression = Number | String | Constant | Name | Attribute | Dims | Unknown | Quantity | ListOf | Call | Unary | Binary

# --- flows ---------------------------------------------------------------------------------------------------------


@record
class Branch:
    """One ``| …`` of a merge: statements over the value before the merge; no statements is the identity."""

    statements: tuple[Statement, ...]
    span: Span


@record
class Step:
    """One step of a flow: ``Conv2D(6, 5x5)``, ``Add { | … | … }``, ``Basic(64) * 2``, ``encoder()``, ``e1``.

    ``arguments`` is None where there are no parentheses. ``span`` covers the step with its ``* n``; the name's own is
    ``callee.span``. Whether a lowercase name is a value or a layer is for the resolver to say.
    """

    callee: Name | Attribute
    arguments: tuple[Argument, ...] | None
    branches: tuple[Branch, ...] | None
    times: Expression | None
    span: Span


@record
class Sources:
    """``[a, b]`` at the start of a flow."""

    items: tuple[Expression, ...]
    span: Span


# --- statements ----------------------------------------------------------------------------------------------------


@record
class Flow:
    """``[name =] [sources ->] step -> step [:: shape]``.

    At least one of ``sources`` and ``steps`` is there. ``claim`` is a :class:`Dims`, :class:`ListOf`,
    :class:`Unknown` or (for a vector) any expression of an integer.
    """

    target: Name | None
    sources: Sources | None
    steps: tuple[Step, ...]
    claim: Expression | None
    span: Span


@record
class Share:
    """``share name = Layer(…)``: one set of weights for every use of the name."""

    name: Name
    layer: Step
    span: Span


@record
class Let:
    """``let name = expression``."""

    name: Name
    value: Expression
    span: Span


@record
class InputStatement:
    """``input 28x28x1``, ``input left: 28x28x1`` in a model; ``input a, b`` (no shapes) in a block."""

    items: tuple[InputItem, ...]
    span: Span


@record
class InputItem:
    """One input: a name, a shape, or both."""

    name: Name | None
    shape: Expression | None
    span: Span


@record
class OutputStatement:
    """``output a, b``."""

    names: tuple[Name, ...]
    span: Span


@record
class Expect:
    """``expect params == 44_426``."""

    condition: Expression
    span: Span


@record
class If:
    """``if c { … } else if d { … } else { … }``: (condition, statements) pairs, then the ``else`` (None: identity)."""

    cases: tuple[tuple[Expression, tuple[Statement, ...]], ...]
    otherwise: tuple[Statement, ...] | None
    span: Span


@record
class Repeat:
    """``repeat n [as i] { … }``."""

    count: Expression
    index: Name | None
    statements: tuple[Statement, ...]
    span: Span


@record
class Setting:
    """``key = value`` of a recipe."""

    key: Name
    value: Expression
    span: Span


@record
class Broken:
    """A statement that did not parse; its diagnostic has been reported. What depends on it stays unknown, silently."""

    span: Span


Statement = Flow | Share | Let | InputStatement | OutputStatement | Expect | If | Repeat | Setting | Broken

# --- files ---------------------------------------------------------------------------------------------------------


@record
class Parameter:
    """A parameter of a model or block, with its default (None: must be given)."""

    name: Name
    default: Expression | None
    span: Span


@record
class ModelDefinition:
    name: Name
    parameters: tuple[Parameter, ...]
    statements: tuple[Statement, ...]
    span: Span


@record
class BlockDefinition:
    name: Name
    parameters: tuple[Parameter, ...]
    statements: tuple[Statement, ...]
    span: Span


@record
class TrainDefinition:
    """``train Model [as name] { key = value … }``; statements are Setting, Expect, Let or Broken."""

    model: Name
    alias: Name | None
    statements: tuple[Statement, ...]
    span: Span


@record
class Use:
    """``use "std/resnet.cnn" [as r]``."""

    path: String
    alias: Name | None
    span: Span


Item = ModelDefinition | BlockDefinition | TrainDefinition | Use | Let | Broken


@record
class Comment:
    """``# …`` up to the end of its line; ``text`` starts with the ``#``."""

    text: str
    span: Span


@record
class File:
    """A parsed file: its items in order, its comments in order, and the source itself."""

    items: tuple[Item, ...]
    comments: tuple[Comment, ...]
    source: Source
