"""A model on a page: what it is for, the walk, where its weights and its work are, what is said of it, what to try."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

import cnnspec
from cnnspec.analysis.explain import Equation, Explanation, Table
from cnnspec.analysis.explain.purpose import find_purpose
from cnnspec.diagnostics.writers.columns import Style, text_width
from cnnspec.render.text_explain import explanation_to_json, write_explanation, write_markdown
from cnnspec.resources import library_root
from support.arithmetic_reader import check_equation

SPECS = library_root()
FILES = sorted(SPECS.glob("*.cnn"))


def explain(name: str, model: str | None = None) -> Explanation:
    return cnnspec.load(SPECS / name).explain(model=model)


def table(explanation: Explanation, heading: str) -> Table:
    return next(line for line in explanation.section(heading).lines if isinstance(line, Table))


def texts(explanation: Explanation, heading: str) -> str:
    return " / ".join(line if isinstance(line, str) else getattr(line, "text", "") for line in explanation.section(heading).lines)


class TestPurpose:
    TEXT = "# One.\n# And one more.\n#\n#   cnnspec apply x\n\nlet a = 3\n\n# Of B.\nmodel B {\n}\n\nmodel C(n = 1) {\n}\n"

    def test_the_head_of_the_file_and_what_stands_above_the_model(self) -> None:
        assert find_purpose(self.TEXT, "B") == ("One. And one more.", "Of B.")
        assert find_purpose(self.TEXT, "C") == ("One. And one more.",)
        assert find_purpose(self.TEXT, "Nothing") == ()

    def test_a_comment_is_told_once(self) -> None:
        assert find_purpose("# One.\nmodel B {\n}\n", "B") == ("One.",)
        assert find_purpose("# cnnspec: allow rows-dropped\nmodel B {\n}\n", "B") == ()
        assert find_purpose("model B {\n}\n", "B") == ()

    def test_it_opens_the_page(self) -> None:
        assert explain("mnist_cnn.cnn").sections[0].lines[0].startswith("The convolutional network of the lecture:")  # type: ignore[union-attr]


class TestWalk:
    def test_what_comes_again_is_told_once(self) -> None:
        rows = table(explain("resnet18.cnn"), "Layers").rows
        names = [row[0].strip() for row in rows]
        assert "basic_2: the same" in names
        assert names.count("basic_1  Basic(64)") == 1
        assert sum(len(row) > 1 for row in rows) < 69

    def test_nothing_is_lost(self) -> None:
        """What is told once, as often as it comes, has all parameters."""
        found = explain("densenet.cnn")
        total = cnnspec.load(SPECS / "densenet.cnn").model().totals.params
        assert any(isinstance(line, Equation) and line.value == total for line in found.section("Parameters").lines)

    def test_too_wide_for_columns_it_is_written_below_each_other(self) -> None:
        found = explain("lenet5.cnn")
        wide, narrow = (write_explanation(found, Style(width)) for width in (120, 80))
        assert "conv2d_1          24×24×6  ⌊(28 + 2·0 − 5)/1⌋ + 1 = 24  5·5·1·6 + 6 = 156" in wide
        assert "  conv2d_1          24×24×6\n    size        ⌊(28 + 2·0 − 5)/1⌋ + 1 = 24\n" in narrow


class TestShares:
    @pytest.mark.parametrize("name", ["mnist_cnn.cnn", "resnet18.cnn", "googlenet.cnn"])
    def test_they_are_all_there_is(self, name: str) -> None:
        found, report = explain(name), cnnspec.load(SPECS / name).model()
        for heading, whole in (("Parameters", report.totals.params), ("Multiply-accumulates", report.totals.macs)):
            rows = table(found, heading).rows
            assert sum(int(row[1].replace(",", "")) for row in rows) == whole
            for _, size, share, bar in rows:
                part = int(size.replace(",", "")) / int(whole)  # type: ignore[arg-type]
                assert float(share.strip("<% ")) / 100 == pytest.approx(part, abs=0.0001)
                assert len(bar) == round(part * 20)


class TestAdvice:
    """Each is true of the text that it speaks of."""

    def test_global_pooling(self) -> None:
        said = texts(explain("mnist_cnn.cnn"), "What to try")
        assert "GlobalAvgPool2D in place of flatten_1 would leave it 4,160 of 36,928" in said
        assert "93,322 − 36,928 + 4,160 = 60,554" in said
        changed = self.changed("mnist_cnn.cnn", r"Flatten\b.*", "GlobalAvgPool2D")
        assert changed.totals.params == 60_554

    def test_stride_2(self) -> None:
        said = texts(explain("mnist_cnn.cnn"), "What to try")
        assert "conv2d_2 does 79.82 % of the work. With strides=2 it would take 663,552 of 2,230,272" in said
        changed = self.changed("mnist_cnn.cnn", r"(?s)Conv2D\(64, 3x3, activation=relu\)         ::.*?\n.*", self.STRIDED)
        row = changed.rows[3]
        assert (row.macs, str(row.output_shape)) == (663_552, "6×6×64")
        assert "leave 6×6×64 to what follows" in said

    STRIDED = "Conv2D(64, 3x3, strides=2, activation=relu)\n}\n"

    def test_dilation(self) -> None:
        said = texts(explain("mnist_cnn.cnn"), "What to try")
        assert "With dilation_rate=2 its field would be 26 in place of 18, without a further weight; its output 1×1×64." in said
        changed = self.changed("mnist_cnn.cnn", r"last = .*", "last = Conv2D(64, 3x3, dilation_rate=2)")
        field = changed.rows[5].field
        assert field is not None
        assert field.size == (26, 26)
        assert str(changed.rows[5].output_shape) == "1×1×64"

    @staticmethod
    def changed(name: str, pattern: str, text: str):  # type: ignore[no-untyped-def]
        old = (SPECS / name).read_text()
        new = re.sub(pattern, text, old, count=1)
        assert new != old
        return cnnspec.load(new).model()

    def test_nothing_is_advised_of_a_file_with_errors(self) -> None:
        spec = cnnspec.load("model M {\n  input 8x8x1\n  Conv2D(1, 9x9)\n}\n")
        assert "What to try" not in [section.heading for section in spec.explain().sections]


def test_claims_and_remarks_stand_on_the_page() -> None:
    found = explain("mnist_cnn.cnn")
    assert table(found, "Claims").rows[0] == ("params == 93_322", "93,322", "holds")
    assert "info, line 9: the last row and column of 11×11×64 reach no window of MaxPool2D" in texts(found, "Remarks")
    assert "of specs/std/resnet.cnn" in texts(explain("resnet18.cnn"), "Remarks").replace(f"{SPECS}/", "specs/")


def test_many_layers_of_one_jump_are_left_out() -> None:
    rows = table(explain("resnet18.cnn"), "Receptive fields").rows
    assert ("  … 5 more with that jump",) in rows
    assert rows[-2][3] == "435"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_page_is_true_and_fits(path: Path) -> None:
    found = cnnspec.load(path).explain()
    for equation in found.equations:
        if equation.value is not None:
            assert float(check_equation(equation.text)) == pytest.approx(equation.value, rel=1e-12)
    for row in table(found, "Layers").rows:
        for cell in row[2:]:
            for part in cell.split("; "):
                sums = re.sub(r"^[a-z ]+ (?=\S)", "", part)
                if "=" in sums and not re.search("[a-z]", sums.replace("max(", "")):
                    check_equation(sums)
    for width in (80, 120):
        for unicode in (True, False):
            text = write_explanation(found, Style(width, unicode=unicode))
            assert unicode or text.isascii()
            assert max(map(text_width, text.splitlines())) <= width
    check_markdown(write_markdown(found))
    assert explanation_to_json(found)["title"] == found.title


def check_markdown(text: str) -> None:
    """One heading of the first level, tables whose rows have as many cells as their heads, text between blank lines."""
    lines = text.splitlines()
    assert [line for line in lines if line.startswith("# ")] == lines[:1]
    for before, line in pairwise(lines):
        cells = len(re.findall(r"(?<!\\)\|", line))
        if line.startswith("|"):
            if before.startswith("|"):
                assert cells == len(re.findall(r"(?<!\\)\|", before))
            else:
                assert before == ""
        elif before.startswith("|"):
            assert line == ""
        if line.startswith("#"):
            assert before == ""


def test_the_middle_of_a_long_chain_is_left_out() -> None:
    text = "model M {\n  input 32x32x1\n  Conv2D(1, 3x3, padding=same) * 100\n}\n"
    chain = table(cnnspec.load(text).explain("conv2d_100"), "Receptive field")
    assert len(chain.rows) == 61
    assert chain.rows[30] == ("  … 41 more",)
    assert chain.rows[-1][0] == "conv2d_100"
