"""Random claims: each is judged or refused in words, and what a false one is repaired to is true."""

from __future__ import annotations

import json
from random import Random

from cnnspec.analysis.annotate import annotate_source
from cnnspec.analysis.check import check_source
from cnnspec.analysis.claims.of_recipe import RESULTS
from cnnspec.analysis.claims.registry import QUANTITIES
from cnnspec.analysis.claims.suggest import suggest_claims
from cnnspec.analysis.report import Report
from cnnspec.analysis.to_json import report_to_json
from cnnspec.diagnostics import Source, SpecError, apply_edits
from cnnspec.render.text import write_file
from support.programs import draw_program

TEXT = """\
block Part(n) {
  c = Conv2D(n, 3x3, padding=same) -> ReLU
  expect BLOCK
}
model Net {
  input x: SIZEx1
  stem = Part(4) -> Part(8)
  up = UpSampling2D
  last = Conv2D(4, 3x3)
  GlobalAvgPool2D -> Dense(10)
  expect MODEL
}
train Net {
  data      = mnist
  loss      = mse
  optimizer = SGD
  epochs    = 3
  expect RESULT
}
"""
PLACES = ("stem", "last", "x", "up", '"stem/part_1"', '"conv2d_1"', '""', "nothing", "3", "in")
LITERALS = (
    "3", "0", "0.5", "1e400", "1e-400", "1e99999999", "0." + "0" * 40 + "1", "1_000", "9223372036854775807", "3x3", "?", "?x3",
    "[1, ?]", "[1, [2]]", "true", "none", '"a"', "2 MiB", "1e-3 GB", "0 B", "relu", "Conv2D", "[]",
    "99999999999999999999x2", "1e308",
)  # fmt: skip


class Drawer:
    """Draws conditions over a model's quantities, or over the results of a run."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def condition(self, names: tuple[str, ...], depth: int = 0) -> str:
        r = self.random
        kind = r.random()
        if depth < 2 and kind < 0.15:
            return f"{self.condition(names, depth + 1)} {r.choice(('and', 'or'))} {self.condition(names, depth + 1)}"
        if kind < 0.2:
            return f"not {self.condition(names, depth + 1)}"
        if kind < 0.25:
            return self.expression(names)
        if kind < 0.45:
            figure = r.choice((r.choice(names), f"{r.choice(names)}({r.choice(PLACES[:4])})"))
            return f"{figure} {r.choice(('==', '~='))} {r.choice(('7', '3x3', '0.5', '2 KB', '1e3'))}"
        return f"{self.expression(names)} {r.choice(('==', '!=', '<', '<=', '>', '>=', '~=', '=='))} {self.expression(names)}"

    def expression(self, names: tuple[str, ...], depth: int = 0) -> str:
        r = self.random
        kind = r.random()
        if depth < 2 and kind < 0.25:
            operator = r.choice(("+", "-", "*", "/", "//", "%", "**"))
            return f"({self.expression(names, depth + 1)} {operator} {self.expression(names, depth + 1)})"
        return f"-{self.atom(names)}" if kind < 0.3 else self.atom(names)

    def atom(self, names: tuple[str, ...]) -> str:
        r = self.random
        kind = r.random()
        if kind < 0.3:
            return r.choice(names)
        if kind < 0.55:
            return f"{r.choice(names)}({r.choice(PLACES)}{', on=x' if r.random() < 0.2 else ''})"
        if kind < 0.65:
            return f"{r.choice(('takes', 'min', 'round', 'memory.inference'))}({r.choice(LITERALS)})"
        return r.choice(LITERALS)


def draw(seed: int) -> str:
    drawer = Drawer(Random(seed))
    figures, results = (*QUANTITIES, "nonsense", "memory.peak"), (*RESULTS, "top_5", "params")
    text = TEXT.replace("BLOCK", drawer.condition(figures)).replace("MODEL", drawer.condition(figures))
    return text.replace("RESULT", drawer.condition(results)).replace("SIZE", drawer.random.choice(("28x28", "?x?", "?x9")))


def test_random_claims() -> None:
    repaired = 0
    for seed in range(250):
        text = draw(seed)
        report = check_source(Source("net.cnn", text)).report
        json.dumps(report_to_json(Report((report,))), allow_nan=False)
        assert write_file(report)
        for found in report.diagnostics:
            if found.code == "claim-false" and found.fix:
                again = check_source(Source("net.cnn", apply_edits(text, found.fix))).report
                same = [other for other in again.diagnostics if (other.code, other.span.start) == (found.code, found.span.start)]
                assert same == [], (seed, found.message, found.help)
                repaired += 1
    assert repaired > 8


def test_mutilated_programs() -> None:
    """Whatever a text says, shapes are added or its mistakes of syntax are told, and suggestions hold or are none."""
    refused = 0
    for seed in range(40):
        random = Random(seed)
        text = draw_program(random).text
        at = random.randrange(len(text))
        source = Source("net.cnn", text[:at] + text[at + random.randint(1, 5) :])
        suggest_claims(check_source(source))
        try:
            annotate_source(source)
        except SpecError:
            refused += 1
    assert 3 < refused < 37
