"""Geometry of display lists: nothing outside the picture or its group, no text over another one."""

from __future__ import annotations

from cnnspec.render.display import Group, Picture, Text


def assert_fits(picture: Picture) -> None:
    """Everything lies inside the picture, what is in a group inside its box, and no two texts overlap."""
    texts: list[Text] = []
    for item, parent in picture.walk():
        box = item.box
        if box is not None:
            assert picture.box.contains(box), (item, picture.box)
            if parent is not None and parent.box is not None and not isinstance(item, Group):
                assert parent.box.contains(box), (item, parent.key, parent.box)
        if isinstance(item, Text):
            texts.append(item)
    for at, text in enumerate(texts):
        for other in texts[at + 1 :]:
            assert not text.box.overlaps(other.box), (text, other)
