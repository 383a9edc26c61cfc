"""Every code of syntax has a page; its wrong example gives that code and no other, its right example none."""

import re

import pytest

from cnnspec import resources
from cnnspec.diagnostics import Source, apply_edits
from cnnspec.diagnostics.catalogue import REGISTERED, brackets, characters, foreign, statements, syntax
from cnnspec.syntax.parser import parse

TOPICS = {module.__name__ for module in (brackets, characters, foreign, statements, syntax)}
CODES = sorted(name for name, (_, factory) in REGISTERED.items() if factory.__module__ in TOPICS)
_BLOCK = re.compile(r"^```cnn\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(code: str) -> list[str]:
    return _BLOCK.findall(resources.package_file("diagnostics", "pages", f"{code}.md").read_text(encoding="utf-8"))


def test_the_topics_have_codes():
    assert len(CODES) > 25


@pytest.mark.parametrize("code", [code for code in CODES if code != "too-many-mistakes"])
def test_page_runs(code):
    wrong, right = blocks(code)
    assert [d.code for d in parse(Source("page", wrong)).diagnostics] == [code]
    assert parse(Source("page", right)).diagnostics == ()


@pytest.mark.parametrize("code", CODES)
def test_the_fix_of_the_page_removes_the_error(code):
    wrong = blocks(code)[0]
    for diagnostic in parse(Source("page", wrong)).diagnostics:
        assert bool(diagnostic.fix) == bool(diagnostic.help), "a help is a change that is made"
        if diagnostic.fix:
            assert parse(Source("page", apply_edits(wrong, diagnostic.fix))).diagnostics == ()


def test_too_many_mistakes():
    text = "model Net {\n" + "  Dense 10\n" * 3000 + "}\n"
    codes = [d.code for d in parse(Source("page", text)).diagnostics]
    assert codes.count("missing-parentheses") == 1000
    assert codes[-1] == "too-many-mistakes"
