"""docs/callbacks.md says what the declarations say: every callback, every argument with its default."""

from __future__ import annotations

import re

import pytest

from cnnspec.recipe.callback import PYTHON_CALLBACKS, Callback
from cnnspec.recipe.callbacks import KINDS
from cnnspec.render.text_reference import argument_table
from support.markdown import ROOT

PAGE = ROOT / "docs" / "callbacks.md"


def marker(kind: type[Callback]) -> str:
    return f"<!-- arguments of {kind.word} -->\n"


def test_there_are_twelve() -> None:
    assert len(KINDS) + len(PYTHON_CALLBACKS) == 12
    headings = re.findall(r"^## (\w+)", PAGE.read_text("utf-8"), re.MULTILINE)
    assert headings == [*(kind.word for kind in KINDS), *PYTHON_CALLBACKS]


@pytest.mark.parametrize("kind", KINDS)
def test_arguments_are_those_of_the_declaration(kind: type[Callback], request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text("utf-8")
    before, mark, after = text.partition(marker(kind))
    assert mark, f"the page has no place for the arguments of {kind.word}"
    section, rest, following = after.partition("\n## ")
    table = argument_table(kind)
    if request.config.getoption("--update", False):
        PAGE.write_text(f"{before}{mark}{table}{rest}{following}", "utf-8")
    else:
        assert section == table
