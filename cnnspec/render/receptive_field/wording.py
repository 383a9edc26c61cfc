"""What is written on a pyramid. Every figure is one of the pyramid's, which are the report's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import prod

from cnnspec.layers.arithmetic import group_digits
from cnnspec.layers.window import Adaptive, Magnified
from cnnspec.render.fonts import ELLIPSIS, fit_text, text_width
from cnnspec.render.graph.faces import count_of
from cnnspec.render.graph.view import inner_path
from cnnspec.render.receptive_field.pyramid import Floor, Pyramid
from cnnspec.render.svg import clean

#: The size of names.
HEAD = 11.0
#: Where a path has no room, how many of how many parts before its last are kept.
_KEPT, _NEAREST = 3, 12
_AXES = ("depth", "height", "width")


def show_sizes(sizes: Sequence[int]) -> str:
    """``6×6``."""
    return "×".join(map(group_digits, sizes))


def show_step(upper: Floor, lower: Floor) -> str:
    """``6×6 → 8×8``: what is seen of a map and of the one below."""
    return f"{show_sizes(upper.size)} → {show_sizes(lower.size)}"


def ending(pyramid: Pyramid) -> str:
    """``18×18 = 324 of 784 (41.3%)``."""
    area, whole = prod(pyramid.input.size), prod(pyramid.input.extents)
    if area > whole:
        return f"{_area(pyramid.input.size)}, more than {group_digits(whole)} (100%)"
    return f"{_area(pyramid.input.size)} of {group_digits(whole)} ({show_share(area / whole)})"


def _area(sizes: Sequence[int]) -> str:
    """``18×18 = 324``; one size alone is its own."""
    return f"{show_sizes(sizes)} = {group_digits(prod(sizes))}" if len(sizes) > 1 else show_sizes(sizes)


def show_share(share: float) -> str:
    """Three figures: ``41.3%``, ``6.25%``; what would round to nothing or to all says so."""
    if 0 < share < 0.0001:
        return "<0.01%"
    return ">99.9%" if 0.9995 <= share < 1 else f"{share * 100:.3g}%"


def step_lines(pyramid: Pyramid, width: float) -> list[tuple[str, str]]:
    """Per floor the name of what makes it, and what that is; how many layers where it is several.

    Names that are wider than ``width`` lose parts of their paths, never the layer's own name.
    """
    paths = [clean(inner_path(floor.row)).split("/") for floor in pyramid.floors]
    return [
        (_short(path, paths, width), fit_text(_what(floor), 10, 1.5 * width))
        for path, floor in zip(paths, pyramid.floors, strict=True)
    ]


def _what(floor: Floor) -> str:
    """``Conv2D 3×3``, ``Conv2D 3×3 … 6 layers``; of an input its shape."""
    if floor.row.is_input:
        return str(floor.row.output_shape)
    what = clean(f"{floor.row.kind} {_window(floor)}".strip())
    return f"{what} {ELLIPSIS} {count_of(len(floor.between), 'layer')}" if len(floor.between) > 1 else what


def _short(path: Sequence[str], paths: Sequence[Sequence[str]], width: float) -> str:
    """A path; where it is too wide its last part with those others that tell it best from the other paths."""
    if text_width("/".join(path), HEAD, True) <= width:
        return "/".join(path)
    *before, last = path
    nearest = range(max(0, len(before) - _NEAREST), len(before))
    ways = [kept for count in range(_KEPT + 1) for kept in combinations(nearest, count)]
    fitting = [kept for kept in ways if text_width(_elided(before, kept, last), HEAD, True) <= width]
    if not fitting:
        return fit_text(last, HEAD, width, True)
    rivals = [other for other in paths if other[-1] == last and other != path]
    best = max(fitting, key=lambda kept: (-sum(_matches(before, kept, other) for other in rivals), len(kept), kept))
    return _elided(before, best, last)


def _elided(before: Sequence[str], kept: Sequence[int], last: str) -> str:
    """``…/dense_layer_16/…/conv2d_1``: an ellipsis for each row of parts that are left out."""
    shown: list[str] = []
    for at, part in enumerate(before):
        if at in kept:
            shown.append(part)
        elif shown[-1:] != [ELLIPSIS]:
            shown.append(ELLIPSIS)
    return "/".join([*shown, last])


def _matches(before: Sequence[str], kept: Sequence[int], other: Sequence[str]) -> bool:
    """Whether what is kept of a path can be read as another path: its parts stand there too, in this order."""
    parts = iter(other[:-1])
    return all(before[at] in parts for at in kept)


def _window(floor: Floor) -> str:
    """``3×3``, ``2×2, stride 2``; nothing where single positions are only moved (padding, cropping)."""
    facts = floor.row.facts
    if facts is None or not isinstance(facts.window, tuple):
        return ""
    sizes: list[int] = []
    steps: list[int] = []
    for axis in facts.window:
        kernel = getattr(axis, "kernel", 1)
        sizes.append(axis.factor if isinstance(axis, Magnified) else axis.count if isinstance(axis, Adaptive) else kernel)
        steps.append(getattr(axis, "stride", 1))
    stride = f", stride {steps[0] if len(set(steps)) == 1 else show_sizes(steps)}" if any(step != 1 for step in steps) else ""
    if set(sizes) == {1} and floor.row.layer.family != "convolution":
        return stride.removeprefix(", ")
    return show_sizes(sizes) + stride


def axis_words(pyramid: Pyramid) -> list[tuple[tuple[int, ...], str]]:
    """The axes of each panel (rows first), and how its heading names them; one panel for pairs that look alike."""
    rank = len(pyramid.top.extents)
    if rank < 3:
        return [(tuple(range(rank)), "")]
    pairs = list(combinations(range(rank), 2))[::-1]
    found: dict[object, list[tuple[int, ...]]] = {}
    for pair in pairs:
        found.setdefault(tuple(tuple(floor.reaches[axis] for axis in pair) for floor in pyramid.floors), []).append(pair)
    names = _AXES[-rank:] if rank <= len(_AXES) else tuple(f"axis {at}" for at in range(rank))
    return [(alike[0], f" · {_pairs(alike, pairs, names)}") for alike in found.values()]


def _pairs(alike: Sequence[tuple[int, ...]], pairs: Sequence[tuple[int, ...]], names: Sequence[str]) -> str:
    if len(alike) == len(pairs):
        return "any two axes"
    return ", ".join(" × ".join(names[axis] for axis in pair) for pair in alike)


def notes(pyramid: Pyramid) -> list[str]:
    """Sentences that have to be known to read the figures."""
    found: list[str] = []
    floors = pyramid.floors
    if any((reach.first, reach.last) != reach.read for floor in floors for reach in floor.reaches):
        found.append("Dashed: the whole field, hatched where it is padding; filled: what this unit reads.")
    if any((reach.first, reach.last) != reach.read for reach in pyramid.input.reaches):
        read = [last - first + 1 for first, last in (reach.read for reach in pyramid.input.reaches if reach.read)]
        found.append(f"This unit reads {_area(read)} of {group_digits(prod(pyramid.input.extents))} pixels.")
    if pyramid.turns:
        sizes = " or ".join(group_digits(size) for size in pyramid.field.sizes[-1])
        found.append(f"Units take turns: along an axis they see {sizes} pixels.")
    if pyramid.beside:
        others = f"{count_of(pyramid.beside, 'layer')} {'lies' if pyramid.beside == 1 else 'lie'} on others"
        found.append(f"The way with the largest field is drawn; {others}.")
    if pyramid.gates:
        found.append(f"{count_of(pyramid.gates, 'gate')} left out: a gate sees everything.")
    return found
