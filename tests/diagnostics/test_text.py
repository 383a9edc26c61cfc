from __future__ import annotations

import pytest

from cnnspec.diagnostics import Diagnostic, Label, Severity, Source, Span
from cnnspec.diagnostics.writers.columns import Style, fit, harmless, terminal_width, text_width, to_ascii, wrap
from cnnspec.diagnostics.writers.summary import summarize
from cnnspec.diagnostics.writers.text import write_diagnostic, write_diagnostics

LENET = """\
model LeNet5 {
  input 28x28x1
  Conv2D(6, 5x5)
  MaxPool2D(2)
  Conv2D(16, 5x5)
  MaxPool2D(2)
  # the last one
  # does not fit
  Conv2D(16, 5x5)
}
"""


def find(source: Source, text: str, number: int = 0) -> Span:
    """The span of the n-th place where a text stands."""
    at = -1
    for _ in range(number + 1):
        at = source.text.index(text, at + 1)
    return source.span(at, at + len(text))


def say(span: Span, here: str = "", *labels: Label, severity: Severity = Severity.ERROR, **more: object) -> Diagnostic:
    return Diagnostic("some-code", severity, "what is wrong", span, here, labels, **more)  # type: ignore[arg-type]


def rows(diagnostic: Diagnostic, style: Style | None = None) -> list[str]:
    """The lines between the place and the remarks."""
    return write_diagnostic(diagnostic, style).split("\n")[2:-2]


def test_the_layout_of_the_design() -> None:
    source = Source("lenet.cnn", LENET)
    diagnostic = Diagnostic(
        "kernel-exceeds-input",
        Severity.ERROR,
        "Conv2D needs 5×5, but its input is 4×4",
        find(source, "5x5", 2),
        "kernel_size 5×5",
        (Label(find(source, "MaxPool2D(2)", 1), "this made it 4×4 (from 8×8)"),),
        ("⌊(4 + 2·0 − 5)/1⌋ + 1 = 0 positions along height and width",),
        "padding=same keeps 4×4; a kernel_size of 4×4 or less also fits",
    )
    assert (
        write_diagnostic(diagnostic)
        == """\
error[kernel-exceeds-input]: Conv2D needs 5×5, but its input is 4×4
  --> lenet.cnn:9:14
   |
 6 |   MaxPool2D(2)
   |   ------------ this made it 4×4 (from 8×8)
 9 |   Conv2D(16, 5x5)
   |              ^^^ kernel_size 5×5
   |
   = note: ⌊(4 + 2·0 − 5)/1⌋ + 1 = 0 positions along height and width
   = help: padding=same keeps 4×4; a kernel_size of 4×4 or less also fits
   = explain: cnnspec explain kernel-exceeds-input
"""
    )


def test_lines_far_apart_have_dots_between() -> None:
    source = Source("lenet.cnn", LENET)
    shown = rows(say(find(source, "5x5", 2), "here", Label(find(source, "28x28x1"), "the input")))
    assert shown == [
        "   |",
        " 2 |   input 28x28x1",
        "   |         ------- the input",
        "...",
        " 9 |   Conv2D(16, 5x5)",
        "   |              ^^^ here",
        "   |",
    ]


def test_several_marks_on_a_line_hang_below_it() -> None:
    source = Source("x.cnn", "  Conv2D(6, 5x5) -> Dense(3)\n")
    shown = rows(
        say(
            find(source, "5x5"), "the kernel", Label(find(source, "Conv2D"), "the call"), Label(find(source, "Dense(3)"), "later")
        )
    )
    assert shown == [
        "   |",
        " 1 |   Conv2D(6, 5x5) -> Dense(3)",
        "   |   ------    ^^^     -------- later",
        "   |   |         |",
        "   |   |         the kernel",
        "   |   the call",
        "   |",
    ]


def test_the_same_label_twice_is_written_once() -> None:
    source = Source("x.cnn", "Conv2D\n")
    label = Label(find(source, "Conv2D"), "made it so")
    other = Source("y.cnn", "Add\n")
    text = write_diagnostic(say(other.span(0, 3), "", label, label))
    assert text.count("made it so") == 1


def test_a_label_in_another_file_has_a_block_of_its_own() -> None:
    one, two = Source("one.cnn", "use\n"), Source("std/two.cnn", "a\nblock B\n")
    shown = rows(say(one.span(0, 3), "", Label(find(two, "B"), "stated here")))
    assert shown == [
        "   |",
        " 1 | use",
        "   | ^^^",
        "   |",
        "  --> std/two.cnn:2:7",
        "   |",
        " 2 | block B",
        "   |       - stated here",
        "   |",
    ]


def test_a_span_over_lines_is_marked_at_its_ends() -> None:
    source = Source("x.cnn", "Add {\n  | a\n  | b\n  | c\n  | d\n}\n")
    shown = rows(say(source.span(0, len(source.text) - 1), "all of this"))
    assert shown == ["   |", " 1 | Add {", "   | ^^^^^", "...", " 6 | }", "   | ^ all of this", "   |"]


def test_a_span_up_to_the_end_of_a_line_stays_on_it() -> None:
    source = Source("x.cnn", "Add\nMul\n")
    assert rows(say(source.span(0, 4), "here")) == ["   |", " 1 | Add", "   | ^^^ here", "   |"]


def test_the_end_of_a_file_can_be_marked() -> None:
    source = Source("x.cnn", "model M {\n")
    assert rows(say(source.span(10, 10), "a } belongs here")) == ["   |", " 2 |", "   | ^ a } belongs here", "   |"]


def test_a_file_without_text_has_no_lines() -> None:
    text = write_diagnostic(say(Source("gone.cnn", "").span(0, 0)))
    assert text == "error[some-code]: what is wrong\n  --> gone.cnn\n   = explain: cnnspec explain some-code\n"


@pytest.mark.parametrize(
    ("line", "marked", "column"),
    [
        ("\tConv2D", "Conv2D", 4),
        ("ab\tConv2D", "Conv2D", 4),
        ("漢字 Conv2D", "Conv2D", 5),
        ("e\u0301e Conv2D", "Conv2D", 3),
        ("\x1b[31m Conv2D", "Conv2D", 13),
        ("\u202e Conv2D", "Conv2D", 9),
    ],
)
def test_marks_stand_under_what_they_mark(line: str, marked: str, column: int) -> None:
    source = Source("x.cnn", line + "\n")
    _, text, under, _ = rows(say(find(source, marked)))
    assert text_width(text[: text.index(marked)]) == column + len(" 1 | ")
    assert under == "   | " + " " * column + "^" * len(marked)


def test_control_characters_reach_no_terminal() -> None:
    source = Source("x\x1b[2J.cnn", "Conv\x07\x9b2D\u2028 \x00\n")
    text = write_diagnostic(
        Diagnostic("c", Severity.ERROR, "no \x1b]0;title\x07", source.span(0, 4), "\x08", notes=("\r",), help="\x1bc")
    )
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "<U+001B>" in text


def test_a_long_line_is_cut_around_the_mark() -> None:
    source = Source("x.cnn", "Dense(10) -> " * 40 + "Conv2D(16, 5x5)" + " -> Dense(10)" * 40 + "\n")
    for width in (60, 80, 120):
        _, text, under, _ = rows(say(find(source, "5x5"), "kernel_size"), Style(width))
        assert len(text) <= width
        at = under.index("^^^")
        assert text[at : at + 3] == "5x5"
        assert text[5] == "…"
        assert text.endswith("…")


def test_marks_too_far_apart_for_one_cut_have_a_line_each() -> None:
    source = Source("x.cnn", "Flatten -> " + "Dense(10) -> " * 40 + "Conv2D\n")
    shown = rows(say(find(source, "Conv2D"), "here", Label(find(source, "Flatten"), "there")))
    assert [line[:4] for line in shown] == ["   |", " 1 |", "   |", " 1 |", "   |", "   |"]
    assert shown[1].endswith("Conv2D")
    assert shown[3].startswith(" 1 | Flatten")


def test_notes_are_wrapped_under_their_text() -> None:
    source = Source("x.cnn", "a\n")
    text = write_diagnostic(say(source.span(0, 1), notes=("word " * 30,)), Style(60))
    lines = text.split("\n")
    first = next(at for at, line in enumerate(lines) if "note:" in line)
    assert lines[first].startswith("   = note: word")
    assert lines[first + 1].startswith(" " * 11 + "word")
    assert all(len(line) <= 60 for line in lines)


def test_without_unicode_everything_is_ascii_and_still_aligned() -> None:
    source = Source("x.cnn", "é × Conv2D(5x5)\n")
    text = write_diagnostic(say(find(source, "Conv2D"), "5×5", notes=("⌊(4 − 5)/1⌋ = −1 ≥ 0 → …",)), Style(unicode=False))
    assert text.isascii()
    assert "floor((4 - 5)/1) = -1 >= 0 -> ..." in text
    _, line, under, *_ = text.split("\n")[2:]
    assert under.index("^") == line.index("Conv2D")


def test_colours_only_where_they_are_wanted() -> None:
    source = Source("x.cnn", "a\n")
    plain, colored = write_diagnostic(say(source.span(0, 1))), write_diagnostic(say(source.span(0, 1)), Style(color=True))
    assert "\x1b" not in plain
    assert "\x1b[1;31m" in colored
    import re

    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == plain


def test_diagnostics_have_a_blank_line_between() -> None:
    one = say(Source("x.cnn", "").span(0, 0))
    assert write_diagnostics([one, one]) == f"{write_diagnostic(one)}\n{write_diagnostic(one)}"
    assert write_diagnostics([]) == ""


def test_the_summary_counts_what_matters() -> None:
    span = Source("x.cnn", "").span(0, 0)
    error, warning, info = (say(span, severity=severity) for severity in Severity)
    assert summarize([error, error, warning, info]) == "2 errors, 1 warning"
    assert summarize([info]) == ""


class TestColumns:
    @pytest.mark.parametrize(("text", "width"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("3×3", 3), ("⌊h/2⌋", 5), ("", 0)])
    def test_width(self, text: str, width: int) -> None:
        assert text_width(text) == width

    def test_wrapping_keeps_words_whole(self) -> None:
        assert wrap("aa bb cc dd", 5) == ["aa bb", "cc dd"]
        assert wrap("a verylongword b", 4) == ["a", "verylongword", "b"]
        assert wrap("one\ntwo", 80) == ["one", "two"]

    def test_fitting_leaves_the_ends(self) -> None:
        assert fit("basic_block_17", 8) == "basi…_17"
        assert fit("short", 8) == "short"

    def test_harmless_text_is_left_alone(self) -> None:
        assert harmless("3×3 · ⌊h⌋\n") == "3×3 · ⌊h⌋\n"

    def test_ascii(self) -> None:
        assert to_ascii("5×5 ✓ é") == "5x5 ok \\xe9"

    def test_the_width_can_be_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import io

        monkeypatch.setenv("COLUMNS", "100")
        assert terminal_width(io.StringIO()) == 100
        monkeypatch.setenv("COLUMNS", "7")
        assert terminal_width(io.StringIO()) == 40
        monkeypatch.delenv("COLUMNS")
        assert terminal_width(io.StringIO()) == 80


def test_what_is_about_no_file_has_no_place() -> None:
    from cnnspec.diagnostics.catalogue.data import data_unavailable

    text = write_diagnostic(data_unavailable(problem="MNIST is not here", way_out="--data digits"))
    assert text.splitlines()[:2] == ["error[data-unavailable]: MNIST is not here", "   = help: --data digits"]
