"""Which inputs a unit depends on, by gradients in double precision, against the window that the layer states.

A gradient at one point may miss an input: a maximum passes it to one position, a cut to none. So many points are asked
at once, one in each sample of a batch: small and large values, values that stand out at the ends of the window, upwards
and downwards. All weights are positive, so that no terms cancel.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Final

import torch
from torch import Tensor

from cnnspec.backends.torch_modules import BuiltNetwork
from cnnspec.testing.region import Region, read_regions
from cnnspec.testing.subject import PATH, Failure, Findings, Subject, input_names
from cnnspec.testing.values import channels_first, draw_inputs, gradients_of

#: Spreads of the values of the points without a place that stands out.
_SPREADS: Final = (0.1, 0.1, 0.3, 1.0, 1.0, 3.0)
#: How far a place stands out.
_FAR: Final = 10.0

Hull = tuple[tuple[int, int], ...] | None


def check_window(subject: Subject, module: BuiltNetwork) -> Findings:
    """Units depend on nothing outside their windows, and, if they are exact, on both ends of them."""
    if not any(shape.rank for shape in subject.shapes):
        return
    module = make_positive(module, subject.seed)
    if module(*draw_inputs(subject, torch.float64)).shape[1:] != channels_first(subject.facts.output):
        return  # said of the output
    for unit, regions in read_regions(subject.layer, subject.facts, subject.shapes):
        touched = touch(subject, module, unit, regions)
        for name, region, mask in zip(input_names(len(regions)), regions, touched, strict=True):
            failure = _judge(subject, unit, f"window of unit {list(unit)} on {name}", region, mask)
            if failure is not None:
                yield failure
                return  # the other units say the same


def make_positive(module: BuiltNetwork, seed: int) -> BuiltNetwork:
    """A copy in double precision without the activation at the end, its arrays all between 0.5 and 1.5.

    A window speaks of what is put together at one place. The function at the end may hide that (softmax of one channel is
    1 whatever comes in), and what it sums along a map is a statistic.
    """
    module = deepcopy(module).double().eval()
    module.layer(PATH).activation = None
    generator = torch.Generator().manual_seed(seed)
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand(tensor.shape, generator=generator, dtype=torch.float64) + 0.5)
    return module


def touch(subject: Subject, module: BuiltNetwork, unit: Sequence[int], regions: Sequence[Region]) -> list[Tensor]:
    """Per input, the positions that a unit's gradient reaches at any of the points."""
    generator = torch.Generator().manual_seed(subject.seed)
    points = [value.requires_grad_() for value in _points(subject, regions, generator)]
    values = module(*points)[(slice(None), slice(None), *unit)]
    answer = (values * torch.rand(values.shape[1], generator=generator, dtype=torch.float64)).sum()
    if not answer.requires_grad:
        return [torch.zeros(point.shape[2:], dtype=torch.bool) for point in points]
    gradients = gradients_of(answer, points)
    return [
        torch.zeros(point.shape[2:], dtype=torch.bool) if gradient is None else (gradient != 0).any(1).any(0)
        for point, gradient in zip(points, gradients, strict=True)
    ]


def _points(subject: Subject, regions: Sequence[Region], generator: torch.Generator) -> list[Tensor]:
    """A batch for each input, one point in each sample."""
    marks = [(at, axis, end) for at, region in enumerate(regions) for axis, end in _ends(region)]
    marks += [(at, -1, 0) for at in range(len(regions))] if len(regions) > 1 else []
    spreads = (*_SPREADS, *[0.1] * (2 * len(marks)))
    found: list[Tensor] = []
    for number, shape in enumerate(subject.shapes):
        size = channels_first(shape)
        batch = torch.randn(len(spreads), *size, generator=generator, dtype=torch.float64)
        batch *= torch.tensor(spreads, dtype=torch.float64).reshape(-1, *[1] * len(size))
        for place, (at, axis, end) in enumerate(marks):
            if at == number:
                for sample, far in ((2 * place, _FAR), (2 * place + 1, -_FAR)):
                    point = batch[len(_SPREADS) + sample]
                    (point if axis < 0 else point.select(axis + 1, end)).add_(far)
        found.append(batch)
    return found


def _ends(region: Region) -> list[tuple[int, int]]:
    """The axis and position of each end of a region."""
    return [(axis, end) for axis, ends in enumerate(region.hull or ()) for end in sorted(set(ends))]


def _judge(subject: Subject, unit: Sequence[int], what: str, region: Region, touched: Tensor) -> Failure | None:
    found = hull_of(touched)
    places = [tuple(int(at) for at in place) for place in touched.nonzero()]
    outside = [place for place in places if not region.holds(place)]
    if outside and not _may_read_more(subject, unit):
        stated = f"the layer states {show_hull(region.hull)}"
        help = "correct Facts(window=…): kernel, stride, dilation and padding of each Axis, or WHOLE_INPUT"
        return Failure(what, stated, f"its gradient reaches {show_hull(found)}, position {list(outside[0])} among them", help)
    if subject.exact and not _holds(found, region.hull):
        help = "correct Facts(window=…); where the kernel ends in zeros, call check_layer(…, exact=False)"
        return Failure(what, f"the layer states {show_hull(region.hull)}", f"its gradient reaches only {show_hull(found)}", help)
    return None


def _may_read_more(subject: Subject, unit: Sequence[int]) -> bool:
    """What windows leave out by agreement: the statistics of normalisation, and the copies that stand in a border."""
    if subject.layer.family == "normalisation":
        return True
    window = subject.facts.window
    if getattr(subject.layer, "padding_mode", "zeros") == "zeros" or not isinstance(window, tuple):
        return False
    taps = [(tap, int(n)) for axis, n, at in zip(window, subject.shapes[0].extents, unit, strict=True) for tap in axis.taps(at)]  # type: ignore[arg-type]
    return any(not 0 <= tap < n for tap, n in taps)


def _holds(outer: Hull, inner: Hull) -> bool:
    if inner is None or not inner:
        return True
    return outer is not None and all(a <= c and d <= b for (a, b), (c, d) in zip(outer, inner, strict=True))


def hull_of(touched: Tensor) -> Hull:
    """The first and the last position along each axis; None where there is none."""
    places = touched.nonzero()
    return tuple((int(axis.min()), int(axis.max())) for axis in places.T) if len(places) else None


def show_hull(hull: Hull) -> str:
    """``[0, 2]×[3, 5]``, ``nothing``."""
    return "nothing" if hull is None else "×".join(f"[{low}, {high}]" for low, high in hull)
