"""Bad files as people write them, each with what the checker says about it.

A case is a ``.cnn`` file and, beside it, a ``.out`` with its errors and warnings as a terminal of 100 columns shows them.
``pytest tests/ui --update`` writes the ``.out`` files; then read the diff: is the place right, the cause, the way out?

Folders that begin with ``_`` hold files that cases use. What every case must keep, besides its text, is tested here too:
one mistake gives one diagnostic, at a place; no message speaks of the grammar or of Python; and a repair repairs.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.diagnostics import Diagnostic, Severity, Source, apply_edits
from cnnspec.diagnostics.writers.columns import Style
from cnnspec.diagnostics.writers.text import write_diagnostics
from cnnspec.syntax.reading import read_source
from support.checking import is_lint
from support.plain_words import words_of_machinery

HERE = Path(__file__).parent

#: Cases that hold more than one mistake, and how many; all others hold one.
SEVERAL: dict[str, int] = {
    "encoding/full_width_parentheses": 2,
    "files/python": 3,
    "files/training_script": 3,
    "foreign/diff": 2,
    "foreign/markdown_fence": 2,
    "keras/functional": 3,
    "names/skip_before_it_is_named": 2,
    "syntax/commas_between_statements": 4,
    "syntax/keyword_capital": 2,
    "syntax/semicolons": 4,
    "syntax/whole_model_on_one_line": 3,
    "caffe/batch_norm_and_scale": 2,
    "keras/assigned_layer_reused": 2,
    "recipes/callbacks_several_bad": 2,
    "tensorflow/local_response_normalization": 2,
    "torch/adaptive_pool": 2,
    "torch/group_norm": 2,
    "torch/module": 2,
    "torch/view": 2,
}

#: Cases whose repair brings a further mistake to light, and why that is no fault of the repair.
LEADS_ON: dict[str, str] = {}


def cases() -> list[str]:
    """Every case by its path without the suffix; the first part says whether it is an error or a warning."""
    found = (path.relative_to(HERE).with_suffix("") for path in HERE.rglob("*.cnn"))
    return sorted(case.as_posix() for case in found if not any(part.startswith("_") for part in case.parts))


CASES = cases()


@cache
def found_in(case: str) -> tuple[Diagnostic, ...]:
    """What is wrong with the file of a case."""
    return diagnose(case, read(case))


def read(case: str) -> Source | Diagnostic:
    with _inside(case):
        return read_source(Path(case).name + ".cnn")


def diagnose(case: str, source: Source | Diagnostic) -> tuple[Diagnostic, ...]:
    """The errors and warnings of a text in the place of the case's file; of a case of an error without lints."""
    if isinstance(source, Diagnostic):
        return (source,)
    with _inside(case):
        report = check_source(source).report
    found = (item for item in report.diagnostics if item.severity is not Severity.INFO)
    return tuple(item for item in found if case.startswith("warnings/") or not is_lint(item))


@contextmanager
def _inside(case: str) -> Generator[None]:
    """The folder of a case as the working folder, so that its file is named as a user there names it."""
    before = Path.cwd()
    os.chdir((HERE / case).parent)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.mark.parametrize("case", CASES)
def test_output(case: str, request: pytest.FixtureRequest) -> None:
    expected = HERE / f"{case}.out"
    written = write_diagnostics(found_in(case), Style(width=100))
    if request.config.getoption("--update", False) or os.environ.get("CNNSPEC_UPDATE"):
        expected.write_text(written, encoding="utf-8")
    assert expected.is_file(), f"{case}.out is missing; `pytest tests/ui --update` writes it"
    assert written == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_one_mistake_gives_one_diagnostic(case: str) -> None:
    found = found_in(case)
    assert {item.severity for item in found} == {Severity.WARNING if case.startswith("warnings/") else Severity.ERROR}
    assert len(found) == SEVERAL.get(case, 1), [item.message for item in found]


@pytest.mark.parametrize("case", CASES)
def test_every_message_has_a_place_and_plain_words(case: str) -> None:
    source = read(case)
    text = source.text if isinstance(source, Source) else ""
    for item in found_in(case):
        assert 0 <= item.span.start <= item.span.end <= len(item.span.source.text)
        said = "\n".join((item.message, item.here, *(label.text for label in item.labels), *item.notes, item.help or ""))
        assert "\n" not in item.message
        assert not words_of_machinery(said, text), said


@pytest.mark.parametrize("case", CASES)
def test_every_repair_repairs(case: str) -> None:
    found = found_in(case)
    for item in found:
        if item.fix:
            left = diagnose(case, _repaired(item))
            assert len(left) <= len(found) - (case not in LEADS_ON), f"{item.help}: {[d.message for d in left]}"
            assert sum(_is_like(item, other) for other in left) < sum(_is_like(item, other) for other in found)


def _repaired(item: Diagnostic) -> Source:
    source = item.fix[0].span.source
    return Source(source.path, apply_edits(source.text, item.fix))


def _is_like(item: Diagnostic, other: Diagnostic) -> bool:
    return (item.code, item.message) == (other.code, other.message)


def test_the_lists_of_exceptions_are_true() -> None:
    assert set(SEVERAL) | set(LEADS_ON) <= set(CASES)
    assert all(count > 1 for count in SEVERAL.values())


def test_there_are_cases_and_no_outputs_without_one() -> None:
    outputs = {path.relative_to(HERE).with_suffix("").as_posix() for path in HERE.rglob("*.out")}
    assert outputs == set(CASES)
    assert len(CASES) >= 150
    texts = [(HERE / f"{case}.cnn").read_bytes() for case in CASES]
    assert len(set(texts)) == len(texts), "two cases are the same file"
