"""Text to tree: runs the grammar's LALR(1) tables over the tokens and goes on after a mistake.

The tables are Lark's, and a test shows that this loop makes the same reductions as Lark's own. It differs in two things:
newlines inside ( ) and [ ] are blanks (the loop knows what is open), and a token that fits nowhere is handed to
:mod:`cnnspec.syntax.recovery` instead of ending the parse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cnnspec.record import record
from cnnspec.syntax.builder import Builder, Refused
from cnnspec.syntax.lexer import Tokens, copy_of, scan
from cnnspec.syntax.limits import MAX_ITEMS, MAX_MISTAKES, MAX_NESTING, MAX_STATEMENTS
from cnnspec.syntax.tables import GATHER, PASS, Tables, load_tables

if TYPE_CHECKING:
    from cnnspec.diagnostics import Diagnostic, Source
    from cnnspec.syntax import tree


@record
class ParseResult:
    """A file as a tree, and what is wrong with its syntax. Where something is, the tree holds a ``Broken``."""

    file: tree.File
    diagnostics: tuple[Diagnostic, ...]


class Bracket(NamedTuple):
    """A bracket that is open: its terminal, its token and the height of the stack below it."""

    kind: int
    token: int
    height: int


class Parser:
    """The state of one parse: a stack of states, each but the first with the value and the extent of a symbol."""

    def __init__(self, source: Source, tokens: Tokens, tables: Tables) -> None:
        self.source = source
        self.tokens = tokens
        self.tables = tables
        self.builder = Builder(source, tokens, tables)
        self.states = [tables.start_state]
        self.values: list[Any] = [None]
        self.starts = [0]
        self.ends = [0]
        self.brackets: list[Bracket] = []
        self.at = 0
        self.diagnostics: list[Diagnostic] = []
        # Where the statement begins whose mistake was reported last, and the last token that was read again.
        self.mistaken = -1
        self.last_mistake = -1
        self.stuck = 0
        self.rewound = -1
        builder = self.builder
        self.methods = [getattr(builder, rule.name, None) for rule in tables.rules]
        symbol = tables.symbols
        self.newline = symbol["_NEWLINE"]
        self.openers = frozenset((symbol["LPAR"], symbol["LSQB"], symbol["LBRACE"]))
        self.closers = frozenset((symbol["RPAR"], symbol["RSQB"], symbol["RBRACE"]))
        self.brace = symbol["LBRACE"]
        # A state of LALR(1) stands for several places, so a token that fits one of them makes reductions in all. Where
        # the token ends statements these would gather up the whole body before it is refused: it is looked at first.
        self.ends_statements = frozenset((symbol["RBRACE"], symbol["VBAR"], symbol["$END"]))

    def parse(self) -> tree.File:
        """Parse to the end of the text, however wrong it is."""
        while True:
            try:
                refused = self._advance()
            except Refused as crossed:
                refused, limit = True, crossed.diagnostic
            else:
                limit = None
            if not refused:
                return self.values[-1]
            from cnnspec.syntax.recovery import recover

            recover(self, limit)

    def report(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic."""
        self.diagnostics.append(diagnostic)

    def _advance(self) -> bool:
        """Shift and reduce until a token is refused (true) or the file is complete (false)."""
        tables, tokens = self.tables, self.tokens
        actions, end_state, newline = tables.actions, tables.end_state, self.newline
        kinds, token_starts, token_ends = tokens.kinds, tokens.starts, tokens.ends
        states, values, starts, ends, brackets = self.states, self.values, self.starts, self.ends, self.brackets
        is_bracket = self.openers | self.closers
        ends_statements = self.ends_statements
        state, at = states[-1], self.at
        while True:
            kind = kinds[at]
            if kind == newline and brackets and brackets[-1].kind != self.brace:
                at += 1
                continue
            if kind in ends_statements and not can_follow(tables, states, kind):
                self.at = at
                return True
            while True:
                action = actions[state].get(kind)
                if action is None:
                    self.at = at
                    return True
                if action >= 0:
                    break
                self.at = at
                state = self.reduce(~action)
                if state == end_state:
                    return False
            if kind in is_bracket:
                self.at = at
                self.note_bracket(kind, at)
            state = action
            states.append(state)
            values.append(at)
            starts.append(token_starts[at])
            ends.append(token_ends[at])
            at += 1

    def reduce(self, index: int) -> int:
        """Replace the symbols of a rule by its own; the new state."""
        rule = self.tables.rules[index]
        states, values, starts, ends = self.states, self.values, self.starts, self.ends
        if rule.mode == PASS and rule.size == 1:
            # Half of all reductions are steps through the levels of expressions: only the state changes.
            state = states[-1] = self.tables.actions[states[-2]][rule.symbol]
            return state
        base = len(states) - rule.size
        start, end = (starts[base], ends[-1]) if rule.size else (ends[-1], ends[-1])
        if rule.mode == PASS:
            value = values[base + rule.parts[0][0]]
        else:
            value = None
            for offset, is_list in rule.parts:
                part = values[base + offset]
                if value is None:
                    # A list belongs to the one rule that takes it up, so it grows in place.
                    value = part if is_list else [part]
                elif is_list:
                    value.extend(part)
                else:
                    value.append(part)
            if value is None:
                value = []
            if rule.mode != GATHER:
                value = self.methods[index](value, start, end)  # type: ignore[misc]  # BUILD rules have a method
            elif len(value) > MAX_ITEMS and self.brackets and self.brackets[-1].kind != self.brace:
                self._refuse_list()
        del states[base:], values[base:], starts[base:], ends[base:]
        state = self.tables.actions[states[-1]][rule.symbol]
        states.append(state)
        values.append(value)
        starts.append(start)
        ends.append(end)
        return state

    def _refuse_list(self) -> None:
        """The list in the innermost ( ) or [ ] is too long."""
        from cnnspec.diagnostics.catalogue.arguments import list_too_long

        opener = self.brackets[-1].token
        span = self.source.span(self.tokens.starts[opener], self.tokens.ends[opener])
        raise Refused(list_too_long(span, limit=MAX_ITEMS))

    def note_bracket(self, kind: int, token: int) -> None:
        """Keep account of what is open, and refuse to go deeper than the language allows."""
        if kind not in self.openers:
            self.brackets.pop()
            return
        if len(self.brackets) >= MAX_NESTING:
            from cnnspec.diagnostics.catalogue import syntax

            span = self.source.span(self.tokens.starts[token], self.tokens.ends[token])
            raise Refused(syntax.nesting_too_deep(span, MAX_NESTING))
        self.brackets.append(Bracket(kind, token, len(self.states)))


def can_follow(tables: Tables, states: list[int], kind: int) -> bool:
    """Whether a token could follow what lies on the stack; nothing is changed."""
    height, top = len(states), list[int]()
    while True:
        state = top[-1] if top else states[height - 1]
        action = tables.actions[state].get(kind)
        if action is None or action >= 0:
            return action is not None
        rule = tables.rules[~action]
        kept = len(top) - rule.size
        if kept >= 0:
            del top[kept:]
        else:
            top.clear()
            height += kept
        top.append(tables.actions[top[-1] if top else states[height - 1]][rule.symbol])
        if top[-1] == tables.end_state:
            return True


def _parse_as_indented(parser: Parser, file: tree.File) -> tuple[Parser, tree.File]:
    """Parse again with the braces that the indentation asks for, if they are fewer mistakes than those of the text."""
    from cnnspec.syntax.indentation import MOST_BRACES, MOST_TOKENS, close_by_indentation

    if len(parser.tokens.kinds) > MOST_TOKENS:
        return parser, file
    tokens = copy_of(parser.tokens)
    added: list[Diagnostic] = []
    while len(added) < MOST_BRACES and (diagnostic := close_by_indentation(parser.source, tokens, parser.tables)):
        added.append(diagnostic)
    if not added:
        return parser, file
    again = Parser(parser.source, tokens, parser.tables)
    indented = again.parse()
    again.diagnostics += added
    return (again, indented) if len(again.diagnostics) <= len(parser.diagnostics) else (parser, file)


def _cut_off(found: list[Diagnostic]) -> list[Diagnostic]:
    """The first mistakes of a text that is no spec, and one that says there are more."""
    from cnnspec.diagnostics.catalogue import syntax

    last = found[MAX_MISTAKES - 1].span
    return [*found[:MAX_MISTAKES], syntax.too_many_mistakes(last, MAX_MISTAKES)]


def parse(source: Source, max_statements: int = MAX_STATEMENTS) -> ParseResult:
    """Parse a text.

    Args:
        source: The text and the path it is known by.
        max_statements: How many statements, steps and branches it may have.

    Returns:
        The tree and the diagnostics of syntax, in the order of the text. No text makes this raise.
    """
    tables = load_tables()
    tokens = scan(source, tables, max_statements)
    parser = Parser(source, tokens, tables)
    file = parser.parse()
    if any(diagnostic.code == "unclosed-bracket" for diagnostic in parser.diagnostics):
        parser, file = _parse_as_indented(parser, file)
    found = [*tokens.diagnostics, *parser.diagnostics]
    found.sort(key=lambda diagnostic: (diagnostic.span.start, diagnostic.span.end))
    if len(found) > MAX_MISTAKES + 1:
        found = _cut_off(found)
    return ParseResult(file, tuple(found))
