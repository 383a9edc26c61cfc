"""How many nodes a text asks for at least, before any is made."""

from random import Random

import pytest

from cnnspec.diagnostics import Source
from cnnspec.resolve.counting import count_least
from cnnspec.resolve.files import Files
from cnnspec.resolve.resolve import Diagnostics, resolve_source
from cnnspec.resolve.scope import Scope
from cnnspec.resources import library_root
from cnnspec.syntax import tree
from support.checking import check, codes
from support.programs import draw_program

BLOCK = "block B(n) { repeat n { ReLU } }\n"


def least(text: str, path: str = "-") -> int:
    """The lower bound of the first model, of nodes or of what is counted apart from them, whichever is more."""
    file, scope = Files(Diagnostics()).load_root(Source(path, text))
    model = next(item for item in file.items if isinstance(item, tree.ModelDefinition))
    return count_least(model.statements, Scope(scope), 10**6).largest


@pytest.mark.parametrize(
    ("statements", "count"),
    [
        ("ReLU", 1),
        ("ReLU * 7 -> ReLU", 8),
        ("repeat 3 { repeat 5 { ReLU } }", 18),
        ("repeat 3 { repeat 5 { } }", 18),  # no layer; 3 + 15 passes
        ("Add { | ReLU | ReLU -> ReLU | }", 4),
        ("repeat 4 as i { repeat i { ReLU } }", 10),  # 6 layers in 4 + 6 passes
        ("repeat 4 as i { if i >= 2 { ReLU * 9 } else { ReLU } }", 20),
        ("if in_doubt == 1 { ReLU } else { ReLU * 5 }", 1),
        ("B(9) -> B(n=3)", 14),  # 12 layers in 2 uses and 12 passes
        ("let n = 2 ** 3\n B(n) * n", 72),
        ("let a = min(4, 7)\n ReLU * (a + 1)", 5),
        ("ReLU * (10**9) -> ReLU", 1),  # refused for its number alone, where it stands
        ("a = ReLU\n [a, a, a] -> Add", 2),
        ("a = ReLU\n -> nothing", 1),
    ],
)
def test_least_number(statements: str, count: int):
    assert least(f"{BLOCK}model N {{\n input 8x8x1\n {statements}\n}}\n") == count


@pytest.mark.parametrize("seed", range(150))
def test_never_more_than_there_are(seed: int):
    text = draw_program(Random(seed)).text
    resolution = resolve_source(Source("-", text))
    (model, *_) = resolution.models
    entries = len(model.network.scopes) + sum(max(len(node.inputs) - 1, 0) for node in model.network.nodes)
    assert 0 < least(text) <= max(len(model.network.nodes), entries)


@pytest.mark.parametrize("path", sorted(library_root().rglob("*.cnn")), ids=lambda path: path.stem)
def test_of_the_library_it_is_all_but_what_sizes_decide(path):
    text = path.read_text(encoding="utf-8")
    models = resolve_source(Source(str(path), text)).models
    if models:
        assert 0 < least(text, str(path)) <= len(models[0].network.nodes)


def test_the_place_is_where_the_number_comes_from():
    (found,) = check("block B { ReLU * 400 }\nmodel N {\n input 8x8x1\n B * 400\n}\n").report.diagnostics
    assert (found.code, found.span.text, found.span.line) == ("too-many-nodes", "400", 4)
    assert found.message == "160,000 layers are asked for here; the network would have more than 100,000 layers"


def test_the_innermost_place_with_its_use():
    (found,) = check("block B { repeat 400 { ReLU * 400 } }\nmodel N {\n input 8x8x1\n B\n}\n").report.diagnostics
    assert (found.span.text, found.span.line) == ("400", 1)
    assert [label.span.text for label in found.labels] == ["B"]


def test_what_comes_after_a_refused_model_is_checked():
    bomb = "model A { input 8x8x1\n repeat 1000 { repeat 1000 { ReLU } }\n}\n"
    assert codes(bomb + "model B { input 4x4x1\n Conv2D(1, 5x5)\n}\n") == ["too-many-nodes", "kernel-exceeds-input"]


def test_a_large_block_that_nothing_uses_is_no_mistake():
    assert codes("block Big { ReLU * 20_000 }\nmodel N { input 8x8x1\n ReLU\n}\n") == []
    assert codes("block Bad { ReLU * 10**9\n}\nmodel N { input 8x8x1\n ReLU\n}\n") != []
