"""The quantities that a claim can speak of: of a model or one use of a block, and of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnspec.analysis.depth import count_depths
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.diagnostics.catalogue import claims as catalogue
from cnnspec.layers.arithmetic import Size, total
from cnnspec.layers.shape import Shape
from cnnspec.resolve.expressions import NOTHING, Rejected
from cnnspec.resolve.result import PendingClaim, ResolvedModel
from cnnspec.resolve.values import UNKNOWN, UnknownType, Value
from cnnspec.syntax import tree

#: Quantities of a model or block, and of one layer of it.
MODEL_QUANTITIES = (
    "params", "params.total", "params.trainable", "params.non_trainable", "macs", "flops", "connections", "depth",
    "memory.inference", "memory.training", "output",
)  # fmt: skip
LAYER_QUANTITIES = ("shape", "receptive_field", "jump", "coverage", "im2col")

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
            case "connections":
                links: Size = total([row.connections for row in rows if row.connections is not None])
                return links
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
