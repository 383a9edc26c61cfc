"""Every code of the topic has a page whose Wrong block gives exactly that code and whose Right block is clean."""

from __future__ import annotations

import re

import pytest

from cnnspec import resources
from cnnspec.analysis.check import check_source
from cnnspec.diagnostics import Source, apply_edits
from cnnspec.diagnostics.catalogue import REGISTERED, recipes

CODES = sorted(name for name, (_, factory) in REGISTERED.items() if factory.__module__ == recipes.__name__)


def _blocks(code: str) -> list[str]:
    text = resources.package_file("diagnostics", "pages", f"{code}.md").read_text("utf-8")
    assert text.startswith(f"# {code}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Wrong", "Why", "Right"]
    return re.findall(r"^```cnn\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _found(text: str) -> list[str]:
    diagnostics = check_source(Source("page.cnn", text)).report.diagnostics
    return [diagnostic.code for diagnostic in diagnostics if diagnostic.severity != "info"]


def test_topic_has_codes() -> None:
    assert len(CODES) >= 20


@pytest.mark.parametrize("code", CODES)
def test_page(code: str) -> None:
    wrong, right = _blocks(code)
    assert _found(wrong) == [code]
    assert _found(right) == []


@pytest.mark.parametrize("code", CODES)
def test_fix_of_the_page_removes_the_finding(code: str) -> None:
    wrong, _ = _blocks(code)
    diagnostic = next(d for d in check_source(Source("page.cnn", wrong)).report.diagnostics if d.code == code)
    assert diagnostic.help
    if diagnostic.fix:
        assert _found(apply_edits(wrong, diagnostic.fix)) == []
