"""From a resolved model to its report: one row per node, and the sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from cnnspec.analysis.backward import count_backward
from cnnspec.analysis.depth import count_depth
from cnnspec.analysis.reading import find_unread
from cnnspec.analysis.receptive_field import Sight, Sights, as_report, coverage, see_input
from cnnspec.analysis.report import ClaimResult, ModelReport, ReceptiveField, Resolution, Row, Totals
from cnnspec.analysis.resolution import find_resolution, is_unproductive
from cnnspec.layers.arithmetic import Size, product, total
from cnnspec.layers.base import Facts, Layer
from cnnspec.layers.shape import Shape
from cnnspec.resolve.builder import Unresolved
from cnnspec.resolve.result import ResolvedModel

#: Fields on every input are worked out up to this many (input, layer) pairs; past it, on the first input alone.
MOST_PAIRS: Final = 2_000_000


def analyse_model(model: ResolvedModel, views: Mapping[str, Sights] | None = None) -> ModelReport:
    """Every figure of a model, in time linear in its size.

    Claims about shapes have been judged while resolving; the ``expect`` claims are judged against this report.

    Args:
        model: the model.
        views: what every node sees of each input, where that is known already (:func:`see_inputs`).
    """
    maker = _Rows(model, see_inputs(model) if views is None else views)
    rows = tuple(maker.make())
    claims = tuple(
        ClaimResult(claim.text, claim.holds, claim.actual, claim.span.line, claim.span) for claim in model.shape_claims
    )
    sound = not model.broken and all(row.output_shape is not None for row in rows)
    return ModelReport(
        name=model.name,
        ok=sound and not any(claim.holds is False for claim in claims),
        network=model.network,
        rows=rows,
        totals=_sum_up(model, rows),
        conditions=model.allowed.describe() if model.allowed is not None else (),
        allowed=model.allowed,
        resolution=_find_resolution(model, rows, maker.sights),
        unread={model.network.nodes[index].path: axes for index, axes in find_unread(model).items()},
    )


def see_inputs(model: ResolvedModel) -> Mapping[str, Sights]:
    """What every node sees, per input by its path; only the first input where that would be too much to keep."""
    nodes = model.network.nodes
    sources = [index for index, node in enumerate(nodes) if not node.inputs]
    if len(sources) * len(nodes) > MOST_PAIRS:
        sources = sources[:1]
    return {nodes[source].path: see_input(model, source) for source in sources}


def _find_resolution(model: ResolvedModel, rows: Sequence[Row], views: Mapping[str, Sights]) -> Resolution | None:
    """The sizes of the first input that the model is made for."""
    for name, sights in views.items():
        fields = [row.fields.get(name) if row.fields else row.field for row in rows]
        return find_resolution(model, sights, fields)
    return None


#: Trainable and non-trainable parameters, im2col, elementwise operations.
_Counted = tuple[tuple[int, int], tuple[int, int] | None, Size]
_NOTHING: Final[_Counted] = ((0, 0), None, 0)


class _Rows:
    """Makes the rows of one model."""

    def __init__(self, model: ResolvedModel, views: Mapping[str, Sights]) -> None:
        self.model = model
        self.sights = views
        self.several = sum(not node.inputs for node in model.network.nodes) > 1
        self.fields: dict[tuple[int, tuple[Size, ...]], ReceptiveField] = {}
        self.covered: dict[tuple[int, int], float | None] = {}
        self.backward = count_backward(model)
        self.counted: dict[int, _Counted] = {}

    def make(self) -> Iterator[Row]:
        model, shapes, views = self.model, self.model.shapes, tuple(self.sights.values())
        only = views[0] if views else None
        paths = [node.path for node in model.network.nodes]
        nodes = zip(model.network.nodes, model.facts, model.origins, strict=True)
        for index, (node, facts, origin) in enumerate(nodes):
            inputs = node.inputs
            if not inputs:
                facts = None
            given = tuple([shapes[source] for source in inputs])
            counted = _NOTHING if facts is None else self._count(node.layer, facts, given)
            (trainable, non_trainable), matrix, elementwise = counted
            if node.shares is not None:
                trainable = non_trainable = 0
            view = next((view for view in views if view.seen[index] is not Sight.NOTHING), None) if self.several else only
            field = self._field(view, index)
            path = paths[index]
            yield Row(
                index=index,
                name=path.rpartition("/")[2],
                path=f"{model.name}/{path}",
                kind=node.layer.called if isinstance(node.layer, Unresolved) and node.layer.called else node.layer.kind,
                layer=node.layer,
                inputs=tuple([paths[source] for source in inputs]),
                line=origin.line,
                uses=origin.uses,
                input_shapes=given,
                output_shape=shapes[index],
                facts=facts,
                trainable=trainable,
                non_trainable=non_trainable,
                shared=node.shares is not None,
                macs=facts.macs if facts is not None else None if inputs else 0,
                macs_backward=self.backward[index],
                elementwise=elementwise if facts is not None else None if inputs else 0,
                field=field,
                fields={name: self._field(s, index) for name, s in self.sights.items()} if self.several else {},
                sees_all=view is not None and view.seen[index] is Sight.WHOLE,
                gated=view is not None and index in view.gates,
                unproductive=self._is_unproductive(facts, field, view),
                coverage=self._coverage(view, field),
                im2col=matrix,
            )

    def _count(self, layer: Layer, facts: Facts, given: Sequence[Shape | None]) -> _Counted:
        """Parameters, im2col and elementwise operations; layers of repeated blocks state the very same facts."""
        found = self.counted.get(id(facts))
        if found is None:
            found = self.counted[id(facts)] = count_params(facts), im2col(facts), count_elementwise(layer, facts, given)
        return found

    def _is_unproductive(self, facts: Facts | None, field: ReceptiveField | None, view: Sights | None) -> bool:
        """Only a window of weights can be; which layers have one is known from their facts."""
        if facts is None or field is None or not isinstance(facts.window, tuple) or not facts.params:
            return False
        return is_unproductive(facts, field, self._pixels(view))

    def _field(self, view: Sights | None, index: int) -> ReceptiveField | None:
        """The field as it is reported; a layer that leaves it alone hands on the very same one."""
        seen, shape = Sight.UNKNOWN if view is None else view.seen[index], self.model.shapes[index]
        if isinstance(seen, Sight) or shape is None:
            return None
        key = id(seen), shape.extents
        found = self.fields.get(key)
        if found is None:
            found = self.fields[key] = as_report(seen, shape.extents)
        return found

    def _coverage(self, view: Sights | None, field: ReceptiveField | None) -> float | None:
        """The coverage, worked out once for the rows of one field; fields and views stay alive as long as this does."""
        if view is None or field is None:
            return None
        key = id(view), id(field)
        if key not in self.covered:
            self.covered[key] = coverage(field, self._pixels(view))
        return self.covered[key]

    def _pixels(self, view: Sights | None) -> tuple[Size, ...]:
        """The extents of the input that a view looks at."""
        shape = None if view is None else self.model.shapes[view.source]
        return () if shape is None else shape.extents


def count_params(facts: Facts) -> tuple[int, int]:
    """Trainable and non-trainable parameters."""
    trainable = non_trainable = 0
    for param in facts.params:
        if param.trainable:
            trainable += param.count
        else:
            non_trainable += param.count
    return trainable, non_trainable


def count_elementwise(layer: Layer, facts: Facts, given: Sequence[Shape | None]) -> Size:
    """Elementwise operations for one sample, of a layer that knows its inputs."""
    operations = layer.operations(facts, *[shape for shape in given if shape is not None])
    return total([item.count for item in operations])


def im2col(facts: Facts) -> tuple[int, int] | None:
    """Rows and columns of the matrix that turns a convolution into one product: weights of one output value × positions.

    For a kernel (kh, kw, C/g, F) these are kh·kw·C/g rows and one column per output position. A transposed convolution
    counts as the convolution it equals, over its input spread out with zeros: kh·kw·C rows, output positions. None
    without a sliding window, without exactly one kernel of weights, or for an unknown extent.
    """
    if not isinstance(facts.window, tuple):
        return None
    kernels = [param for param in facts.params if param.role == "kernel"]
    if len(kernels) != 1 or not facts.output.known:
        return None
    positions = Shape((*facts.output.extents, 1)).elements
    channels = facts.output.channels
    assert isinstance(positions, int)
    assert isinstance(channels, int)
    return int(product(kernels[0].shape)) // channels, int(positions)  # type: ignore[arg-type]


def _sum_up(model: ResolvedModel, rows: Sequence[Row]) -> Totals:
    layers = [row for row in rows if not row.is_input]
    if model.broken or any(row.facts is None for row in layers) or any(row.output_shape is None for row in rows):
        return Totals(None, None, None, None)
    shapes = {id(row.output_shape): row.output_shape for row in rows}  # repeated blocks have the very same ones
    elements = {key: shape.elements for key, shape in shapes.items() if shape is not None}
    stated = {id(row.facts): row.facts for row in layers}
    links = {key: facts.connections for key, facts in stated.items() if facts is not None}
    return Totals(
        trainable=sum(row.trainable for row in layers),
        non_trainable=sum(row.non_trainable for row in layers),
        macs=add_up([row.macs for row in layers if row.macs is not None]),
        macs_backward=add_up([row.macs_backward for row in layers if row.macs_backward is not None]),
        activation_elements=add_up([elements[id(row.output_shape)] for row in layers]),
        input_elements=add_up([elements[id(row.output_shape)] for row in rows if row.is_input]),
        depth=count_depth(model),
        elementwise=add_up([row.elementwise for row in layers if row.elementwise is not None]),
        connections=add_up([links[id(row.facts)] for row in layers]),
    )


def add_up(sizes: Sequence[Size]) -> Size:
    """The sum; symbolic terms are added pairwise, so that a long sum of different ones takes no quadratic time."""
    known = sum(size for size in sizes if isinstance(size, int))
    symbolic: list[Size] = [size for size in sizes if not isinstance(size, int)]
    while len(symbolic) > 1:
        pairs = [symbolic[at] + symbolic[at + 1] for at in range(0, len(symbolic) - 1, 2)]
        symbolic = pairs + symbolic[2 * len(pairs) :]
    return known + symbolic[0] if symbolic else known
