"""Did you mean: the nearest of the names there are."""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most like the word, or None if none is close; case alone never separates two names."""
    from difflib import get_close_matches

    by_folded = {choice.lower().replace("_", ""): choice for choice in choices}
    found = get_close_matches(word.lower().replace("_", "")[:80], list(by_folded), n=1, cutoff=0.7)
    return by_folded[found[0]] if found else None


def listing(names: Iterable[str], most: int = 12) -> str:
    """``a, b and c``; a long list ends in the number of the rest."""
    items = list(names)
    if len(items) > most:
        items = [*items[:most], f"{len(items) - most} more"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else "none"
