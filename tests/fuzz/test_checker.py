"""Whatever the text, the checker answers: no exception, soon, with places inside the text."""

from __future__ import annotations

import random
import time

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.analysis.to_json import file_to_json
from cnnspec.diagnostics import Source
from cnnspec.diagnostics.catalogue import REGISTERED
from cnnspec.resolve.resolve import Settings
from support.mutations import corpus, mutate, noise

LIMIT_S = 2.0


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
