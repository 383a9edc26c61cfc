"""No text makes the parser raise, hang, or lose its way."""

import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.diagnostics import Source, apply_edits
from cnnspec.syntax.parser import parse
from cnnspec.syntax.tables import load_tables
from tests.syntax.texts import WHOLE

WORDS = [match[0] for match in load_tables().scanner.finditer(WHOLE)]
POOL = sorted({*WORDS, *"()[]{}|;'\"$é", "\n", "else", "elif ", "//", "/*", "import ", " * 2", "×", "\u202e", "\x00", "\r"})


def check(text: str) -> None:
    start = time.process_time()
    result = parse(Source("t", text))
    assert time.process_time() - start < 2
    for diagnostic in result.diagnostics:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        for edit in diagnostic.fix:
            assert 0 <= edit.span.start <= edit.span.end <= len(text)
        apply_edits(text, diagnostic.fix)
        assert "\n" not in diagnostic.message


def mutate(rng: random.Random, count: int) -> str:
    words = WORDS[:]
    for _ in range(count):
        at, other = rng.randrange(len(words)), rng.randrange(len(words))
        change = rng.randrange(4)
        if change == 0:
            del words[at]
        elif change == 1:
            words.insert(at, words[at])
        elif change == 2:
            words[at], words[other] = words[other], words[at]
        else:
            words.insert(at, rng.choice(POOL))
    return "".join(words)


def test_mutated_files():
    rng = random.Random(1)
    for round_ in range(400):
        check(mutate(rng, (1, 2, 5, 20, 200)[round_ % 5]))


def test_random_words():
    rng = random.Random(2)
    for _ in range(60):
        check("".join(rng.choice(POOL) for _ in range(1500)))


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text(text):
    check(text)


@settings(max_examples=200, deadline=None)
@given(st.binary())
def test_any_bytes(data):
    check(data.decode("latin-1"))


def test_one_mistake_gives_one_diagnostic_mostly():
    """Dropping a token may be legal or misleading, but cascades show as many diagnostics for one change."""
    counts: list[int] = []
    for at, word in enumerate(WORDS):
        if word.strip():
            counts.append(len(parse(Source("t", "".join(WORDS[:at] + WORDS[at + 1 :]))).diagnostics))
    assert sum(count <= 1 for count in counts) / len(counts) > 0.9
    assert max(counts) <= 6
