"""Where a text is broken that does not fit on a line: at brackets, from the widest on."""

from __future__ import annotations

from cnnspec.syntax.formatter.texts import Group, Item, Text, flatten, is_open

#: Columns of a page. A claim counts, a comment does not: it is broken by nobody but its author.
WIDTH = 100
#: Columns of a line that also holds what stands between its braces; a longer one is not read at a glance.
SHORT = 80


def break_lines(text: Text, indent: int, reserve: int = 0) -> list[str]:
    """The lines of a text, none wider than the page if its groups allow that.

    Args:
        text: what is to be written.
        indent: the blanks before its first line and before the brackets that close on lines of their own.
        reserve: columns to keep free at the end of the last line.
    """
    opened: set[Group] = set()
    spread = _spread(text, opened)
    while not _fits(spread, opened, indent, reserve):
        closed = [part for part in text if not isinstance(part, str) and part.items and part not in opened]
        if not closed:
            break
        opened.add(max(closed, key=lambda part: len(part.flat)))
        spread = _spread(text, opened)
    lines = [" " * indent]
    for part in spread:
        if isinstance(part, str) or not _is_opened(part, opened):
            lines[-1] += part if isinstance(part, str) else part.flat
            continue
        lines[-1] += part.opener or "("
        lines += _inner_lines(part, indent + 2)
        lines.append(" " * indent + (part.closer or ")"))
    return lines


def _is_opened(group: Group, opened: set[Group]) -> bool:
    """Whether a group has lines of its own."""
    return group.open or group.holds_open or group in opened


def _fits(text: Text, opened: set[Group], indent: int, reserve: int) -> bool:
    """Whether the lines of a text fit on the page, but for what stands on lines of its own between brackets."""
    column = indent
    for part in text:
        if isinstance(part, str) or not _is_opened(part, opened):
            column += len(part if isinstance(part, str) else part.flat)
        elif column >= WIDTH:
            return False
        else:
            column = indent + 1
    return column + reserve <= WIDTH


def _spread(text: Text, opened: set[Group]) -> Text:
    """The text with what needs no lines of its own written out, for there may be groups in it that do.

    A chain needs none if no comment stands between its operands. Nor do the brackets around one list or call that is
    opened: ``f(1, [`` and ``])`` are lines, not ``f(``, ``1,`` and ``[``.
    """
    spread: Text = []
    for part in text:
        if isinstance(part, str) or part.open:
            spread.append(part)
        elif part.chain and part.holds_open and part not in opened:
            spread += [part.opener, *_spread(part.inside(), opened), part.closer]
        elif (lone := _lone_group(part, part in opened)) and _is_opened(part, opened):
            opened.add(lone)
            spread += [part.opener, *_spread(part.inside(), opened), part.closer]
        else:
            spread.append(part)
    return spread


def _lone_group(group: Group, widely: bool) -> Group | None:
    """The list or call between two brackets that is opened in their place.

    Args:
        group: the brackets.
        widely: whether all that they hold does not fit beside it, so that it must be all that they hold.
    """
    items = group.items if widely else [item for item in group.items if is_open(item.text)]
    if group.chain or len(items) != 1:
        return None
    *name, last = items[0].text
    if isinstance(last, str) or last.chain or not last.items:
        return None
    return last if all(isinstance(part, str) for part in name) else None


def _inner_lines(group: Group, indent: int) -> list[str]:
    """What stands between the brackets of an opened group: all on one line if it fits there, else an item a line."""
    if not group.open and not group.holds_open:
        joined = " " * indent + flatten(group.inside())
        if len(joined) <= WIDTH:
            return [joined]
    lines: list[str] = []
    for item in group.items:
        lines += [" " * indent + comment for comment in item.before]
        lines += _item_lines(item, indent, "" if group.chain else ",")
    return lines + [" " * indent + comment for comment in group.after]


def _item_lines(item: Item, indent: int, comma: str) -> list[str]:
    """An item on lines of its own, with its comma or its operator and the comment behind it."""
    text: Text = [f"{item.sign} ", *item.text] if item.sign else item.text
    lines = break_lines(text, indent, len(comma))
    lines[-1] += comma + (f"  {item.behind}" if item.behind else "")
    return lines
