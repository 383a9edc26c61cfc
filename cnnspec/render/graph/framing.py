"""Which frames can be drawn: a block whose cards cannot be kept together has no frame rather than a wrong one.

Cards of a block with one way in lie together by construction. A block that takes several values, each used at another
height, may enclose a foreign card; its layers still carry its name in their paths.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from cnnspec.render.display import Box


class _Along:
    """Boxes by where they begin, to find those that may meet another without looking at all."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self.boxes = boxes
        self.order = sorted(range(len(boxes)), key=lambda at: boxes[at].top)
        self.tops = [boxes[at].top for at in self.order]
        self.longest = max((box.height for box in boxes), default=0.0)

    def meeting(self, box: Box) -> list[int]:
        """The numbers of the boxes that overlap a box."""
        first, last = bisect_left(self.tops, box.top - self.longest), bisect_right(self.tops, box.bottom)
        return [at for at in self.order[first:last] if self.boxes[at].overlaps(box)]


def sound_frames(frames: Sequence[Sequence[int]], boxes: Sequence[Box], around: Sequence[Box]) -> list[int]:
    """The frames that enclose no foreign card and cross no other frame, outer before inner.

    Args:
        frames: per frame its cards, outer before inner.
        boxes: per card its box.
        around: per frame its box.
    """
    cards, others = _Along(boxes), _Along(around)
    sound = [set(cards.meeting(box)) <= set(frame) for frame, box in zip(frames, around, strict=True)]
    for number, frame in enumerate(frames):
        for other in others.meeting(around[number]):
            if other < number and sound[other] and sound[number]:
                within = frames[other][0] <= frame[0] <= frames[other][-1]
                sound[number] = within and around[other].contains(around[number])
    return [number for number, kept in enumerate(sound) if kept]
