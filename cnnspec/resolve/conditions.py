"""What a model asks of the sizes that its file leaves open, collected while it is resolved.

A window needs something to slide over, branches that are merged must come out equal: with a ``?`` both depend on the
input. Each such requirement is decided as exactly as it can be, and for every unknown the sizes that are left are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from cnnspec.diagnostics import Diagnostic, Label
from cnnspec.diagnostics.catalogue import sizes as catalogue
from cnnspec.layers.allowed import Allowed
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.axes import axis_name
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.extent import Extent
from cnnspec.layers.requirement import OPEN, Requirement, Verdict, decide, evaluate, insert
from cnnspec.layers.shape import Shape
from cnnspec.record import record, replace
from cnnspec.resolve.result import Origin, ResolvedModel

#: A size with more atoms, or a map with more terms in the product of its sizes, is refused: branches that are joined and
#: pooled again and again would double it each time.
MOST_ATOMS: Final = 200
MOST_TERMS: Final = 1_000
#: The points of functions that are worked out for one model; what is asked past it is checked when the size is known.
MOST_WORK: Final = 5_000_000


@record
class Condition:
    """What one layer asks of open sizes, and where that holds; ``merges``: it asks it of several inputs."""

    layer: str
    merges: bool
    origin: Origin
    requirement: Requirement
    verdict: Verdict


class Conditions:
    """Collects the conditions of one model."""

    def __init__(self) -> None:
        self.found: list[Condition] = []
        self.allowed = Allowed((), ())
        self._seen: set[tuple[Size, str]] = set()
        self._work = 0

    def open(self, symbols: Iterable[str]) -> None:
        """Let an input have these unknowns."""
        more = Allowed.all(tuple(symbols))
        self.allowed = Allowed(self.allowed.symbols + more.symbols, self.allowed.sets + more.sets, self.allowed.open)

    def admit(self, layer: Layer, facts: Facts, origin: Origin) -> Diagnostic | None:
        """Note what a layer asks; a diagnostic where no size of the input is left, or a size is past writing down.

        Raises:
            LayerError: what is asked never holds, and the layer has an error for that.
        """
        if is_too_complex(facts.output):
            return catalogue.size_too_complex(origin.callee, layer=layer.kind, most=MOST_ATOMS)
        for requirement in (*_of_windows(facts), *facts.requires):
            key = requirement.difference, requirement.relation
            if key in self._seen:
                continue
            self._seen.add(key)
            verdict = self._decide(requirement)
            if verdict.kind == "always":
                continue
            if verdict.kind == "never" and requirement.refusal is not None:
                self._seen.discard(key)
                raise requirement.refusal
            left = self.allowed.narrowed(requirement, verdict)
            if verdict.kind == "never" or left.is_empty:
                self._seen.discard(key)
                return self._none_left(layer, requirement, verdict, origin)
            if left != self.allowed:
                self.allowed = left
                self.found.append(Condition(layer.kind, layer.inputs != (1, 1), origin, requirement, verdict))
        return None

    def _decide(self, requirement: Requirement) -> Verdict:
        if self._work > MOST_WORK:
            return OPEN
        verdict = decide(requirement)
        self._work += verdict.work
        return verdict

    def _none_left(self, layer: Layer, requirement: Requirement, verdict: Verdict, origin: Origin) -> Diagnostic:
        earlier = next((c for c in reversed(self.found) if c.verdict.symbol == verdict.symbol), None)
        return catalogue.no_size_fits(
            origin.callee,
            layer=layer.kind,
            own=_describe(requirement, verdict),
            before=self.allowed.describe(),
            arithmetic=_arithmetic([requirement]),
            earlier=None if earlier is None else (earlier.origin.callee, _describe(earlier.requirement, earlier.verdict)),
        )

    def remarks(self) -> Iterator[tuple[Diagnostic, Origin]]:
        """What is worth knowing: every merge that depends on the size, and the windows that ask for the largest input."""
        groups: dict[int, list[Condition]] = {}
        for condition in self._telling():
            groups.setdefault(id(condition.origin), []).append(condition)
        for conditions in groups.values():
            first = conditions[0]
            diagnostic = catalogue.size_condition(
                first.origin.callee,
                layer=first.layer,
                merges=first.merges,
                conditions=_together(self.allowed.symbols, conditions).describe(),
                arithmetic=_arithmetic([condition.requirement for condition in conditions]),
            )
            yield diagnostic, first.origin

    def _telling(self) -> Iterator[Condition]:
        """Equalities, and of windows for each unknown the last one that asked for more than they do."""
        symbols = self.allowed.symbols
        equal = _together(symbols, [c for c in self.found if c.requirement.relation == "="])
        last = {c.verdict.symbol: c for c in self.found if c.requirement.relation == "≥"}
        more = {symbol for symbol, some, all in zip(symbols, equal.sets, self.allowed.sets, strict=True) if some != all}
        for condition in self.found:
            symbol = condition.verdict.symbol  # none where it is left as it is
            if condition.requirement.relation == "=" or not symbol or (symbol in more and last[symbol] is condition):
                yield condition


def _together(symbols: Sequence[str], conditions: Iterable[Condition]) -> Allowed:
    """What some conditions leave by themselves."""
    left = Allowed.all(symbols)
    for condition in conditions:
        left = left.narrowed(condition.requirement, condition.verdict)
    return left


def _describe(requirement: Requirement, verdict: Verdict) -> str:
    return str(requirement) if verdict.sizes is None else verdict.sizes.describe((verdict.symbol,))


def is_too_complex(shape: Shape) -> bool:
    """Whether the sizes of a map are formulas past all use."""
    terms = 1
    for dim in shape.dims:
        if isinstance(dim, Extent):
            terms *= len(dim.terms)
            if dim.weight(MOST_ATOMS + 1) > MOST_ATOMS:
                return True
    return terms > MOST_TERMS


def _of_windows(facts: Facts) -> Iterator[Requirement]:
    """A window must find a position along every axis."""
    if isinstance(facts.window, tuple):
        for index, extent in enumerate(facts.output.extents):
            if isinstance(extent, Extent):
                yield Requirement(extent, "≥", 1, axis_name(index, facts.output.rank))


def _arithmetic(requirements: Sequence[Requirement]) -> tuple[str, ...]:
    return tuple(f"along {requirement.axis} {requirement.written}" for requirement in requirements)


def find_broken(conditions: Sequence[Condition], values: Mapping[str, int]) -> list[Condition]:
    """The conditions of the first layer that does not take these sizes; empty where all do."""
    known = [condition for condition in conditions if condition.requirement.symbols() <= values.keys()]
    broken = [condition for condition in known if not condition.requirement.holds(values)]
    return [condition for condition in broken if condition.origin is broken[0].origin]


def judge_given(model: ResolvedModel, values: Mapping[str, int]) -> Diagnostic | None:
    """The layer that does not take the sizes of ``--input``, as a diagnostic; None where all do."""
    broken = find_broken(model.conditions, values)
    if not broken or model.allowed is None:
        return None
    inputs = [shape for shape, node in zip(model.shapes, model.network.nodes, strict=True) if not node.inputs and shape]
    named = next(shape for shape in inputs if symbols_of(shape) & broken[0].requirement.symbols())
    nearest = model.allowed.nearest(values, tied=True) if values.keys() >= set(model.allowed.symbols) else []
    fits = [show_extents(named, sizes).replace("×", "x") for sizes in nearest]
    return report_broken(broken, model.allowed, values, named, say_fits(fits))


def symbols_of(shape: Shape) -> frozenset[str]:
    """The unknowns of an input."""
    return frozenset(name for dim in shape.dims if isinstance(dim, Extent) for name in dim.symbols())


def say_fits(choices: Sequence[str]) -> str:
    """``32x32 and 16x16 fit``; nothing where there is no choice."""
    choices = list(dict.fromkeys(choices))
    return f"{' and '.join(choices)} {'fits' if len(choices) == 1 else 'fit'}" if choices else ""


def report_broken(
    broken: Sequence[Condition],
    allowed: Allowed,
    values: Mapping[str, int],
    shape: Shape,
    way_out: str,
    given: Label | None = None,
) -> Diagnostic:
    """The diagnostic of sizes that a layer does not take.

    Args:
        broken: its conditions, from :func:`find_broken`.
        allowed: what the whole model takes.
        values: the sizes by their symbol.
        shape: the input they are given for.
        way_out: sizes that fit, as the reader would give them.
        given: what gives the sizes, if that is a place in the text.
    """
    first = broken[0]
    uses = tuple(Label(use, "in this use") for use in reversed(first.origin.uses[-3:]))
    diagnostic = catalogue.size_condition_broken(
        first.origin.callee,
        layer=first.layer,
        merges=first.merges,
        asked=_together(allowed.symbols, broken).describe(),
        size=show_extents(shape, values),
        arithmetic=tuple(_compare(condition.requirement, values) for condition in broken),
        conditions=allowed.describe(),
        way_out=way_out,
        given=given,
    )
    return replace(diagnostic, labels=diagnostic.labels + uses)


def show_extents(shape: Shape, values: Mapping[str, int]) -> str:
    """The extents of a shape with numbers for its unknowns: ``31×31``."""
    return "×".join(str(evaluate(extent, values)) for extent in shape.extents)


def _compare(requirement: Requirement, values: Mapping[str, int]) -> str:
    """``along height 2·⌊31/2⌋ = 30 and 31 differ``; of a window its positions."""
    left, right = insert(requirement.left, values), insert(requirement.right, values)
    if requirement.relation == "≥":
        return f"along {requirement.axis} {left}, where at least {right} is needed"
    return f"along {requirement.axis} {left} and {right} differ"
