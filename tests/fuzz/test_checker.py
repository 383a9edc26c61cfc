"""Whatever the text, the checker answers: no exception, soon, with places inside the text."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.analysis.to_json import file_to_json
from cnnspec.diagnostics import Source
from cnnspec.diagnostics.catalogue import REGISTERED
from cnnspec.resolve.resolve import Settings

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.cnn"))
PAGES = sorted((Path(__file__).parents[2] / "cnnspec" / "diagnostics" / "pages").glob("*.md"))
TOKEN = re.compile(r"\s+|\w+|\d+x\d+|[^\w\s]+")
SPICE = [
    *[
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "|",
        "->",
        "::",
        "*",
        "=",
        "==",
        "~=",
        ",",
        "?",
        "?x?x1",
        "0",
        "-1",
        "1e308",
        "10**9",
        "2**62",
        "9223372036854775807",
        "none",
        "true",
        "same",
        "in",
        "in.channels",
    ],
    *["input 28x28x1\n", "expect params == 1\n", "Conv2D", "Dense(10)", "Add { | | }", "share s = ReLU\n", "let k = 3\n"],
    *["repeat 3 { ReLU }\n", "if 1 == 1 { ReLU }\n", "Flatten", "Reshape([-1])", "Filter2D(sobel_x)", "* 10**9"],
    *[
        "Conv2DTranspose(3, 2, strides=2)",
        "padding=[[1,2],[3,4]]",
        "\u202e",
        "\x00",
        "é",
        "×",
        '"',
        "#",
        "\n",
        "\t",
        "0x10",
        "1_0",
        "..",
    ],
]
LIMIT_S = 2.0


def corpus() -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in SPECS]
    blocks = [re.findall(r"```cnn\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL) for path in PAGES]
    return texts + [text for found in blocks for text in found]


def mutate(text: str, rng: random.Random) -> str:
    """A few deletions, doublings, swaps and insertions among the tokens of a text."""
    tokens = TOKEN.findall(text)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(tokens) + 1)
        match rng.randrange(6):
            case 0:
                del tokens[at : at + rng.randint(1, 4)]
            case 1:
                tokens[at:at] = tokens[at : at + rng.randint(1, 12)] * rng.randint(1, 3)
            case 2:
                other = rng.randrange(len(tokens) + 1)
                tokens[at : at + 1], tokens[other : other + 1] = tokens[other : other + 1], tokens[at : at + 1]
            case 3:
                tokens[at : at + 1] = [str(rng.choice([0, 1, 2, 3, 7, 10**3, 10**6, 2**31, 2**63, -5]))]
            case _:
                tokens[at:at] = [rng.choice(SPICE)]
        if not tokens:
            tokens = ["x"]
    return "".join(tokens)


def noise(rng: random.Random) -> str:
    """Text without any sense: random characters, or words of the language in a random order."""
    if rng.random() < 0.5:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(400))).decode("latin-1")
    return " ".join(rng.choice(SPICE) for _ in range(rng.randrange(120)))


def inputs(count: int) -> list[str]:
    rng = random.Random(20_261)
    texts = corpus()
    return [noise(rng) if at % 5 == 0 else mutate(rng.choice(texts), rng) for at in range(count)]


@pytest.mark.parametrize("part", range(4))
def test_any_text_is_answered(part: int):
    for text in inputs(2_000)[part::4]:
        begin = time.process_time()
        report = check_source(Source("fuzz.cnn", text), Settings(max_nodes=10_000)).report
        spent = time.process_time() - begin
        assert spent < LIMIT_S, f"{spent:.1f} s for {text!r}"
        file_to_json(report)
        for diagnostic in report.diagnostics:
            assert diagnostic.message
            assert "\n" not in diagnostic.message
            assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(diagnostic.span.source.text), diagnostic


def test_the_mutations_reach_every_floor():
    """A fuzz test that only ever fails to parse would show nothing."""
    reports = [check_source(Source("fuzz.cnn", text), Settings(max_nodes=10_000)).report for text in inputs(1_000)]
    found = {diagnostic.code for report in reports for diagnostic in report.diagnostics}
    topics = {REGISTERED[code][1].__module__.rpartition(".")[2] for code in found}
    assert {"syntax", "names", "arguments", "shapes", "claims", "recipes"} <= topics
    assert len(found) > 40
