"""Operations on values: arithmetic, comparison, and what to say where they make no sense."""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import isfinite
from typing import Any, TypeGuard

from cnnspec.diagnostics import Diagnostic, Span
from cnnspec.diagnostics.catalogue import arguments as problems
from cnnspec.diagnostics.catalogue.names import unknown_name, value_as_constant
from cnnspec.layers.extent import Extent
from cnnspec.resolve.scope import Scope
from cnnspec.resolve.values import UNKNOWN, Binding, Block, LayerValue, Ratio, SharedLayer, UnknownType, Value
from cnnspec.schema.values import CallValue, Word, show
from cnnspec.syntax import tree

#: Integers must fit into 64 bits, as Torch's do.
LARGEST = 2**63 - 1

FUNCTIONS = ("min", "max", "round", "floor", "ceil")


class Rejected(Exception):
    """An expression has no value; what is wrong is in the diagnostic (None: it was reported before)."""

    def __init__(self, diagnostic: Diagnostic | None) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic.message if diagnostic else "reported before")


class Operators:
    """Operations in a scope, whose names messages choose from."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def binding_of(self, expression: tree.Expression) -> Binding | None:
        """The binding a bare name refers to."""
        return self.scope.lookup(expression.text) if isinstance(expression, tree.Name) else None

    def truth(self, value: object, expression: tree.Expression) -> bool:
        """The value as a condition.

        Raises:
            Rejected: it is neither true nor false.
        """
        if isinstance(value, bool):
            return value
        if isinstance(value, Word) and isinstance(expression, tree.Name):
            if self.scope.is_uncertain():
                raise Rejected(None)
            raise Rejected(unknown_name(expression.span, name=expression.text, choices=self.scope.visible()))
        raise Rejected(problems.condition_not_boolean(expression.span, value=self.show(value)))

    def apply(self, part: tree.Binary, left: object, right: object) -> object:
        """The value of an operation on two values.

        Raises:
            Rejected: it has none.
        """
        if part.operator == "~=":
            from cnnspec.diagnostics.catalogue.claims import claim_invalid

            reason = "~= compares a figure to the digits that are written, which only a claim does"
            raise Rejected(claim_invalid(part.span, reason=reason, way_out="write == here, or claim it: `expect … ~= 0.413`"))
        if isinstance(left, UnknownType) or isinstance(right, UnknownType):
            if part.operator not in ("==", "!="):
                for value, side in ((left, part.left), (right, part.right)):
                    if not isinstance(value, UnknownType):
                        self.number(value, side.span, part.operator, side)
            return UNKNOWN
        if part.operator in ("==", "!="):
            equal = self._equal(left, right, part)
            return equal if part.operator == "==" else not equal
        if part.operator == "//" and (isinstance(left, tuple) or (isinstance(right, Word) and not self.scope.is_uncertain())):
            raise Rejected(_comment_as_division(part))
        a = self.number(left, part.left.span, part.operator, part.left)
        b = self.number(right, part.right.span, part.operator, part.right)
        if part.operator in _COMPARISONS:
            if isinstance(a, Extent) or isinstance(b, Extent):
                raise self.refuse_symbolic(part.span, what="a comparison", expression=str(a if isinstance(a, Extent) else b))
            return _COMPARISONS[part.operator](a, b)
        return self._arithmetic(part, a, b)

    def _equal(self, left: object, right: object, part: tree.Binary) -> bool:
        for value, side in ((left, part.left), (right, part.right)):
            if isinstance(value, Value):
                binding = self.binding_of(side)
                raise Rejected(value_as_constant(side.span, name=base_text(side), defined=binding.span if binding else side.span))
        if isinstance(left, Extent) or isinstance(right, Extent):
            if left == right:
                return True
            shown = left if isinstance(left, Extent) else right
            raise self.refuse_symbolic(part.span, what="a comparison", expression=str(shown))
        if isinstance(left, LayerValue) and isinstance(right, LayerValue):
            return left.target == right.target and left.as_written() == right.as_written()
        if isinstance(left, bool) != isinstance(right, bool):
            return False
        return left == right

    def _arithmetic(self, part: tree.Binary, a: int | float | Extent, b: int | float | Extent) -> object:
        symbol = part.operator
        if symbol in ("/", "//", "%") and b == 0:
            raise Rejected(problems.division_by_zero(part.span, expression=shorten(part.span)))
        if isinstance(a, Extent) or isinstance(b, Extent):
            return self._symbolic(part, a, b)
        if symbol == "**" and _too_large(a, b):
            raise Rejected(problems.result_too_large(part.span, expression=shorten(part.span)))
        if symbol == "/" and isinstance(a, int) and isinstance(b, int):
            return a // b if a % b == 0 else Ratio.of(a, b)
        try:
            result = _OPERATIONS[symbol](a, b)
        except (OverflowError, ZeroDivisionError):
            raise Rejected(problems.result_too_large(part.span, expression=shorten(part.span))) from None
        if isinstance(result, complex):
            raise Rejected(problems.type_mismatch(part.span, operation="** of a fraction", left=f"{a} and {b}"))
        return self.checked(result, part.span)

    def _symbolic(self, part: tree.Binary, a: int | float | Extent, b: int | float | Extent) -> object:
        symbol = part.operator
        whole = not isinstance(a, float) and not isinstance(b, float)
        if whole and symbol in ("+", "-", "*"):
            return _OPERATIONS[symbol](a, b)
        if whole and symbol in ("/", "//") and isinstance(b, int) and isinstance(a, Extent) and b > 0:
            quotient = a // b
            if symbol == "//" or quotient * b == a:
                return quotient
        raise self.refuse_symbolic(part.span, what=f"this {symbol}", expression=str(a if isinstance(a, Extent) else b))

    def refuse_symbolic(self, span: Span, *, what: str, expression: str) -> Exception:
        """What to raise where an operation has no exact result for a size that an input leaves open."""
        return Rejected(problems.symbolic_size(span, what=what, expression=expression))

    def number(
        self, value: object, span: Span, operation: str, expression: tree.Expression | None = None
    ) -> int | float | Extent:
        """The value as a number.

        Raises:
            Rejected: it is none.
        """
        if isinstance(value, (int, float, Extent)) and not isinstance(value, bool):
            return value
        if isinstance(value, Word):
            if self.scope.is_uncertain():
                raise Rejected(None)
            raise Rejected(unknown_name(span, name=str(value), choices=self.scope.visible()))
        if isinstance(value, Value):
            binding = self.binding_of(expression) if expression is not None else None
            raise Rejected(value_as_constant(span, name=shorten(span), defined=binding.span if binding else span))
        if isinstance(value, CallValue) and isinstance(expression, tree.Call):
            raise Rejected(problems.unknown_function(expression.callee.span, name=value.name, choices=FUNCTIONS))
        raise Rejected(problems.type_mismatch(span, operation=operation, left=self.show(value)))

    def checked(self, value: object, span: Span) -> object:
        """The value, where it is no number past the limits.

        Raises:
            Rejected: it is one.
        """
        too_large = abs(value) > LARGEST if isinstance(value, int) else isinstance(value, float) and not isfinite(value)
        if too_large:
            raise Rejected(problems.result_too_large(span, expression=shorten(span)))
        return value

    @staticmethod
    def show(value: object) -> str:
        """A value for a message."""
        match value:
            case Value(shape=shape):
                return f"a value of {shape}" if shape is not None else "a value"
            case LayerValue():
                return show(value.as_written())
            case SharedLayer(name=name):
                return f"the shared layer {name}"
            case Block(name=name):
                return name
            case _:
                return show(value)


def shorten(span: Span) -> str:
    """A piece of text on one line, shortened, for a message."""
    return " ".join(span.text.split())[:60]


def base_text(expression: tree.Expression) -> str:
    """The text of an expression, shortened, for a message."""
    return shorten(expression.span)


def _comment_as_division(part: tree.Binary) -> Diagnostic:
    """``28x28x1  // image``: a comment of another language, where a division could stand."""
    from cnnspec.diagnostics import Edit
    from cnnspec.diagnostics.catalogue.foreign import foreign_comment

    source, start = part.span.source, part.left.span.end
    at = source.text.index("//", start)
    span = source.span(at, at + 2)
    return foreign_comment(span, (Edit(span, "#"),))


def is_count(value: object) -> TypeGuard[int]:
    """Whether a value can say how often: a whole number of at least 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _too_large(a: object, b: object) -> bool:
    return isinstance(a, int) and isinstance(b, int) and b > 0 and a.bit_length() * b > 128


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
}
