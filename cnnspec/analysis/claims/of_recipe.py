"""The claims of a recipe: over the figures that a run comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from cnnspec.analysis.claims.compare import COMPARE
from cnnspec.analysis.claims.judge import Report, Verdict, Vocabulary, is_literal, judge, report_verdict
from cnnspec.analysis.claims.of_model import bytes_of, say_replaced
from cnnspec.analysis.claims.registry import ELSEWHERE, QUANTITIES, Quantity
from cnnspec.analysis.report import ClaimResult
from cnnspec.diagnostics import Diagnostic
from cnnspec.diagnostics.catalogue import claims as catalogue
from cnnspec.diagnostics.suggest import listing
from cnnspec.recipe.metrics import falls
from cnnspec.resolve.expressions import NOTHING
from cnnspec.resolve.operators import Rejected
from cnnspec.resolve.result import PendingClaim
from cnnspec.resolve.values import UNKNOWN
from cnnspec.syntax import tree

_SHARE = "share, at most 1"

#: What a run comes to; of other metrics there are the same four figures as of ``accuracy``.
RESULTS: Final[Mapping[str, Quantity]] = {
    quantity.name: quantity
    for quantity in (
        Quantity("accuracy", _SHARE, "of the test set, after training"),
        Quantity("loss", "a number", "of the test set, after training"),
        Quantity("train_accuracy", _SHARE, "of the training set, in the last epoch"),
        Quantity("train_loss", "a number", "of the training set, in the last epoch"),
        Quantity("val_accuracy", _SHARE, "of what `validation` keeps, in the last epoch"),
        Quantity("val_loss", "a number", "of what `validation` keeps, in the last epoch"),
        Quantity("epochs", "epochs", "that were done"),
        Quantity("seconds", "seconds", "of training, validation and the test"),
        Quantity("images_per_second", "images", "trained on in a second of training alone"),
    )
}
#: Those that every run has, whatever it measures.
_ALWAYS = ("epochs", "seconds", "images_per_second")


def judge_recipe_claims(
    claims: Sequence[PendingClaim],
    metrics: Iterable[str],
    out: Report,
    results: Mapping[str, float] | None = None,
    replaced: Iterable[str] = (),
    epochs: int | None = None,
) -> tuple[ClaimResult, ...]:
    """Judge the claims of a recipe: with the results of a run, or, without them, only whether they can be judged.

    Args:
        claims: the recipe's.
        metrics: the figures the recipe measures (``accuracy``, ``val_loss``).
        out: receives diagnostics.
        results: the figures of a finished run, by name.
        replaced: keys whose value was given from outside; the claims speak of the file as written.
        epochs: how many the recipe asks for at most; None where that is not known.
    """
    options = sorted(replaced)
    judged: list[ClaimResult] = []
    for claim in claims:
        speech = _Speech(claim, tuple(_names(metrics)), results)
        verdict = judge(claim, Vocabulary(speech.hook, speech.quantity, speech.names), out)
        if results is None:
            sound = verdict.holds is not None or not verdict.reason.startswith("the claim has")
            if sound:
                for diagnostic in _find_hopeless(claim.condition, speech, epochs):
                    out(diagnostic)
            verdict = Verdict(None, None, "known after training" if sound else verdict.reason)
        elif options:
            verdict = Verdict(None, verdict.actual, say_replaced(options))
        judged.append(report_verdict(claim, verdict, out))
    return tuple(judged)


def _names(metrics: Iterable[str]) -> Iterator[str]:
    """Every figure of a run that measures these metrics."""
    measured = tuple(metrics) or ("loss", "accuracy")
    yield from measured
    yield from (f"train_{name}" for name in measured if not name.startswith("val_"))
    yield from _ALWAYS


class _Speech:
    """What the words of one claim mean: each a figure of the run."""

    def __init__(self, claim: PendingClaim, names: tuple[str, ...], results: Mapping[str, float] | None) -> None:
        self.claim = claim
        self.names = names
        self.results = results

    def hook(self, expression: tree.Expression) -> object:
        """The figure that an expression names, any number where it is not known yet; or NOTHING."""
        match expression:
            case tree.Quantity():
                return bytes_of(expression)
            case tree.Name(text=text) if self.claim.scope.lookup(text) is None:
                if text in self.names:
                    return 0.5 if self.results is None else self.results.get(text, UNKNOWN)
                raise Rejected(self._unknown(text, expression))
            case tree.Attribute(base=tree.Name(text=base)) if self.claim.scope.lookup(base) is None:
                raise Rejected(self._unknown(expression.span.text, expression))
            case tree.Call(callee=tree.Name(text=text)) if text in QUANTITIES or text in self.names:
                raise Rejected(self._unknown(text, expression))
            case tree.Call(callee=tree.Attribute()):
                raise Rejected(self._unknown(expression.callee.span.text, expression))
            case _:
                return NOTHING

    def quantity(self, expression: tree.Expression) -> Quantity | None:
        """The figure that an expression is."""
        if not isinstance(expression, tree.Name) or expression.text not in self.names:
            return None
        unit = "a number" if falls(expression.text) else _SHARE
        return RESULTS.get(expression.text) or Quantity(expression.text, unit, "a metric")

    def _unknown(self, name: str, expression: tree.Expression) -> Diagnostic:
        """A name that is no figure of the run: what may be missing, or meant."""
        from cnnspec.diagnostics.catalogue.recipes import monitor_needs_validation
        from cnnspec.recipe.judge_callbacks import metric_of

        plain = name.removeprefix("val_").removeprefix("train_")
        if name.startswith("val_") and plain in self.names:
            return monitor_needs_validation(expression.span, owner="the claim", name=name)
        if name in QUANTITIES:
            way_out = f"{name} is a figure of the model: claim it there, where it is judged without training"
            return catalogue.claim_unknown_quantity(expression.span, name=name, choices=(), way_out=way_out)
        if metric := metric_of(plain):
            way_out = f"add {metric} to metrics; the recipe measures {listing(self.names, 20)}"
            return catalogue.claim_unknown_quantity(expression.span, name=name, choices=(), way_out=way_out)
        elsewhere = ELSEWHERE.get(name.lower())
        known = elsewhere if elsewhere in self.names else None
        return catalogue.claim_unknown_quantity(expression.span, name=name, choices=self.names, elsewhere=known)


def _find_hopeless(condition: tree.Expression, speech: _Speech, epochs: int | None) -> Iterator[Diagnostic]:
    """Comparisons, of which all must hold, that no run can make true: ``accuracy >= 98``."""
    match condition:
        case tree.Binary(operator="and"):
            yield from _find_hopeless(condition.left, speech, epochs)
            yield from _find_hopeless(condition.right, speech, epochs)
        case tree.Binary(operator=operator) if operator in COMPARE and operator != "!=":
            for side, other, turn in ((condition.left, condition.right, False), (condition.right, condition.left, True)):
                quantity = speech.quantity(side)
                stated = _number(other)
                if quantity is not None and stated is not None:
                    low, high = _limits(quantity, epochs)
                    if _is_hopeless(_TURNED[operator] if turn else operator, low, high, stated):
                        yield catalogue.claim_hopeless(
                            condition.span, name=quantity.name, stated=stated, low=low, high=high, share=quantity.unit == _SHARE
                        )
        case _:
            return


_TURNED = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _number(expression: tree.Expression) -> float | None:
    """A number that is written out."""
    if not is_literal(expression):
        return None
    if isinstance(expression, tree.Unary):
        inner = _number(expression.operand)
        return None if inner is None else -inner if expression.operator == "-" else inner
    return expression.value if isinstance(expression, tree.Number) else None


def _limits(quantity: Quantity, epochs: int | None) -> tuple[float | None, float | None]:
    """The least and the greatest value that a figure can have."""
    if quantity.unit == _SHARE:
        return 0, 1
    if quantity.name == "epochs":
        return 1, epochs
    return (0, None) if quantity.name in _ALWAYS else (None, None)


def _is_hopeless(operator: str, low: float | None, high: float | None, stated: float) -> bool:
    """Whether no value between two limits compares so to a number."""
    too_high = high is not None and (stated > high or (operator == ">" and stated == high))
    too_low = low is not None and (stated < low or (operator == "<" and stated == low))
    return (operator in (">", ">=", "==") and too_high) or (operator in ("<", "<=", "==") and too_low)
