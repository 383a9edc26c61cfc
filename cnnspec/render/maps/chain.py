"""A chain in one row, as in figure 2 of LeCun et al. 1998: what leads from stack to stack is written below the gap."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cnnspec.render.display import Group, Item, Paint, Path, Text
from cnnspec.render.flow.cuboid import line
from cnnspec.render.fonts import text_width
from cnnspec.render.graph.view import Card
from cnnspec.render.maps.stacks import Stack, draw_dots, draw_sheets, largest_extents, measured, stack_data
from cnnspec.render.maps.stages import Stage
from cnnspec.render.maps.windows import window_of
from cnnspec.render.palette import family_role

#: Between stacks and between texts.
APART, BETWEEN = 26.0, 12.0
SIZE, LINE = 10.0, 13.0


def draw_chain(stages: Sequence[Stage]) -> list[Item]:
    """The stages of a chain from left to right, back to front."""
    stacks = [_stack_of(stage, largest_extents([stage.shape for stage in stages])) for stage in stages]
    _place(stages, stacks)
    slides = [bool(stage.axes) and bool(stage.shape.extents) for stage in stages]
    pairs = list(enumerate(pairwise(stacks), 1))
    items: list[Item] = [_full_connection(before, after) for at, (before, after) in pairs if not slides[at]]
    items += [_labelled(stage, stack) for stage, stack in zip(stages, stacks, strict=True)]
    items += [window_of(before, after, stages[at].axes) for at, (before, after) in pairs if slides[at]]
    bottom = max(stack.box.bottom for stack in stacks) + 22
    return [*items, *(_operation(stages[at], before, after, bottom) for at, (before, after) in pairs)]


def _stack_of(stage: Stage, largest: dict[int, int]) -> Stack:
    row = stage.row
    side, back, sheets, shift = measured(stage.shape, largest)
    card = Card("input" if row.is_input else "layer", (row, *stage.folded))
    members = [row, *stage.folded]
    return Stack(
        card=card,
        row=row,
        shape=stage.shape,
        kind=("bar", "ribbons", "sheets", "cubes")[stage.shape.rank],
        role=family_role(row.layer.family),
        title=stage.title,
        lines=[],
        data={
            "members": str(len(members)),
            "parameters": str(sum(member.params for member in members)),
            "shape": str(stage.shape),
        },
        side=side,
        back=back,
        sheets=sheets,
        shift=shift,
    )


def _text_width(stage: Stage) -> float:
    return max(text_width(text, SIZE, at == 0) for at, text in enumerate(stage.above))


def _place(stages: Sequence[Stage], stacks: Sequence[Stack]) -> None:
    """Places from left to right so that no stack, no label and no operation's text meets the next."""
    for at in range(1, len(stacks)):
        before, one = stacks[at - 1], stacks[at]
        reach = [max(_text_width(stages[n]), stacks[n].width) / 2 for n in (at - 1, at)]
        gap = max(APART, sum(reach) + BETWEEN - before.width / 2 - one.width / 2)
        gap = max(gap, *(_wanted(stages, stacks, number) for number in (at - 1, at)))
        one.x = before.x + before.width + gap


def _wanted(stages: Sequence[Stage], stacks: Sequence[Stack], at: int) -> float:
    """How wide both gaps beside a stack must be for the texts centred below them not to meet."""
    if not 0 < at < len(stacks) - 1:
        return 0.0
    texts = _operation_width(stages[at]) / 2 + _operation_width(stages[at + 1]) / 2
    return texts + BETWEEN - stacks[at].width


def _operation_width(stage: Stage) -> float:
    return max(text_width(text, SIZE) for text in stage.below)


def _labelled(stage: Stage, stack: Stack) -> Group:
    """The sheets, and two lines above them."""
    middle = (stack.box.left + stack.box.right) / 2
    top = stack.box.top - 7 - LINE * (len(stage.above) - 1)
    texts = [
        Text(middle, top + LINE * at, text, SIZE, at == 0, "middle", "ink" if at == 0 else "soft")
        for at, text in enumerate(stage.above)
    ]
    items = (*draw_sheets(stack), *texts, *draw_dots(stack))
    return Group("stage", stage.path, stage.path, stage.title, items, None, stack_data(stack))


def _full_connection(before: Stack, after: Stack) -> Group:
    """Two lines from the ends of one stack to the ends of the next: everything is connected."""
    a, b = before.front, after.front
    title = f"{after.path} sees all of {before.path}"
    key = f"{before.path}--{after.path}"
    paint = Paint(None, "line", 0.8)
    steps = (*line((a.right, a.top), (b.left, b.top)), *line((a.right, a.bottom), (b.left, b.bottom)))
    path = Path(steps, paint, f"{key}.line", after.path, title)
    return Group("connection", key, after.path, title, (path,), None, {"from": before.path})


def _operation(stage: Stage, before: Stack, after: Stack, top: float) -> Group:
    """What leads from one stack to the next, centred below the gap between them."""
    x = (before.box.right + after.box.left) / 2
    tick = Path(line((x, top - 12), (x, top - 5)), Paint(None, "line", 0.8), f"{stage.path}.tick", stage.path, stage.title)
    texts = [
        Text(x, top + 8 + LINE * at, text, SIZE, False, "middle", "ink" if at == 0 else "soft")
        for at, text in enumerate(stage.below)
    ]
    return Group("operation", f"{stage.path}.operation", stage.path, stage.title, (tick, *texts))
