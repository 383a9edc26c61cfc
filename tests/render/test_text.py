"""The table of check: what stands where, at every width, in every encoding."""

from __future__ import annotations

import re

import pytest

from cnnspec import api
from cnnspec.analysis.report import ClaimResult, ModelReport, RecipeReport
from cnnspec.diagnostics import Source
from cnnspec.diagnostics.writers.columns import Style, text_width
from cnnspec.render.text import write_file, write_model, write_recipe
from cnnspec.render.text_table import wrap_formula, write_table
from cnnspec.render.text_values import show_actual, show_percent
from support.markdown import ROOT

SPECS = sorted(path for path in (ROOT / "specs").rglob("*.cnn"))


def model(text: str) -> ModelReport:
    return api.load(text).model()


def small(layers: str, shape: str = "28x28x1") -> ModelReport:
    return model(f"model Small {{\n  input {shape}\n{layers}\n}}\n")


def cells(table: str, name: str) -> list[str]:
    """The cells of the row of a layer."""
    line = next(line for line in table.splitlines() if line.strip().startswith(name))
    return re.split(r"\s{2,}", line.strip())


def test_every_figure_of_a_row() -> None:
    table = write_model(small("  Conv2D(32, 3x3, activation=relu)\n  MaxPool2D\n  Conv2D(64, 3x3)"))
    assert cells(table, "conv2d_2") == ["conv2d_2", "11×11×64", "18,496", "2,230,272", "8×8", "2", "8.16 %"]
    assert cells(table, "input") == ["input", "28×28×1", "–", "–", "1×1", "1", "0.13 %"]
    assert cells(table, "total") == ["total", "18,816", "2,424,960"]


def test_the_table_agrees_with_the_report() -> None:
    """Numbers of the table, read back from its text, are the report's."""
    for path in SPECS:
        for report in api.load_path(path).models.values():
            table = write_model(report, Style(width=150))
            if report.totals.params is not None:
                assert f"{report.totals.params:,}" in cells(table, "total")
            for row in report.rows:
                if row.facts is not None and not row.is_input and isinstance(row.macs, int):
                    line = [line for line in table.splitlines() if line.strip().startswith(row.name)]
                    assert any(f" {row.params:,} " in text and f" {int(row.macs):,} " in f"{text} " for text in line)


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160])
@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_no_line_is_wider_than_the_terminal(path: object, width: int) -> None:
    report = api.load_path(str(path)).report
    lines = write_file(report, Style(width=width)).splitlines()
    assert [line for line in lines if text_width(line) > width and not line.endswith(f"({report.path})")] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_without_unicode_it_is_ascii(path: object) -> None:
    text = write_file(api.load_path(str(path)).report, Style(unicode=False))
    assert text.isascii()


def test_columns_are_aligned() -> None:
    table = write_model(small("  Conv2D(6, 5x5)\n  MaxPool2D\n  Flatten\n  Dense(10)")).splitlines()
    rule = next(line for line in table if line.startswith("──"))
    head, *rows = [line for line in table[2:] if line and not line.startswith("──")]
    assert head.endswith("coverage")
    assert len(head) == len(rule)
    assert all(len(row) == len(rule) for row in rows if row.endswith(("%", "–")))


def test_a_narrow_terminal_goes_without_the_last_columns() -> None:
    report = api.load_path(ROOT / "specs" / "resnet18.cnn").model()
    table = write_model(report, Style(width=66))
    assert "field" in table.splitlines()[2]
    assert "cover" not in table.splitlines()[2]
    assert cells(table, "total")[1:] == ["11,699,112", "1,814,073,344"]


def test_kinds_stand_in_a_column_where_there_is_room() -> None:
    report = small("  last = Conv2D(6, 5x5, activation=relu)\n  Flatten")
    assert "last (Conv2D)" in write_model(report, Style(width=80))
    wide = write_model(report, Style(width=140))
    assert re.search(r"kind", wide.splitlines()[2])
    assert re.search(r"last .* Conv2D .*relu", wide)


def test_blocks_are_indented_under_their_names() -> None:
    text = "block Two(n) {\n  Conv2D(n, 3x3) -> ReLU\n}\nmodel M {\n  input 28x28x1\n  Two(4)\n  wide = Two(8)\n  Flatten\n}\n"
    table = write_model(model(text))
    assert "\ntwo_1  Two(4)\n  conv2d_1  " in table
    assert "\nwide  Two(8)\n  conv2d_1  " in table


def test_repeats_are_indented() -> None:
    table = write_model(small("  repeat 2 { Conv2D(4, 3x3) -> ReLU }\n  Flatten"))
    assert "repeat_1\n  0\n    conv2d_1" in table
    assert "\n  1\n    conv2d_1" in table


def test_shared_weights_count_once_and_say_so() -> None:
    table = write_model(small("  share d = Dense(784)\n  Flatten -> d -> d"))
    rows = [line for line in table.splitlines() if line.startswith("d")]
    assert any("(shared)" in row and " 0 " in row for row in rows)


def test_channels_first_is_display_alone() -> None:
    table = write_model(small("  Conv2D(6, 5x5, data_format=channels_first)\n  Flatten"))
    assert cells(table, "conv2d_1")[1] == "6×24×24"
    assert cells(table, "input")[1] == "1×28×28"
    assert cells(table, "flatten_1")[1] == "3456"


def test_unknown_sizes_are_formulas() -> None:
    table = write_model(small("  Conv2D(4, 3x3) -> MaxPool2D", "?x?x1"), Style(width=90))
    assert "coverage" not in table, "of an input of unknown size"
    assert cells(table, "conv2d_1")[1] == "(h − 2)×(w − 2)×4"
    assert cells(table, "max_pool2d_1")[1].startswith("⌊")


def test_an_error_leaves_question_marks() -> None:
    table = write_model(small("  Conv2D(4, 99x99)\n  Flatten"))
    assert cells(table, "conv2d_1") == ["conv2d_1", "?", "?", "?", "?", "–", "–"]
    assert cells(table, "total") == ["total", "?", "?"]


def test_non_trainable_parameters_are_told_apart() -> None:
    table = write_model(small("  Conv2D(4, 3x3) -> BatchNorm"))
    assert "48 parameters are trained, 8 are not" in table


def test_a_long_name_is_cut_in_its_middle() -> None:
    table = write_model(small(f"  {'a_very_long_name_' * 8} = Conv2D(4, 3x3)\n  Flatten"))
    assert "…" in table
    assert max(map(len, table.splitlines())) <= 80


def test_a_name_cannot_write_to_the_terminal() -> None:
    report = small("  Conv2D(4, 3x3)")
    text = write_model(report, path="x\x1b[2J\u202e.cnn")
    assert all(char.isprintable() or char == "\n" for char in text)


class TestClaims:
    def claim(self, text: str, holds: bool | None, actual: object, reason: str = "") -> ClaimResult:
        return ClaimResult(text, holds, actual, 1, Source("x", "y").span(0, 1), reason)

    def write(self, *claims: ClaimResult, style: Style | None = None) -> list[str]:
        return write_recipe(RecipeReport("M", "M", True, claims), style).splitlines()[1:]

    def test_marks_and_actual_values(self) -> None:
        assert self.write(
            self.claim("params == 44_426", True, 44_426),
            self.claim("macs < 5", False, 281_640),
            self.claim("accuracy >= 0.9", None, None, "known after training"),
        ) == [
            "  ✓ params == 44_426  is 44,426",
            "  ✗ macs < 5          is 281,640",
            "  – accuracy >= 0.9   not checked: known after training",
        ]

    def test_in_ascii_they_are_words(self) -> None:
        lines = self.write(self.claim("a", True, 1), self.claim("b", False, 2), style=Style(unicode=False))
        assert lines == ["  ok a  is 1", "  NO b  is 2"]

    def test_long_ones_are_wrapped(self) -> None:
        claim = self.claim(" + ".join(["params"] * 20) + " == 1", None, None, "because of " + "words " * 20)
        lines = self.write(claim)
        assert max(map(len, lines)) <= 80
        assert " ".join(" ".join(lines).split()).count("params") == 20


@pytest.mark.parametrize(
    ("value", "text"),
    [(44_426, "44,426"), (0.4132653, "0.413265"), ((18, 18), "18×18"), ((363, 3025), "363×3025"), (True, "true"), (None, "–")],
)
def test_actual_values(value: object, text: str) -> None:
    assert show_actual(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(324 / 784, "41.33 %"), (0.0625, "6.25 %"), (1.0, "100.00 %"), (1e-6, "<0.01 %"), (None, "–")]
)
def test_percentages(share: float | None, text: str) -> None:
    assert show_percent(share) == text


class TestTables:
    def test_wide_cells_are_wrapped(self) -> None:
        lines = list(write_table(("name", "text"), [("a", "word " * 20)], Style(), 40))
        assert max(map(len, lines)) <= 40
        assert sum(line.count("word") for line in lines) == 20

    @pytest.mark.parametrize(
        ("text", "width", "lines"),
        [
            ("short", 10, ["short"]),
            ("⌊h/2⌋×⌊w/2⌋×64", 9, ["⌊h/2⌋×", "⌊w/2⌋×64"]),
            ("576·h·w + 12·h", 10, ["576·h·w", "+ 12·h"]),
            ("⌊(h − 2)/2⌋", 4, ["⌊(h − 2)/2⌋"]),
            ("a/long/path", 6, ["a/", "long/", "path"]),
        ],
    )
    def test_formulas_break_where_they_may(self, text: str, width: int, lines: list[str]) -> None:
        assert wrap_formula(text, width) == lines


def test_more_figures_have_columns_where_there_is_room() -> None:
    model = api.load_path(str(ROOT / "specs" / "lenet5_1998.cnn")).report.models[0]
    widest, wide, narrow = (write_model(model, Style(width=width)) for width in (140, 125, 80))
    for text, name in ((widest, "elementwise"), (wide, "connections")):
        assert text.splitlines()[2].endswith(name)
        totals = next(line for line in text.splitlines() if line.startswith("total"))
        assert totals.endswith(f"{getattr(model.totals, name):,}")
    assert "elementwise" not in wide
    assert "connections" not in narrow
