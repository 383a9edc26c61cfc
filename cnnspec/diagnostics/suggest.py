"""Did you mean: the nearest of the names there are."""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most like the word, or None if none is close; case alone never separates two names.

    The only one that is a single slip away comes first: ``Adma`` is ``Adam``, though it shares more with ``Adamax``.
    """
    from difflib import get_close_matches

    by_folded = {_fold(choice): choice for choice in choices}
    folded = _fold(word)[:80]
    slips = [other for other in by_folded if len(folded) >= 4 and _distance(folded, other, 1) is not None]
    found = slips if len(slips) == 1 else get_close_matches(folded, list(by_folded), n=1, cutoff=0.7)
    return by_folded[found[0]] if found else None


def is_slip(word: str, meant: str | None, choices: Iterable[str]) -> bool:
    """Whether a word can only be ``meant`` misspelled, so that nobody need be asked.

    It differs in case and underscores alone; or, with 4 letters or more, in one letter that is added, left out, replaced
    or swapped with its neighbour (in two, with 8 or more), and no other choice is as near. Digits are never a slip:
    ``conv3`` is not ``conv2``.
    """
    if not meant or len(word) > 80:
        return False
    wrong, right = _fold(word), _fold(meant)
    others = {_fold(choice) for choice in choices if choice != meant}
    if wrong == right:
        return right not in others
    most = 2 if len(wrong) >= 8 else 1 if len(wrong) >= 4 else 0
    distance = _distance(wrong, right, most)
    return distance is not None and all(_distance(wrong, other, distance) is None for other in others)


def _fold(word: str) -> str:
    return word.lower().replace("_", "")


def _distance(one: str, other: str, most: int) -> int | None:
    """The fewest letters to add, leave out, replace or swap; None for more than ``most``, or where digits differ."""
    if abs(len(one) - len(other)) > most or _digits(one) != _digits(other):
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, char in enumerate(one, 1):
        before, last, row = row, before, [at]
        for to, letter in enumerate(other, 1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (char != letter))
            if at > 1 and to > 1 and char == other[to - 2] and one[at - 2] == letter:
                cost = min(cost, last[to - 2] + 1)
            row.append(cost)
    return row[-1] if row[-1] <= most else None


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))


def listing(names: Iterable[str], most: int = 12) -> str:
    """``a, b and c``; a long list ends in the number of the rest."""
    items = list(names)
    if len(items) > most:
        items = [*items[:most], f"{len(items) - most} more"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else "none"
