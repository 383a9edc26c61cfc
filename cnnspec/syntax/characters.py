"""Characters that belong to no terminal: what was meant by them, and what cannot be seen at all."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from cnnspec.diagnostics.catalogue import characters, foreign, statements, syntax
from cnnspec.diagnostics.catalogue.arguments import quoted_word
from cnnspec.diagnostics.catalogue.syntax import superfluous_text
from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.syntax.invisible import INVISIBLE, read_invisible
from cnnspec.syntax.lexer import ILLEGAL

if TYPE_CHECKING:
    from cnnspec.diagnostics import Source
    from cnnspec.syntax.lexer import Tokens
    from cnnspec.syntax.tables import Tables

#: Operators of other languages and scripts: what they are here, and which terminal.
_OPERATORS = {
    "&&": ("and", "AND"),
    "&": ("and", "AND"),
    "–>": ("->", "ARROW"),
    "—>": ("->", "ARROW"),
    "−>": ("->", "ARROW"),
    "!": ("not", "NOT"),
    "≤": ("<=", "COMPARISON"),
    "≥": (">=", "COMPARISON"),
    "≠": ("!=", "COMPARISON"),
    "≈": ("~=", "COMPARISON"),
    "→": ("->", "ARROW"),
    "⇒": ("->", "ARROW"),
    "➔": ("->", "ARROW"),
    "−": ("-", "SIGN"),
    "–": ("-", "SIGN"),
    "—": ("-", "SIGN"),
    "·": ("*", "STAR"),
    "×": ("*", "STAR"),
    "⋅": ("*", "STAR"),
    "÷": ("/", "DIVISION"),
    "^": ("**", "POWER"),
}
_LONGER_OPERATORS = ("&&", "–>", "—>", "−>")
_QUOTES = {"'": "'", "“": "”", "”": "”", "„": "“", "‘": "’", "’": "’", "«": "»", '"': '"', "`": "`"}
_TIMES_DIMS = re.compile(r"(?:[0-9]+|\?)(?:[ \t]*[×✕xX][ \t]*(?:[0-9]+|\?))+")
_TOKEN_END = re.compile(r"[^\s,()\[\]{}#\"'“”„‘’«»`]*")
#: How much of a line that does not end is looked at.
_FAR = 1_000
_WORD = re.compile(r"\w+")
_LOWER_WORD = re.compile(r"[a-z][a-z0-9_]{0,60}")
#: Arguments that take a path, which does stand in quotes, or a layer's name.
_LONGEST_LOOK_BACK = 100
_PATH_ARGUMENTS = ("path", "filepath", "filename", "folder", "name")

# Letters that are drawn like letters of ASCII.
_LOOKALIKES = str.maketrans(
    "АВСЕНІЈКМОРЅТХУасеіјорѕхуԁһ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧνο" + "ıℓ",
    "ABCEHIJKMOPSTXYaceijopsxydh" + "ABEZHIKMNOPTYXvo" + "il",
)


def to_ascii(text: str) -> str:
    """The text with letters of other scripts replaced by those of ASCII they look like."""
    return unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)


def read_odd(source: Source, at: int, tables: Tables, tokens: Tokens) -> int:
    """Read what begins with a character of no terminal, as what was meant if that is clear; where to go on."""
    text = source.text
    character = text[at]
    if INVISIBLE.match(text, at):
        return read_invisible(source, at, tables, tokens)
    if character == "`" and text.startswith("```", at) and not text[text.rfind("\n", 0, at) + 1 : at].strip():
        return _read_fence(source, at, tokens)
    if character == "!" and text.startswith("<!--", at - 1):
        return _read_html_comment(source, at - 1, tokens)
    if character in _QUOTES:
        return _read_quoted(source, at, tables, tokens)
    if character == ";":
        return _read_semicolon(source, at, tables, tokens)
    if character in "×✕" and (end := _extend_dims(source, at, tables, tokens)):
        return end
    operator = next((longer for longer in _LONGER_OPERATORS if text.startswith(longer, at)), character)
    if operator in _OPERATORS:
        meant, terminal = _OPERATORS[operator]
        span = source.span(at, at + len(operator))
        replacement = "not " if meant == "not" else f" {meant} " if meant.isalpha() else meant
        tokens.diagnostics.append(foreign.foreign_operator(span, meant, _spaced(text, span.start, span.end, replacement)))
        kind = tables.arrow if terminal == "ARROW" else tables.symbols[terminal]
        tokens.add(kind, span.start, span.end)
        return span.end
    return _read_word(source, at, tables, tokens)


def _spaced(text: str, start: int, end: int, replacement: str) -> str:
    """A word put in the place of a sign, without a second blank beside one that is there."""
    if replacement.startswith(" ") and (start == 0 or text[start - 1] == " "):
        replacement = replacement[1:]
    if replacement.endswith(" ") and text[end : end + 1] == " ":
        replacement = replacement[:-1]
    return replacement


def _read_quoted(source: Source, at: int, tables: Tables, tokens: Tokens) -> int:
    """A string in the wrong quotes, or one without its second quote."""
    text, kind = source.text, tables.symbols["STRING"]
    line_end = _line_end(text, at)
    closer = -1 if text[at] == '"' else text.find(_QUOTES[text[at]], at + 1, line_end)
    if closer >= 0:
        inner = text[at + 1 : closer].replace('"', "")
        argument = _word_argument(source, at, inner, tables, tokens)
        if argument:
            tokens.diagnostics.append(quoted_word(source.span(at, closer + 1), argument=argument, word=inner))
            tokens.add(tables.keywords.get(inner, tables.symbols["NAME"]), at + 1, closer)
            return closer + 1
        tokens.diagnostics.append(foreign.wrong_quotes(source.span(at, closer + 1), inner))
        tokens.add(kind, at, closer + 1)
        return closer + 1
    match = _TOKEN_END.match(text, at + 1)
    end = min(match.end() if match else at + 1, line_end)
    inner = text[at + 1 : end]
    is_word = bool(_word_argument(source, at, inner, tables, tokens))
    fix = Edit(source.span(at, end), inner if is_word else f'"{inner}"')
    tokens.diagnostics.append(characters.unterminated_string(source.span(at, end), (fix,), inner if is_word else ""))
    if is_word:
        tokens.add(tables.keywords.get(inner, tables.symbols["NAME"]), at + 1, end)
        return end
    if end < len(text) and text[end] in _QUOTES and text[end] != '"':
        end += 1
    tokens.add(kind, at, end)
    return end


def _word_argument(source: Source, at: int, inner: str, tables: Tables, tokens: Tokens) -> str:
    """The argument that a quoted word is given for, if words stand there: ``activation='relu'``, ``Activation('relu')``."""
    if not _LOWER_WORD.fullmatch(inner) or len(tokens.kinds) < 2:
        return ""
    name = source.text[tokens.starts[-2] : tokens.ends[-2]]
    if tokens.kinds[-1] == tables.symbols["EQUAL"] and tokens.kinds[-2] == tables.symbols["NAME"]:
        return "" if name in _PATH_ARGUMENTS else name
    return name if tokens.kinds[-1] == tables.symbols["LPAR"] and name == "Activation" else ""


def _read_fence(source: Source, at: int, tokens: Tokens) -> int:
    """A line of three backquotes, which begins or ends a block of Markdown."""
    end = _line_end(source.text, at)
    span = source.span(at, end)
    tokens.diagnostics.append(superfluous_text(span, (Edit(span, ""),), "it belongs to Markdown"))
    return end


def _read_html_comment(source: Source, at: int, tokens: Tokens) -> int:
    """``<!-- … -->``; its ``<`` has been read as a comparison."""
    del tokens.kinds[-1], tokens.starts[-1], tokens.ends[-1]
    closer = source.text.find("-->", at)
    end = closer + 3 if closer >= 0 else _line_end(source.text, at)
    inner = source.text[at + 4 : end].removesuffix("-->").split("\n")
    rest = source.text[end : _line_end(source.text, end)].strip()
    fix = () if rest else (Edit(source.span(at, end), "\n".join(f"# {line.strip()}".rstrip() for line in inner)),)
    tokens.diagnostics.append(foreign.foreign_comment(source.span(at, at + 4), fix))
    return end


def _read_semicolon(source: Source, at: int, tables: Tables, tokens: Tokens) -> int:
    """A ``;``: a comma between values, a newline where something follows, nothing where the line ends."""
    text, behind = source.text, at + 1
    if _in_values(tables, tokens):
        tokens.diagnostics.append(foreign.foreign_operator(source.span(at, at + 1), ","))
        tokens.add(tables.symbols["COMMA"], at, at + 1)
        return at + 1
    while text[behind : behind + 1] in (" ", "\t"):
        behind += 1
    ends = text[behind : behind + 1] in ("", "\n", "#", "}", ";") or text.startswith("\r\n", behind)
    if ends:
        behind = at + 1
    nearest = max(at - _FAR, 0)
    line = text[max(text.rfind("\n", nearest, at) + 1, nearest) : at]
    margin = line[: len(line) - len(line.lstrip(" \t"))]
    if "{" in line:
        margin += "  "
    tokens.diagnostics.append(
        statements.semicolon(source.span(at, at + 1), source.span(at, behind), "" if ends else "\n" + margin)
    )
    newline = tables.symbols["_NEWLINE"]
    if not ends and tokens.kinds and tokens.kinds[-1] != newline:
        tokens.add(newline, at, at + 1)
    return at + 1


def _in_values(tables: Tables, tokens: Tokens) -> bool:
    """Whether the line has opened a parenthesis or a bracket that is not closed yet."""
    symbols, depth = tables.symbols, 0
    for kind in reversed(tokens.kinds[-_LONGEST_LOOK_BACK:]):
        if kind == symbols["_NEWLINE"]:
            return False
        depth += (kind in (symbols["LPAR"], symbols["LSQB"])) - (kind in (symbols["RPAR"], symbols["RSQB"]))
        if depth > 0:
            return True
    return False


def _extend_dims(source: Source, at: int, tables: Tables, tokens: Tokens) -> int:
    """``28×28×1``: one dims token in place of the number before the ×; 0 if it is none."""
    symbols = tables.symbols
    if not tokens.kinds or tokens.kinds[-1] not in (symbols["INT"], symbols["DIMS"], symbols["QMARK"]):
        return 0
    start = tokens.starts[-1]
    match = _TIMES_DIMS.match(source.text, start)
    if not match or match.end() <= at or "_" in match[0] or len(match[0]) > 60:
        return 0
    corrected = re.sub(r"[ \t]*[×✕xX][ \t]*", "x", match[0])
    tokens.diagnostics.append(syntax.malformed_dims(source.span(start, match.end()), corrected))
    tokens.kinds[-1], tokens.ends[-1] = symbols["DIMS"], match.end()
    return match.end()


def _read_word(source: Source, at: int, tables: Tables, tokens: Tokens) -> int:
    """A word with a letter that only looks like one of ASCII, or a character that means nothing."""
    text = source.text
    start = at
    glued = tokens.kinds and tokens.ends[-1] == at and _WORD.match(text, at) and tokens.kinds[-1] == tables.symbols["NAME"]
    if glued:
        start = tokens.starts[-1]
    match = _WORD.match(text, start)
    end = match.end() if match else at + 1
    meant = to_ascii(text[start:end])
    name = unicodedata.name(text[at], f"U+{ord(text[at]):04X}").lower().replace("_", " ")
    if meant.isascii() and meant.isidentifier() and len(meant) <= 200:
        tokens.diagnostics.append(characters.unknown_character(source.span(start, end), name, meant))
        if glued:
            tokens.ends[-1] = end
        else:
            tokens.add(tables.keywords.get(meant, tables.symbols["NAME"]), start, end)
        return end
    if match is None and meant.isascii() and meant.isprintable() and meant.strip():
        span = source.span(at, at + 1)
        found = tables.scanner.fullmatch(meant)
        kind = tables.groups[found.lastindex or 0] if found else ILLEGAL
        if kind not in (ILLEGAL, *tables.ignored) and found and found.end() == len(meant):
            tokens.diagnostics.append(characters.unknown_character(span, name, meant))
            tokens.add(kind, at, at + 1)
            return at + 1
    if glued:
        del tokens.kinds[-1], tokens.starts[-1], tokens.ends[-1]
    end = max(end, at + 1)
    tokens.illegal[len(tokens.kinds)] = characters.unknown_character(source.span(start, end), name)
    tokens.add(ILLEGAL, start, end)
    return end


def _line_end(text: str, at: int) -> int:
    """Where the line ends, without its newline."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if end > at and text[end - 1] == "\r" else end
