"""Claims: ``expect`` conditions over what the analysis knows, judged with the values it found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from cnnspec.analysis.depth import count_depths
from cnnspec.analysis.report import ClaimResult, ModelReport, Row
from cnnspec.diagnostics import Diagnostic
from cnnspec.diagnostics.catalogue import claims as catalogue
from cnnspec.layers.arithmetic import Size, total
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape
from cnnspec.record import record
from cnnspec.resolve.expressions import NOTHING, Evaluator, Hook, Rejected
from cnnspec.resolve.result import PendingClaim, ResolvedModel
from cnnspec.resolve.values import UNKNOWN, UnknownType, Value
from cnnspec.schema.values import Word, is_list, show
from cnnspec.syntax import tree

Report = Callable[[Diagnostic], None]

#: Quantities of a model or block, and of one layer of it.
MODEL_QUANTITIES = (
    "params", "params.total", "params.trainable", "params.non_trainable", "macs", "flops", "depth", "memory.inference",
    "memory.training", "output",
)  # fmt: skip
LAYER_QUANTITIES = ("shape", "receptive_field", "jump", "coverage", "im2col")

UNITS: Mapping[str, int] = {
    "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4,
    "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4,
}  # fmt: skip


class Undecided(Exception):
    """A claim cannot be judged; the reason is for the table."""


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
            names = " and ".join(sorted(model.replaced))
            verdict = Verdict(None, None, f"{names} was replaced by --set; the claim speaks of the file as written")
        else:
            verdict = judge(claim, quantities.hook, out, quantities.names)
        results.append(_result(claim, verdict, out))
    return tuple(results)


def _result(claim: PendingClaim, verdict: Verdict, out: Report) -> ClaimResult:
    text = " ".join(claim.condition.span.text.split())
    if verdict.holds is False:
        out(catalogue.claim_false(claim.condition.span, claim=text, actual=show_actual(verdict.actual), uses=claim.uses))
    return ClaimResult(text, verdict.holds, verdict.actual, claim.span.line, claim.condition.span, verdict.reason)


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
        if operator in ("==", "!="):
            return (left == right) == (operator == "==")
        raise Rejected(
            catalogue.claim_invalid(
                at.span,
                reason=f"{show_actual(left)} and {show_actual(right)} cannot be ordered",
                way_out="compare like with like",
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


# --- quantities of a model or of one use of a block ----------------------------------------------------------------------


class ModelQuantities:
    """The quantities that a claim of a model, or of one use of a block, can speak of."""

    def __init__(self, model: ResolvedModel, report: ModelReport, claim: PendingClaim) -> None:
        self.model = model
        self.report = report
        self.claim = claim
        self.names = (*MODEL_QUANTITIES, *(f"{name}(x)" for name in LAYER_QUANTITIES))

    def hook(self, expression: tree.Expression) -> object:
        """The quantity an expression names, or NOTHING."""
        match expression:
            case tree.Name(text=text) if self.claim.scope.lookup(text) is None and text in MODEL_QUANTITIES:
                return self.quantity(text)
            case tree.Attribute(base=tree.Name(text=base), name=tree.Name(text=name)) if base in ("params", "memory"):
                if f"{base}.{name}" not in MODEL_QUANTITIES:
                    raise Rejected(catalogue.claim_unknown_quantity(expression.span, name=f"{base}.{name}", choices=self.names))
                return self.quantity(f"{base}.{name}")
            case tree.Call(callee=tree.Attribute(base=tree.Name(text="memory"))):
                return self.hook(expression.callee)
            case tree.Call(callee=tree.Name(text=text), arguments=arguments) if text in LAYER_QUANTITIES:
                return self._of_layer(text, arguments, expression)
            case tree.Quantity(number=number, unit=unit):
                return _bytes(number, unit)
            case _:
                return NOTHING

    def rows(self) -> Sequence[Row]:
        """The rows that the claim speaks of."""
        rows = self.report.rows
        prefix = self.claim.prefix
        return [row for row in rows if self.model.network.nodes[row.index].path.startswith(prefix)] if prefix else rows

    def quantity(self, name: str) -> object:
        """A quantity of the whole.

        Raises:
            Undecided: it is not known statically, or not yet.
        """
        if name.startswith("memory"):
            raise Undecided("memory is not analysed in this release")
        if name == "output":
            return self._output()
        rows = self.rows()
        if self.model.broken and any(row.facts is None and not row.is_input for row in rows):
            return UNKNOWN
        match name:
            case "params" | "params.total":
                return sum(row.params for row in rows)
            case "params.trainable":
                return sum(row.trainable for row in rows)
            case "params.non_trainable":
                return sum(row.non_trainable for row in rows)
            case "depth":
                return self._depth(rows)
            case _:
                macs: Size = total([row.macs for row in rows if row.macs is not None])
                return macs * 2 if name == "flops" else macs

    def _output(self) -> object:
        at = self.claim.output
        if at is None:
            outputs = self.model.network.outputs
            if len(outputs) != 1:
                raise Undecided(f"there are {len(outputs)} outputs: claim shape(x) of one of them")
            at = outputs[0]
        return _dims(self.model.shapes[at])

    def _depth(self, rows: Sequence[Row]) -> int:
        depths = count_depths(self.model)
        if not self.claim.prefix:
            return max(depths, default=0)
        first = rows[0].index if rows else 0
        before = max((depths[source] for source in self.model.network.nodes[first].inputs), default=0)
        return max((depths[row.index] for row in rows), default=before) - before

    # --- quantities of a layer ---------------------------------------------------------------------------------

    def _of_layer(self, quantity: str, arguments: Sequence[tree.Argument], call: tree.Call) -> object:
        if len(arguments) != 1 or arguments[0].name is not None:
            raise Rejected(
                catalogue.claim_invalid(
                    call.span,
                    reason=f"{quantity} takes one layer or value",
                    way_out=f'write `{quantity}(last)` or `{quantity}("block_1/conv2d_2")`',
                )
            )
        at = self.locate(arguments[0].value)
        if at is None:
            return UNKNOWN
        row = self.report.rows[at]
        if quantity == "shape":
            return _dims(row.output_shape)
        if row.output_shape is None:
            return UNKNOWN
        return self._figure(quantity, row)

    @staticmethod
    def _figure(quantity: str, row: Row) -> object:
        if quantity == "im2col":
            if row.im2col is None:
                raise Undecided(f"{row.name} has no window of weights, so there is no im2col")
            return row.im2col
        if row.sees_all:
            raise Undecided(f"{row.name} sees the whole input by construction")
        if row.field is None:
            raise Undecided(f"the receptive field of {row.name} is not known")
        if quantity == "coverage":
            if row.coverage is None:
                raise Undecided("the size of the input is not known")
            return row.coverage
        return row.field.size if quantity == "receptive_field" else row.field.jump

    def locate(self, expression: tree.Expression) -> int | None:
        """The node an argument names: a value in scope, or an unambiguous end of a path; None after an error."""
        if isinstance(expression, tree.Name):
            binding = self.claim.scope.lookup(expression.text)
            if binding is not None and isinstance(binding.content, Value):
                return binding.content.node
            if binding is not None and isinstance(binding.content, UnknownType):
                return None
            return self._find(expression.text, expression)
        if isinstance(expression, tree.String):
            return self._find(expression.value, expression)
        raise Rejected(
            catalogue.claim_invalid(
                expression.span,
                reason="a layer is named by a word or a path in quotes",
                way_out='write `shape("block_1/conv2d_2")`',
            )
        )

    def _find(self, name: str, expression: tree.Expression) -> int | None:
        network, prefix = self.model.network, self.claim.prefix
        inside = network.index.get(prefix + name)
        if inside is not None:
            return inside
        found = [at for at in network.find(name) if network.nodes[at].path.startswith(prefix)]
        if not found:
            found = [
                s.last - 1
                for s in network.scopes
                if (s.path == name or s.path.endswith("/" + name)) and s.path.startswith(prefix)
            ]
        if len(found) == 1:
            return found[0]
        paths = [network.nodes[at].path for at in found]
        if found:
            raise Rejected(catalogue.claim_layer_ambiguous(expression.span, name=name, choices=paths))
        if self.model.broken:
            return None
        raise Rejected(catalogue.claim_layer_unknown(expression.span, name=name, choices=[n.path for n in network.nodes]))


def _dims(shape: Shape | None) -> object:
    return UNKNOWN if shape is None else shape.dims


def _bytes(number: tree.Number, unit: tree.Name) -> object:
    if unit.text not in UNITS:
        raise Rejected(catalogue.claim_unknown_quantity(unit.span, name=unit.text, choices=UNITS))
    return number.value * UNITS[unit.text]


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
            verdict = Verdict(
                None, verdict.actual, f"{' and '.join(options)} was replaced; the claim speaks of the file as written"
            )
        judged.append(_result(claim, verdict, out))
    return tuple(judged)
