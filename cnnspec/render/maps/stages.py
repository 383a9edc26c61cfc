"""What a maps picture shows: the stages of a chain of layers, with their labels and windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.shape import Shape
from cnnspec.render.flow.operations import DrawnAxis, drawn_axes, operation_of
from cnnspec.render.flow.standing import known_shape
from cnnspec.render.fonts import fit_text, text_width
from cnnspec.render.graph.faces import count_of, describe
from cnnspec.render.graph.scopes import CHIP_FAMILIES
from cnnspec.render.graph.view import inner_path
from cnnspec.render.maps.stacks import size_text
from cnnspec.render.svg import clean

#: The width in pixels at which details go on in a second line.
_NARROW = 92.0
_LETTERS = {"convolution": "C", "pooling": "S", "dense": "F", "filter": "C"}


@dataclass(frozen=True, slots=True)
class Stage:
    """One value of the chain with what made it.

    Attributes:
        row: the input or layer.
        folded: layers drawn with it: a Flatten before it, activations, normalisation and dropout after it.
        shape: its extents and channels.
        above: the lines above the stack; ``below``: those below the step that leads to it.
        axes: how it reads the stage before, per spatial axis; none where it sees everything or single positions.
    """

    row: Row
    folded: tuple[Row, ...]
    shape: Shape
    above: tuple[str, ...]
    below: tuple[str, ...]
    axes: tuple[DrawnAxis, ...] = ()

    @property
    def path(self) -> str:
        return inner_path(self.row)

    @property
    def title(self) -> str:
        """The stage in one sentence."""
        parts = [f"{self.path}: {describe(self.row)}", f"output {self.shape}"]
        parts += [f"with {inner_path(row)}: {describe(row)}" for row in self.folded]
        parameters = sum(row.params for row in (self.row, *self.folded))
        return ", ".join([*parts, *([count_of(parameters, "parameter")] if parameters else [])])


def stages_of(report: ModelReport) -> list[Stage]:
    """The stages of a chain, the input first.

    Raises:
        RenderError: a size is unknown, or there are more than three spatial axes.
    """
    shapes = [known_shape(row, "maps") for row in report.rows]
    groups = _fold(report.rows)
    stages: list[Stage] = []
    for number, (row, folded) in enumerate(groups):
        shape = shapes[row.index]
        last = number == len(groups) - 1
        before = stages[-1].shape if stages else None
        stages.append(Stage(row, folded, shape, _above(row, shape, number, last), _below(row, folded, before), drawn_axes(row)))
    return stages


def is_chain(report: ModelReport) -> bool:
    """Whether every layer reads one value, every value is read once, and there is one input and one output."""
    network = report.network
    inputs = sum(row.is_input for row in report.rows)
    alone = all(len(node.inputs) <= 1 for node in network.nodes) and all(len(readers) <= 1 for readers in network.readers)
    return alone and inputs == 1 and len(network.outputs) == 1


def _fold(rows: Sequence[Row]) -> list[tuple[Row, tuple[Row, ...]]]:
    """Layers with what is drawn as part of them; a Flatten belongs to the layer after it."""
    groups: list[tuple[Row, tuple[Row, ...]]] = []
    flatten: list[Row] = []
    for row in rows:
        if row.kind == "Flatten" and row is not rows[-1]:
            flatten.append(row)
        elif groups and not groups[-1][0].is_input and row.layer.family in CHIP_FAMILIES and not flatten:
            groups[-1] = (groups[-1][0], (*groups[-1][1], row))
        else:
            groups.append((row, tuple(flatten)))
            flatten = []
    return groups


def _above(row: Row, shape: Shape, number: int, last: bool) -> tuple[str, ...]:
    """``C1: feature maps`` and ``6@28×28``, in the paper's way of counting."""
    extents, size = shape.extents, size_text(shape)
    if row.is_input:
        return "INPUT", size.removeprefix("1@") if extents else size
    if last and not extents:
        return "OUTPUT", size
    letter = _LETTERS.get(row.layer.family, "L")
    return f"{letter}{number}: {('layer', 'sequences', 'feature maps', 'volumes')[shape.rank]}", size


def _below(row: Row, folded: tuple[Row, ...], before: Shape | None) -> tuple[str, ...]:
    """``Convolution 5×5``, how it steps and what follows it, and the layer's name; nothing for an input."""
    if before is None:
        return ()
    first, details = operation_of(row, folded)
    return (clean(first), *_wrapped(details), fit_text(clean(inner_path(row)), 10, 2 * _NARROW))


def _wrapped(details: list[str]) -> list[str]:
    """The details in lines as narrow as they can be without breaking one."""
    lines: list[str] = []
    for detail in details:
        if lines and text_width(f"{lines[-1]}, {detail}", 10) <= _NARROW:
            lines[-1] += f", {detail}"
        else:
            lines += [detail]
    return [line + "," for line in lines[:-1]] + lines[-1:]
