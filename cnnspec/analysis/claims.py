"""Claims: ``expect`` conditions over what the analysis knows, judged with the values it found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from cnnspec.analysis.quantities import ModelQuantities, Undecided
from cnnspec.analysis.report import ClaimResult, ModelReport
from cnnspec.diagnostics import Diagnostic
from cnnspec.diagnostics.catalogue import claims as catalogue
from cnnspec.diagnostics.suggest import listing
from cnnspec.layers.extent import Extent
from cnnspec.record import record
from cnnspec.resolve.expressions import NOTHING, Evaluator, Hook, Rejected
from cnnspec.resolve.result import PendingClaim, ResolvedModel
from cnnspec.resolve.values import UNKNOWN, UnknownType, Value
from cnnspec.schema.values import Word, is_list, show
from cnnspec.syntax import tree

Report = Callable[[Diagnostic], None]


@record
class Verdict:
    """What a condition comes to: None where it cannot be judged, with the reason."""

    holds: bool | None
    actual: object = None
    reason: str = ""


def judge_model_claims(model: ResolvedModel, report: ModelReport, out: Report) -> tuple[ClaimResult, ...]:
    """Judge every claim of a model, and of its blocks at each of their uses; false ones are reported as errors."""
    results: list[ClaimResult] = []
    for claim in model.claims:
        quantities = ModelQuantities(model, report, claim)
        if model.replaced:
            verdict = Verdict(None, None, _replaced(model.replaced, " by --set"))
        else:
            verdict = judge(claim, quantities.hook, out, quantities.names)
        results.append(_result(claim, verdict, out))
    return tuple(results)


def _replaced(names: Iterable[str], how: str = "") -> str:
    """Why a claim is not judged where an option gave something another value."""
    given = sorted(names)
    return f"{listing(given)} {'was' if len(given) == 1 else 'were'} replaced{how}; the claim speaks of the file as written"


def _result(claim: PendingClaim, verdict: Verdict, out: Report) -> ClaimResult:
    text = _on_one_line(claim.condition.span.text)
    if verdict.holds is False:
        out(catalogue.claim_false(claim.condition.span, claim=text, actual=show_actual(verdict.actual), uses=claim.uses))
    return ClaimResult(text, verdict.holds, verdict.actual, claim.span.line, claim.condition.span, verdict.reason)


def _on_one_line(text: str) -> str:
    """A condition without the line breaks and the comments that it may have in its brackets; strings stay as they are."""
    bare = re.sub(r'("[^"]*")|#[^\n]*', r"\1", text)
    closed = re.sub(r'("[^"]*")|(?<=[(\[])\s+|,?\s*(?=[)\]])', r"\1", bare)
    return " ".join(closed.split())


def judge(claim: PendingClaim, hook: Hook, out: Report, names: Iterable[str]) -> Verdict:
    """Judge one condition; a mistake in the condition itself is reported and leaves it undecided."""
    try:
        return _Judge(Evaluator(claim.scope, hook), names).verdict(claim.condition)
    except Undecided as reason:
        return Verdict(None, None, str(reason))
    except Rejected as error:
        if error.diagnostic is not None:
            out(error.diagnostic)
        return Verdict(None, None, "the claim has an error")


class _Judge:
    """Judges conditions with the language's evaluator, whose names a hook gives their quantities."""

    def __init__(self, evaluator: Evaluator, names: Iterable[str]) -> None:
        self.evaluator = evaluator
        self.names = tuple(names)

    def verdict(self, condition: tree.Expression) -> Verdict:
        if isinstance(condition, tree.Binary) and condition.operator in ("and", "or"):
            left, right = self.verdict(condition.left), self.verdict(condition.right)
            decisive = condition.operator == "or"
            for side in (left, right):
                if side.holds is decisive:
                    return side
            return next((side for side in (left, right) if side.holds is None), right)
        if isinstance(condition, tree.Unary) and condition.operator == "not":
            inner = self.verdict(condition.operand)
            return Verdict(None if inner.holds is None else not inner.holds, inner.actual, inner.reason)
        if isinstance(condition, tree.Binary) and condition.operator in _COMPARE:
            return self._comparison(condition)
        raise Rejected(
            catalogue.claim_invalid(
                condition.span,
                reason="a claim compares a quantity with a value",
                way_out="for example `expect params == 44_426` or `expect coverage(last) ~= 0.41`",
            )
        )

    def _comparison(self, condition: tree.Binary) -> Verdict:
        left, right = self._value(condition.left), self._value(condition.right)
        stated = condition.left if _is_literal(condition.left) and not _is_literal(condition.right) else condition.right
        actual = right if stated is condition.left else left
        for value in (left, right):
            if isinstance(value, UnknownType):
                return Verdict(None, None, "an error above leaves it unknown")
            if isinstance(value, Extent) or (is_list(value) and any(isinstance(v, Extent) for v in value)):
                return Verdict(None, None, f"it depends on an unknown size: {show_actual(value)}")
        if condition.operator == "~=":
            return Verdict(_nearly(actual, right if actual is left else left, _literal(stated)), actual)
        return Verdict(_compare(condition.operator, left, right, condition), actual)

    def _value(self, expression: tree.Expression) -> object:
        value = self.evaluator.value(expression)
        if isinstance(value, Word):
            at = expression
            raise Rejected(catalogue.claim_unknown_quantity(at.span, name=str(value), choices=self.names))
        if isinstance(value, Value):
            raise Rejected(
                catalogue.claim_invalid(
                    expression.span,
                    reason=f"{expression.span.text} is a value that flows, not a figure",
                    way_out=f"claim one of its figures: shape({expression.span.text}), receptive_field({expression.span.text})",
                )
            )
        return value


def _is_literal(expression: tree.Expression) -> bool:
    if isinstance(expression, tree.Unary):
        return _is_literal(expression.operand)
    return isinstance(expression, (tree.Number, tree.Dims, tree.Quantity, tree.ListOf))


def _literal(expression: tree.Expression) -> tree.Number:
    while isinstance(expression, tree.Unary):
        expression = expression.operand
    if isinstance(expression, tree.Number):
        return expression
    raise Rejected(
        catalogue.claim_invalid(
            expression.span,
            reason="~= compares to the digits of a number that is written out",
            way_out="write a number on one side: `coverage(last) ~= 0.413`",
        )
    )


def _nearly(actual: object, stated: object, literal: tree.Number) -> bool:
    """Whether the actual value is within half of the last digit that is written."""
    if not isinstance(actual, (int, float)) or not isinstance(stated, (int, float)):
        raise Rejected(
            catalogue.claim_invalid(literal.span, reason="~= compares numbers", way_out="compare shapes and fields with ==")
        )
    exponent = Decimal(literal.text.replace("_", "")).as_tuple().exponent
    half = Decimal(1).scaleb(int(exponent)) / 2
    return abs(Decimal(actual) - Decimal(literal.text.replace("_", "")) * (1 if stated >= 0 else -1)) <= half


def _compare(operator: str, left: object, right: object, at: tree.Binary) -> bool:
    pairs = _pairs(left, right)
    if pairs is None:
        if operator in ("==", "!=") and not isinstance(left, str) and not isinstance(right, str):
            return (left == right) == (operator == "==")
        raise Rejected(
            catalogue.claim_invalid(
                at.span,
                reason=f"{show_actual(left)} and {show_actual(right)} cannot be compared",
                way_out="compare a number with a number, and sizes with sizes: `params == 44_426`, `output == 10`",
            )
        )
    if operator == "!=":
        return any(a != b for a, b in pairs)
    return all(_COMPARE[operator](a, b) for a, b in pairs)


def _pairs(left: object, right: object) -> list[tuple[float, float]] | None:
    """Numbers, or figures per axis, side by side; one number stands for all axes, ``?`` matches anything."""
    if is_list(left) and is_list(right) and len(left) != len(right):
        return None
    axes = len(left) if is_list(left) else len(right) if is_list(right) else 1
    first = left if is_list(left) else (left,) * axes
    second = right if is_list(right) else (right,) * axes
    pairs: list[tuple[float, float]] = []
    for a, b in zip(first, second, strict=True):
        if a is None or b is None:
            continue
        if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
            return None
        pairs.append((a, b))
    return pairs


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "~=": lambda a, b: a == b,
}


def show_actual(value: object) -> str:
    """A figure for a message: ``44,426``, ``18×18``, ``0.4133``."""
    match value:
        case bool() | None:
            return show(value)
        case int():
            return f"{int(value):,}"
        case float():
            return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
        case _ if is_list(value):
            return "×".join("?" if part is None else str(part) for part in value) or "nothing"
        case _:
            return str(value)


# --- claims over results ---------------------------------------------------------------------------------------------------

RESULTS = ("accuracy", "loss", "train_accuracy", "train_loss", "epochs", "seconds")


def judge_recipe_claims(
    claims: Sequence[PendingClaim],
    metrics: Iterable[str],
    out: Report,
    results: Mapping[str, float] | None = None,
    replaced: Iterable[str] = (),
) -> tuple[ClaimResult, ...]:
    """Judge the claims of a recipe: with the results of a run, or, without them, only whether they can be judged.

    Args:
        claims: the recipe's.
        metrics: the figures the recipe measures (``accuracy``, ``val_loss``).
        out: receives diagnostics.
        results: the figures of a finished run, by name.
        replaced: keys whose value was given from outside; the claims speak of the file as written.
    """
    names = tuple(dict.fromkeys((*RESULTS, *metrics)))
    judged: list[ClaimResult] = []
    for claim in claims:

        def hook(expression: tree.Expression, claim: PendingClaim = claim) -> object:
            if (
                not isinstance(expression, tree.Name)
                or claim.scope.lookup(expression.text) is not None
                or expression.text not in names
            ):
                return NOTHING
            return 0.0 if results is None else results.get(expression.text, UNKNOWN)

        verdict = judge(claim, hook, out, names)
        options = sorted(replaced)
        if results is None:
            sound = verdict.holds is not None or not verdict.reason.startswith("the claim has")
            verdict = Verdict(None, None, "known after training" if sound else verdict.reason)
        elif options:
            verdict = Verdict(None, verdict.actual, _replaced(options))
        judged.append(_result(claim, verdict, out))
    return tuple(judged)
