"""The reference pages of layers: each in the same order, their examples sound and about the layer."""

from __future__ import annotations

import re

import pytest

from cnnspec import resources
from cnnspec.layers.registry import all_kinds, page_of
from support.checking import check, codes

KINDS: dict[str, list[str]] = {}
for _kind in all_kinds():
    KINDS.setdefault(page_of(_kind), []).append(_kind)


def read(page: str) -> str:
    return resources.package_file("layers", "pages", f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", KINDS)
def test_the_title_names_the_kinds(page):
    assert read(page).partition("\n")[0] == f"# {', '.join(KINDS[page])}"


@pytest.mark.parametrize("page", KINDS)
def test_sections_stand_in_one_order(page):
    headings = re.findall(r"^## (.*)$", read(page), re.MULTILINE)
    assert [heading for heading in headings if heading in ("Shapes", "Example", "Source")] == ["Shapes", "Example", "Source"]


@pytest.mark.parametrize("page", KINDS)
def test_examples_are_sound_and_use_the_layer(page):
    examples = re.findall(r"```cnn\n(.*?)```", read(page), re.DOTALL)
    assert examples
    for example in examples:
        assert codes(example) == []
    used = {row.layer.kind for example in examples for model in check(example).report.models for row in model.rows}
    assert used & set(KINDS[page])
