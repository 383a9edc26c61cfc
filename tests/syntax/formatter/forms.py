"""What must stay the same when a file is formatted, and what its form must be."""

from __future__ import annotations

from dataclasses import dataclass

from cnnspec.diagnostics import Source
from cnnspec.layers.registry import LONG_NAMES
from cnnspec.syntax import tree
from cnnspec.syntax.formatter import format_source
from cnnspec.syntax.formatter.breaking import WIDTH
from cnnspec.syntax.parser import parse
from support.scrambler import Word, read_words
from tests.syntax.trees import apart, plain


def formatted(text: str, **names: str) -> str:
    """The canonical text."""
    return format_source(Source("t", text), names or LONG_NAMES)


def read(text: str) -> tree.File:
    """The tree of a sound text."""
    result = parse(Source("t", text))
    assert result.diagnostics == ()
    return result.file


def said(text: str) -> object:
    """What a text says, whatever its layout; a long flow says the same as its parts below one another."""
    return plain(apart(read(text)))


@dataclass(frozen=True)
class Place:
    """Where a comment stands: behind how many words, in how many brackets, and whether something is before it on its line."""

    words: int
    brackets: int
    trailing: bool


def places(text: str) -> list[tuple[str, Place]]:
    """The comments of a text, each with its place."""
    found: list[tuple[str, Place]] = []
    for comment in read(text).comments:
        before = text[: comment.span.start]
        words = read_words(before)
        brackets = sum((word.text in ("(", "[")) - (word.text in (")", "]")) for word in words)
        trailing = bool(before.rpartition("\n")[2].strip())
        found.append((comment.text.rstrip().replace("\t", "  "), Place(sum(map(counts, words)), brackets, trailing)))
    return found


def counts(word: Word) -> bool:
    """Whether formatting never adds or drops a word."""
    return not word.is_newline and word.text not in ("(", ")", ",", "->")


def check_comments(before: str, after: str) -> None:
    """Every comment is there, in its order, behind the same word; what stood behind a statement or alone still does.

    Of an item in brackets (``key = # why`` and its value below) it may come to stand above the first word.
    """
    old, new = places(before), places(after)
    assert [text for text, _ in new] == [text for text, _ in old]
    for (text, was), (_, place) in zip(old, new, strict=True):
        assert was.words - (4 if was.brackets else 0) <= place.words <= was.words, text
        assert (place.brackets > 0) == (was.brackets > 0), text
        if not was.brackets:
            assert place.trailing == was.trailing, text


def check_width(text: str) -> None:
    """A line is too long only where it holds nothing at which it might be broken."""
    comments = {comment.span.start for comment in read(text).comments}
    at = 0
    for line in text.split("\n"):
        code = line
        for start in comments:
            if at <= start < at + len(line):
                code = line[: start - at].rstrip()
        at += len(line) + 1
        if len(code) > WIDTH:
            assert not may_break(code), code


def may_break(code: str) -> bool:
    """Whether a line has brackets that hold something, or an arrow where a statement might end."""
    words = [word.text for word in read_words(code.partition("  ::")[0])]
    opened: list[int] = []
    for at, word in enumerate(words):
        if word in ("(", "["):
            opened.append(at)
        elif word in (")", "]") and opened and at > opened.pop() + 1:
            return True
    return "->" in words and "=" not in words[:3] and words.index("->") > 1
