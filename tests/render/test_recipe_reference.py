"""docs/recipes.md lists every key and every member of a recipe as they are declared; each member has a page of its own."""

from __future__ import annotations

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.api.subjects import find_page
from cnnspec.diagnostics import Source
from cnnspec.recipe.recipe import Recipe
from cnnspec.render.text_recipes import families, member_page, recipe_page, recipe_reference
from support.markdown import ROOT

PAGE = ROOT / "docs" / "recipes.md"
MARK = "<!-- what follows is made by pytest tests/render/test_recipe_reference.py --update -->\n"
MEMBERS = [(family, member) for family in families() for member in family.members]


def test_the_page_is_current(request: pytest.FixtureRequest) -> None:
    text = PAGE.read_text(encoding="utf-8")
    written, _, _ = text.partition(MARK)
    wanted = f"{written}{MARK}\n{recipe_reference()}"
    if request.config.getoption("--update"):
        PAGE.write_text(wanted, encoding="utf-8")
    assert text == wanted or request.config.getoption("--update")


def test_every_key_is_described() -> None:
    page = recipe_page()
    for name, info in Recipe.model_fields.items():
        assert f"| `{name}` |" in page
        assert info.description or name in ("loss", "optimizer")


@pytest.mark.parametrize(("family", "member"), MEMBERS, ids=lambda item: getattr(item, "word", ""))
def test_every_member_has_a_page(family: object, member: type) -> None:
    page = find_page(member.word)
    assert page is not None
    assert page.startswith(f"# {member.word}\n\n")
    for name, info in member.model_fields.items():
        assert f"`{name}`" in page
        assert info.description, f"{member.word}.{name} has no description"
    for mark in (":class:", "``", "None where"):
        assert mark not in page.replace("```", "")


def test_names() -> None:
    assert member_page("adamw") == member_page("AdamW") == find_page("adam_w")
    assert member_page("nothing_of_that_name") is None
    both = member_page("mean_squared_error") or ""
    assert both.count("# mean_squared_error\n") == 2, "of a loss and a metric of one name both are described"
    assert find_page("Conv2D") != member_page("Conv2D")


def test_what_a_page_writes_can_be_written() -> None:
    """The last block of each page stands in a recipe; without its required arguments it names what is missing."""
    for family, member in MEMBERS:
        page = member_page(member.word) or ""
        line = page.split("```cnn\n")[1].split("\n")[0]
        if "…" in line:
            continue
        keys = {"data": "digits", "loss": "categorical_crossentropy", "optimizer": "SGD", "epochs": "9", "validation": "0.1"}
        key, _, value = line.partition(" = ")
        keys |= {key: value, "ema": "0.9"}
        body = "".join(f"  {name} = {text}\n" for name, text in keys.items())
        text = f"model M {{\n  input 28x28x1\n  Flatten -> Dense(10, activation=softmax)\n}}\ntrain M {{\n{body}}}\n"
        found = [d for d in check_source(Source("page.cnn", text)).report.diagnostics if d.severity == "error"]
        assert not found, (family.key, line, found[0].message)
