"""Every code has a page, and every page tells the truth: its Wrong gives the code, its Right does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.diagnostics import Diagnostic, Severity, Source, apply_edits
from cnnspec.diagnostics.catalogue import load_all
from cnnspec.resources import package_file

REGISTERED = load_all()
PAGES = package_file("diagnostics", "pages")

#: Codes that no text of a file can show; tests/diagnostics/test_files.py, tests/train, tests/cli,
#: tests/resolve, tests/layers and tests/syntax provoke them.
SHOWN_BY_COMMANDS = {
    *("data", "files", "runs", "project"),
    *("blocks-too-deep", "unknown-setting", "layer-rejects-input", "too-many-mistakes"),
}


@dataclass(frozen=True)
class Page:
    """The parts of a page."""

    title: str
    sentence: str
    wrong: str
    why: str
    right: str


LAYOUT = re.compile(
    r"# (?P<title>[^\n]+)\n\n"
    r"(?P<sentence>[^\n#]+(?:\n[^\n#]+)*)\n\n"
    r"## Wrong\n\n(?P<wrong>.+?)\n\n"
    r"## Why\n\n(?P<why>.+?)\n\n"
    r"## Right\n\n(?P<right>.+)\n",
    re.DOTALL,
)
BLOCK = re.compile(r"```(cnn|console)[^\n]*\n(.*?)```", re.DOTALL)


def read_page(code: str) -> Page:
    path = PAGES / f"{code}.md"
    assert path.is_file(), f"there is no page {path.name}"
    text = path.read_text(encoding="utf-8")
    found = LAYOUT.fullmatch(text.rstrip() + "\n")
    assert found is not None, f"{code}.md has not the layout of a page"
    return Page(**found.groupdict())


def spec(part: str) -> str | None:
    """The spec in a part of a page; None where it shows a command instead."""
    found = BLOCK.search(part)
    assert found is not None, "no block"
    return found[2] if found[1] == "cnn" else None


def topic(code: str) -> str:
    return REGISTERED[code][1].__module__.rpartition(".")[2]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are checked as a file ``page.cnn`` that is there, so that one can name itself."""
    monkeypatch.chdir(tmp_path)


def check(text: str) -> tuple[Diagnostic, ...]:
    Path("page.cnn").write_text(text, encoding="utf-8")
    return check_source(Source("page.cnn", text)).report.diagnostics


def errors(diagnostics: tuple[Diagnostic, ...]) -> set[str]:
    return {d.code for d in diagnostics if d.severity is Severity.ERROR}


CODES = sorted(REGISTERED)
TEXTUAL = [code for code in CODES if not {code, topic(code)} & SHOWN_BY_COMMANDS]


def test_the_codes_are_the_ones_there_should_be() -> None:
    assert len(CODES) > 80
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) for code in CODES)
    for code, (severity, factory) in REGISTERED.items():
        assert severity in Severity, code
        assert factory.__module__.startswith("cnnspec.diagnostics.catalogue."), code


def test_no_page_is_left_over() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_page_has_the_layout(code: str) -> None:
    page = read_page(code)
    assert page.title == code
    assert page.sentence.rstrip().endswith(".")
    assert spec(page.right) is not None, "Right shows a sound file"


@pytest.mark.parametrize("code", TEXTUAL)
def test_wrong_gives_exactly_this_code(code: str) -> None:
    text = spec(read_page(code).wrong)
    assert text is not None, "the Wrong block of a code that a text can show is a spec"
    found = check(text)
    severity, _ = REGISTERED[code]
    if severity is Severity.ERROR:
        assert errors(found) == {code}
    else:
        assert code in {d.code for d in found if d.severity is severity}
        assert not errors(found)


@pytest.mark.parametrize("code", CODES)
def test_right_is_free_of_it(code: str) -> None:
    text = spec(read_page(code).right)
    assert text is not None
    found = check(text)
    assert code not in {d.code for d in found}
    assert not errors(found)


@pytest.mark.parametrize("code", TEXTUAL)
def test_its_repair_repairs(code: str) -> None:
    text = spec(read_page(code).wrong)
    assert text is not None
    fixes = [d.fix for d in check(text) if d.code == code and d.fix]
    if not fixes:
        return
    assert all(edit.span.source.text == text for fix in fixes for edit in fix), "a repair edits the file itself"
    repaired = text
    for _ in range(20):  # repairs may overlap: one at a time, as an editor applies them
        fix = next((d.fix for d in check(repaired) if d.code == code and d.fix), None)
        if fix is None:
            break
        repaired = apply_edits(repaired, fix)
    assert code not in {d.code for d in check(repaired)}, repaired
    assert errors(check(repaired)) <= errors(check(text)) - {code}, repaired


def test_a_factory_builds_what_it_is_registered_as() -> None:
    """Wherever a page provokes a diagnostic, its code and severity are those of the register."""
    for code in TEXTUAL:
        text = spec(read_page(code).wrong)
        assert text is not None
        for diagnostic in check(text):
            assert REGISTERED[diagnostic.code][0] is diagnostic.severity, diagnostic.code


class TestTheseTestsCanFail:
    def test_a_page_without_its_parts(self) -> None:
        assert LAYOUT.fullmatch("# code\n\nA sentence.\n\n## Wrong\n\nx\n\n## Right\n\ny\n") is None

    def test_a_page_whose_wrong_is_sound(self) -> None:
        assert errors(check("model M {\n  input 8x8x1\n  Flatten\n}\n")) == set()
