"""What stands between two places where a line must end: words, and groups at which it may be broken."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.record import field, state

#: Words as they are written, and groups.
Text = list["str | Group"]


@state
class Item:
    """What stands between two commas, or an operand of a chain, with the comments at it.

    Attributes:
        text: the item itself.
        start: where it begins in the source.
        end: where it ends there.
        sign: the operator before an operand.
        before: the comments on lines before it.
        behind: the comment on its line.
    """

    text: Text
    start: int
    end: int
    sign: str = ""
    before: list[str] = field(default_factory=list[str])
    behind: str = ""


class Group:
    """``( … )`` or ``[ … ]`` around items, or a chain of operands: all on one line, or opened, with lines of their own.

    Attributes:
        opener: the sign before the items on one line; nothing for a chain without parentheses.
        closer: the sign behind them.
        items: what is in it.
        start: where it begins in the source.
        end: where it ends there.
        chain: whether its items are operands. An opened chain always has parentheses.
        open: whether it must be opened: for a comment, or because the author wants it.
        holds_open: whether a group somewhere inside must be.
        after: the comments behind the last item, on lines of their own.
        flat: all on one line.
    """

    def __init__(
        self, opener: str, items: Sequence[Item], start: int, end: int, *, chain: bool = False, open: bool = False
    ) -> None:
        self.opener = opener
        self.closer = {"(": ")", "[": "]", "": ""}[opener]
        self.items = items
        self.start = start
        self.end = end
        self.chain = chain
        self.open = open
        self.holds_open = any(is_open(item.text) for item in items)
        self.after: list[str] = []
        self.flat = opener + flatten(self.inside()) + self.closer

    def inside(self) -> Text:
        """The items one behind the other, without the brackets."""
        text: Text = []
        for index, item in enumerate(self.items):
            text += [_between(item), *item.text] if index else item.text
        return text


def _between(item: Item) -> str:
    """What stands before an item that is not the first."""
    if item.sign == "**":  # it binds as tightly as it looks
        return item.sign
    return f" {item.sign} " if item.sign else ", "


def flatten(text: Text) -> str:
    """A text on one line, whatever its length."""
    return "".join([part if isinstance(part, str) else part.flat for part in text])


def is_open(text: Text) -> bool:
    """Whether a text has a group that must be opened, however deep."""
    return any(not isinstance(part, str) and (part.open or part.holds_open) for part in text)
