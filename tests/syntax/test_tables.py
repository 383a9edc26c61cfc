"""The tables are Lark's, and the parser makes with them what Lark's own parser makes."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from lark.lexer import LexerThread, TextSlice
from lark.parsers.lalr_analysis import LALR_Analyzer

from cnnspec import resources
from cnnspec.diagnostics import Source
from cnnspec.syntax import tables as module
from cnnspec.syntax.lexer import Tokens, scan
from cnnspec.syntax.parser import Parser
from cnnspec.syntax.tables import Tables, compile_tables, installed_lark, read_prebuilt, table_key, write_prebuilt
from tests.syntax.texts import WHOLE, random_file

GRAMMAR = resources.grammar_path().read_text(encoding="utf-8")
LARK = Lark(GRAMMAR, parser="lalr", lexer="basic", start="file", keep_all_tokens=True)
TABLES = module.load_tables()


def newline_filter(tokens: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Newlines inside ( ) and [ ] dropped, runs of newlines made one: what the parser's own loop does on the way."""
    kept: list[tuple[str, int, int]] = []
    opened: list[str] = []
    for kind, start, end in tokens:
        if kind in ("LPAR", "LSQB", "LBRACE"):
            opened.append(kind)
        elif kind in ("RPAR", "RSQB", "RBRACE") and opened:
            opened.pop()
        inside = bool(opened) and opened[-1] != "LBRACE"
        if kind != "_NEWLINE" or not (inside or (kept and kept[-1][0] == "_NEWLINE")):
            kept.append((kind, start, end))
    return kept


def lark_tokens(text: str) -> list[tuple[str, int, int]]:
    lexer = LARK.parser.lexer
    thread = LexerThread.from_text(lexer, TextSlice.cast_from(text))
    return [(token.type, token.start_pos or 0, token.end_pos or 0) for token in thread.lex(None)]


def our_tokens(text: str) -> list[tuple[str, int, int]]:
    tokens = scan(Source("t", text), TABLES)
    names = [TABLES.names[kind] if kind >= 0 else "" for kind in tokens.kinds]
    return list(zip(names, tokens.starts, tokens.ends, strict=True))[:-1]


class Tracing(Parser):
    """Notes every reduction."""

    def __init__(self, source: Source, tokens: Tokens, tables: Tables) -> None:
        super().__init__(source, tokens, tables)
        self.trace: list[tuple[str, int]] = []

    def reduce(self, index: int) -> int:
        rule = self.tables.rules[index]
        self.trace.append((rule.name, rule.size))
        return super().reduce(index)


def our_reductions(text: str) -> tuple[list[tuple[str, int]], int | None]:
    source = Source("t", text)
    parser = Tracing(source, scan(source, TABLES), TABLES)
    refused = parser._advance()
    return parser.trace, parser.tokens.starts[parser.at] if refused else None


def lark_reductions(text: str) -> tuple[list[tuple[str, int]], int | None]:
    """The reductions of Lark's own parser over the same tokens, and where it refuses one."""
    from lark.parsers.lalr_parser import _Parser

    trace: list[tuple[str, int]] = []
    inner = LARK.parser.parser.parser

    def note(rule):
        def reduce(children):
            trace.append((str(rule.alias or rule.origin.name), len(rule.expansion)))
            return

        return reduce

    parser = _Parser(inner.parse_table, {rule: note(rule) for rule in LARK.rules})
    thread = parser.parse_table
    del thread
    interactive = parser.parse(EmptyLexer(), "file", start_interactive=True)
    try:
        for kind, start, end in newline_filter(our_tokens(text)):
            position = start
            interactive.parser_state.feed_token(Token(kind, text[start:end]))
        position = len(text)
        interactive.parser_state.feed_token(Token("$END", ""), True)
    except UnexpectedToken:
        return trace, position
    return trace, None


class EmptyLexer:
    """The driver above feeds the tokens itself."""

    state = None

    def lex(self, parser_state):
        return iter(())

    def __copy__(self):
        return self


def test_no_conflicts():
    from lark.common import ParserConf

    conf = ParserConf(LARK.rules, {}, ["file"])
    LALR_Analyzer(conf, strict=True).compute_lalr()


def test_strict_mode():
    pytest.importorskip("interegular", reason="strict mode compares terminals with it")
    Lark(GRAMMAR, parser="lalr", lexer="basic", start="file", strict=True)


def test_a_conflict_would_be_seen():
    from lark.exceptions import GrammarError

    ambiguous = Lark('start: a\na: "x" | a "+" a', parser="earley")
    from lark.common import ParserConf

    with pytest.raises(GrammarError):
        LALR_Analyzer(ParserConf(ambiguous.rules, {}, ["start"]), strict=True).compute_lalr()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_same_tokens_and_reductions_on_sound_files(seed):
    text = random_file(seed)
    assert newline_filter(our_tokens(text)) == newline_filter(lark_tokens(text))
    ours, lark = our_reductions(text), lark_reductions(text)
    assert ours == lark
    assert ours[1] is None


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9), st.data())
def test_same_reductions_up_to_the_first_mistake(seed, data):
    pieces = TABLES.scanner.findall(random_file(seed) or WHOLE)
    words = [next(group for group in groups if group) for groups in pieces]
    at = data.draw(st.integers(0, len(words) - 1))
    change = data.draw(st.sampled_from(["drop", "double", "swap"]))
    other = data.draw(st.integers(0, len(words) - 1))
    if change == "drop":
        del words[at]
    elif change == "double":
        words.insert(at, words[at])
    else:
        words[at], words[other] = words[other], words[at]
    text = "".join(words)
    try:
        lark = newline_filter(lark_tokens(text))
    except UnexpectedCharacters:
        return
    assert newline_filter(our_tokens(text)) == lark
    (ours, our_place), (larks, lark_place) = our_reductions(text), lark_reductions(text)
    assert our_place == lark_place
    # Behind a mistake Lark may reduce more before it refuses the token; ours looks ahead first.
    assert ours == larks[: len(ours)]
    assert our_place is not None or len(ours) == len(larks)


def test_prebuilt_tables_are_read(tmp_path: Path):
    path = tmp_path / "deep" / "tables.json"
    write_prebuilt(resources.grammar_path(), path)
    key = table_key(GRAMMAR.encode(), installed_lark())
    stored = read_prebuilt(path, key)
    assert stored is not None
    read, fresh = compile_tables(stored), compile_tables(module.analyse_grammar(GRAMMAR))
    assert read.scanner == fresh.scanner
    assert read.keywords.keys() == fresh.keywords.keys()  # symbols may be numbered in another order
    assert (len(read.actions), len(read.rules)) == (len(fresh.actions), len(fresh.rules))


def test_prebuilt_tables_for_something_else_are_not_used(tmp_path: Path):
    path = tmp_path / "tables.json"
    write_prebuilt(resources.grammar_path(), path)
    assert read_prebuilt(path, table_key(GRAMMAR.encode() + b" ", installed_lark())) is None
    assert read_prebuilt(path, table_key(GRAMMAR.encode(), "0.0")) is None
    for damaged in (b"", b"[]", b"{", path.read_bytes()[:1000], b'{"key": 1}', b"\xff"):
        path.write_bytes(damaged)
        assert read_prebuilt(path, table_key(GRAMMAR.encode(), installed_lark())) is None
    assert read_prebuilt(tmp_path / "none.json", {}) is None


def test_the_file_holds_only_data(tmp_path: Path):
    path = tmp_path / "tables.json"
    write_prebuilt(resources.grammar_path(), path)
    assert set(json.loads(path.read_text(encoding="utf-8"))) == {"key", "tables"}


def test_installed_version_is_larks():
    import lark

    assert installed_lark() == lark.__version__
