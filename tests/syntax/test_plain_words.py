"""What is said of mutated specs is said in plain words, at a place of the text, and once.

A spec is cut into its tokens, and one is left out, written twice, swapped with its neighbour or put in: what happens
when people edit. The messages are those of syntax; what else is wrong then with the network is another matter.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from cnnspec.diagnostics import Diagnostic, Source
from cnnspec.syntax.parser import parse
from cnnspec.syntax.tables import load_tables
from support.plain_words import words_of_machinery
from tests.syntax.texts import WHOLE

TOKENS = [match[0] for match in load_tables().scanner.finditer(WHOLE)]
PLACES = [at for at, token in enumerate(TOKENS) if token.strip(" \t") and not token.startswith("#")]
#: What is put in: every token of the text, and signs and words that it has no use for.
POOL = sorted({*(TOKENS[at] for at in PLACES), *"()[]{}|;'\"$?:", "=>", "//", "then", "None", "7,850", "2k", "×", "->", "::"})


def drops() -> Iterator[str]:
    """One token left out."""
    yield from ("".join(TOKENS[:at] + TOKENS[at + 1 :]) for at in PLACES)


def mutants(seed: int, count: int) -> Iterator[str]:
    """One token or two put in, written twice or swapped."""
    rng = random.Random(seed)
    for _ in range(count):
        tokens = TOKENS[:]
        for _ in range(rng.choice((1, 1, 1, 2))):
            at, other = rng.choice(PLACES), rng.choice(PLACES)
            match rng.randrange(4):
                case 0:
                    tokens.insert(at, f" {rng.choice(POOL)} ")
                case 1:
                    tokens[at] = f"{tokens[at]} {tokens[at]}"
                case 2:
                    tokens[at], tokens[other] = tokens[other], tokens[at]
                case _:
                    tokens[at] = rng.choice(POOL)
        yield "".join(tokens)


def said(text: str) -> tuple[Diagnostic, ...]:
    """What is wrong with the syntax of a text, looked through."""
    found = parse(Source("net.cnn", text)).diagnostics
    for item in found:
        words = "\n".join((item.message, item.here, *(label.text for label in item.labels), *item.notes, item.help or ""))
        assert not words_of_machinery(words, text), words
        assert "\n" not in item.message
        assert item.message.strip()
        for span in (item.span, *(label.span for label in item.labels), *(edit.span for edit in item.fix)):
            assert 0 <= span.start <= span.end <= len(text)
    return found


def test_a_token_left_out_is_one_mistake_mostly() -> None:
    counts = Counter(len(said(text)) for text in drops())
    assert max(counts) <= 4, counts
    assert counts[0] + counts[1] >= 0.97 * counts.total(), counts


def test_mutants_are_answered_in_plain_words() -> None:
    counts = Counter(len(said(text)) for text in mutants(seed=7, count=1000))
    assert max(counts) <= 10, counts
    assert counts[0] + counts[1] + counts[2] >= 0.85 * counts.total(), counts


def test_names_of_the_grammar_and_of_python_are_seen() -> None:
    assert words_of_machinery("Unexpected token LSQB", "") == {"LSQB"}
    assert words_of_machinery("it is CallValue(name='x')", "")
    assert words_of_machinery("expected call_arguments", "")
    assert words_of_machinery("must be None", "")
    assert not words_of_machinery("`None` is written `none`", "Dense(None)")
    assert not words_of_machinery("a name, a number or the end of the line", "")
