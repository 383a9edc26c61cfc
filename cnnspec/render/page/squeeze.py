"""Scripts without what is there for their authors: comments, and blanks that mean nothing.

Names and statements stay as they are written, so that what stands in a page can still be read, laid out by any browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_REGEX = re.compile(r"/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_COMMENT = re.compile(r"//[^\n]*")
_BLANK = re.compile(r"\s+")
_PLAIN = re.compile(r"[\w$]+|.", re.DOTALL)
_VALUE = re.compile(r"[\w$)\]}]")


def squeeze(text: str) -> str:
    """The script with line breaks only where they may end a statement, and blanks where two words or signs would become one."""
    out: list[str] = []
    last = ""
    blank = ""
    for kind, token in _tokens(text):
        if kind == "blank":
            blank = "\n" if "\n" in token or blank == "\n" else " "
            continue
        if blank == "\n" and out and last not in "{([,;" and token not in ("}", ")", "]"):
            out.append("\n")
        elif blank and _would_join(last, token[0]):
            out.append(" ")
        out.append(token)
        last, blank = token[-1], ""
    return "".join(out) + "\n"


def _would_join(before: str, after: str) -> bool:
    words = all(re.match(r"[\w$]", sign) for sign in (before, after) if sign)
    return bool(before) and (words or (before == after and before in "+-"))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, last = 0, ""
    while at < len(text):
        kind, end = _token(text, at, last)
        if kind != "comment":
            yield kind, text[at:end]
        if kind == "plain":
            last = text[at:end]
        elif kind != "blank" and kind != "comment":
            last = ")"  # a value: a slash behind it divides
        at = end


def _token(text: str, at: int, last: str) -> tuple[str, int]:
    """What begins at a place, and where it ends; ``last`` is what stood before it."""
    if match := _BLANK.match(text, at):
        return "blank", match.end()
    if match := _COMMENT.match(text, at):
        return "comment", match.end()
    if match := _STRING.match(text, at):
        return "string", match.end()
    if text[at] == "`":
        return "template", _end_of_template(text, at)
    divides = bool(last) and _VALUE.match(last[-1]) is not None and last not in ("return", "typeof", "case")
    if text[at] == "/" and not divides and (match := _REGEX.match(text, at)):
        return "regex", match.end()
    match = _PLAIN.match(text, at)
    assert match is not None
    return "plain", match.end()


def _end_of_template(text: str, at: int) -> int:
    """One past a template's closing backtick; expressions in it, which may hold templates, are passed over whole."""
    at += 1
    while text[at] != "`":
        if text[at] == "\\":
            at += 2
        elif text.startswith("${", at):
            at = _end_of_expression(text, at + 2)
        else:
            at += 1
    return at + 1


def _end_of_expression(text: str, at: int) -> int:
    depth, last = 1, ""
    while depth:
        kind, end = _token(text, at, last)
        if kind == "plain":
            depth += (text[at] == "{") - (text[at] == "}")
            last = text[at:end]
        at = end
    return at
