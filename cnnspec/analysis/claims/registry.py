"""The one table of what can be claimed: names, units, meanings, how each is found, and where else it is shown.

The documentation, the suggestions for a misspelt name and the test that nothing of a report is left out read this table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from cnnspec.analysis.claims import figures
from cnnspec.analysis.claims.subject import Part, Spot
from cnnspec.analysis.report import ModelReport
from cnnspec.diagnostics import Span
from cnnspec.record import record
from cnnspec.resolve.scope import Scope
from cnnspec.syntax import tree

#: Units of memory by their bytes.
UNITS: Final[Mapping[str, int]] = {
    "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4,
    "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4,
}  # fmt: skip

BYTES: Final = "bytes"


@record
class Quantity:
    """A figure that a claim can speak of.

    Attributes:
        name: as it is written, ``params.trainable``.
        unit: what its numbers count; empty where it is true or false.
        meaning: one line for the documentation.
        of_part: finds it for a model or one use of a block: ``name``.
        of_layer: finds it for one layer: ``name(x)``.
        sums: ``name(x)`` is taken over ``x`` as ``name`` is over the model.
        whole: a block has no such figure, only a model.
        of_terms: finds it on terms that it reads itself: ``memory.training(batch=64)``.
        of_value: asks of a model about a value: ``takes(256x256)``.
        options: what may be given by name: ``unread(on=left)``.
        keys: the keys of a report in JSON that show it.
    """

    name: str
    unit: str
    meaning: str
    of_part: Callable[..., object] | None = None
    of_layer: Callable[[Spot], object] | None = None
    of_terms: Callable[[ModelReport, str, Scope, Span, Sequence[tree.Argument]], object] | None = None
    of_value: Callable[[Part, object], object] | None = None
    sums: bool = False
    whole: bool = False
    options: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """How it is written: ``params`` and ``params(x)``."""
        if self.of_value is not None:
            return (f"{self.name}(256x256)",)
        if self.of_terms is not None:
            return (self.name, f"{self.name}({', '.join(f'{name}=…' for name in self.options)})")
        alone = (self.name,) if self.of_part is not None else ()
        return (*alone, f"{self.name}(x)") if self.sums or self.of_layer is not None else alone


def _count(name: str, unit: str, meaning: str, find: Callable[[Part], object], *keys: str) -> Quantity:
    """Of a model, a use of a block, a scope or a layer."""
    return Quantity(name, unit, meaning, of_part=find, sums=True, keys=keys)


def _whole(name: str, unit: str, meaning: str, find: Callable[[Part], object], *keys: str) -> Quantity:
    """Of a model alone."""
    return Quantity(name, unit, meaning, of_part=find, whole=True, keys=keys)


def _field(name: str, unit: str, meaning: str, find: Callable[[Spot], object], *keys: str) -> Quantity:
    """Of what the units of a layer see of an input."""
    return Quantity(name, unit, meaning, of_layer=find, options=("on",), keys=keys)


QUANTITIES: Final[Mapping[str, Quantity]] = {
    quantity.name: quantity
    for quantity in (
        _count("params", "parameters", "trainable and not", figures.weights_of("params"), "totals.params"),
        _count("params.total", "parameters", "the same as `params`", figures.weights_of("params")),
        _count(
            "params.trainable", "parameters", "those that training changes", figures.weights_of("trainable"),
            "totals.trainable", "layers.params.trainable",
        ),
        _count(
            "params.non_trainable", "parameters", "moving statistics and frozen weights", figures.weights_of("non_trainable"),
            "totals.non_trainable", "layers.params.non_trainable",
        ),
        _count(
            "macs", "multiply-accumulates", "of convolutions and dense layers, for one sample", figures.sum_of("macs"),
            "totals.macs", "layers.macs", "totals.macs_formula", "layers.macs_formula",
        ),
        _count("flops", "operations", "2·MACs", figures.sum_of("macs", 2), "totals.flops"),
        _count(
            "macs.backward", "multiply-accumulates", "of the backward pass, for one sample", figures.sum_of("macs_backward"),
            "totals.macs_backward", "layers.macs_backward",
        ),
        _count(
            "flops.backward", "operations", "2·MACs of the backward pass", figures.sum_of("macs_backward", 2),
            "totals.flops_backward",
        ),
        _count(
            "elementwise", "operations", "additions, products, comparisons, functions", figures.sum_of("elementwise"),
            "totals.elementwise", "layers.elementwise", "totals.elementwise_formula", "layers.elementwise_formula",
        ),
        _count(
            "connections", "connections", "LeCun's count: positions × weights, biases too", figures.sum_of("connections"),
            "totals.connections", "layers.connections", "totals.connections_formula", "layers.connections_formula",
        ),
        _count(
            "activation_elements", "values", "of every layer's output, each once", figures.sum_of("activation_elements"),
            "totals.activation_elements", "layers.activation_elements",
            "totals.activation_elements_formula", "layers.activation_elements_formula",
        ),
        _count("intensity", "operations a byte", "forward, one sample in float32", figures.measure_intensity),
        _count("layers", "layers", "inputs apart, each use of a shared one", figures.count_layers),
        _count("depth", "layers", "with a kernel of weights, on the longest path", figures.measure_depth, "totals.depth"),
        _count(
            "unproductive", "convolutions", "whose field is larger than the input even along the smallest path",
            figures.sum_of("unproductive"), "layers.unproductive",
        ),
        Quantity(
            "memory.inference", BYTES, "weights and values at their peak; batch 1 and float32 unless given",
            of_terms=figures.measure_memory, whole=True, options=("batch", "precision"),
            keys=("memory.inference.total", "memory.inference.total_formula"),
        ),
        Quantity(
            "memory.training", BYTES, "with gradients, the optimizer's slots and kept values; batch 1, SGD, float32",
            of_terms=figures.measure_memory, whole=True, options=("batch", "optimizer", "precision"),
            keys=("memory.training.total", "memory.training.total_formula"),
        ),
        Quantity("output", "shape", "of the result", of_part=figures.find_output),
        _whole("input_elements", "values", "of all inputs", figures.count_input, "totals.input_elements"),
        _whole(
            "resolution.min", "pixels per axis", "from which size on no convolution is unproductive",
            figures.least_resolution, "resolution.min",
        ),
        _whole(
            "resolution.max", "pixels per axis", "up to which size some unit sees the whole input",
            figures.greatest_resolution, "resolution.max",
        ),
        _whole(
            "misaligned", "merges", "whose branches do not stand over the same pixels", figures.count_misaligned,
        ),
        Quantity(
            "takes", "", "whether inputs may have this size, without channels", of_value=figures.takes_size, whole=True,
            keys=("conditions",),
        ),
        Quantity(
            "unread", "positions per axis", "rows and columns of the input that no output, or no unit of `x`, sees",
            of_part=figures.count_unread, of_layer=figures.find_unread, whole=True, options=("on",), keys=("unread",),
        ),
        Quantity(
            "shape", "shape", "of its output", of_layer=figures.find_shape,
            keys=("layers.output_shape", "layers.output_shape_formula"),
        ),
        _field(
            "receptive_field", "pixels per axis", "what a unit sees, before it is cut at the border; the largest",
            figures.find_field, "layers.receptive_field.size", "layers.receptive_fields.size",
        ),
        _field(
            "smallest_receptive_field", "pixels per axis", "the same along the smallest path",
            figures.find_smallest, "layers.smallest_receptive_field",
        ),
        _field(
            "jump", "pixels per axis", "the distance between neighbouring units", figures.find_jump,
            "layers.receptive_field.jump", "layers.receptive_fields.jump",
        ),
        _field(
            "start", "pixels per axis", "the first pixel that the first unit sees; negative: padding", figures.find_start,
            "layers.receptive_field.start", "layers.receptive_fields.start",
        ),
        _field(
            "centre", "pixels per axis", "the middle of what the first unit sees; between two pixels at .5", figures.find_centre,
            "layers.receptive_field_centre",
        ),
        _field(
            "period", "units per axis", "behind upsampling, after how many units the same fields come again",
            figures.find_period, "layers.receptive_field.period", "layers.receptive_fields.period",
        ),
        _field(
            "coverage", "share, at most 1", "the field's area over the input's", figures.find_coverage, "layers.coverage",
        ),
        Quantity(
            "im2col", "rows × columns", "the matrix of all windows: weights of one value × positions",
            of_layer=figures.find_im2col, keys=("layers.im2col",),
        ),
        Quantity(
            "drops", "positions per axis", "of its input that no window reaches", of_layer=figures.find_drops,
            keys=("layers.drops",),
        ),
    )
}  # fmt: skip

#: What a report in JSON says besides, and why no claim speaks of it.
NOT_CLAIMED: Final[Mapping[str, str]] = {
    "name": "a name",
    "ok": "the verdict itself",
    "outputs": "names; their shapes are `output` and `shape(x)`",
    "claims": "the claims",
    "shape_claims": "the claims",
    "sizes": "sets of sizes; `takes(…)` asks for one",
    "memory.parameters": "4·`params`",
    **{f"memory.{of}.{key}": "what it is for" for of in ("inference", "training") for key in ("batch", "precision")},
    **{f"memory.inference.{key}": "a part of it" for key in ("parameters", "values", "values_formula", "at", "alive")},
    "memory.training.optimizer": "what it is for",
    **{
        f"memory.training.{key}": "a part of it"
        for key in ("parameters", "copies", "gradients", "slots", "activations", "activations_formula")
    },
    "layers.name": "a name",
    "layers.kind": "a name",
    "layers.path": "a name",
    "layers.inputs": "names",
    "layers.line": "a place in the text",
    "layers.used_at": "places in the text",
    "layers.shared": "what the text says: `share`",
    "layers.gated": "how `receptive_field(x)` was found",
    "layers.receptive_field_status": "why `receptive_field(x)` is known or not",
    "layers.receptive_field.sizes": "lists of lists; the largest is `receptive_field(x)`",
    "layers.receptive_fields.sizes": "lists of lists; the largest is `receptive_field(x, on=…)`",
}

#: What quantities are called elsewhere, in small letters.
ELSEWHERE: Final[Mapping[str, str]] = {
    "parameters": "params", "weights": "params", "total_params": "params", "num_params": "params", "n_params": "params",
    "trainable": "params.trainable", "trainable_params": "params.trainable", "trainable_parameters": "params.trainable",
    "non_trainable": "params.non_trainable", "non_trainable_params": "params.non_trainable",
    "mac": "macs", "mult_adds": "macs", "multadds": "macs", "multiply_adds": "macs", "gmacs": "macs",
    "flop": "flops", "gflops": "flops", "ops": "flops", "operations": "flops",
    "memory": "memory.inference", "activations": "activation_elements", "num_layers": "layers",
    "output_shape": "output", "output_size": "output", "shape_out": "output", "input_size": "input_elements",
    "field": "receptive_field(x)", "rf": "receptive_field(x)", "receptive_field_size": "receptive_field(x)",
    "stride": "jump(x)", "total_stride": "jump(x)", "output_stride": "jump(x)", "size": "shape(x)",
    "acc": "accuracy", "val_acc": "val_accuracy", "train_acc": "train_accuracy", "test_accuracy": "accuracy",
    "test_acc": "accuracy", "test_loss": "loss", "time": "seconds", "duration": "seconds",
}  # fmt: skip


def forms() -> Iterator[str]:
    """Every form in which a quantity can be written."""
    for quantity in QUANTITIES.values():
        yield from quantity.forms


#: What is before the dot of a quantity: ``params``, ``memory``.
STEMS: Final = frozenset(name.partition(".")[0] for name in QUANTITIES if "." in name)
