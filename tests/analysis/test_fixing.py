"""Safe fixes: what they make of a text, that they come to an end, and that they leave alone what is none of theirs."""

from __future__ import annotations

import random
import re
from textwrap import dedent

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.analysis.fixing import Fixed, fix_source
from cnnspec.analysis.report import FileReport, Report
from cnnspec.diagnostics import Applicability, Diagnostic, Edit, Severity, Source
from cnnspec.diagnostics.catalogue import load_all
from cnnspec.record import replace
from cnnspec.resolve.resolve import Settings
from cnnspec.resources import package_file
from cnnspec.syntax.parser import parse
from support.markdown import ROOT
from support.mutations import corpus, mutate

PAGES = sorted(package_file("diagnostics", "pages").glob("*.md"))
SURE = Applicability.SAFE
load_all()


def check(source: Source) -> FileReport:
    return check_source(source, Settings(max_nodes=10_000)).report


def fix(text: str) -> Fixed:
    return fix_source(Source("net.cnn", text), check)


def fixed(statements: str, before: str = "input 28x28x1") -> str:
    """Statements of a model, with their fixes made."""
    head, tail = f"model M {{\n  {before}\n", "}\n"
    text = fix(head + "".join(f"  {line}\n" for line in dedent(statements).strip().splitlines()) + tail).source.text
    assert text.startswith(head)
    assert text.endswith(tail)
    return dedent(text.removeprefix(head).removesuffix(tail)).strip()


SAFE = [
    ("Conv2D(8, (5, 5))", "Conv2D(8, 5x5)"),
    ("Conv2D(8, 5 x 5)", "Conv2D(8, 5x5)"),
    ("Conv2D(8, 5x5, padding=SAME)", "Conv2D(8, 5x5, padding=same)"),
    ('Conv2D(8, 5x5, padding="same")', "Conv2D(8, 5x5, padding=same)"),
    ("Conv2D(8, 5x5, actvation=relu)", "Conv2D(8, 5x5, activation=relu)"),
    ("Conv2D(8, 5x5, activation=rleu)", "Conv2D(8, 5x5, activation=relu)"),
    ("Conv2D(8, 5x5, use_bias=False)", "Conv2D(8, 5x5, use_bias=false)"),
    ("Conv2D(8.0, 5x5)", "Conv2D(8, 5x5)"),
    ("Conv2D(8 5x5)", "Conv2D(8, 5x5)"),
    ("Conv2D(8; 5x5)", "Conv2D(8, 5x5)"),
    ("MaxPool2D 2", "MaxPool2D(2)"),
    ("Flaten", "Flatten"),
    ("Relu", "ReLU"),
    ("ReLU; MaxPool2D;", "ReLU\nMaxPool2D"),
    ("ReLU // why", "ReLU # why"),
    ("width = 64\nConv2D(width, 3x3)", "let width = 64\nConv2D(width, 3x3)"),
    ("ReLU ->\n  MaxPool2D", "ReLU -> MaxPool2D"),
    ("2 * Conv2D(8, 3x3)", "Conv2D(8, 3x3) * 2"),
    ("Add { ReLU | Tanh }", "Add { | ReLU | Tanh }"),
    ("ReLU\nexpect params = 0", "ReLU\nexpect params == 0"),
    ("ReLU\nexpect parms == 0", "ReLU\nexpect params == 0"),
    ("ReLU\nexpect params > 0 && macs > 0", "ReLU\nexpect params > 0 and macs > 0"),
    ("ReLU\u200b", "ReLU"),
    ("\u0421onv2D(8, 3x3)", "Conv2D(8, 3x3)"),
]


@pytest.mark.parametrize(("wrong", "right"), SAFE)
def test_what_can_only_mean_one_thing_is_written_so(wrong: str, right: str) -> None:
    assert fixed(wrong) == right


LEFT = [
    "Conv2D(8, 29x29)",  # padding=same, or a smaller kernel
    "Dense(10)",  # Flatten, or a pooling
    "ReLU :: 5x5x1",  # the claim, or the network
    "Conv2d(1, 8, 3)",  # Torch's name: are these the channels that come in?
    "Conv2D(1 000, 3x3)",  # a thousand?
    "ReLU MaxPool2D",  # a newline, or an arrow
    "Conv2D(8, 5x5",  # where does it end?
    "Conv2D(8, width // 2 3)",  # a comment, or a division
    "MaxPool2D 2 Tanh",  # two layers?
    "ReLU | Tanh",  # one behind the other, or side by side
    "let k = 64\nConv2D(width, 3x3)",  # k may be what width should be
    "c1 = ReLU\nc2 = Tanh\n[c1, c3] -> Add",  # c1, c2 or one that is missing
    "Conv2D(8, (5, # rows\n 5))",  # the comment would be lost
    "ReLU \u202e\nTanh",  # what does it hide?
    "Conv2D(8, 3x3, activation=xelu)",  # relu, selu, gelu and elu are as near
]


@pytest.mark.parametrize("text", LEFT)
def test_what_has_two_readings_is_left_to_its_author(text: str) -> None:
    assert fixed(text) == dedent(text).strip()


def test_fixes_bring_to_light_what_is_fixed_too() -> None:
    done = fix('model M {\n  input 28 x 28 x 1;\n  Conv2D 8, 5x5, actvation="rleu"\n  Flaten -> Dens(3)\n}\n')
    assert done.source.text == "model M {\n  input 28x28x1\n  Conv2D(8, 5x5, activation=relu)\n  Flatten -> Dense(3)\n}\n"
    assert done.report.ok
    assert [d.code for d in done.mended] == [
        "malformed-dims",
        "semicolon",
        "missing-parentheses",
        "unknown-layer",
        "unknown-layer",
        "unknown-argument",
        "quoted-word",
        "unknown-word",
    ]


@pytest.mark.parametrize(("severity", "left"), [(Severity.ERROR, "ab"), (Severity.WARNING, "b")])
def test_what_nothing_uses_stays_while_there_are_errors(severity: Severity, left: str) -> None:
    def check(source: Source) -> FileReport:
        unused = replace(safe_edit(source, 0, 1, "", "unused-constant"), severity=Severity.WARNING)
        other = replace(safe_edit(source, 0, 0, "", "claim-false"), severity=severity, fix=())
        return FileReport("net.cnn", (unused, other) if source.text == "ab" else ())

    done = fix_source(Source("net.cnn", "ab"), check)
    assert done.source.text == left
    assert Report((done.report,)).fixable == 0


def test_a_sound_text_is_the_same_text() -> None:
    source = Source("net.cnn", "model M {\n  input 4\n  Dense(2)\n}\n")
    done = fix_source(source, check)
    assert (done.source, done.mended) == (source, ())


def test_a_fix_of_a_warning() -> None:
    assert fix("model M {\n  input 9x9x1\n  MaxPool2D(padding=SAME)\n}\n").report.diagnostics == ()


def test_lines_that_are_put_in_end_like_the_others() -> None:
    text = "model M {\r\n  input 4x4x1; ReLU;\r\n}\r\n"
    assert fix(text).source.text == "model M {\r\n  input 4x4x1\r\n  ReLU\r\n}\r\n"


def test_edits_of_another_file_are_not_made() -> None:
    mine, other = Source("net.cnn", "aa"), Source("used.cnn", "aa")
    wrong = Diagnostic("semicolon", Severity.ERROR, "m", mine.span(0, 1), fix=safe_edit(other, 0, 1).fix, applicability=SURE)
    done = fix_source(mine, lambda source: FileReport("net.cnn", (wrong,)))
    assert (done.source, done.mended) == (mine, ())


def safe_edit(source: Source, start: int, end: int, text: str = "b", code: str = "semicolon") -> Diagnostic:
    span = source.span(start, end)
    return Diagnostic(code, Severity.ERROR, "m", span, fix=(Edit(span, text),), applicability=SURE)


class TestRounds:
    """Rounds, with checks made up for them."""

    def run(self, text: str, *found: list[tuple[int, int, str, str]]) -> tuple[str, int]:
        """The text after fixes, given what each check finds: the last answer is repeated."""
        calls: list[str] = []

        def check(source: Source) -> FileReport:
            calls.append(source.text)
            now = found[min(len(calls), len(found)) - 1]
            return FileReport("net.cnn", tuple(safe_edit(source, *one) for one in now))

        return fix_source(Source("net.cnn", text), check).source.text, len(calls)

    def test_edits_that_overlap_take_turns(self) -> None:
        both = [(0, 3, "x", "semicolon"), (2, 5, "y", "semicolon")]
        assert self.run("abcdef", both, [])[0] == "xdef"

    def test_insertions_at_one_place_take_turns(self) -> None:
        both = [(1, 1, "x", "semicolon"), (1, 1, "y", "semicolon"), (1, 2, "z", "semicolon")]
        assert self.run("ab", both, [])[0] == "axb"

    def test_edits_side_by_side_are_made_together(self) -> None:
        both = [(0, 2, "x", "semicolon"), (2, 4, "y", "semicolon")]
        assert self.run("abcd", both, []) == ("xy", 2)

    def test_syntax_comes_first(self) -> None:
        both = [(0, 1, "x", "unknown-layer"), (1, 2, "y", "semicolon")]
        assert self.run("ab", both, [])[0] == "ay"

    def test_a_fix_that_makes_it_worse_is_taken_back(self) -> None:
        bad = [(0, 1, "x", "semicolon")]
        worse = [(0, 1, "", "semicolon"), (1, 2, "", "semicolon")]
        assert self.run("ab", bad, worse)[0] == "ab"

    def test_what_a_fix_brings_to_light_is_not_worse(self) -> None:
        bad, light = [(0, 1, "x", "semicolon")], [(0, 0, "", "claim-false"), (1, 1, "", "claim-false")]
        assert self.run("ab", bad, light)[0] == "xb"

    def test_a_round_that_makes_it_worse_is_tried_one_by_one(self) -> None:
        def check(source: Source) -> FileReport:
            found = [safe_edit(source, at, at + 1, char.upper()) for at, char in enumerate(source.text) if char in "abc"]
            found += [replace(safe_edit(source, 0, 0), fix=())] * (9 * source.text.count("B"))  # nobody may touch the b
            return FileReport("net.cnn", tuple(found))

        assert fix_source(Source("net.cnn", "abc"), check).source.text == "AbC"

    def test_fixes_that_undo_each_other_come_to_an_end(self) -> None:
        def check(source: Source) -> FileReport:
            return FileReport("net.cnn", (safe_edit(source, 0, 1, "b" if source.text == "a" else "a"),))

        assert fix_source(Source("net.cnn", "a"), check).source.text == "b"

    def test_fixes_without_end_come_to_one(self) -> None:
        def check(source: Source) -> FileReport:
            return FileReport("net.cnn", (safe_edit(source, 0, 0, "x"),))

        assert len(fix_source(Source("net.cnn", "a"), check).source.text) == 101


def examples() -> list[tuple[str, str]]:
    """Every wrong example of a page, by the page's code."""
    found = []
    for page in PAGES:
        wrong = re.search(r"## Wrong\n(.*?)\n## Why", page.read_text(encoding="utf-8"), re.DOTALL)
        assert wrong is not None
        found += [(page.stem, text) for text in re.findall(r"```cnn[^\n]*\n(.*?)```", wrong[1], re.DOTALL)]
    return found


@pytest.mark.parametrize(("code", "text"), examples())
def test_a_page_with_a_safe_fix_is_fixed(code: str, text: str) -> None:
    before = check(Source("net.cnn", text)).diagnostics
    done = fix(text)
    if any(d.code == code and d.fixable for d in before):
        assert code not in {d.code for d in done.report.diagnostics}
        assert code in {d.code for d in done.mended}
    else:
        assert code not in {d.code for d in done.mended}
    assert_kept(text, done)


def test_pages_have_safe_fixes() -> None:
    safe = {code for code, text in examples() for d in check(Source("net.cnn", text)).diagnostics if d.code == code and d.fixable}
    assert len(safe) >= 24


@pytest.mark.parametrize("part", range(4))
def test_whatever_the_text_fixes_do_no_harm(part: int) -> None:
    rng = random.Random(40_400)
    texts = corpus()
    for text in [mutate(rng.choice(texts), rng) for _ in range(400)][part::4]:
        assert_kept(text, fix(text))


def test_sound_specs_are_left_alone() -> None:
    for path in sorted((ROOT / "specs").rglob("*.cnn")):
        source = Source(str(path), path.read_text(encoding="utf-8"))
        assert fix_source(source, check).source is source


def assert_kept(text: str, done: Fixed) -> None:
    """No more errors of syntax than there were, every comment where it was among the others, and nothing left to do."""
    comments = iter(comments_of(done.source.text))
    assert all(comment in comments for comment in comments_of(text)), (text, done.source.text)
    assert fix(done.source.text).source.text == done.source.text, text
    assert {d.code for d in done.mended} <= {d.code for d in done.mended if d.fixable}
    if not done.mended:
        assert done.source.text == text


def comments_of(text: str) -> list[str]:
    return [comment.span.text for comment in parse(Source("net.cnn", text)).file.comments]
