"""Files in every layout: what is written is canonical, says the same, and has every comment where it was."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.programs import draw_program
from support.scrambler import Scrambler
from tests.syntax.formatter.forms import check_comments, check_width, formatted, said
from tests.syntax.texts import WHOLE, random_file

SETTINGS = settings(deadline=None, max_examples=100, print_blob=True)


def draw_text(random: Random) -> str:
    """A sound file: of the whole grammar, or one that makes a network."""
    kind = random.random()
    if kind < 0.5:
        return random_file(random.randrange(10**9))
    return draw_program(random).text if kind < 0.9 else WHOLE


def check(text: str, random: Random) -> None:
    """Everything that holds of a file in some layout."""
    scrambled = Scrambler(random).scramble(text)
    once = formatted(scrambled)
    assert formatted(once) == once
    assert said(once) == said(formatted(text))
    check_comments(scrambled, once)
    check_width(once)
    bare = Scrambler(random, comments=False, blank_lines=False)
    assert formatted(bare.scramble(text)) == formatted(bare.scramble(text))


@SETTINGS
@given(st.integers(0, 10**9))
def test_any_file_in_any_layout(seed: int) -> None:
    check(draw_text(Random(seed)), Random(seed))


@pytest.mark.parametrize("first", range(0, 240, 60))
def test_seeded_files(first: int) -> None:
    for seed in range(first, first + 60):
        try:
            check(draw_text(Random(seed)), Random(seed))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 21_000, 1000))
def test_many_files(first: int) -> None:
    for seed in range(first, first + 1000):
        check(draw_text(Random(seed)), Random(seed))
