"""Names that break writers."""

from __future__ import annotations

import random


def hostile(seed: int) -> str:
    """A string of what breaks writers: markup, quotes, control characters, surrogates, non-characters, long runs."""
    rng = random.Random(seed)
    markup = [
        "<",
        ">",
        "&",
        '"',
        "'",
        "&amp;",
        "]]>",
        "<![CDATA[",
        "-->",
        "<!--",
        "<script>alert(1)</script>",
        "onload=",
        "url(#a)",
    ]
    control = ["\x00", "\x07", "\x1b[31m", "\t", "\n", "\r", "\x85", "\u2028", "\u202e", "\u2066", "\u200b", "\u0301"]
    beyond = ["\ud800", "\udfff", "\ufffe", "\uffff", "\U0001f4a9", "é", "日本"]
    formats = ["\\", "\\N", "%s", "{}", "${x}", "a" * 300, "", " ", "../..", "="]
    parts = [*markup, *control, *beyond, *formats]
    return "".join(rng.choice(parts) if rng.random() < 0.7 else chr(rng.randrange(0x110000)) for _ in range(rng.randrange(1, 9)))
