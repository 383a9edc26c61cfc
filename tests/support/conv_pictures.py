"""Layers that the conv style is tried on, and what is read from its pictures."""

from __future__ import annotations

from functools import cache

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.render.conv.draw import conv_picture
from cnnspec.render.conv.steps import Slide, build_slide
from cnnspec.render.display import Box, Group, Path, Picture, Rectangle, Text
from cnnspec.render.flow.operations import drawn_axes
from support.drawn_networks import report, reports_of

#: Layers on inputs small enough to be shown in full, and others.
WHOLE = {
    "valid": "input 9x11x1\n  Conv2D(2, 3x3)",
    "dilated": "input 13x12x3\n  Conv2D(8, 3x3, dilation_rate=2)",
    "same": "input 10x10x3\n  Conv2D(8, 3x3, strides=2, padding=same)",
    "crooked": "input 9x10x2\n  Conv2D(3, 3x5, strides=(1, 2), padding=1)",
    "gaps": "input 11x11x1\n  Conv2D(3, 2x2, strides=4)",
    "pool": "input 11x11x16\n  MaxPool2D",
    "ceil": "input 8x8x2\n  MaxPool2D(3x3, strides=2, ceil_mode=true)",
    "subsampling": "input 8x8x4\n  Subsampling2D",
    "average": "input 8x8x4\n  AvgPool2D(3x3, strides=2, padding=same)",
    "depthwise": "input 8x8x4\n  DepthwiseConv2D(3x3, padding=same)",
    "groups": "input 8x8x4\n  Conv2D(8, 3x3, groups=2)",
    "filter": "input 8x8x3\n  Filter2D(sobel_x)",
    "transposed": "input 5x5x3\n  Conv2DTranspose(8, 3x3, strides=2, padding=same)",
    "hollow": "input 4x4x1\n  Conv2DTranspose(2, 2x2, strides=3)",
    "larger": "input 5x5x2\n  UpSampling2D(2)",
    "shared_out": "input 7x7x2\n  AdaptiveAvgPool2D(3)",
    "crop": "input 9x9x1\n  Crop2D(2)",
    "causal": "input 9x3\n  Conv1D(8, 3, dilation_rate=2, padding=causal)",
    "single": "input 3x3x1\n  Conv2D(2, 3x3)",
}
LONG = {
    "signal": "input 1000x12\n  Conv1D(32, 7, padding=same)",
    "wide": "input 227x227x3\n  Conv2D(96, 11x11, strides=4)",
    "huge": "input 60x62x3\n  Conv2D(8, 31x31, strides=9, padding=2)",
    "sparse": "input 100x100x1\n  Conv2D(2, 5x5, dilation_rate=12, padding=same)",
    "padded": "input 40x40x1\n  Conv2D(2, 3x3, padding=20)",
}
#: Layers along three axes, on inputs small enough to be shown in full, and others.
CUBES = {
    "cube": "input 5x6x7x2\n  Conv3D(3, 3x3x3)",
    "cube_same": "input 4x5x5x1\n  Conv3D(2, 3x3x3, strides=2, padding=same)",
    "cube_dilated": "input 5x9x7x2\n  Conv3D(2, (2, 3, 2), dilation_rate=(2, 1, 3), padding=(1, 0, 1))",
    "cube_groups": "input 4x5x6x4\n  Conv3D(4, 2x2x2, groups=2)",
    "cube_pool": "input 6x5x5x2\n  MaxPool3D",
    "cube_frames": "input 4x6x6x3\n  MaxPool3D(1x2x2)",
    "cube_mean": "input 5x5x5x2\n  AvgPool3D(3, strides=2, padding=same)",
    "cube_gaps": "input 7x5x5x1\n  Conv3D(2, 1x2x2, strides=(3, 2, 2))",
    "cube_spread": "input 2x3x3x2\n  Conv3DTranspose(2, 3x3x3, strides=2)",
    "cube_hollow": "input 2x2x2x1\n  Conv3DTranspose(2, 2x2x2, strides=3)",
    "cube_shared": "input 7x5x5x2\n  AdaptiveAvgPool3D(3)",
    "cube_larger": "input 2x3x3x2\n  UpSampling3D(2)",
    "cube_single": "input 2x2x2x1\n  Conv3D(1, 2x2x2)",
}
DEEP = {
    "scan": "input 32x64x64x2\n  Conv3D(4, 7x7x7, padding=same)",
    "clip": "input 16x112x112x3\n  Conv3D(64, 3x3x3, padding=same)",
    "sparse_cube": "input 40x30x30x1\n  Conv3D(2, 3x3x3, dilation_rate=6, padding=same)",
}
VOLUMES = {**CUBES, **DEEP}
FLAT = {**WHOLE, **LONG}
ALL = {**FLAT, **VOLUMES}

PRODUCTS = r"[\d×]+ = (\d+) products(?:, (\d+) of them with padding)?(?:: (\d+) from each of (\d+) slices)?"


@cache
def model(name: str) -> ModelReport:
    return reports_of(f"model M {{\n  {ALL[name]}\n}}\n")[0] if name in ALL else report(name)


@cache
def slide(name: str) -> Slide:
    return build_slide(model(name), model(name).rows[1].name if name in ALL else None)


@cache
def picture(name: str) -> Picture:
    return conv_picture(slide(name))


def part(group: Group, name: str) -> Path | Rectangle | None:
    """The shape of a step whose key ends so."""
    inner = Picture("", 0, 0, "", "", (group,))
    return next((item for item, _ in inner.walk() if isinstance(item, (Path, Rectangle)) and item.key.endswith(f".{name}")), None)


def boxes(path: Path | Rectangle | None) -> list[Box]:
    """The boxes that a path consists of."""
    if not isinstance(path, Path):
        return []
    starts = [at for at, (letter, _) in enumerate(path.steps) if letter == "M"]
    ends = [*starts[1:], len(path.steps)]
    pieces = [[p for _, points in path.steps[a:b] for p in points] for a, b in zip(starts, ends, strict=True)]
    return [Box(min(x for x, _ in p), min(y for _, y in p), max(x for x, _ in p), max(y for _, y in p)) for p in pieces]


def texts(drawn: Picture) -> list[str]:
    return [item.text for item, _ in drawn.walk() if isinstance(item, Text)]


def taps_of(row: Row, unit: tuple[int, ...]) -> list[list[int]]:
    """What the unit reads, from the facts alone; only on the map where there is no padding to read."""
    found: list[list[int]] = []
    assert row.input_shapes[0] is not None
    for axis, at, n in zip(drawn_axes(row), unit, row.input_shapes[0].extents, strict=True):
        taps = list(axis.taps(at))
        found.append(taps if type(axis).__name__ == "Axis" else [tap for tap in taps if 0 <= tap < int(n)])  # type: ignore[arg-type]
    return found


def steps(name: str) -> list[tuple[Group, tuple[int, ...]]]:
    return [(group, tuple(map(int, group.data["unit"].split()))) for group in picture(name).groups("step")]


def slices_of(group: Group, map_: str) -> dict[int, Group]:
    """The slices of one map of a step, by their position."""
    found = next(item for item in group.items if isinstance(item, Group) and item.kind == map_)
    return {int(item.data["slice"]): item for item in found.items if isinstance(item, Group) and item.kind == "slice"}
