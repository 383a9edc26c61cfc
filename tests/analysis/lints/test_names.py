"""Names that nothing uses."""

from pathlib import Path

import pytest

from cnnspec.diagnostics import Applicability
from support.checking import check
from support.linting import repaired

END = "GlobalAvgPool2D -> Dense(10, activation=softmax)"


def unused(text: str) -> list[tuple[str, str]]:
    found = check(text).report.diagnostics
    assert not [d.message for d in found if d.severity == "error"]
    return [(d.code, d.span.text) for d in found if d.code.startswith("unused")]


def net(statements: str, parameters: str = "") -> str:
    return f"model Net{parameters} {{\n  input 32x32x3\n{statements}\n  {END}\n}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (net("ReLU"), []),
        ("block A { ReLU }\n" + net("A"), []),
        ("block A { ReLU }\nblock B { A }\n" + net("ReLU"), [("unused-block", "B")]),
        ("block A { ReLU }\nblock B(f = A) { f }\n" + net("B"), []),
        ("block A { ReLU }\n" + net("let f = A\nf"), []),
        ("block A { ReLU }\nlet k = 3\n", []),  # a file for others
        ("let k = 3\n" + net("ReLU"), [("unused-constant", "k")]),
        ("let k = 3\nlet n = 2 * k\n" + net("Conv2D(n, 3x3)"), []),
        (net("let k = 3"), [("unused-constant", "k")]),
        (net("let k = 3\nlet n = k\nConv2D(n, 3x3)"), []),
        (net("let k = 3\nReLU :: [32, 32, k]"), []),
        (net("let k = 3\nexpect depth == k - 2"), []),
        (net("Add {\n| let k = 3\nConv2D(3, k, padding=same)\n| let k = 5\nIdentity\n}"), [("unused-constant", "k")]),
        (net("ReLU", "(classes = 10)"), [("unused-parameter", "classes")]),
        (net("ReLU", "(n = 1, m = n)"), [("unused-parameter", "m")]),
        (net("if deep { ReLU }", "(deep = true)"), []),
        (net("repeat n { ReLU }", "(n = 2)"), []),
        (net("ReLU * n", "(n = 2)"), []),
        ("block A(f, g = 2) { Conv2D(f, 3x3) }\n" + net("A(8)"), [("unused-parameter", "g")]),
        ("block A(norm = none) { Identity -> norm }\n" + net("A"), []),
        ("block A { input x, y\n [x, y] -> Add }\n" + net("a = ReLU\n[a, a] -> A"), []),
        ("block A(n) { ReLU }\nblock B(f) { f(3) }\n" + net("B(A)"), []),  # what f takes is for B to say
        ("block A(n) { ReLU }\nblock B(f = A) { f(3) }\n" + net("B"), []),
        ("block A(n) { ReLU }\n" + net("let f = A(3)\nf"), []),
        ("block A(n) { ReLU }\n", []),
        (net("share s = ReLU"), [("unused-share", "s")]),
        (net("share s = ReLU\nIdentity -> s"), []),
        (net("repeat 2 as i { ReLU }"), [("unused-index", "i")]),
        (net("repeat 2 as i { Conv2D(8 + i, 3x3) -> ReLU }"), []),
        (net("repeat 2 as i { if i == 0 { ReLU } }"), []),
        ('use "std/resnet.cnn"\n' + net("ReLU"), [("unused-use", '"std/resnet.cnn"')]),
        ('use "std/resnet.cnn"\n' + net("Basic(3)"), []),
        ('use "std/resnet.cnn" as r\n' + net("r.Basic(3)"), []),
        ('use "std/resnet.cnn" as r\n' + net("ReLU"), [("unused-use", '"std/resnet.cnn"')]),
        ('use "std/resnet.cnn"\nblock A { Basic(3) }\n', []),
        ("let rate = 0.1\n" + net("ReLU") + "train Net {\n data = mnist\n resize = 32\n}\n", None),
    ],
)
def test_unused_names(text: str, expected: list[tuple[str, str]] | None) -> None:
    if expected is None:  # the file has errors, which may be why a name is not used
        assert not [d for d in check(text).report.diagnostics if d.code.startswith("unused")]
        return
    assert unused(text) == expected
    for diagnostic in check(text).report.diagnostics:
        if diagnostic.code.startswith("unused") and diagnostic.fix:
            assert diagnostic.applicability is Applicability.SAFE
            assert unused(repaired(text, diagnostic.code)) == [item for item in expected if item[0] != diagnostic.code]


def test_a_recipe_uses_constants() -> None:
    recipe = 'train Net {\n data = images("x")\n loss = categorical_crossentropy\n optimizer = SGD(rate)\n epochs = 1\n}\n'
    assert unused("let rate = 0.1\n" + net("ReLU") + recipe) == []


def test_constants_of_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.cnn").write_text("let width = 8\nblock A { ReLU }\n")
    (tmp_path / "net.cnn").write_text("")
    monkeypatch.chdir(tmp_path)
    assert unused('use "a.cnn"\n' + net("Conv2D(width, 3x3)")) == []
    assert unused('use "a.cnn"\n' + net("ReLU")) == [("unused-use", '"a.cnn"')]


def test_a_line_goes_with_its_statement() -> None:
    text = net("  let k = 3  # as in the paper\n  ReLU")
    assert repaired(text, "unused-constant") == net("  ReLU")
