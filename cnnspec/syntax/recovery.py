"""What the parser does with a token that fits nowhere: one diagnostic, then on from the end of the statement.

First the mistake is explained (:mod:`cnnspec.syntax.messages`). Where the explanation knows what was meant, the missing
tokens are put in, or the superfluous ones left out, and nothing is lost. Otherwise the statement is given up, as yacc
does it: the stack is popped to a state that can shift the terminal ``_BROKEN``, the rest of the statement is skipped,
``_BROKEN`` is fed in its place, and the parser goes on. A second mistake in one statement is not reported: it is often
the first one's shadow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.syntax.builder import Refused
from cnnspec.syntax.limits import MAX_MISTAKES, MAX_NESTING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnspec.diagnostics import Diagnostic
    from cnnspec.syntax.parser import Parser
    from cnnspec.syntax.place import Mend
    from cnnspec.syntax.tables import Tables

#: How many tokens may be read again when a bracket turns out to have been open for lines.
_LONGEST_REWIND = 1000

#: Keywords that begin a statement or an item, and nothing else.
_BEGINNINGS = ("model", "block", "train", "use", "let", "input", "output", "share", "expect", "if", "repeat")


def recover(parser: Parser, limit: Diagnostic | None) -> None:
    """Report the mistake at the current token and bring the parser to where it can go on."""
    from cnnspec.syntax import messages

    parser.stuck = parser.stuck + 1 if parser.at == parser.last_mistake else 0
    parser.last_mistake = parser.at
    if parser.stuck > 3 * MAX_NESTING:  # no text is known that comes here; none may hang the checker
        _report_excess(parser)
        _give_up(parser)
        return
    _settle(parser)
    statement = statement_start(parser)
    muted = statement == parser.mistaken or _follows_broken(parser)
    parser.mistaken = statement
    mend: Mend | None = None
    skipped = False
    given = limit or parser.tokens.illegal.get(parser.at)
    if given is not None or parser.at in parser.tokens.illegal:
        if given is not None and not muted:
            parser.report(given)
    else:
        mistake = messages.explain(parser)
        if not muted or mistake.structural:
            if mistake.diagnostic is not None:
                parser.report(mistake.diagnostic)
            mend = mistake.mend
            skipped = mistake.skip_to is not None and mistake.skip_to > parser.at
            start = parser.tokens.starts[parser.at]
            parser.at = mistake.skip_to if mistake.skip_to is not None else parser.at
            if mistake.covers and _replace_statement(parser, start):
                return
    if len(parser.diagnostics) >= MAX_MISTAKES:
        _report_excess(parser)
        _give_up(parser)
        return
    if given is not None and len(parser.brackets) >= MAX_NESTING:
        _give_up(parser)  # what is nested so deep is no spec; to find where each bracket ends would take forever
        return
    try:
        mended = mend is not None and (_apply_mend(parser, mend) or skipped)
    except Refused as refused:
        parser.report(refused.diagnostic)
        mended = False
    if not mended:
        _resume_behind_statement(parser)


def _apply_mend(parser: Parser, mend: Mend) -> bool:
    """Put in the tokens that are missing and leave out those that are too many; false if that does not help."""
    if mend.restart is not None:
        return _restart_statement(parser, mend.restart)
    if mend.fold is not None:
        return _fold_bracket(parser, mend.insert[0], mend.fold)
    if mend.insert and not accepts(parser, len(parser.states), list(mend.insert)):
        return False
    at = parser.tokens.ends[parser.at - 1] if parser.at and not mend.skip else parser.tokens.starts[parser.at]
    for kind in mend.insert:
        feed(parser, kind, at, parser.tokens.ends[parser.at] if mend.skip else at)
    parser.at += mend.skip
    return bool(mend.insert or mend.skip)


def _restart_statement(parser: Parser, kind: int) -> bool:
    """Read the statement again, its first token as another terminal."""
    height, start = statement_height(parser), statement_start(parser)
    if not accepts(parser, height, [kind]):
        return False
    _pop(parser, height)
    while parser.tokens.starts[parser.at] > start:
        parser.at -= 1
    feed(parser, kind, start, parser.tokens.ends[parser.at])
    parser.at += 1
    return True


def _fold_bracket(parser: Parser, kind: int, closer: int) -> bool:
    """Read the innermost bracket with all that is in it as one token."""
    height, opener = parser.brackets[-1].height, parser.brackets[-1].token
    if not accepts(parser, height, [kind]):
        return False
    _pop(parser, height)
    feed(parser, kind, parser.tokens.starts[opener], parser.tokens.ends[closer])
    parser.at = closer + 1
    return True


def _pop(parser: Parser, height: int) -> None:
    """Take symbols off the stack, and the brackets among them."""
    while parser.brackets and parser.brackets[-1].height >= height:
        parser.brackets.pop()
    del parser.states[height:], parser.values[height:], parser.starts[height:], parser.ends[height:]


def feed(parser: Parser, kind: int, start: int, end: int) -> None:
    """Shift a token that does not stand in the text, after the reductions it calls for."""
    actions = parser.tables.actions
    while (action := actions[parser.states[-1]][kind]) < 0:
        parser.reduce(~action)
    if kind in parser.openers or kind in parser.closers:
        parser.note_bracket(kind, parser.at)
    parser.states.append(action)
    parser.values.append(parser.at)
    parser.starts.append(start)
    parser.ends.append(end)


def accepts(parser: Parser, height: int, kinds: list[int]) -> bool:
    """Whether these tokens could follow the lowest ``height`` symbols of the stack."""
    tables = parser.tables
    states = parser.states[:height]
    for kind in kinds:
        while True:
            action = tables.actions[states[-1]].get(kind)
            if action is None:
                return False
            if action >= 0:
                states.append(action)
                break
            rule = tables.rules[~action]
            if rule.size:
                del states[-rule.size :]
            states.append(tables.actions[states[-1]][rule.symbol])
            if states[-1] == tables.end_state:
                return True
    return True


def _report_excess(parser: Parser) -> None:
    """After so many mistakes the text is something else."""
    from cnnspec.diagnostics.catalogue import syntax

    end = len(parser.source.text)
    parser.report(syntax.too_many_mistakes(parser.source.span(end, end), MAX_MISTAKES))


def _give_up(parser: Parser) -> None:
    """Leave out the rest of the text."""
    end = len(parser.source.text)
    parser.at = len(parser.tokens.kinds) - 1
    broken = parser.tables.symbols["_BROKEN"]
    outside = min((bracket.height for bracket in parser.brackets), default=len(parser.states))
    rest = [broken, parser.tables.symbols["$END"]]
    height = next(height for height in _resumable(parser) if height <= outside and accepts(parser, height, rest))
    start = parser.starts[height] if height < len(parser.states) else end
    _pop(parser, height)
    feed(parser, broken, start, end)


def statement_height(parser: Parser) -> int:
    """The height of the stack below the statement that the current token is in."""
    return next(_resumable(parser))


def statement_start(parser: Parser) -> int:
    """Where the statement begins that the current token is in."""
    height = statement_height(parser)
    return parser.starts[height] if height < len(parser.states) else parser.tokens.starts[parser.at]


def _resumable(parser: Parser) -> Iterator[int]:
    """The heights of the stack at which ``_BROKEN`` can be shifted, from the top."""
    broken, actions = parser.tables.symbols["_BROKEN"], parser.tables.actions
    states = parser.states
    return (height for height in range(len(states), 0, -1) if actions[states[height - 1]].get(broken, -1) >= 0)


def _settle(parser: Parser) -> None:
    """Make the reductions that are due: of what a } has just closed, and those that a ``_BROKEN`` would call for."""
    actions, broken = parser.tables.actions, parser.tables.symbols["_BROKEN"]
    closed = parser.values[-1]
    if isinstance(closed, int) and parser.tokens.kinds[closed] == parser.tables.symbols["RBRACE"]:
        parser.reduce(~min(actions[parser.states[-1]].values()))
    if accepts(parser, len(parser.states), [broken]):
        while (action := actions[parser.states[-1]][broken]) < 0:
            parser.reduce(~action)


def _follows_broken(parser: Parser) -> bool:
    """Whether the last thing read is a statement that is broken already."""
    states = parser.states
    return len(states) > 1 and parser.tables.actions[states[-2]].get(parser.tables.symbols["broken"]) == states[-1]


def _resume_behind_statement(parser: Parser) -> None:
    """Pop the statement off the stack, skip the rest of it, and put ``_BROKEN`` in its place."""
    tokens, symbols = parser.tokens, parser.tables.symbols
    broken, newline = symbols["_BROKEN"], symbols["_NEWLINE"]
    behind_brace = parser.at > 0 and tokens.kinds[parser.at - 1] == symbols["RBRACE"] and not _follows_broken(parser)
    if behind_brace and accepts(parser, len(parser.states), [newline, broken]):
        # What is behind a closing brace does not spoil what is in the braces.
        feed(parser, newline, tokens.ends[parser.at - 1], tokens.ends[parser.at - 1])
        _settle(parser)
    height, stop = _choose_resumption(parser)
    start = parser.starts[height] if height < len(parser.states) else tokens.starts[parser.at]
    if stop < parser.at:
        parser.rewound = stop
    _pop(parser, height)
    parser.at = stop
    feed(parser, broken, start, max(start, tokens.ends[stop - 1] if stop else 0))


def _replace_statement(parser: Parser, start: int) -> bool:
    """Put ``_BROKEN`` in the place of the statement up to the current token; false where it cannot end there.

    ``start`` is where it begins if nothing of it has been read.
    """
    kinds, broken = parser.tokens.kinds, parser.tables.symbols["_BROKEN"]
    height = statement_height(parser)
    if len(parser.diagnostics) >= MAX_MISTAKES or not accepts(parser, height, [broken, kinds[parser.at]]):
        return False
    start = parser.starts[height] if height < len(parser.states) else start
    _pop(parser, height)
    feed(parser, broken, start, parser.tokens.ends[parser.at - 1])
    return True


def _choose_resumption(parser: Parser) -> tuple[int, int]:
    """The height to pop the stack to, and the token to go on with: one that can follow the broken statement."""
    kinds, symbols = parser.tokens.kinds, parser.tables.symbols
    broken, brace = symbols["_BROKEN"], symbols["RBRACE"]
    height, stop = 1, parser.at
    for height in _resumable(parser):
        stop = _find_end(parser, height)
        # At the end of the text the braces that are still open will be closed.
        closing = kinds[stop] == symbols["$END"] and any(bracket.height < height for bracket in parser.brackets)
        if accepts(parser, height, [broken, brace if closing else kinds[stop]]):
            return height, stop
    while not accepts(parser, height, [broken, kinds[stop]]):
        stop += 1
    return height, stop


def _find_end(parser: Parser, height: int) -> int:
    """The token at which a statement ends that is popped to this height: a newline, a } or | of its own depth, or a {.

    A bracket may have been left open lines ago. So the search begins at the first bracket that the statement opened,
    and a line that clearly begins a statement ends the search.
    """
    tokens, symbols = parser.tokens, parser.tables.symbols
    kinds = tokens.kinds
    newline, bar, end, brace = symbols["_NEWLINE"], symbols["VBAR"], symbols["$END"], symbols["LBRACE"]
    pairs = {symbols["RPAR"]: symbols["LPAR"], symbols["RSQB"]: symbols["LSQB"], symbols["RBRACE"]: brace}
    inside = [bracket for bracket in parser.brackets if bracket.height >= height]
    around = [bracket.kind for bracket in parser.brackets if bracket.height < height]
    at, opened = parser.at, [(bracket.kind, bracket.token) for bracket in inside]
    if inside and parser.rewound < inside[0].token and at - inside[0].token <= _LONGEST_REWIND:
        at, opened = inside[0].token, []
    while True:
        kind = kinds[at]
        if kind == end:
            return at
        if kind in parser.openers:
            if (
                kind == brace
                and not opened
                and len(around) < MAX_NESTING
                and accepts(parser, height, [symbols["_BROKEN"], brace])
            ):
                return at
            opened.append((kind, at))
        elif kind in pairs:
            matching = [depth for depth, (opener, _) in enumerate(opened) if opener == pairs[kind]]
            if matching:
                del opened[matching[-1] :]
            elif kind == symbols["RBRACE"] and brace in around:
                return at
        elif kind == newline:
            if not opened or (opened[-1][0] != brace and begins_statement(parser, at + 1, opened[-1][1])):
                return at
        elif kind == bar and not opened and accepts(parser, height, [symbols["_BROKEN"], bar]):
            return at
        at += 1


def begins_statement(parser: Parser, token: int, opener: int) -> bool:
    """Whether a line inside a bracket clearly begins a statement, so that the bracket was forgotten before it."""
    tokens, symbols = parser.tokens, parser.tables.symbols
    kind = tokens.kinds[token]
    if kind == symbols["$END"] or kind in beginnings(parser.tables):
        return True
    if kind not in (symbols["NAME"], symbols["LSQB"]) or indent(parser, token) > indent(parser, opener):
        return False
    before = tokens.kinds[token - 2]
    if before in (symbols["LPAR"], symbols["LSQB"]):
        return False
    return before != symbols["COMMA"] or tokens.kinds[opener + 1] != symbols["_NEWLINE"]


def beginnings(tables: Tables) -> frozenset[int]:
    """The terminals that begin a statement or an item wherever they stand at the start of a line."""
    return frozenset(tables.keywords[word] for word in _BEGINNINGS)


def indent(parser: Parser, token: int) -> int:
    """How far the line of a token is indented."""
    text, start = parser.source.text, parser.tokens.starts[token]
    line = text.rfind("\n", 0, start) + 1
    at = line
    while at < start and text[at] in " \t":
        at += 1
    return at - line
