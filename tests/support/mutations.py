"""Texts with mistakes that nobody thought of: tokens of sound and broken specs, shuffled."""

from __future__ import annotations

import random
import re

from cnnspec.resources import package_file
from support.markdown import ROOT

SPECS = sorted((ROOT / "specs").glob("*.cnn"))
PAGES = sorted(package_file("diagnostics", "pages").glob("*.md"))
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
