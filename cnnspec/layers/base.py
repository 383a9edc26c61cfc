"""The narrow waist: what a layer kind is and the facts it states."""

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from cnnspec.layers.arithmetic import Size, product, settle
from cnnspec.layers.extent import Extent
from cnnspec.layers.param import Param
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import POINTWISE, Window
from cnnspec.record import record
from cnnspec.schema.declaration import Declaration
from cnnspec.schema.values import show

if TYPE_CHECKING:
    from cnnspec.layers.requirement import Requirement
    from cnnspec.layers.upkeep import Kept, Operations


@record
class Note:
    """One line of a derivation that a layer adds to the common ones: what it is, and its arithmetic or a sentence."""

    title: str
    text: str


@record
class Facts:
    """Everything the analysis needs to know of one layer on given inputs.

    Attributes:
        output: shape of the result.
        params: its arrays of weights.
        window: how it reads its (first) input along the spatial axes.
        macs: multiply-accumulates for one sample, biases and activations apart.
        drops: per spatial axis, input positions at the end that no window reaches.
        requires: what must hold of sizes that the file leaves open, for the facts to be these.
        links: connections in LeCun's count, where they are not those of the kernels (see :attr:`connections`).
    """

    output: Shape
    params: tuple[Param, ...] = ()
    window: Window = POINTWISE
    macs: Size = 0
    drops: tuple[int, ...] = ()
    requires: "tuple[Requirement, ...]" = ()
    links: Size | None = None

    @property
    def connections(self) -> Size:
        """Links from a value, or from the 1 of a bias, to a unit: multiply-accumulates, and one for each output with a bias.

        LeCun et al. 1998 count so: positions × (weights of one filter and its bias) × filters.
        """
        if self.links is not None:
            return self.links
        biased = any(param.role == "bias" for param in self.params) and any(param.role == "kernel" for param in self.params)
        return self.macs + product([settle(n) for n in self.output.dims]) if biased else self.macs


@record
class Repair:
    """A change that may help: another value of an argument, or a layer put before this one.

    The resolver applies it, asks for the facts again and offers it only if they come out.
    """

    text: str
    argument: str | None = None
    value: object = None
    insert: "Layer | None" = None


class LayerError(Exception):
    """A layer does not accept its inputs.

    Position-free: ``code`` is a diagnostic of the catalogue (topic ``shapes``), ``values`` are the keyword arguments of
    its factory, ``argument`` is the argument to point at (None: the layer's name).
    """

    def __init__(self, code: str, argument: str | None = None, *, repairs: tuple[Repair, ...] = (), **values: object) -> None:
        self.code = code
        self.argument = argument
        self.repairs = repairs
        self.values = values
        super().__init__(f"{code}: {values}")


def size_unknown(
    kind: str, what: str, size: Size, argument: str | None = None, *, repairs: tuple[Repair, ...] = (), way_out: str = ""
) -> LayerError:
    """The error of a layer that must know a size which the file leaves open."""
    symbols = tuple(sorted(size.symbols())) if isinstance(size, Extent) else ()
    values = {"layer": kind, "what": what, "size": str(size), "symbols": symbols, "way_out": way_out}
    return LayerError("size-unknown", argument, repairs=repairs, **values)


class Layer(Declaration):
    """Base of all layer kinds: a frozen declaration that states its facts.

    ``kind`` is the short name (``Conv2D``); ``inputs`` the least and the greatest number of inputs (None: any number);
    ``family`` the group it is listed and coloured under.
    """

    kind: ClassVar[str] = ""
    family: ClassVar[str] = "shape"
    inputs: ClassVar[tuple[int, int | None]] = (1, 1)
    #: Whether its inputs may change places: those of a sum may, those of a concatenation may not.
    commutative: ClassVar[bool] = False
    #: Whether, but for its own activation, each value it gives is a weighted sum of what it reads and a constant, as long
    #: as weights and statistics stay.
    linear: ClassVar[bool] = False
    #: Whether training normalises by the mean and the variance of the batch.
    uses_batch: ClassVar[bool] = False
    #: Whether training sets values to zero at random, one by one or channel by channel, and scales up what is left.
    drops_values: ClassVar[bool] = False
    #: Extensions in use that Keras does not have; reported as ``keras-incompatible``.
    extensions: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def facts(self, *inputs: Shape) -> Facts:
        """The facts on inputs of these shapes.

        The formulas run on integers, on symbolic extents and on traced integers alike.

        Raises:
            LayerError: the layer does not accept the inputs.
        """

    def summary(self) -> str:
        """The arguments in a few words, for the header of a card: ``3×3, 64, valid, relu``."""
        return ", ".join(f"{name}={show(value)}" for name, value in self.changed().items())

    def notes(self, *inputs: Shape) -> tuple[Note, ...]:
        """Lines that ``explain`` adds for this layer on these inputs."""
        return ()

    def operations(self, facts: Facts, *inputs: Shape) -> "tuple[Operations, ...]":
        """Elementwise operations for one sample, by what they are; :mod:`cnnspec.layers.upkeep` says what counts.

        Unless a kind says more: values under a window put together, scale, bias and activation, as the facts show them.
        """
        from cnnspec.layers.upkeep import count_operations

        return tuple(count_operations(self, facts))

    def keeps(self, facts: Facts, *inputs: Shape) -> "Kept":
        """What it keeps in training until its backward pass; unless a kind says more, its inputs, and its activation's."""
        from cnnspec.layers.upkeep import Kept, keep_function

        return keep_function(self, facts.output, Kept(inputs=tuple(range(len(inputs)))))

    def is_view(self, *, training: bool) -> bool:
        """Whether its output is its input's memory, so that nothing is copied."""
        return False

    @property
    def last_function(self) -> str | None:
        """The word of the activation that its output has passed last; None without one."""
        word = getattr(getattr(self, "activation", None), "word", None)
        return None if word is None else str(word)

    def incompatible(self) -> tuple[str, ...]:
        """What in these arguments Keras does not have, each as a phrase: ``padding as numbers``."""
        return ()
