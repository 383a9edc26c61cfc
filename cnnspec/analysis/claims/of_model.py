"""The claims of a model, and of its blocks at each of their uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from cnnspec.analysis.claims.judge import Report, Verdict, Vocabulary, judge, report_verdict
from cnnspec.analysis.claims.places import Places
from cnnspec.analysis.claims.registry import QUANTITIES, STEMS, UNITS, Quantity, forms
from cnnspec.analysis.claims.subject import Part, Spot, Undecided
from cnnspec.analysis.report import ClaimResult, ModelReport
from cnnspec.diagnostics import Diagnostic
from cnnspec.diagnostics.catalogue import claims as catalogue
from cnnspec.diagnostics.suggest import listing
from cnnspec.resolve.expressions import NOTHING, Evaluator
from cnnspec.resolve.operators import Rejected
from cnnspec.resolve.result import PendingClaim, ResolvedModel
from cnnspec.resolve.values import UNKNOWN
from cnnspec.syntax import tree


def judge_model_claims(model: ResolvedModel, report: ModelReport, out: Report) -> tuple[ClaimResult, ...]:
    """Judge every claim of a model, and of its blocks at each of their uses; false ones are reported as errors."""
    results: list[ClaimResult] = []
    places = Places(model)
    for claim in model.claims:
        if model.replaced:
            verdict = Verdict(None, None, say_replaced(model.replaced, " by --set"))
        else:
            speech = _Speech(report, places, claim)
            vocabulary = Vocabulary(speech.hook, speech.quantity, tuple(forms()), model.allowed)
            verdict = judge(claim, vocabulary, out)
        notes = tuple(_say_sizes(report)) if verdict.holds is False and verdict.actual is False else ()
        results.append(report_verdict(claim, verdict, out, notes))
    return tuple(results)


def _say_sizes(report: ModelReport) -> Iterator[str]:
    """Which sizes a model takes."""
    inputs = [f"{row.name} is {row.output_shape}" for row in report.rows if row.is_input and row.output_shape is not None]
    yield listing(inputs) + (f"; the model holds for {'; '.join(report.conditions)}" if report.conditions else "")


def say_replaced(names: Iterable[str], how: str = "") -> str:
    """Why a claim is not judged where an option gave something another value."""
    given = sorted(names)
    return f"{listing(given)} {'was' if len(given) == 1 else 'were'} replaced{how}; the claim speaks of the file as written"


def bytes_of(quantity: tree.Quantity) -> int | float:
    """``2 GiB`` in bytes."""
    unit = quantity.unit.text
    if unit not in UNITS:
        raise Rejected(catalogue.claim_unknown_quantity(quantity.unit.span, name=unit, choices=UNITS))
    return quantity.number.value * UNITS[unit]


class _Speech:
    """What the words of one claim mean: of a model, or of one use of a block."""

    def __init__(self, report: ModelReport, places: Places, claim: PendingClaim) -> None:
        self.model = places.model
        self.report = report
        self.places = places
        self.claim = claim

    def hook(self, expression: tree.Expression) -> object:
        """The quantity an expression names, or NOTHING."""
        if isinstance(expression, tree.Quantity):
            return bytes_of(expression)
        named = expression.callee if isinstance(expression, tree.Call) else expression
        if isinstance(named, tree.Attribute) and self._is_misspelt(named):
            raise Rejected(catalogue.claim_unknown_quantity(named.span, name=named.span.text, choices=tuple(QUANTITIES)))
        quantity = self.quantity(expression)
        if quantity is None:
            self._refuse_result(expression)
            return NOTHING
        arguments = expression.arguments if isinstance(expression, tree.Call) else ()
        if quantity.whole and self.claim.prefix and not (arguments and quantity.of_layer):
            raise Undecided(f"{quantity.name} speaks of a model as a whole, not of a block")
        if quantity.of_terms is not None:
            return quantity.of_terms(self.report, quantity.name, self.claim.scope, named.span, arguments)
        return self._find(quantity, expression, arguments)

    def quantity(self, expression: tree.Expression) -> Quantity | None:
        """The quantity that an expression is, alone or with what it is of."""
        match expression:
            case tree.Call(callee=callee):
                return self.quantity(callee)
            case tree.Name(text=text):
                return None if self.claim.scope.lookup(text) is not None else QUANTITIES.get(text)
            case tree.Attribute(base=tree.Name(text=base), name=tree.Name(text=name)):
                return None if self.claim.scope.lookup(base) is not None else QUANTITIES.get(f"{base}.{name}")
            case _:
                return None

    def _is_misspelt(self, expression: tree.Attribute) -> bool:
        """Whether it begins like a quantity, and is none."""
        base = expression.base
        stem = isinstance(base, tree.Name) and base.text in STEMS and self.claim.scope.lookup(base.text) is None
        return stem and self.quantity(expression) is None

    def _refuse_result(self, expression: tree.Expression) -> None:
        """A figure of a run is claimed in the recipe."""
        if isinstance(expression, tree.Name) and self.claim.scope.lookup(expression.text) is None:
            from cnnspec.analysis.claims.of_recipe import RESULTS

            if expression.text in RESULTS:
                way_out = f"{expression.text} is known after training: claim it in a recipe, `train {self.model.name} {{ … }}`"
                problem = catalogue.claim_unknown_quantity(expression.span, name=expression.text, choices=(), way_out=way_out)
                raise Rejected(problem)

    # --- what it is of -----------------------------------------------------------------------------------------

    def _find(self, quantity: Quantity, expression: tree.Expression, arguments: Sequence[tree.Argument]) -> object:
        """A quantity, of what its arguments name.

        Raises:
            Rejected: it does not take such arguments.
        """
        places = [argument.value for argument in arguments if argument.name is None]
        options = {argument.name.text: argument.value for argument in arguments if argument.name is not None}
        takes = quantity.sums or quantity.of_layer is not None or quantity.of_value is not None
        if options.keys() - set(quantity.options) or len(places) > 1 or (not takes if places else quantity.of_part is None):
            raise Rejected(_misuse(quantity, expression))
        given = {name: self._option(name, value) for name, value in options.items()}
        if any(value is UNKNOWN for value in given.values()):
            return UNKNOWN
        return (
            self._of_place(quantity, places[0], given)
            if places
            else self._of_whole(partial(_required(quantity.of_part), **given))
        )

    def _of_place(self, quantity: Quantity, place: tree.Expression, given: Mapping[str, object]) -> object:
        """Of a layer or scope, or what is asked about a value."""
        if quantity.of_value is not None:
            ask, value = quantity.of_value, Evaluator(self.claim.scope).value(place)
            return self._of_whole(lambda part: ask(part, value))
        if quantity.of_layer is not None:
            return self._of_layer(quantity.of_layer, place, given)
        nodes = self.places.find(place, self.claim)
        if nodes is None:
            return UNKNOWN
        return _required(quantity.of_part)(self._part(nodes, (self.places.result(nodes),) if nodes else (), whole=False))

    def _option(self, name: str, value: tree.Expression) -> object:
        """What is given by name: an input of the model for ``on``, else a value."""
        return self._input(value) if name == "on" else Evaluator(self.claim.scope).value(value)

    def _of_whole(self, find: Callable[[Part], object]) -> object:
        """Of the model, or of the use of a block that the claim stands in."""
        inside, claim = bool(self.claim.prefix), self.claim
        outputs = self.model.network.outputs if claim.output is None else (claim.output,)
        return find(self._part(self.places.nodes_of(claim.prefix), outputs, whole=not inside))

    def _part(self, nodes: range, outputs: tuple[int, ...], *, whole: bool) -> Part:
        rows = self.report.rows if whole else self.report.rows[nodes.start : nodes.stop]
        return Part(self.model, self.report, rows, outputs, whole)

    def _of_layer(self, find: Callable[[Spot], object], place: tree.Expression, options: Mapping[str, object]) -> object:
        """Of one layer, on the input that ``on=`` names."""
        at, source = self.places.value(place, self.claim), options.get("on")
        if at is None or self.report.rows[at].output_shape is None:
            return UNKNOWN
        return find(Spot(self.model, self.report, self.report.rows[at], source if isinstance(source, int) else None))

    def _input(self, expression: tree.Expression) -> object:
        """The index of the input of the model that ``on=`` names."""
        at = self.places.value(expression, self.claim)
        if at is None:
            return UNKNOWN
        if not self.report.rows[at].is_input:
            names = [row.name for row in self.report.rows if row.is_input]
            raise Rejected(
                catalogue.claim_invalid(
                    expression.span,
                    reason=f"{expression.span.text} is no input of the model",
                    way_out=f"on= names an input: {listing(names)}",
                )
            )
        return at


def _misuse(quantity: Quantity, expression: tree.Expression) -> Diagnostic:
    """A quantity that is not written as it can be."""
    if quantity.of_layer is not None and quantity.of_part is None:
        reason = f"{quantity.name} takes one layer or value"
        way_out = f'write `{quantity.name}(last)` or `{quantity.name}("block_1/conv2d_2")`'
    else:
        reason = f"{expression.span.text} is not how {quantity.name} is written"
        way_out = f"write {listing(f'`{form}`' for form in quantity.forms)}"
    return catalogue.claim_invalid(expression.span, reason=reason, way_out=way_out)


def _required(find: Callable[..., object] | None) -> Callable[..., object]:
    """How a quantity is found that takes such arguments."""
    assert find is not None
    return find
