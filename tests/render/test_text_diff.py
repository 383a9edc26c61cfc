"""The table of a comparison: one row for what belongs together, in every width, with and without colours."""

from __future__ import annotations

import re

import pytest

from cnnspec.analysis.diff.files import compare_files, compare_named_models
from cnnspec.analysis.diff.records import FileDiff
from cnnspec.diagnostics.writers.columns import Style, text_width
from cnnspec.render.text_diff import write_diff
from cnnspec.resources import library_root
from support.checking import check


def files(before: str, after: str) -> FileDiff:
    return compare_files(check(before, "old.cnn"), check(after, "new.cnn"))


def library(name: str, before: str, after: str) -> FileDiff:
    checked = check((library_root() / f"{name}.cnn").read_text(encoding="utf-8"), f"specs/{name}.cnn")
    return compare_named_models(checked, before, checked, after)


def model(*lines: str, input: str = "8x8x4") -> str:
    return f"model M {{\n  input {input}\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def rows(diff: FileDiff, **options: object) -> dict[str, str]:
    """The lines of the table of layers by their marks, each with blanks set to one."""
    found: dict[str, str] = {}
    for line in write_diff(diff, Style(160), **options).splitlines():  # type: ignore[arg-type]
        if re.match(r"[−+~·]  ", line):
            found[line[0]] = found.get(line[0], "") + re.sub(r"\s+", " ", line[1:]) + ";"
    return found


def test_blocks_alike_are_one_row():
    found = rows(library("resnet", "ResNet50", "ResNet101"))
    assert found["+"].startswith(" features/conv4/bottleneck_7 … bottleneck_23 17 × Bottleneck(256")
    assert found["+"].endswith(" +19,044,352 +3,712,221,184;")
    assert "−" not in found


def test_every_use_of_a_changed_block_is_one_row():
    block = "block B {{ Conv2D(4, 3x3, padding=same) -> {} }}\n"
    diff = files(block.format("ReLU") + model("B * 7"), block.format("GELU") + model("B * 7"))
    assert rows(diff) == {"~": " 7 × ReLU ReLU → GELU 0 0;"}
    assert rows(diff, verbose=True)["~"].count("b_") == 7


def test_few_layers_with_the_same_change_are_named():
    diff = files(model("a = Conv2D(4, 1x1)", "b = Conv2D(4, 1x1)"), model("a = Conv2D(5, 1x1)", "b = Conv2D(5, 1x1)"))
    assert rows(diff)["~"].startswith(" a, b filters 4 → 5 +15 +832;")


def test_a_change_says_what_it_does_to_shape_and_field():
    text = write_diff(files(model("Conv2D(4, 3x3)", "ReLU"), model("Conv2D(8, 5x5, strides=2)", "ReLU")))
    for line in ("filters 4 → 8", "kernel_size 3×3 → 5×5", "strides 1×1 → 2×2", "output 6×6×4 → 2×2×8", "field 3×3 → 5×5"):
        assert line in text
    assert re.search(r"^·  1 layer +the same, on other inputs", text, re.MULTILINE)
    verbose = write_diff(files(model("Conv2D(4, 3x3)", "ReLU"), model("Conv2D(8, 5x5, strides=2)", "ReLU")), verbose=True)
    assert re.search(r"^·  relu_1 +6×6×4 → 2×2×8 +0 +0$", verbose, re.MULTILINE)
    dense = [model("Flatten", f"Dense({units})", "Dense(3)") for units in (4, 6)]
    assert re.search(r"^·  dense_2 +on 4 → 6 +\+6 +\+6$", write_diff(files(*dense), verbose=True), re.MULTILINE)


def test_moves_connections_and_shared_weights():
    moved = files(model("Conv2D(4, 3x3)", "BatchNorm", "ReLU"), model("Conv2D(4, 3x3)", "ReLU", "BatchNorm"))
    assert "moved: reads" in rows(moved)["~"]
    assert "1 layer moved" in write_diff(moved)
    layers = ("a = Conv2D(4, 3x3, padding=same)", "b = BatchNorm", "c = ReLU")
    connected = files(model(*layers, "[a, c] -> Add"), model(*layers, "[b, c] -> Add"))
    assert rows(connected)["~"].startswith(" add_1 reads b and c instead of a and c")
    assert "1 layer connected otherwise" in write_diff(connected)
    conv = "Conv2D(4, 3x3, padding=same)"
    shared = files(model(f"share c = {conv}", "c", "c"), model(conv, conv))
    assert "has weights of its own now" in rows(shared)["~"]
    assert "shares other weights" in rows(files(model(conv, conv), model(f"share c = {conv}", "c", "c")))["~"]


def test_a_block_that_moved_is_one_row():
    block = "block B { Conv2D(4, 3x3, padding=same) -> ReLU }\n"
    others = ("Conv2D(4, 3x3)", "Dropout(0.5)")
    diff = files(block + model("B", *others, "GELU"), block + model(*others, "B", "GELU"))
    assert rows(diff) == {"~": " b_1 moved, 2 layers 0 −4,032;"}


def test_names_alone():
    text = write_diff(files(model("Conv2D(4, 3x3)", "ReLU"), model("stem = Conv2D(4, 3x3)", "ReLU")))
    assert text == "M (old.cnn → new.cnn)\nsame architecture, other names\nOther names: conv2d_1 → stem.\n"
    assert write_diff(files(model("ReLU"), model("ReLU"))) == "M (old.cnn → new.cnn)\nsame architecture\n"


def test_another_name_of_a_block_is_told_once():
    block = "block {0} {{ Conv2D(4, 3x3) -> ReLU -> BatchNorm }}\n"
    text = write_diff(files(block.format("A") + model("A"), block.format("B") + model("B")))
    assert "Other names: a_1 → b_1." in text


def test_many_names_are_counted():
    lines = [f"n{at} = ReLU" for at in range(20)]
    text = write_diff(files(model(*lines), model(*(line.replace("n", "m", 1) for line in lines))))
    assert "20 other names, such as n0 → m0 and n1 → m1." in text


def test_layers_added_before_others_rename_none():
    text = write_diff(
        files(model("Conv2D(4, 3x3)", "Conv2D(8, 3x3)"), model("Conv2D(2, 1x1)", "Conv2D(4, 3x3)", "Conv2D(8, 3x3)"))
    )
    assert "names" not in text


def test_other_outputs_are_said():
    layers = ("a = Conv2D(4, 3x3)", "b = ReLU")
    text = write_diff(files(model(*layers, "output a, b"), model(*layers, "output b")))
    assert "The network returns b instead of a and b." in text
    assert "other outputs" in text


def test_whole_models_and_recipes():
    recipe = "train M {\n  data = mnist\n  loss = categorical_crossentropy\n  optimizer = Adam\n  epochs = 1\n  resize = 8x8\n}\n"
    tiny = model("Flatten", "Dense(10, activation=softmax)", input="8x8x1")
    text = write_diff(files(tiny + recipe, tiny + tiny.replace("M", "N")))
    assert "N (new.cnn)\nthe whole model was added: 2 layers, 650 parameters" in text
    assert "recipe M\nthe whole recipe was removed" in text


def test_sums_stand_at_the_end():
    text = write_diff(files(model("Conv2D(4, 3x3)"), model("Conv2D(8, 3x3)")))
    assert re.search(r"^parameters +148 +296 +\+148 +\+100\.0 %$", text, re.MULTILINE)
    assert re.search(r"^weights, float32 +592 B +1\.2 KB +\+592 B +\+100\.0 %$", text, re.MULTILINE)
    assert re.search(r"^depth +1 +1$", text, re.MULTILINE)
    assert re.search(r"^receptive field +3×3 +3×3$", text, re.MULTILINE)
    less = write_diff(files(model("Conv2D(8, 3x3)"), model("Conv2D(4, 5x5)")))
    assert re.search(r"^inference, float32 +3\.4 KB +2\.9 KB +−464 B +−13\.8 %$", less, re.MULTILINE)
    assert re.search(r"^training, SGD +5\.7 KB +4\.8 KB +−928 B +−16\.3 %$", less, re.MULTILINE)
    assert re.search(r"^receptive field +3×3 +5×5 +\+2$", less, re.MULTILINE)


def test_formulas_of_open_sizes():
    text = write_diff(files(model("Conv2D(4, 3x3, padding=same)", input="?x?x4"), model("Conv2D(8, 1x1)", input="?x?x4")))
    assert "−112·h·w" in text
    assert "128·h·w" not in text.partition("before")[0], "the activations are no column of the table above"


def test_what_is_asked_of_open_sizes():
    lines = ("a = Conv2D(4, 3x3, padding=same)", "MaxPool2D", "b = UpSampling2D", "[a, b] -> Add")
    text = write_diff(files(model(lines[0], input="?x?x4"), model(*lines, input="?x?x4")))
    assert "Holds for h, w multiples of 2 instead of any size." in text


def test_wide_differences():
    """A field along one axis, or axes that differ in number."""
    one = write_diff(files(model("Conv2D(4, 3x3)"), model("Conv2D(4, [3, 5])")))
    assert re.search(r"^receptive field +3×3 +3×5 +0×\+2$", one, re.MULTILINE)


WIDTHS = [40, 60, 80, 120, 160]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("pair", [("ResNet18", "ResNet34"), ("ResNet34", "ResNet50"), ("ResNet50", "ResNet50Keras")])
def test_nothing_is_wider_than_the_terminal(width, pair):
    text = write_diff(library("resnet", *pair), Style(width))
    figures = 78  # those of the totals stand side by side and cannot be broken
    assert max(map(text_width, text.splitlines())) <= max(width, figures)


def test_ascii_and_colours():
    diff = files(model("Conv2D(4, 3x3)", "ReLU", "GELU"), model("Conv2D(8, 3x3)", "GELU", "Dropout(0.1)"))
    plain = write_diff(diff, Style(100, unicode=False))
    assert plain.isascii()
    assert re.search(r"^-  relu_1 ", plain, re.MULTILINE)
    assert "filters 4 -> 8" in plain
    colored = write_diff(diff, Style(100, color=True))
    assert "\x1b[31m−\x1b[0m" in colored
    assert "\x1b[32m+\x1b[0m" in colored
    assert "\x1b[33m~\x1b[0m" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == write_diff(diff, Style(100))


def test_rows_stand_in_the_order_of_the_network():
    before = model("Conv2D(4, 3x3)", "ReLU", "Conv2D(4, 1x1)", "GELU")
    after = model("Conv2D(8, 3x3)", "Conv2D(4, 1x1)", "BatchNorm", "GELU", "Dropout(0.5)")
    marks = [line[0] for line in write_diff(files(before, after)).splitlines() if re.match(r"[−+~]  [a-z]+\S* ", line)]
    assert marks == ["~", "−", "+", "+"]
