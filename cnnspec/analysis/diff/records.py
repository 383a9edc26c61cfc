"""The results of a comparison: frozen rows that the table, JSON and pictures read.

Every figure of the second network is one of the first plus what these rows say: parameters, multiply-accumulates and
activations of what was added, less those of what was removed, and the differences of what changed or followed.
"""

from __future__ import annotations

from typing_extensions import override

from cnnspec.analysis.report import ClaimResult, ModelReport, ReceptiveField, Row
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.shape import Shape
from cnnspec.record import record
from cnnspec.schema.values import show

#: Bytes of a number in float32, the precision of all figures of memory here.
FLOAT32 = 4


@record
class Amount:
    """A figure before and after; None where there is none, or where it is unknown."""

    before: Size | None
    after: Size | None

    @property
    def difference(self) -> Size | None:
        """After less before."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def share(self) -> float | None:
        """The difference in parts of what was before; None where that is nothing or a formula."""
        if not isinstance(self.before, int) or not isinstance(self.after, int) or self.before == 0:
            return None
        return (self.after - self.before) / self.before

    @property
    def differs(self) -> bool:
        return self.before != self.after


@record
class ArgumentChange:
    """An argument, or a key of a recipe, with its values: numbers, words, lists and calls."""

    name: str
    before: object
    after: object

    @override
    def __str__(self) -> str:
        return f"{self.name} {show(self.before)} → {show(self.after)}"


@record
class LayerChange:
    """A layer of the first network and the one of the second that it corresponds to.

    Attributes:
        before, after: their rows.
        arguments: what differs in the arguments of one kind; nothing where the kind itself changed.
        reads: it reads other layers than those that correspond to what it read.
        shares: it has weights of its own now, or those of another layer.
        moved: it stands at another place, and what is around it reads past both places.
        moved_with: the path of the block that moved as a whole; its own where it moved alone.
        renamed: a name that was given to it, or to a block around it, is another one.
    """

    before: Row
    after: Row
    arguments: tuple[ArgumentChange, ...] = ()
    reads: bool = False
    shares: bool = False
    moved: bool = False
    moved_with: str = ""
    renamed: bool = False

    @property
    def kind_changed(self) -> bool:
        return self.before.kind != self.after.kind

    @property
    def changed(self) -> bool:
        """Whether it differs in itself, not only in what it makes of another input."""
        return self.changed_in_itself or self.reads or self.moved

    @property
    def changed_in_itself(self) -> bool:
        """Whether it is another layer at the same place."""
        return bool(self.arguments) or self.kind_changed or self.shares

    @property
    def params(self) -> Amount:
        """Parameters of its own."""
        return Amount(self.before.params, self.after.params)

    @property
    def macs(self) -> Amount:
        return Amount(self.before.macs, self.after.macs)

    @property
    def activations(self) -> Amount:
        """Values of the output, an input's apart."""
        return Amount(_activations(self.before), _activations(self.after))

    @property
    def shape(self) -> tuple[Shape | None, Shape | None]:
        """Shapes of the output."""
        return self.before.output_shape, self.after.output_shape

    @property
    def field(self) -> tuple[ReceptiveField | None, ReceptiveField | None]:
        """Receptive fields."""
        return self.before.field, self.after.field

    @property
    def follows(self) -> bool:
        """Whether its figures differ although it is the same: its input is another one."""
        return not self.changed and (self.params.differs or self.macs.differs or self.shape[0] != self.shape[1])


def _activations(row: Row) -> Size | None:
    return 0 if row.is_input else row.activation_elements


@record
class Group:
    """Layers that were added or removed together: one, or those of a block, or several blocks alike that follow one another.

    Attributes:
        title: ``Conv2D 3×3, 64`` of a layer, ``Basic(64)`` of a block.
        paths: the path of each, without the model.
        rows: the rows of their layers.
        is_block: they are blocks.
        before: the place in the second network of the layer that they stand, or would stand, before.
    """

    title: str
    paths: tuple[str, ...]
    rows: tuple[Row, ...]
    is_block: bool = False
    before: int = 0


@record
class ClaimChange:
    """A claim of one file, or what both claim of one quantity, with what was found; None where a file does not state it."""

    before: ClaimResult | None
    after: ClaimResult | None

    @property
    def differs(self) -> bool:
        """Whether it is stated otherwise, blanks aside, or came out otherwise."""
        if self.before is None or self.after is None or "".join(self.before.text.split()) != "".join(self.after.text.split()):
            return True
        return (self.before.holds, self.before.actual) != (self.after.holds, self.after.actual)


@record
class Totals:
    """The figures of the two networks; those of memory in bytes at batch 1 in float32, trained by SGD.

    Attributes:
        inference: weights and the most values that are there at one time.
        training: weights, gradients, and what is kept for the backward pass.
    """

    layers: Amount
    params: Amount
    trainable: Amount
    macs: Amount
    activation_elements: Amount
    depth: Amount
    inference: Amount
    training: Amount

    @property
    def weight_bytes(self) -> Amount:
        """4·parameters."""
        return _in_bytes(self.params)

    @property
    def activation_bytes(self) -> Amount:
        """4·activations, all kept as for training, one sample."""
        return _in_bytes(self.activation_elements)


def _in_bytes(amount: Amount) -> Amount:
    return Amount(
        *(None if elements is None else elements * FLOAT32 for elements in (amount.before, amount.after)),
    )


@record
class ModelDiff:
    """What changed from one model to another; one of them is None where the other file has no counterpart.

    Attributes:
        removed, added: layers of one network alone, in groups, in the order of the text.
        changed: layers of both that differ in themselves.
        following: layers that are the same, but whose figures differ because of what flows in.
        renamed: layers of both, the same, that were given another name.
        pairs: all layers of both, changed or not, in the order of the first.
        outputs_changed: the network returns the results of other layers, or in another order.
        claims: claims that one file states alone, or that came out otherwise.
    """

    name: str
    before: ModelReport | None
    after: ModelReport | None
    removed: tuple[Group, ...] = ()
    added: tuple[Group, ...] = ()
    changed: tuple[LayerChange, ...] = ()
    following: tuple[LayerChange, ...] = ()
    renamed: tuple[LayerChange, ...] = ()
    pairs: tuple[LayerChange, ...] = ()
    outputs_changed: bool = False
    totals: Totals | None = None
    claims: tuple[ClaimChange, ...] = ()

    @property
    def last_fields(self) -> tuple[Row | None, Row | None]:
        """In either network, the last layer that sees a part of the input: its receptive field is the network's."""
        return _last_with_field(self.before), _last_with_field(self.after)

    @property
    def conditions(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What either network asks of the sizes that its inputs leave open."""
        return self.before.conditions if self.before else (), self.after.conditions if self.after else ()

    @property
    def edits(self) -> int:
        """How many layers were added, removed or changed; a block that moved counts once."""
        alone = sum(len(group.rows) for group in (*self.removed, *self.added))
        moved = {change.moved_with for change in self.changed if change.moved}
        return (
            alone
            + len(moved)
            + sum(not change.moved or change.changed_in_itself for change in self.changed)
            + self.outputs_changed
        )

    @property
    def same_architecture(self) -> bool:
        """Both are the same layers connected in the same way; names and claims apart."""
        paired = self.before is not None and self.after is not None
        return paired and not (self.removed or self.added or self.changed or self.outputs_changed)

    @property
    def same(self) -> bool:
        """The same architecture and the same claims."""
        return self.same_architecture and not self.claims


def _last_with_field(model: ModelReport | None) -> Row | None:
    rows = () if model is None else model.rows
    return next((row for row in reversed(rows) if row.field is not None and not row.is_input), None)


@record
class RecipeDiff:
    """What changed from one recipe to another; one of the names is None where the other file has no counterpart."""

    name: str
    before: str | None
    after: str | None
    keys: tuple[ArgumentChange, ...] = ()
    claims: tuple[ClaimChange, ...] = ()

    @property
    def same(self) -> bool:
        return self.before is not None and self.after is not None and not (self.keys or self.claims)


@record
class FileDiff:
    """What changed between two files: their models, then their recipes."""

    before: str
    after: str
    models: tuple[ModelDiff, ...]
    recipes: tuple[RecipeDiff, ...] = ()

    @property
    def same(self) -> bool:
        """Nothing but names and layout differs."""
        return all(model.same for model in self.models) and all(recipe.same for recipe in self.recipes)
