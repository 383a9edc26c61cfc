"""Names that break writers."""

from __future__ import annotations

import random

#: What each kind of reader takes for more than text.
_MARKUP = [
    "<", ">", "&", '"', "'", "&amp;", "&#x3c;script&#x3e;", "]]>", "<![CDATA[", "-->", "<!--", "<script>alert(1)</script>",
    "</script>", "</style>", "</title>", "</textarea>", "<svg onload=alert(1)>", "<img src=x onerror=alert(1)>", "onload=",
    'x" onmouseover="alert(1)', "url(#a)", "javascript:alert(1)", "data:text/html,<b>", "</text><script>", "<?xml ?>",
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>", "&b;", "{{7*7}}", "@import url(x)", "expression(alert(1))",
]  # fmt: skip
_CONTROL = [
    "\x00", "\x07", "\x08", "\x1b[31m", "\x1b]0;title\x07", "\x1b[2J", "\x9b31m", "\x7f", "\t", "\n", "\r", "\r\n", "\x0b",
    "\x0c",
    "\x85", "\u2028", "\u2029", "\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b", "\u200d",
    "\u2060",
    "\ufeff", "\u00ad", "\u0301", "\u20dd",
]  # fmt: skip
_BEYOND = ["\ud800", "\udfff", "\ufffe", "\uffff", "\U0001f4a9", "\U000e0041", "é", "日本", "שלום", "مرحبا", "ﷺ", "ı", "ß"]
_TABLES = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/c calc'!A0", '=HYPERLINK("http://a")', ",", ";", "\t=1", '"=1"', "\r=1"]
_TEX = [
    "\\", "\\input{/etc/passwd}", "\\write18{ls}", "\\immediate\\write18{ls}", "^^5cinput", "^^M", "\\end{document}",
    "\\csname x\\endcsname", "%", "%\n\\bye", "];}\\x", "$", "$$", "#1", "~", "_", "^", "{", "}", "\\catcode`\\%=12", "\\verb|",
]  # fmt: skip
_GRAPHS = [
    "%%{init: {'theme':'dark'}}%%", 'click n0 "javascript:alert(1)"', "end", "subgraph x", "n0 --> n1", "#quot;", "#lt;",
    "\\N", "\\G",
    '" URL="javascript:alert(1)', "];", "}", "}\ndigraph {", "<<B>x</B>>", "<x>", "\\", '\\"', "/*", "*/", "//",
    "graph TD;", "---",
    "<BR/>", "classDef x fill:#fff", "href", "|", ":::", "`", '"]',
]  # fmt: skip
_PROSE = [
    "# heading", "[a](javascript:alert(1))", "![a](http://a/b.png)", "<http://a>", "```", "````", "~~~", "*a*", "**a**",
    "_a_", "| a |",
    "> a", "- a", "1. a", "\\", "&lt;", "http://example.com", "---", "===", "[^1]", "<!-- -->", "::error::x", "%0A::error::x",
]  # fmt: skip
_FORMATS = [
    "%s",
    "%n",
    "{}",
    "{0.__class__}",
    "${x}",
    "$(ls)",
    "`ls`",
    "a" * 300,
    "",
    " ",
    "\u00a0",
    "../..",
    "/",
    "=",
    "-o",
    ".",
]

#: Every one of these alone.
HARMFUL = tuple(dict.fromkeys([*_MARKUP, *_CONTROL, *_BEYOND, *_TABLES, *_TEX, *_GRAPHS, *_PROSE, *_FORMATS]))
_KINDS = (_MARKUP, _CONTROL, _BEYOND, _TABLES, _TEX, _GRAPHS, _PROSE, _FORMATS)


def hostile(seed: int) -> str:
    """A string of what breaks writers: markup, quotes, commands, formulas, control characters, surrogates, long runs.

    The first are :data:`HARMFUL`, one by one.
    """
    if seed < len(HARMFUL):
        return HARMFUL[seed]
    rng = random.Random(seed)
    return "".join(
        rng.choice(rng.choice(_KINDS)) if rng.random() < 0.75 else chr(rng.randrange(0x110000))
        for _ in range(rng.randrange(1, 9))
    )
