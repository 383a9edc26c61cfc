"""The words of a file in another layout: other blanks, line breaks, comments, which change nothing that it says."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random

from cnnspec.diagnostics import Source
from cnnspec.layers.registry import LONG_NAMES
from cnnspec.syntax.lexer import scan
from cnnspec.syntax.tables import load_tables

_TABLES = load_tables()
_NEWLINE, _NAME, _END = (_TABLES.symbols[name] for name in ("_NEWLINE", "NAME", "$END"))
_LONG = {short: long for long, short in LONG_NAMES.items()}
_ODD = ("", " ", " (unclosed", " { | }", ' "quoted', " a # b", "\twith\ttabs\t", " 3×3 → 5×5", "!", " x -> y :: 3x3  ", " ]),")
_SIGNS = frozenset("<>=!~*/-+:|.")


@dataclass(frozen=True)
class Word:
    """A token: its text, and whether it is a name or the end of a line."""

    text: str
    is_name: bool = False
    is_newline: bool = False


def read_words(text: str) -> list[Word]:
    """The tokens of a sound text; a run of newlines is one, comments are none."""
    tokens = scan(Source("t", text), _TABLES)
    found = zip(tokens.kinds, tokens.starts, tokens.ends, strict=True)
    return [Word(text[start:end], kind == _NAME, kind == _NEWLINE) for kind, start, end in found if kind != _END]


def needed_words(text: str) -> list[Word]:
    """The tokens of a sound text without the newlines that might be missing."""
    words: list[Word] = []
    depth = 0
    for word in read_words(text):
        depth += (word.text in ("(", "[")) - (word.text in (")", "]"))
        if word.is_newline and (depth or not words or words[-1].text in ("{", "|")):
            continue
        if word.text in ("}", "|") and words and words[-1].is_newline:
            words.pop()
        words.append(word)
    return words


@dataclass
class Scrambler:
    """Writes files in other layouts.

    Args:
        random: every choice is one of its.
        comments: whether there may be comments wherever a line may end.
        blank_lines: whether lines may be left empty.
        long_names: whether layers may have Keras's long names.
    """

    random: Random
    comments: bool = True
    blank_lines: bool = True
    long_names: bool = True
    written: int = 0

    def scramble(self, text: str) -> str:
        """The text in another layout, its own comments dropped."""
        words = needed_words(text)
        defined = {after.text for word, after in pairwise(words) if word.text in ("block", "model")}
        pieces = [self.line_end() if self.random.random() < 0.3 else ""]
        opened: list[bool] = []
        for at, word in enumerate(words):
            after = words[at + 1] if at + 1 < len(words) else Word("", is_newline=True)
            if word.text in ("(", "["):
                opened.append(word.text == "(" and at > 0 and words[at - 1].is_name and after.text != ")")
            elif word.text in (")", "]") and opened.pop() and words[at - 1].text != ",":
                pieces[-1] += self.random.choice(("", "", "", ",", "," + self.gap(word, word, bool(opened))))
            pieces.append(self.line_end() if word.is_newline else self.spelling(word, defined))
            if not word.is_newline and not after.is_newline:
                pieces.append(
                    self.gap(word, after, may_break=bool(opened) or word.text in ("{", "|") or after.text in ("}", "|"))
                )
        result = "".join(pieces) + self.random.choice(("", "\n", "  ", "\n\n \n" if self.blank_lines else "\n"))
        return result.replace("\n", "\r\n") if self.random.random() < 0.15 else result

    def spelling(self, word: Word, defined: set[str]) -> str:
        """A word, perhaps by its long name."""
        if self.long_names and word.is_name and word.text not in defined and self.random.random() < 0.5:
            return _LONG.get(word.text, word.text)
        return word.text

    def gap(self, word: Word, after: Word, may_break: bool) -> str:
        """What stands between two words of a statement."""
        if may_break and self.random.random() < 0.2:
            return self.line_end()
        left, right = word.text[-1:], after.text[:1]
        if "." in (word.text, after.text):
            return ""
        both = (left.isalnum() or left in '_.?"') and (right.isalnum() or right in '_.?"')
        needed = both or (left in _SIGNS and right in _SIGNS)
        return self.random.choice((" ", " ", "  ", "\t", " \t ") if needed else ("", " ", " ", "  ", "\t"))

    def line_end(self) -> str:
        """The end of a line, perhaps with a comment, perhaps with further comments and empty lines below it."""
        lines = [self.random.choice(("", "", " ", "\t"))]
        if self.comments and self.random.random() < 0.3:
            lines[0] += self.comment()
        while self.random.random() < 0.25:
            if self.comments and self.random.random() < 0.5:
                lines.append(" " * self.random.randrange(9) + self.comment())
            elif self.blank_lines:
                lines.append(self.random.choice(("", "  ", "\t")))
        return "\n".join(lines) + "\n" + self.random.choice(("", " ", "  ", "      ", "\t", "   \t"))

    def comment(self) -> str:
        """A comment like no other."""
        self.written += 1
        return f"#{self.random.choice(('', ' '))}c{self.written}{self.random.choice(_ODD)}"
