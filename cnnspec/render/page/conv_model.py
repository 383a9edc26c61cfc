"""What the page must know to slide windows itself: per layer what it does with the values under its window."""

from __future__ import annotations

from typing import Any, Final

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.filter import KERNELS
from cnnspec.layers.window import TransposedAxis
from cnnspec.render.conv.steps import Slide, slide_of
from cnnspec.render.errors import RenderError
from cnnspec.render.graph.faces import describe
from cnnspec.render.page.fields_model import axis_list
from cnnspec.render.page.markup import join, tag

#: What layers do with the values under their windows, by the kind without its rank.
_DOES: Final = {
    "Conv": "conv",
    "DepthwiseConv": "depth",
    "SeparableConv": "depth",
    "Filter": "depth",
    "ConvTranspose": "spread",
    "MaxPool": "max",
    "AdaptiveMaxPool": "max",
    "AvgPool": "mean",
    "AdaptiveAvgPool": "mean",
    "Subsampling": "mean",
}
#: Those of them that multiply with a kernel.
_WEIGHS: Final = ("conv", "depth", "spread")
#: The images that the lecture slides over, by what slides and its kernel.
_IMAGES: Final = {
    ("conv", (6, 6)): [
        [1, 0, 0, 0, 0, 1],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 1, 0, 0],
        [1, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 1, 0],
        [0, 0, 1, 0, 1, 0],
    ],
    ("conv", (5, 5)): [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]],
    ("pool", (4, 4)): [[8, 7, 5, 3], [12, 9, 5, 7], [13, 2, 10, 3], [9, 4, 5, 14]],
}
_MADE_UP: Final = (
    "The numbers are made up: small whole ones, the same for every reader, before bias and activation. "
    "Those of the input and the kernel can be changed: click one and write."
)
#: The lecture's own filters, besides those that have a name in the language.
_FILTERS: Final[dict[str, list[list[float]]]] = {
    "diagonal": [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]],
    "column": [[-1, 1, -1]] * 3,
    "cross": [[1, 0, 1], [0, 1, 0], [1, 0, 1]],
}


def conv_model(report: ModelReport) -> dict[str, Any]:
    """The layers that slide windows, by their index; ``kernels`` that may be filled in, by name."""
    layers = {str(row.index): found for row in report.rows if (found := stepper_of(row)) is not None}
    return {"layers": layers, "kernels": _kernels(layers), "form": _form()}


def stepper_of(row: Row) -> dict[str, Any] | None:
    """What the stepper of one layer needs; None where it slides no window, or one that is not shown step by step.

    Padding that copies the input, and padding that counts in a mean, are not shown.
    """
    does = _DOES.get(row.kind[:-11] + "Transpose" if row.kind.endswith("Transpose") else row.kind[:-2])
    unusual = getattr(row.layer, "padding_mode", "zeros") != "zeros" or getattr(row.layer, "count_include_pad", False)
    if row.is_input or does is None or unusual:
        return None
    try:
        slide = slide_of(row)
    except RenderError:
        return None
    return {"does": does, **_sizes(slide, does), **_arithmetic(slide, does), **_image(slide, does), "text": _text(slide)}


def _sizes(slide: Slide, does: str) -> dict[str, Any]:
    axes = [track.axis for track in slide.tracks]
    found: dict[str, Any] = {
        "axes": [axis_list(axis) for axis in axes],
        "n": [track.extent for track in slide.tracks],
        "out": [track.outputs for track in slide.tracks],
        "c": int(slide.given.channels),  # type: ignore[arg-type]
        "f": int(slide.output.channels),  # type: ignore[arg-type]
    }
    if does in _WEIGHS:
        found |= {"weighs": True, "kernels": [getattr(axis, "kernel", 1) for axis in axes]}
    if does == "spread":
        spread = [axis for axis in axes if isinstance(axis, TransposedAxis)]
        found |= {"strides": [one.stride for one in spread], "dilation": [one.dilation for one in spread]}
        found["before"] = [one.before for one in spread]
    return found


def _arithmetic(slide: Slide, does: str) -> dict[str, Any]:
    """Arguments that change what is computed, where they are not the usual ones."""
    layer: Any = slide.row.layer
    if layer.kind == "Filter2D":
        return {"kernel": [[round(weight * layer.scale, 4) for weight in row] for row in layer.matrix]}
    if layer.kind.startswith("Separable"):
        return {"f": int(slide.given.channels) * layer.depth_multiplier}  # type: ignore[arg-type]
    if does != "conv":
        return {}
    groups = {"groups": layer.groups} if layer.groups > 1 else {}
    return groups if layer.connections is None else {"reads": [list(channels) for channels in layer.connections]}


def _text(slide: Slide) -> str:
    """What stands below the tables."""
    size = [f"{one.label}: {one.text}." for one in slide.equations()]
    lines = [f"{describe(slide.row)}.", *(f"The size is {rule}." for rule in slide.formulas()), *size, _MADE_UP]
    if slide.row.kind.startswith("Separable"):
        lines.append("This is the first half of it; the second mixes the channels at every single position.")
    if getattr(slide.row.layer, "groups", 1) > 1:
        width = int(slide.given.channels) // slide.row.layer.groups  # type: ignore[attr-defined]
        lines.append(f"In {slide.row.layer.groups} groups: a filter reads {width} of {slide.given.channels} channels.")  # type: ignore[attr-defined]
    return tag("p", " ".join(lines), class_="note")


def _form() -> str:
    """The controls, by their names, and the places of the tables and of the sum."""
    buttons = [
        tag("button", words, type="button", name=name) for name, words in (("back", "Back"), ("play", "Play"), ("step", "Step"))
    ]
    slider = tag("input", type="range", name="slider", min=0, value=0, aria_label="Step")
    numbers = [
        tag("label", f"{words} ", tag("input", type="number", name=name, min=0, value=0))
        for name, words in (("slice", "Slice of the window"), ("filter", "Output channel"), ("channel", "Input channel"))
    ]
    kernel = tag("label", "Kernel ", tag("select", tag("option", "of small numbers", value=""), name="kernel"))
    other = tag("button", "Other numbers", type="button", name="next")
    stage = tag(
        "div",
        class_="sheets",
        name="stage",
        tabindex="0",
        role="group",
        aria_label="Input and output; arrow keys step, space plays",
    )
    return join(
        tag("div", buttons, slider, tag("output", name="count"), class_="controls"),
        tag("p", name="say", role="status", aria_live="polite", class_="live"),
        stage,
        tag("div", numbers, kernel, other, class_="controls"),
    )


def _image(slide: Slide, does: str) -> dict[str, Any]:
    """The lecture's image, where the layer reads one of its size as the lecture does."""
    three = [getattr(track.axis, "kernel", 0) for track in slide.tracks] == [3, 3]
    group = "pool" if does in ("max", "mean") else "conv" if does in ("conv", "depth") and three else does
    image = _IMAGES.get((group, tuple(track.extent for track in slide.tracks)))  # type: ignore[arg-type]
    return {} if image is None else {"image": image}


def _kernels(layers: dict[str, dict[str, Any]]) -> dict[str, list[list[float]]]:
    """Those that fit a kernel of some layer."""
    sizes = {tuple(one["kernels"]) for one in layers.values() if "kernels" in one}
    named: dict[str, list[list[float]]] = {
        **_FILTERS,
        **{name: [[round(weight, 4) for weight in row] for row in matrix] for name, matrix in KERNELS.items()},
    }
    return {name: rows for name, rows in named.items() if (len(rows), len(rows[0])) in sizes}
