"""Comments that allow a warning or an info."""

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.analysis.lint_settings import LintSettings
from cnnspec.diagnostics import Source
from cnnspec.layers.registry import LONG_NAMES
from cnnspec.syntax.formatter import format_source
from support.checking import check, codes
from support.linting import repaired

NET = """block Even(n) {{  {block}
  Conv2D(n, 4x4, padding=same, activation=relu)  {line}
}}
{above}
model Net {{  {model}
  input 32x32x3
  Even(8)  {use}
  {alone}
  Conv2D(
    8,
    2x2,  {inside}
    padding=same, activation=relu
  )  {end}
  GlobalAvgPool2D -> Dense(10, activation=softmax)
}}
"""
FIRST, SECOND = "Conv2D(n, 4x4", "Conv2D(\n"


def left(**comments: str) -> list[str]:
    """The places of what is not allowed, and the codes of what is said of comments."""
    places = ("block", "line", "above", "model", "use", "alone", "inside", "end")
    text = NET.format(**dict.fromkeys(places, "") | {name: f"# cnnspec: allow {said}" for name, said in comments.items()})
    found = check(text).report.diagnostics
    assert {d.code for d in found} <= {"even-kernel-same", "allow-unused", "allow-unknown", "smallest-path"}
    return [d.span.text if d.code == "even-kernel-same" else d.code for d in found]


EVEN = "even-kernel-same"


@pytest.mark.parametrize(
    ("comments", "expected"),
    [
        ({}, ["4x4", "2x2"]),
        ({"line": EVEN}, ["2x2"]),
        ({"block": EVEN}, ["2x2"]),
        ({"model": EVEN}, ["4x4"]),
        ({"above": EVEN}, ["4x4"]),
        ({"alone": EVEN}, ["4x4"]),
        ({"inside": EVEN}, ["4x4"]),
        ({"end": EVEN}, ["4x4"]),
        ({"line": EVEN, "end": EVEN}, []),
        ({"line": f"{EVEN} (as in the paper, 2015)"}, ["2x2"]),
        ({"line": f"rows-dropped, {EVEN}"}, ["allow-unused", "2x2"]),
        ({"use": EVEN}, ["4x4", "allow-unused", "2x2"]),
        ({"line": "even"}, ["4x4", "allow-unknown", "2x2"]),
    ],
)
def test_what_a_comment_speaks_of(comments: dict[str, str], expected: list[str]) -> None:
    assert left(**comments) == expected


@pytest.mark.parametrize("comments", [{"use": EVEN}, {"line": f"rows-dropped, {EVEN}"}, {"alone": "rows-dropped"}])
def test_what_nothing_needs_is_taken_out(comments: dict[str, str]) -> None:
    text = NET.format(
        **dict.fromkeys(("block", "line", "above", "model", "use", "alone", "inside", "end"), "")
        | {name: f"# cnnspec: allow {said}" for name, said in comments.items()}
    )
    mended = repaired(text, "allow-unused")
    assert "allow-unused" not in codes(mended)
    assert mended.count("cnnspec: allow") == ("line" in comments)


SMALL = "model Net {{\n  input 32x32x3\n  {}\n  GlobalAvgPool2D -> Dense(10, activation=softmax)\n}}\n"


@pytest.mark.parametrize(
    ("comment", "code"),
    [
        ("# cnnspec: allow", "allow-malformed"),
        ("# cnnspec allow even-kernel-same", "allow-malformed"),
        ("# cnnspec : allow even-kernel-same", "allow-malformed"),
        ("# cnnspec: ignore even-kernel-same", "allow-malformed"),
        ("# cnnspec: allow evenkernelsame", "allow-unknown"),
        ("# cnnspec: allow claim-false", "allow-error"),
        ("# cnnspec: allow rows-dropped", "allow-unused"),
        ("# cnnspec is a compiler", None),
        ("# made for cnnspec: allow two hours", None),
        ("#cnnspec:allow even-kernel-same", None),
    ],
)
def test_mistakes_in_comments(comment: str, code: str | None) -> None:
    text = SMALL.format(f"Conv2D(8, 4x4, padding=same, activation=relu)  {comment}")
    found = [d.code for d in check(text).report.diagnostics if d.code.startswith("allow")]
    assert found == ([] if code is None else [code])


def test_an_error_stays() -> None:
    text = SMALL.format("Conv2D(8, 64x64)  # cnnspec: allow kernel-exceeds-input")
    assert codes(text) == ["kernel-exceeds-input", "allow-error"]


def test_nothing_is_missed_that_could_not_be_found() -> None:
    allowed = "Conv2D(8, 3x3)  # cnnspec: allow even-kernel-same"
    assert codes(SMALL.format(allowed)) == ["allow-unused"]
    assert codes(SMALL.format(f"{allowed}\n  Conv2D(8, 64x64)")) == ["kernel-exceeds-input"]
    assert codes(SMALL.format(f"if false {{\n {allowed}\n }}")) == []
    assert codes(f"block A {{\n  {allowed}\n}}\n") == []
    assert codes(SMALL.format(allowed).replace("Net", "Net(n = 1)"), replace={"n": "2"}) == []
    ignoring = LintSettings(ignore=("even",))
    found = check_source(Source("net.cnn", SMALL.format(allowed)), lints=ignoring).report.diagnostics
    assert "allow-unused" not in [d.code for d in found]


def test_a_warning_of_a_used_file_is_allowed_there(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.cnn").write_text("")
    (tmp_path / "part.cnn").write_text(
        "let same = 3\nblock A {\n  Conv2D(8, 3x3, padding=same)  # cnnspec: allow hides-word\n}\n"
        "block B {\n  Conv2D(8, 3x3)  # cnnspec: allow hides-word\n}\n"
    )
    text = 'use "part.cnn"\n' + SMALL.format("A -> B")
    assert codes(text) == []
    (tmp_path / "part.cnn").write_text("let same = 3\nblock A {\n  Conv2D(8, 3x3, padding=same)\n}\n")
    assert codes(text.replace(" -> B", "")) == ["hides-word"]


LONG = "Conv2D(8, 4x4, padding=same, activation=relu) -> Conv2D(8, 4x4, padding=same, activation=relu) -> MaxPool2D -> ReLU"


@pytest.mark.parametrize(
    "statements",
    [
        f"{LONG}  # cnnspec: allow even-kernel-same (the paper has it)",
        f"# cnnspec: allow even-kernel-same\n{LONG}",
        "Add {  # cnnspec: allow branches-misaligned, even-kernel-same\n| Conv2D(3, 2x2, padding=same)\n|\n}",
        "Add { | Conv2D(3, 2x2, padding=same) | }  # cnnspec: allow branches-misaligned, even-kernel-same",
        "if true { Conv2D(3, 2x2, padding=same) }  # cnnspec: allow even-kernel-same",
        "repeat 2 {\nConv2D(3, 2x2, padding=same)   # cnnspec: allow even-kernel-same\nReLU }",
        "Conv2D(3,  # cnnspec: allow even-kernel-same\n2x2, padding=same)",
        "Conv2D(\n3, 2x2, padding=same\n# cnnspec: allow even-kernel-same\n)",
    ],
)
def test_the_formatter_keeps_a_comment_at_its_statement(statements: str) -> None:
    text = SMALL.format(statements)
    assert codes(text) == []
    assert [d for d in check(text).report.diagnostics if d.code == EVEN] == []
    written = format_source(Source("net.cnn", text), LONG_NAMES)
    said = [d for d in check(written).report.diagnostics if d.code in (EVEN, "branches-misaligned", "allow-unused")]
    assert said == [], written
