"""The quantities that a claim can speak of: of a model or one use of a block, and of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnspec.analysis.depth import count_depths
from cnnspec.analysis.reading import Interval, count_positions, find_unseen, first_source, knows_extents
from cnnspec.analysis.receptive_field import see_input
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.diagnostics import Span
from cnnspec.diagnostics.catalogue import claims as catalogue
from cnnspec.layers.arithmetic import Size, total
from cnnspec.layers.shape import Shape
from cnnspec.resolve.expressions import NOTHING, Rejected
from cnnspec.resolve.result import PendingClaim, ResolvedModel
from cnnspec.resolve.values import UNKNOWN, UnknownType, Value
from cnnspec.syntax import tree

#: Quantities of a model or block, and of one layer of it.
MODEL_QUANTITIES = (
    "params", "params.total", "params.trainable", "params.non_trainable", "macs", "flops", "macs.backward", "flops.backward",
    "connections", "depth", "memory.inference", "memory.training", "output", "resolution.min", "resolution.max", "unread",
    "unproductive",
)  # fmt: skip
LAYER_QUANTITIES = (
    "shape", "receptive_field", "smallest_receptive_field", "jump", "start", "coverage", "unread", "im2col",
)  # fmt: skip
#: What is before the dot of a quantity.
_STEMS = frozenset(name.partition(".")[0] for name in MODEL_QUANTITIES if "." in name)

UNITS: Mapping[str, int] = {
    "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4,
    "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4,
}  # fmt: skip


class Undecided(Exception):
    """A claim cannot be judged; the reason is for the table."""


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
            case tree.Attribute(base=tree.Name(text=base), name=tree.Name(text=name)) if base in _STEMS:
                if f"{base}.{name}" not in MODEL_QUANTITIES:
                    raise Rejected(catalogue.claim_unknown_quantity(expression.span, name=f"{base}.{name}", choices=self.names))
                return self._memory(f"memory.{name}", expression.span) if base == "memory" else self.quantity(f"{base}.{name}")
            case tree.Call(callee=tree.Attribute(base=tree.Name(text="memory"), name=tree.Name(text=name)), arguments=arguments):
                self.hook(expression.callee)  # refuses a name that there is not
                return self._memory(f"memory.{name}", expression.callee.span, arguments)
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
            Undecided: it is not known statically.
        """
        if name == "output":
            return self._output()
        if name == "unread" or name.startswith("resolution"):
            return self._of_input(name)
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
            case "connections":
                links: Size = total([row.connections for row in rows if row.connections is not None])
                return links
            case "unproductive":
                return sum(row.unproductive for row in rows)
            case "macs.backward" | "flops.backward":
                backward: Size = total([row.macs_backward for row in rows if row.macs_backward is not None])
                return backward * 2 if name == "flops.backward" else backward
            case _:
                macs: Size = total([row.macs for row in rows if row.macs is not None])
                return macs * 2 if name == "flops" else macs

    def _memory(self, name: str, span: Span, arguments: Sequence[tree.Argument] = ()) -> object:
        """Bytes of inference or training, on the terms that are given."""
        from cnnspec.analysis.memory.claim import claim_memory

        if self.claim.prefix:
            raise Undecided(f"{name} speaks of a model as a whole, not of a block")
        size = claim_memory(self.report, name, self.claim.scope, span, arguments)
        return UNKNOWN if size is None else size

    def _of_input(self, name: str) -> object:
        """What is said of the sizes of the model's first input."""
        if self.claim.prefix:
            raise Undecided(f"{name} speaks of a model as a whole, not of a block")
        if self.model.broken:
            return UNKNOWN
        if name == "unread":
            first = next((row.name for row in self.report.rows if row.is_input), "")
            if first not in self.report.unread:
                raise Undecided("not all extents are known")
            return _counts(self.report.unread[first])
        found = self.report.resolution
        if found is None:
            raise Undecided("no convolution has a receptive field that is known")
        return found.minimum if name == "resolution.min" else found.maximum

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
        return self._unseen(row) if quantity == "unread" else self._figure(quantity, row)

    def _unseen(self, row: Row) -> object:
        """How many rows and columns of the first input it reads no unit of a layer sees."""
        if not knows_extents(self.model):
            raise Undecided("not all extents are known")
        sights = see_input(self.model, first_source(self.model, row.index))
        return _counts(find_unseen(self.model, sights, row.index))

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
        return _of_field(quantity, row)

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


def _counts(gaps: Sequence[Sequence[Interval]]) -> tuple[int, ...]:
    """How many positions are left out along each axis."""
    if not gaps:
        raise Undecided("the input is a vector: it has no rows or columns")
    return tuple(map(count_positions, gaps))


def _of_field(quantity: str, row: Row) -> object:
    """One number of a field per axis."""
    assert row.field is not None
    match quantity:
        case "receptive_field":
            return row.field.size
        case "jump":
            return tuple(jump if isinstance(jump, int) else float(jump) for jump in row.field.jump)
        case "start":
            if None in row.field.start:
                raise Undecided(f"where the field of the first unit of {row.name} starts depends on an unknown size")
            return row.field.start
        case _:
            if not row.field.smallest:
                raise Undecided(f"too many paths lead to {row.name} to tell the smallest")
            return row.field.smallest


def _dims(shape: Shape | None) -> object:
    return UNKNOWN if shape is None else shape.dims


def _bytes(number: tree.Number, unit: tree.Name) -> object:
    if unit.text not in UNITS:
        raise Rejected(catalogue.claim_unknown_quantity(unit.span, name=unit.text, choices=UNITS))
    return number.value * UNITS[unit.text]
