"""The parse tables: made by Lark from the grammar, read without Lark.

``hatch_build.py`` writes what Lark's own serializer says about the grammar (terminals, rules, LALR(1) states), condensed
by :func:`condense`, to a JSON file, together with Lark's version and the grammar's hash. :func:`load_tables` reads that
file if both still hold; otherwise it lets Lark analyse the grammar again, which gives the same tables and takes a tenth
of a second longer. Either way :func:`compile_tables` turns them into the form that the scanner and the parser run on. A
JSON file holds no code, so reading it runs none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from cnnspec import resources
from cnnspec.record import state

#: Changes when the layout of the JSON file does.
FORMAT = 2

#: How a rule makes its value: hand one part on, gather a list, or call the builder of its name.
PASS, GATHER, BUILD = range(3)


@state
class Rule:
    """One production, ready to be reduced by.

    ``parts`` are the positions of the symbols that leave a value, with whether that value is a list to be spliced in.
    """

    name: str
    symbol: int
    size: int
    mode: int
    parts: Sequence[tuple[int, bool]]


@state
class Tables:
    """A grammar as numbers: symbols are indices into ``names``, states are indices into ``actions``.

    An action is the next state (0 or more) or, below 0, the inverted index of the rule to reduce by. ``scanner`` has one
    group a terminal, in Lark's order, and a last one for a character of no terminal; ``groups`` maps a group to its
    terminal (−1 for the last).
    """

    names: list[str]
    symbols: dict[str, int]
    actions: list[dict[int, int]]
    rules: list[Rule]
    start_state: int
    end_state: int
    scanner: re.Pattern[str]
    groups: list[int]
    keywords: dict[str, int]
    ignored: frozenset[int]
    arrow: int
    double_colon: int

    def scanner_kind(self, text: str) -> int:
        """The terminal of a sign or a keyword."""
        match = self.scanner.fullmatch(text)
        return self.keywords.get(text, self.groups[match.lastindex or 0] if match else -1)


@cache
def load_tables() -> Tables:
    """The tables of the language, from the prebuilt file where it is up to date, else from the grammar."""
    grammar = resources.grammar_path().read_bytes()
    stored = read_prebuilt(resources.tables_path(), table_key(grammar, installed_lark()))
    return compile_tables(stored if stored is not None else analyse_grammar(grammar.decode()))


def table_key(grammar: bytes, lark: str) -> dict[str, Any]:
    """What prebuilt tables depend on."""
    from hashlib import sha256

    return {"format": FORMAT, "lark": lark, "grammar": sha256(grammar).hexdigest()}


def installed_lark() -> str:
    """The version of the installed Lark, without importing it."""
    from importlib.util import find_spec

    spec = find_spec("lark")
    if spec is None or spec.origin is None:
        return ""
    found = re.search(r'^__version__[^"\n]*"([^"]+)"', Path(spec.origin).read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


def read_prebuilt(path: Path, key: dict[str, Any]) -> dict[str, Any] | None:
    """The tables in a prebuilt file; None where there is no file, or it is damaged or made for something else."""
    try:
        stored = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(stored, dict):
        return None
    held = cast("dict[str, Any]", stored)
    return held["tables"] if held.get("key") == key and isinstance(held.get("tables"), dict) else None


def analyse_grammar(grammar: str) -> dict[str, Any]:
    """Let Lark analyse the grammar; what the prebuilt file holds of it."""
    from lark import Lark
    from lark.grammar import Rule as LarkRule
    from lark.lexer import TerminalDef

    parser = Lark(grammar, parser="lalr", lexer="basic", start="file")
    data, memo = cast("Any", parser).memo_serialize([TerminalDef, LarkRule])
    return condense(json.loads(json.dumps({"data": data, "memo": memo})))


def write_prebuilt(grammar_path: Path, path: Path) -> None:
    """Analyse the grammar and write the prebuilt file (what ``hatch_build.py`` does)."""
    from lark import __version__

    grammar = grammar_path.read_bytes()
    stored = {"key": table_key(grammar, __version__), "tables": analyse_grammar(grammar.decode())}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(stored, separators=(",", ":")), encoding="utf-8")
    partial.replace(path)


def compile_tables(stored: dict[str, Any]) -> Tables:
    """The running form of the condensed one."""
    return Tables(
        names=stored["names"],
        symbols={name: index for index, name in enumerate(stored["names"])},
        actions=[dict(zip(row[::2], row[1::2], strict=True)) for row in stored["actions"]],
        rules=[Rule(*rule) for rule in stored["rules"]],
        start_state=stored["start_state"],
        end_state=stored["end_state"],
        scanner=re.compile(stored["scanner"]),
        groups=stored["groups"],
        keywords=stored["keywords"],
        ignored=frozenset(stored["ignored"]),
        arrow=stored["arrow"],
        double_colon=stored["double_colon"],
    )


def condense(stored: dict[str, Any]) -> dict[str, Any]:
    """Lark's serialized form as the numbers of :class:`Tables`; a state is a row of symbol, action, symbol, action, …"""
    memo = stored["memo"]
    machine = stored["data"]["parser"]["parser"]
    lexing = stored["data"]["parser"]["lexer_conf"]
    names = [machine["tokens"][str(index)] for index in range(len(machine["tokens"]))]
    symbols = {name: index for index, name in enumerate(names)}
    for reference in lexing["terminals"]:
        name = memo[str(reference["@"])]["name"]
        if name not in symbols:
            symbols[name] = len(names)
            names.append(name)
    rule_index: dict[int, int] = {}
    rules: list[tuple[object, ...]] = []
    for reference in stored["data"]["rules"]:
        rule_index[reference["@"]] = len(rules)
        rules.append(_condense_rule(memo[str(reference["@"])], symbols))
    states = machine["states"]
    actions = [
        [
            number
            for token, (is_reduce, arg) in states[str(state)].items()
            for number in (int(token), ~rule_index[arg["@"]] if is_reduce else arg)
        ]
        for state in range(len(states))
    ]
    terminals = [memo[str(reference["@"])] for reference in lexing["terminals"]]
    scanner, groups, keywords = _condense_scanner(terminals, symbols)
    spelled = {t["pattern"]["value"]: symbols[t["name"]] for t in terminals if t["pattern"]["__type__"] == "PatternStr"}
    return {
        "names": names,
        "actions": actions,
        "rules": rules,
        "start_state": machine["start_states"]["file"],
        "end_state": machine["end_states"]["file"],
        "scanner": scanner,
        "groups": groups,
        "keywords": keywords,
        "ignored": [symbols[name] for name in lexing["ignore"]],
        "arrow": spelled["->"],
        "double_colon": spelled["::"],
    }


def _condense_rule(rule: dict[str, Any], symbols: dict[str, int]) -> tuple[object, ...]:
    """The fields of a :class:`Rule`: Lark's conventions for what one leaves in the tree, decided once."""
    origin, expansion, options = rule["origin"]["name"], rule["expansion"], rule["options"]
    keep_all = options["keep_all_tokens"]
    parts = tuple(
        (at, symbol["__type__"] == "NonTerminal" and symbol["name"].startswith("_"))
        for at, symbol in enumerate(expansion)
        if symbol["__type__"] == "NonTerminal" or keep_all or not symbol["filter_out"]
    )
    if origin.startswith("_"):
        mode = GATHER
    elif options["expand1"] and not rule["alias"] and len(parts) == 1 and not parts[0][1]:
        mode = PASS
    else:
        mode = BUILD
    # A nonterminal that is only ever an origin still has a column: Lark numbers every symbol that a state mentions.
    return rule["alias"] or origin, symbols.get(origin, -1), len(expansion), mode, parts


def _condense_scanner(terminals: list[dict[str, Any]], symbols: dict[str, int]) -> tuple[str, list[int], dict[str, int]]:
    """One expression for all terminals, in the order of Lark's basic lexer, and the words that are keywords.

    A text that a regular terminal of the same priority matches whole (``model``, which is also a NAME) is no
    alternative of its own: the scanner reads the NAME, and ``keywords`` says what it is.
    """
    ordered = sorted(terminals, key=_scanning_order)
    regular = [t for t in ordered if t["pattern"]["__type__"] == "PatternRE"]
    keywords: dict[str, int] = {}
    patterns: list[tuple[int, str]] = [(t["priority"], t["pattern"]["value"]) for t in regular]
    for terminal in ordered:
        text = terminal["pattern"]["value"]
        if terminal["pattern"]["__type__"] == "PatternStr" and any(
            priority == terminal["priority"] and re.fullmatch(pattern, text) for priority, pattern in patterns
        ):
            keywords[text] = symbols[terminal["name"]]
    groups, alternatives = [-1], list[str]()
    for terminal in ordered:
        text = terminal["pattern"]["value"]
        if text not in keywords:
            alternatives.append(f"({text if terminal['pattern']['__type__'] == 'PatternRE' else re.escape(text)})")
            groups.append(symbols[terminal["name"]])
    scanner = "|".join([*alternatives, r"([\s\S])"])
    if re.compile(scanner).groups != len(groups):
        raise ValueError("a terminal of the grammar has a capturing group: write (?:…)")
    return scanner, [*groups, -1], keywords


def _scanning_order(terminal: dict[str, Any]) -> tuple[int, int, int, str]:
    """Lark's order of terminals: by priority, then the longest, then by name."""
    pattern = terminal["pattern"]
    text = pattern["value"]
    width = pattern["_width"][1] if pattern["__type__"] == "PatternRE" else len(text)
    return -terminal["priority"], -width, -len(text), terminal["name"]
