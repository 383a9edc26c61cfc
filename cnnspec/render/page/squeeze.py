"""Scripts without what is there for their authors alone: comments, blanks that mean nothing, and long names of variables.

The scripts in ``assets/`` are plain and for reading; what stands in a page is the same program, statement by statement.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count, product
from string import ascii_letters

from cnnspec.record import record

_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_REGEX = re.compile(r"/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_COMMENT = re.compile(r"//[^\n]*")
_BLANK = re.compile(r"\s+")
_SIGN = re.compile(r"\.\.\.|=>|\?\.(?!\d)|.", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER = re.compile(r"\d[\w.]*")
_VALUE = re.compile(r"[\w$)\]}\"'`]")
_KEYWORD = re.compile(
    "async|await|break|case|catch|const|continue|default|delete|do|else|export|extends|false|finally|for|function|get|if|import|in|"
    "instanceof|let|new|null|of|return|set|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|with|yield"
)
#: What one script declares for all others.
_SHARED = frozenset({"page"})


@record
class Token:
    """A piece of a script: a ``word``, a ``sign``, or something ``fixed`` (a string, a number, a part of a template).

    ``blank`` is what stands before it: nothing, a blank, or a line break.
    """

    kind: str
    text: str
    blank: str = ""


def squeeze(text: str) -> str:
    """The script with line breaks only where they may end a statement, blanks where two words would become one, short names."""
    out: list[str] = []
    last = ""
    for token in shorten(list(read_tokens(text))):
        if token.blank == "\n" and last and last not in "{([,;" and token.text not in ("}", ")", "]"):
            out.append("\n")
        elif token.blank and _would_join(last, token.text[0]):
            out.append(" ")
        out.append(token.text)
        last = token.text[-1]
    return "".join(out) + "\n"


def _would_join(before: str, after: str) -> bool:
    words = bool(before) and re.match(r"[\w$]", before) is not None and re.match(r"[\w$]", after) is not None
    return words or (before == after and before in ("+", "-"))


# --- reading -------------------------------------------------------------------------------------------------------


def read_tokens(text: str) -> Iterator[Token]:
    """The tokens of a script; the expressions in a template are read, what stands between them is fixed."""
    yield from _read(text, 0, len(text))


def _read(text: str, at: int, end: int) -> Iterator[Token]:
    blank, last = "", ""
    while at < end:
        if match := _BLANK.match(text, at) or _COMMENT.match(text, at):
            blank = "\n" if "\n" in match.group() or blank == "\n" else " "
            at = match.end()
            continue
        if text[at] == "`":
            stop = _end_of_template(text, at)
            yield from _read_template(text, at, stop, blank)
            at, last, blank = stop, "`", ""
            continue
        kind, stop = _token(text, at, last)
        last = text[at:stop]
        yield Token(kind, last, blank)
        at, blank = stop, ""


def _token(text: str, at: int, last: str) -> tuple[str, int]:
    """What begins at a place, and where it ends; ``last`` is what stood before it."""
    divides = bool(last) and _VALUE.match(last[-1]) is not None and last not in ("return", "typeof", "case")
    if (match := _STRING.match(text, at)) or (match := _NUMBER.match(text, at)):
        return "fixed", match.end()
    if text[at] == "/" and not divides and (match := _REGEX.match(text, at)):
        return "fixed", match.end()
    if match := _WORD.match(text, at):
        return "word", match.end()
    match = _SIGN.match(text, at)
    assert match is not None
    return "sign", match.end()


def _read_template(text: str, at: int, end: int, blank: str) -> Iterator[Token]:
    start = at
    at += 1
    while at < end - 1:
        if text[at] == "\\":
            at += 2
        elif text.startswith("${", at):
            stop = _end_of_expression(text, at + 2)
            yield Token("fixed", text[start : at + 2], blank)
            yield from _read(text, at + 2, stop - 1)
            start, at, blank = stop - 1, stop, ""
        else:
            at += 1
    yield Token("fixed", text[start:end], blank)


def _end_of_template(text: str, at: int) -> int:
    """One past the closing backtick."""
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
    """One past the brace that closes an expression in a template."""
    depth, last = 1, ""
    while depth:
        if match := _BLANK.match(text, at):
            at = match.end()
            continue
        stop = _end_of_template(text, at) if text[at] == "`" else _token(text, at, last)[1]
        last = text[at:stop]
        depth += (last == "{") - (last == "}")
        at = stop
    return at


# --- names ---------------------------------------------------------------------------------------------------------


def shorten(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with short names for the variables that the script declares; keys and properties keep theirs.

    One name is one name in the whole script, whatever its scopes: what was equal stays equal, and what was different stays
    different.
    """
    roles = _roles(tokens)
    declared = _declared(tokens, roles) - _SHARED
    uses = Counter(token.text for token, role in zip(tokens, roles, strict=True) if role in ("variable", "shorthand"))
    known = {token.text for token in tokens if token.kind == "word"}
    fresh = (name for size in count(1) for name in map("".join, product(ascii_letters, repeat=size)) if name not in known)
    names: dict[str, str] = {}
    for name, _ in sorted(uses.items(), key=lambda pair: (-pair[1] * len(pair[0]), pair[0])):
        if name in declared and len(name) > 2:
            names[name] = next(fresh)
    made: list[Token] = []
    for token, role in zip(tokens, roles, strict=True):
        if role == "variable" and token.text in names:
            made.append(Token("word", names[token.text], token.blank))
        elif role == "shorthand" and token.text in names:
            made += [token, Token("sign", ":"), Token("word", names[token.text])]
        else:
            made.append(token)
    return made


def _roles(tokens: Sequence[Token]) -> list[str]:
    """Per token ``variable``, ``shorthand`` (a key that is a variable, too), or nothing."""
    roles: list[str] = []
    around: list[str] = []
    for at, token in enumerate(tokens):
        before = tokens[at - 1].text if at else ""
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if token.kind == "sign":
            if token.text in ("(", "["):
                around.append(token.text)
            elif token.text == "{":
                around.append("object" if _opens_object(before) else "block")
            elif token.text in (")", "]", "}"):
                around.pop()
        roles.append(_role(token, before, after, around[-1] if around else "block"))
    return roles


def _opens_object(before: str) -> bool:
    """Whether a brace behind this begins an object or a pattern, not a block."""
    signs = ("(", ",", "=", ":", "[", "return", "const", "let", "?", "...", "|", "&", "of")
    return before in signs or before.endswith("${")


def _role(token: Token, before: str, after: str, around: str) -> str:
    if token.kind != "word" or _KEYWORD.fullmatch(token.text) or before in (".", "?.", "get"):
        return ""
    if around == "object" and before in ("{", ","):
        return "shorthand" if after in (",", "}", "=") else ""
    return "variable"


def _declared(tokens: Sequence[Token], roles: Sequence[str]) -> set[str]:
    """The names that the script declares: by const and let, and as parameters."""
    found: set[str] = set()
    for at, token in enumerate(tokens):
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if roles[at] and (tokens[at - 1].text in ("const", "let", ",") and after in ("=", "of", ",", ";")):
            found.add(token.text)
        if roles[at] and after == "=>":
            found.add(token.text)
        if token.text in ("const", "let") and after in ("{", "["):
            found |= _names_within(tokens, roles, at + 1, 1)
        if token.text == ")" and (after == "=>" or (after == "{" and _ends_parameters(tokens, at))):
            found |= _names_within(tokens, roles, at, -1)
    return found


def _ends_parameters(tokens: Sequence[Token], at: int) -> bool:
    """Whether a bracket before a block closes a method's parameters, not a condition."""
    depth = 0
    while True:
        depth += (tokens[at].text == ")") - (tokens[at].text == "(")
        at -= 1
        if not depth:
            return tokens[at].kind == "word" and not _KEYWORD.fullmatch(tokens[at].text)


def _names_within(tokens: Sequence[Token], roles: Sequence[str], at: int, by: int) -> set[str]:
    """The names between a bracket and the one that belongs to it."""
    opening, closing = ("{[(", "}])") if by > 0 else ("}])", "{[(")
    found: set[str] = set()
    depth = 0
    while True:
        token = tokens[at]
        depth += (token.text in opening) - (token.text in closing) if token.kind == "sign" else 0
        if roles[at] and tokens[at - 1].text != "=":  # what stands in default of a parameter is no name of one
            found.add(token.text)
        if not depth:
            return found
        at += by
