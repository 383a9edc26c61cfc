"""No file can hang or exhaust the checker."""

import time

import pytest

from support.checking import codes

DOUBLING = "".join(f"block B{i} {{ B{i + 1} -> B{i + 1} }}\n" for i in range(60)) + "block B60 { ReLU }\n"


def nested(levels: int) -> str:
    return "".join(f"block B{i} {{ B{i + 1} }}\n" for i in range(levels)) + f"block B{levels} {{ ReLU }}\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("repeat 10**9 { ReLU }", "too-many-nodes"),
        ("ReLU * (10**9)", "too-many-nodes"),
        ("repeat 1000 { repeat 1000 { repeat 1000 { } } }", "too-many-nodes"),
        ("Dense(10**10**10)", "result-too-large"),
        ("Dense(2**63)", "result-too-large"),
        ("UpSampling2D(2) * 5000", "size-too-large"),
        ("B0", "too-many-nodes"),
    ],
)
def test_bombs_are_refused_before_the_work(text: str, code: str):
    begin = time.process_time()
    found = codes(f"{DOUBLING}model N {{ input 8x8x1\n {text}\n}}\n", max_nodes=10_000)
    assert code in found
    assert time.process_time() - begin < 2


def test_blocks_nested_too_deep():
    assert codes(f"{nested(250)}model N {{ input 8x8x1\n B0\n}}\n") == ["blocks-too-deep"]
    assert codes(f"{nested(190)}model N {{ input 8x8x1\n B0\n}}\n") == []


def test_the_limit_counts_nodes():
    assert codes("model N { input 8x8x1\n ReLU * 99\n}", max_nodes=100) == []
    assert codes("model N { input 8x8x1\n ReLU * 100\n}", max_nodes=100) == ["too-many-nodes"]
