"""Where flows are cut: the cheapest of all ways, found without trying them all."""

from __future__ import annotations

from itertools import combinations, pairwise
from random import Random

import pytest

from cnnspec.syntax.formatter.breaking import WIDTH
from cnnspec.syntax.formatter.cutting import Width, cut
from tests.syntax.formatter.forms import formatted


def plain(width: int, *, can_begin: bool = True, bare: bool = False) -> Width:
    return Width(width, width, lines=False, breaks=False, can_begin=can_begin, bare=bare)


def by_trying(steps: list[Width], indent: int, reserve: int) -> list[int]:
    """The cheapest of all ways whose statements all fit; each step fits alone."""
    ways: list[tuple[tuple[int, int, int], list[int]]] = []
    for count in range(len(steps)):
        for later in combinations(range(1, len(steps)), count):
            starts = [0, *later]
            if not all(steps[at].can_begin for at in later):
                continue
            widths = [
                indent + sum(step.first + 4 for step in steps[start:end]) - 4 + (reserve if end == len(steps) else 0)
                for start, end in pairwise([*starts, len(steps)])
            ]
            if max(widths) <= WIDTH:
                words = sum(steps[at].bare for at in later)
                ways.append(((len(starts), words, sum(width**2 for width in widths)), starts))
    return min(ways)[1] if ways else []


def test_the_cheapest_way_is_found():
    seen: set[int] = set()
    for seed in range(400):
        random = Random(seed)
        steps = [
            plain(random.randint(3, 60), can_begin=random.random() < 0.8, bare=random.random() < 0.4)
            for _ in range(random.randint(1, 8))
        ]
        indent, reserve = random.choice((0, 2, 8)), random.choice((0, 12))
        expected = by_trying(steps, indent, reserve)
        if expected:
            found = cut(steps, indent, reserve)
            assert len(found) == len(expected), seed
            assert found == expected, seed
            seen.add(len(found))
    assert len(seen) > 3


def test_a_step_that_does_not_fit_begins_a_statement_and_may_be_followed():
    long = Width(8, 1, lines=True, breaks=True, can_begin=True, bare=False)
    assert cut([plain(30), long, plain(4, bare=True)], 2, 0) == [0, 1]


def test_a_step_with_lines_of_its_own_is_no_reason_to_cut():
    merge = Width(5, 1, lines=True, breaks=False, can_begin=True, bare=False)
    assert cut([plain(80), merge, plain(90)], 2, 0) == [0]
    assert cut([plain(80), merge, plain(90), plain(10)], 2, 0) == [0, 3]


CALL = "Conv2D(32, 3x3, strides=2, padding=same, use_bias=false)"


@pytest.mark.parametrize(
    ("flow", "lines"),
    [
        # A word stays behind the call that it belongs to.
        (f"{CALL} -> norm -> ReLU -> {CALL} -> norm -> ReLU", [f"{CALL} -> norm -> ReLU", f"{CALL} -> norm -> ReLU"]),
        (f"{CALL} -> BatchNorm -> ReLU -> Dropout(0.5) -> Foo(1)", [f"{CALL} -> BatchNorm -> ReLU", "Dropout(0.5) -> Foo(1)"]),
        # The claim is about the last.
        (f"{CALL} -> ReLU -> {CALL} :: 3x3x32", [f"{CALL} -> ReLU", f"{CALL}  :: 3x3x32"]),
        # A source stays with what it flows into.
        (f"early -> Foo(1) -> {CALL} -> {CALL}", [f"early -> Foo(1) -> {CALL}", CALL]),
        (f"[early, in] -> Concat -> {CALL} -> {CALL}", [f"[early, in] -> Concat -> {CALL}", CALL]),
        # The name of a value would be a source at the start of a line; it is an error here, and stays one.
        (f"{CALL} -> Flatten -> early -> Foo(1, 2) -> Dense(10)", [f"{CALL} -> Flatten -> early", "Foo(1, 2) -> Dense(10)"]),
    ],
)  # fmt: skip
def test_a_long_flow_without_a_name(flow: str, lines: list[str]):
    text = f"block B(norm) {{\n  early = ReLU\n  {flow}\n}}\n"
    assert formatted(text).splitlines()[2:-1] == [f"  {line}" for line in lines]


def test_a_long_flow_with_a_name_keeps_its_steps():
    lines = formatted(f"block B {{\n  x = {CALL} -> BatchNorm -> ReLU -> {CALL} -> ReLU\n}}\n").splitlines()
    assert lines[1:-1] == [
        "  x = Conv2D(",
        "    32, 3x3, strides=2, padding=same, use_bias=false",
        f"  ) -> BatchNorm -> ReLU -> {CALL} -> ReLU",
    ]


def test_a_comment_behind_a_long_flow_stays_behind_its_end():
    lines = formatted(f"block B {{\n  # above\n  {CALL} -> {CALL} # behind\n}}\n").splitlines()
    assert lines[1:-1] == ["  # above", f"  {CALL}", f"  {CALL}  # behind"]


def test_long_branches():
    lines = formatted(f"block B {{\n Add {{ | {CALL} -> {CALL} | {CALL} }} -> ReLU\n}}\n").splitlines()
    assert lines[1:-1] == ["  Add {", f"    | {CALL}", f"      {CALL}", f"    | {CALL}", "  } -> ReLU"]


def test_a_flow_of_many_steps():
    lines = formatted("block B {\n" + " -> ".join(["ReLU", "Dense(3)"] * 2000) + "\n}\n").splitlines()[1:-1]
    assert max(map(len, lines)) <= WIDTH
    assert sum(line.count("ReLU") for line in lines) == 2000
    assert max(map(len, lines)) - min(map(len, lines)) < 20
