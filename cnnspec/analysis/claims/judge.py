"""Judging a condition: what it comes to, and what its sides were found to be."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

from typing_extensions import override

from cnnspec.analysis.claims.compare import COMPARE, Incomparable, compare, nearly
from cnnspec.analysis.claims.registry import BYTES, ELSEWHERE, UNITS, Quantity
from cnnspec.analysis.claims.subject import Undecided
from cnnspec.analysis.claims.wording import (
    EXACT,
    MOST_DIGITS,
    is_symbolic,
    say_figures,
    show_actual,
    write_digits,
    write_nearly,
    write_value,
)
from cnnspec.analysis.report import ClaimResult, Figure
from cnnspec.diagnostics import Diagnostic, Edit, Span
from cnnspec.diagnostics.catalogue import claims as catalogue
from cnnspec.record import record
from cnnspec.resolve.expressions import Evaluator, Hook
from cnnspec.resolve.operators import Rejected
from cnnspec.resolve.result import PendingClaim
from cnnspec.resolve.values import UnknownType, Value
from cnnspec.schema.values import Word, is_list
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.layers.allowed import Allowed

Report = Callable[[Diagnostic], None]


@record
class Verdict:
    """What a condition comes to: None where it cannot be judged, with the reason.

    ``actual`` is the figure that decided, ``figures`` are all that were found; ``repair`` makes a false comparison true.
    """

    holds: bool | None
    actual: object = None
    reason: str = ""
    figures: tuple[Figure, ...] = ()
    repair: Edit | None = None


@record
class Vocabulary:
    """What the names of a claim mean.

    Attributes:
        hook: gives names, calls and units their values.
        quantity: the quantity that an expression names by itself, None where it is none.
        names: what can be meant, for suggestions.
        allowed: the sizes that an open input may have.
    """

    hook: Hook
    quantity: Callable[[tree.Expression], Quantity | None]
    names: tuple[str, ...]
    allowed: Allowed | None = None


def judge(claim: PendingClaim, vocabulary: Vocabulary, out: Report) -> Verdict:
    """Judge one condition; a mistake in the condition itself is reported and leaves it undecided."""
    try:
        return _Judge(claim, vocabulary).verdict(claim.condition)
    except Undecided as reason:
        return Verdict(None, None, str(reason))
    except Rejected as error:
        if error.diagnostic is not None:
            out(error.diagnostic)
        return Verdict(None, None, "the claim has an error")


def report_verdict(claim: PendingClaim, verdict: Verdict, out: Report, notes: tuple[str, ...] = ()) -> ClaimResult:
    """The verdict as a row of the report; a false claim is reported as an error."""
    text = on_one_line(claim.condition.span.text)
    if verdict.holds is False:
        repair = None if claim.uses else verdict.repair  # what is true of one use of a block may be false of another
        out(
            catalogue.claim_false(
                claim.condition.span,
                claim=text,
                actual=say_figures(verdict.figures),
                uses=claim.uses,
                repair=repair,
                repaired=_repaired(claim.condition.span, repair) if repair is not None else "",
                notes=notes,
            )
        )
    found = (verdict.actual, claim.span.line, claim.condition.span, verdict.reason, verdict.figures)
    return ClaimResult(text, verdict.holds, *found, use=claim.prefix.removesuffix("/"))


def _repaired(span: Span, repair: Edit) -> str:
    """The condition as it would be."""
    start = repair.span.start - span.start
    return on_one_line(span.text[:start] + repair.text + span.text[start + len(repair.span.text) :])


def on_one_line(text: str) -> str:
    """A condition without the line breaks and the comments that it may have in its brackets; strings stay as they are."""
    bare = re.sub(r'("[^"]*")|#[^\n]*', r"\1", text)
    closed = re.sub(r'("[^"]*")|(?<=[(\[])\s+|,?\s*(?=[)\]])', r"\1", bare)
    return " ".join(closed.split())


class _Figures(Evaluator):
    """The language's evaluator; what it cannot work out for open sizes leaves a claim undecided."""

    @override
    def refuse_symbolic(self, span: Span, *, what: str, expression: str) -> Exception:
        return Undecided(f"it depends on the size of the input: {expression}")


class _Judge:
    """Judges conditions with the language's evaluator, whose names a hook gives their quantities."""

    def __init__(self, claim: PendingClaim, vocabulary: Vocabulary) -> None:
        self.evaluator = _Figures(claim.scope, vocabulary.hook)
        self.vocabulary = vocabulary

    def verdict(self, condition: tree.Expression) -> Verdict:
        match condition:
            case tree.Binary(operator="and" | "or"):
                return self._joined(condition)
            case tree.Unary(operator="not"):
                inner = self.verdict(condition.operand)
                holds = None if inner.holds is None else not inner.holds
                return Verdict(holds, inner.actual, inner.reason, inner.figures)
            case tree.Binary(operator=operator) if operator in COMPARE or operator == "~=":
                return self._comparison(condition)
            case _:
                return self._statement(condition)

    def _joined(self, condition: tree.Binary) -> Verdict:
        sides = [self._side(condition.left), self._side(condition.right)]
        decisive = next((side for side in sides if side.holds is (condition.operator == "or")), None)
        chosen = decisive or next((side for side in sides if side.holds is None), sides[1])
        found = (chosen,) if decisive is not None or chosen.holds is None else sides
        figures = tuple(dict.fromkeys(figure for side in found for figure in side.figures))
        return Verdict(chosen.holds, chosen.actual, chosen.reason, figures, chosen.repair)

    def _side(self, condition: tree.Expression) -> Verdict:
        try:
            return self.verdict(condition)
        except Undecided as reason:
            return Verdict(None, None, str(reason))

    def _statement(self, condition: tree.Expression) -> Verdict:
        """A quantity that is true or false by itself."""
        quantity = self.vocabulary.quantity(condition)
        if quantity is None or quantity.unit:
            raise Rejected(
                catalogue.claim_invalid(
                    condition.span,
                    reason="a claim compares a quantity with a value",
                    way_out="for example `expect params == 44_426` or `expect coverage(last) ~= 0.41`",
                )
            )
        value = self._value(condition)
        if isinstance(value, UnknownType):
            return Verdict(None, None, "an error above leaves it unknown")
        return Verdict(value is True, value, figures=(Figure(on_one_line(condition.span.text), value),))

    # --- comparisons -------------------------------------------------------------------------------------------

    def _comparison(self, condition: tree.Binary) -> Verdict:
        left, right = self._value(condition.left), self._value(condition.right)
        self._check_units(condition)
        turned = is_literal(condition.left) and not is_literal(condition.right)
        stated, actual = (condition.left, right) if turned else (condition.right, left)
        if isinstance(left, UnknownType) or isinstance(right, UnknownType):
            return Verdict(None, None, "an error above leaves it unknown")
        holds = self._compare(condition, left, right, stated, actual)
        sides = [(side, value) for side, value in ((condition.left, left), (condition.right, right)) if not is_literal(side)]
        figures = [Figure(on_one_line(side.span.text), value, self._unit(side, condition)) for side, value in sides]
        if holds:  # what is written out of names, and what is equal, says nothing new
            found = [figure for figure, (side, _) in zip(figures, sides, strict=True) if self._speaks(side)] or figures
            figures = found[:1] if condition.operator == "==" else found
        return Verdict(holds, actual, "", tuple(figures), None if holds else self._repair(condition, stated, actual))

    def _speaks(self, side: tree.Expression) -> bool:
        """Whether a quantity is in it."""
        match side:
            case tree.Binary(left=left, right=right):
                return self._speaks(left) or self._speaks(right)
            case tree.Unary(operand=operand):
                return self._speaks(operand)
            case tree.Call(arguments=arguments) if self.vocabulary.quantity(side) is None:
                return any(self._speaks(argument.value) for argument in arguments)
            case _:
                return self.vocabulary.quantity(side) is not None

    def _compare(self, condition: tree.Binary, left: object, right: object, stated: tree.Expression, actual: object) -> bool:
        # One number that is written stands for all axes, but one that is found does not.
        lopsided = is_list(left if actual is right else right) and not is_list(actual)
        try:
            if condition.operator == "~=":
                number, half, _ = _read_digits(stated)
                return nearly(actual, number, half, self.vocabulary.allowed)
            if not lopsided:
                return compare(condition.operator, left, right, self.vocabulary.allowed)
        except Incomparable:
            pass
        raise self._incomparable(condition, left, right)

    @staticmethod
    def _incomparable(condition: tree.Binary, left: object, right: object) -> Rejected:
        """Two sides that cannot be compared."""
        reason = f"{show_actual(left)} and {show_actual(right)} cannot be compared"
        way_out = "compare a number with a number, and sizes with sizes: `params == 44_426`, `output == 10`"
        if condition.operator == "~=":
            reason, way_out = "~= compares numbers", "compare shapes and fields with =="
        return Rejected(catalogue.claim_invalid(condition.span, reason=reason, way_out=way_out))

    def _repair(self, condition: tree.Binary, stated: tree.Expression, actual: object) -> Edit | None:
        """The true value in place of the one that is written, where that is a literal."""
        if condition.operator not in ("==", "~=") or not is_literal(stated) or is_symbolic(actual):
            return None
        if isinstance(actual, float) and not isfinite(actual):
            return None
        if condition.operator == "~=":
            written = _write_nearly(actual, stated)
        elif isinstance(actual, float):
            span = condition.span
            figure = condition.left if stated is condition.right else condition.right
            return Edit(span, f"{figure.span.text} ~= {write_digits(actual)}")
        else:
            written = write_value(actual)
        return None if written is None else Edit(stated.span, written)

    def _check_units(self, condition: tree.Binary) -> None:
        """Memory is compared with memory."""
        for side, other in ((condition.left, condition.right), (condition.right, condition.left)):
            quantity = self.vocabulary.quantity(side)
            number = _bare(other)
            if quantity is not None and isinstance(number, tree.Quantity) and quantity.unit != BYTES:
                raise Rejected(
                    catalogue.claim_invalid(
                        other.span,
                        reason=f"{on_one_line(side.span.text)} is no memory: its unit is {quantity.unit}",
                        way_out=f"write a number without {number.unit.text}",
                    )
                )

    def _unit(self, side: tree.Expression, condition: tree.Binary) -> str:
        """The unit in which a side is shown: that of the other side, where it is written with one."""
        other = _bare(condition.right if side is condition.left else condition.left)
        if isinstance(other, tree.Quantity):
            return other.unit.text
        return BYTES if self._power_of_bytes(side) == 1 else ""

    def _power_of_bytes(self, expression: tree.Expression) -> int:
        """1 for memory, 0 for a number, also of memory over memory."""
        match expression:
            case tree.Binary(operator="*", left=left, right=right):
                return self._power_of_bytes(left) + self._power_of_bytes(right)
            case tree.Binary(operator="/" | "//", left=left, right=right):
                return self._power_of_bytes(left) - self._power_of_bytes(right)
            case tree.Binary(left=first) | tree.Unary(operand=first):
                return self._power_of_bytes(first)
            case tree.Quantity():
                return 1
            case tree.Call(arguments=[tree.Argument(value=first), *_]) if self.vocabulary.quantity(expression) is None:
                return self._power_of_bytes(first)
            case _:
                quantity = self.vocabulary.quantity(expression)
                return 1 if quantity is not None and quantity.unit == BYTES else 0

    def _value(self, expression: tree.Expression) -> object:
        value = self.evaluator.value(expression)
        if isinstance(value, Word):
            name, names = str(value), self.vocabulary.names
            elsewhere = ELSEWHERE.get(name.lower())
            known = elsewhere if elsewhere in names else None
            raise Rejected(catalogue.claim_unknown_quantity(expression.span, name=name, choices=names, elsewhere=known))
        if isinstance(value, Value):
            raise Rejected(
                catalogue.claim_invalid(
                    expression.span,
                    reason=f"{expression.span.text} is a value that flows, not a figure",
                    way_out=f"claim one of its figures: shape({expression.span.text}), receptive_field({expression.span.text})",
                )
            )
        return value


def _bare(expression: tree.Expression) -> tree.Expression:
    while isinstance(expression, tree.Unary):
        expression = expression.operand
    return expression


def is_literal(expression: tree.Expression) -> bool:
    """Whether a side is written out, so that the other is what is claimed of."""
    bare = _bare(expression)
    if isinstance(bare, tree.ListOf):
        return all(map(is_literal, bare.items))
    return isinstance(bare, (tree.Number, tree.Dims, tree.Quantity, tree.Unknown, tree.Constant))


def _read_digits(stated: tree.Expression) -> tuple[Decimal, Decimal, int]:
    """A number that is written out, half of its last digit, and the power of ten of that digit.

    Raises:
        Rejected: it is no such number.
    """
    bare = _bare(stated)
    literal = bare.number if isinstance(bare, tree.Quantity) else bare
    if not isinstance(literal, tree.Number):
        raise Rejected(
            catalogue.claim_invalid(
                stated.span,
                reason="~= compares to the digits of a number that is written out",
                way_out="write a number on one side: `coverage(last) ~= 0.413`",
            )
        )
    number = Decimal(literal.text.replace("_", ""))
    exponent = int(number.as_tuple().exponent)
    if abs(exponent) > MOST_DIGITS:
        raise Rejected(
            catalogue.claim_invalid(
                stated.span, reason="no figure has so many digits", way_out=f"write at most {MOST_DIGITS} of them behind ~="
            )
        )
    scale = UNITS[bare.unit.text] if isinstance(bare, tree.Quantity) else 1
    sign = -1 if stated.span.text.count("-", 0, bare.span.start - stated.span.start) % 2 else 1
    return EXACT.multiply(number, sign * scale), EXACT.multiply(EXACT.scaleb(Decimal(scale), exponent), Decimal("0.5")), exponent


def _write_nearly(actual: object, stated: tree.Expression) -> str | None:
    """The actual value with as many digits as were written, in the unit that was."""
    if not isinstance(actual, (int, float)) or isinstance(actual, bool):
        return None
    bare, exponent = _bare(stated), _read_digits(stated)[2]
    if isinstance(bare, tree.Quantity):
        return f"{write_nearly(actual / UNITS[bare.unit.text], exponent)} {bare.unit.text}"
    written = write_nearly(actual, exponent)
    return written if float(written) or not actual else write_digits(actual)
