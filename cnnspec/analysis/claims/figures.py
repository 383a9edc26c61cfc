"""How every quantity of the registry is found: sums over the rows of a part, and single figures of a layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from cnnspec.analysis.claims.subject import Part, Spot, Undecided
from cnnspec.analysis.depth import is_weighted
from cnnspec.analysis.reading import Interval, count_positions, find_unseen, first_source, knows_extents
from cnnspec.analysis.receptive_field import see_input
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.analysis.rows import add_up
from cnnspec.diagnostics import Span
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape
from cnnspec.resolve.scope import Scope
from cnnspec.resolve.values import UNKNOWN
from cnnspec.schema.values import is_list, show
from cnnspec.syntax import tree

OfPart = Callable[[Part], object]

# --- of a model, a use of a block, a scope or a layer -----------------------------------------------------------------


def sum_of(attribute: str, times: int = 1) -> OfPart:
    """The sum of an attribute over the rows; unknown after an error."""
    read: Callable[[Row], Size | None] = attrgetter(attribute)

    def add(part: Part) -> object:
        if part.is_broken:
            return UNKNOWN
        return add_up([size for row in part.rows if not row.is_input and (size := read(row)) is not None]) * times

    return add


def weights_of(attribute: str) -> OfPart:
    """The sum of an attribute over the weights that the rows have, each set once, whichever of its uses they are."""
    read: Callable[[Row], int] = attrgetter(attribute)

    def add(part: Part) -> object:
        if part.is_broken:
            return UNKNOWN
        nodes = part.model.network.nodes
        owners = dict.fromkeys(row.index if (owner := nodes[row.index].shares) is None else owner for row in part.rows)
        return sum(read(part.report.rows[owner]) for owner in owners)

    return add


def count_layers(part: Part) -> object:
    """How many layers there are, inputs apart."""
    return UNKNOWN if part.is_broken else sum(not row.is_input for row in part.rows)


def measure_depth(part: Part) -> object:
    """The number of layers with a kernel of weights on the longest path inside the part."""
    if part.is_broken:
        return UNKNOWN
    depths: dict[int, int] = {}
    for row in part.rows:
        before = max((depths.get(source, 0) for source in part.model.network.nodes[row.index].inputs), default=0)
        depths[row.index] = before + (row.facts is not None and is_weighted(row.facts))
    return max(depths.values(), default=0)


def find_output(part: Part) -> object:
    """The shape of the result."""
    if len(part.outputs) != 1:
        raise Undecided(f"there are {len(part.outputs)} outputs: claim shape(x) of one of them")
    return dims(part.model.shapes[part.outputs[0]])


# --- of a model as a whole --------------------------------------------------------------------------------------------


def count_input(part: Part) -> object:
    """The number of values of all inputs."""
    shapes = [row.output_shape for row in part.rows if row.is_input]
    return UNKNOWN if None in shapes else add_up([shape.elements for shape in shapes if shape is not None])


def count_misaligned(part: Part) -> object:
    """How many merges have branches whose units do not stand over the same pixels of some input."""
    if part.model.broken:
        return UNKNOWN
    sources = [row.index for row in part.rows if row.is_input]
    return len({found.index for source in sources for found in see_input(part.model, source).disagreements})


def least_resolution(part: Part) -> object:
    """The size of input from which every convolution is of full use."""
    return _resolution(part, "minimum")


def greatest_resolution(part: Part) -> object:
    """The size of input up to which some layer sees all of it."""
    return _resolution(part, "maximum")


def _resolution(part: Part, which: str) -> object:
    if part.model.broken:
        return UNKNOWN
    if part.report.resolution is None:
        raise Undecided("no convolution has a receptive field that is known")
    return getattr(part.report.resolution, which)


def count_unread(part: Part, on: object = None) -> object:
    """How many rows and columns of an input, the first unless given, no output depends on."""
    if part.model.broken:
        return UNKNOWN
    first = next((row.name for row in part.report.rows if row.is_input and on in (None, row.index)), "")
    if first not in part.report.unread:
        raise Undecided("not all extents are known")
    return _counts(part.report.unread[first])


def takes_size(part: Part, size: object) -> object:
    """Whether every input may have this size."""
    if part.model.broken:
        return UNKNOWN
    if part.model.sized:
        raise Undecided("--input gave the input a size; the claim speaks of the file as written")
    extents = size if is_list(size) else (size,)
    values: dict[str, int] = {}
    for row in part.rows:
        if row.is_input and row.output_shape is not None:
            stated = row.output_shape.extents
            if len(extents) != len(stated) or not all(isinstance(n, int) and n > 0 for n in extents):
                raise Undecided(f"{show(size)} is no size of {row.name}, which is {row.output_shape}")
            if any(not isinstance(one, Extent) and one != n for one, n in zip(stated, extents, strict=True)):
                return False
            values |= {
                str(one): n for one, n in zip(stated, extents, strict=True) if isinstance(one, Extent) and isinstance(n, int)
            }
    return part.model.allowed is None or part.model.allowed.takes(values)


def measure_intensity(part: Part) -> object:
    """Operations over the bytes that have to be moved, of one sample in float32, outside of training."""
    from cnnspec.analysis.cost.work import infer
    from cnnspec.analysis.memory.precision import FLOAT32

    if part.is_broken:
        return UNKNOWN
    inside = {row.index for row in part.rows}
    works = [work for work in infer(part.report, 1, FLOAT32) if work.index in inside]
    operations, moved = (add_up(sizes) for sizes in ([work.operations for work in works], [work.bytes for work in works]))
    if not isinstance(operations, int) or not isinstance(moved, int):
        raise Undecided(f"it depends on an unknown size: {operations} operations over {moved} bytes")
    if not moved:
        raise Undecided("nothing is moved")
    return int(operations) / int(moved)


def measure_memory(report: ModelReport, name: str, scope: Scope, span: Span, terms: Sequence[tree.Argument]) -> object:
    """Bytes of inference or training, on the terms that are given."""
    from cnnspec.analysis.memory.claim import claim_memory

    size = claim_memory(report, name, scope, span, terms)
    return UNKNOWN if size is None else size


# --- of a layer -------------------------------------------------------------------------------------------------------


def find_shape(spot: Spot) -> object:
    """The shape of its output."""
    return dims(spot.row.output_shape)


def find_im2col(spot: Spot) -> object:
    """Rows and columns of the matrix that turns it into one product."""
    if spot.row.im2col is None:
        raise Undecided(f"{spot.row.name} has no window of weights, so there is no im2col")
    return spot.row.im2col


def find_drops(spot: Spot) -> object:
    """How many positions of its input no window reaches, per axis."""
    if spot.row.facts is None:
        return 0 if spot.row.is_input else UNKNOWN
    if not spot.row.facts.drops:
        raise Undecided(f"{spot.row.name} has no window that could leave something over")
    return spot.row.facts.drops


def find_unread(spot: Spot) -> object:
    """How many rows and columns of the input none of its units sees."""
    if not knows_extents(spot.model):
        raise Undecided("not all extents are known")
    source = first_source(spot.model, spot.row.index) if spot.source is None else spot.source
    return _counts(find_unseen(spot.model, see_input(spot.model, source), spot.row.index))


def find_coverage(spot: Spot) -> object:
    """The share of the input that a unit sees."""
    found = spot.coverage()
    if found is None:
        raise Undecided("the size of the input is not known")
    return found


def find_field(spot: Spot) -> object:
    """The size of the largest field of a unit."""
    return spot.field().size


def find_jump(spot: Spot) -> object:
    """The distance between neighbouring units."""
    return tuple(jump if isinstance(jump, int) else float(jump) for jump in spot.field().jump)


def find_start(spot: Spot) -> object:
    """The first pixel that the first unit sees."""
    start = spot.field().start
    if None in start:
        raise Undecided(f"where the field of the first unit of {spot.row.name} starts depends on an unknown size")
    return start


def find_centre(spot: Spot) -> object:
    """The middle of what the first unit sees: whole where it is a pixel."""
    find_start(spot)
    return tuple(int(at) if at == int(at) else at for at in spot.field().centre if at is not None)


def find_smallest(spot: Spot) -> object:
    """The field of the smallest path."""
    smallest = spot.field().smallest
    if not smallest:
        raise Undecided(f"too many paths lead to {spot.row.name} to tell the smallest")
    return smallest


def find_period(spot: Spot) -> object:
    """After how many units the same fields come again."""
    field = spot.field()
    return field.period or (1,) * len(field.size)


def dims(shape: Shape | None) -> object:
    """The dimensions of a shape, unknown where it is."""
    return UNKNOWN if shape is None else shape.dims


def _counts(gaps: Sequence[Sequence[Interval]]) -> tuple[int, ...]:
    """How many positions are left out along each axis."""
    if not gaps:
        raise Undecided("the input is a vector: it has no rows or columns")
    return tuple(map(count_positions, gaps))
