"""Networks for inputs of any size: their conditions, what is said of given sizes, their fields."""

from __future__ import annotations

from random import Random

import pytest

import cnnspec
from cnnspec.analysis.report import ModelReport
from cnnspec.analysis.to_json import report_to_json
from cnnspec.diagnostics import Diagnostic, Severity, SpecError
from cnnspec.layers.extent import Extent
from support.checking import check
from support.open_networks import OpenNetworks

DEEP = """
    block Double(n) { Conv2D(n, 3x3, padding=same) -> Conv2D(n, 3x3, padding=same) }
    model Deep {
      input ?x?x1
      e1 = Double(2)
      MaxPool2D
      e2 = Double(2)
      MaxPool2D -> Double(2)
      u2 = Conv2DTranspose(2, 2x2, strides=2)
      [u2, e2] -> Concat -> Double(2)
      u1 = Conv2DTranspose(2, 2x2, strides=2)
      [u1, e1] -> Concat -> Double(2)
    }
"""
STRIDED = """
    model Strided {
      input ?x?x3
      repeat 3 {
        Add {
          | Conv2D(3, 3x3, strides=2, padding=same) -> Conv2D(3, 5x5, padding=same)
          | Conv2D(3, 1x1, strides=2, padding=same)
        }
      }
    }
"""
DOWN_AND_UP = """
    model DownAndUp {
      input ?x?x3
      e = Conv2D(3, 3x3, padding=same)
      Conv2D(3, 3x3, strides=2, padding=same) -> Conv2D(3, 5x5, strides=2, padding=same)
      UpSampling2D -> Conv2D(3, 3x3, padding=same) -> UpSampling2D
      u = Conv2D(3, 3x3, padding=same)
      [u, e] -> Concat
    }
"""


def model(text: str, **settings: object) -> ModelReport:
    checked = check(text, **settings)
    assert checked.report.ok, [d.message for d in checked.report.diagnostics]
    return checked.report.models[0]


def errors(text: str, **settings: object) -> list[Diagnostic]:
    return [d for d in check(text, **settings).report.diagnostics if d.severity is Severity.ERROR]


def body(shape: str, *lines: str) -> str:
    return "\n".join(["model M {", f"  input {shape}", *(f"  {line}" for line in lines), "}"])


def merge(shape: str, *branches: str, layer: str = "Add") -> str:
    return body(shape, f"{layer} {{", *(f"  | {branch}" for branch in branches), "}")


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        (DEEP, ("h, w multiples of 4",)),
        (STRIDED, ()),
        (DOWN_AND_UP, ("h, w multiples of 4",)),
        (body("?x16x3", "MaxPool2D(3x3) -> Conv2D(4, 3x3)"), ("h ≥ 9",)),
        (body("?x4", "repeat 4 { Conv1D(4, 3, strides=2) }"), ("l ≥ 31",)),
        (merge("?x4", "MaxPool1D(2, padding=same) -> UpSampling1D", "ZeroPad1D([0, 1])"), ("l odd",)),
        (merge("?x4", "MaxPool1D(4) -> UpSampling1D(4)", "Crop1D([3, 0])"), ("l ≡ 3 (mod 4), at least 7",)),
        (body("a: ?x4", "input b: ?x4", "[a, b] -> Add"), ("a.l = b.l",)),
        (body("a: ?x4", "input b: 16x4", "[a, b] -> Add"), ("a.l = 16",)),
        (merge("?x?x4", "Permute([2, 1, 3])", ""), ("h = w",)),
        (merge("?x?x4", "", "GlobalAvgPool2D -> Dense(4)", layer="Multiply"), ()),
        (merge("?x?x4", "", "Conv2D(1, 3x3, padding=same)", layer="Multiply"), ()),
    ],
)
def test_conditions(text: str, conditions: tuple[str, ...]) -> None:
    assert model(text).conditions == conditions


def test_two_branches_of_several_symbols() -> None:
    """Halves of odd numbers and of even ones never meet; nothing is said of what only may."""
    found = errors(merge("?x?x4", "UpSampling2D", "UpSampling2D -> ZeroPad2D([[0, 1], [0, 0]])"))
    assert [d.code for d in found] == ["merge-shapes-differ"]
    assert "differ whatever h is" in found[0].notes[0]


def test_sizes_stand_in_json() -> None:
    data = report_to_json(cnnspec.load(DEEP).check())
    (found,) = data["files"][0]["models"]  # type: ignore[index]
    assert found["conditions"] == ["h, w multiples of 4"]
    assert found["sizes"] == {name: [{"period": 4, "residues": [0], "start": 1, "extra": []}] for name in "hw"}
    assert found["totals"]["macs"] is None
    assert found["layers"][1]["macs_formula"] == "18·h·w"
    assert found["ok"]
    known = report_to_json(cnnspec.load(DEEP, input="8x8").check())["files"][0]["models"][0]  # type: ignore[index]
    assert known["conditions"] == []
    assert "sizes" not in known


@pytest.mark.parametrize(
    ("size", "message", "help"),
    [
        ((31, 31), "an input of 31×31 does not fit: the inputs of Concat differ", "32x32 and 28x28 fit"),
        ((8, 30), "an input of 8×30 does not fit: the inputs of Concat differ", "8x32 and 8x28 fit"),
        ((2, 2), "an input of 2×2 does not fit: MaxPool2D needs h, w ≥ 4", "4x4 fits"),
    ],
)
def test_a_given_size_that_does_not_fit(size: tuple[int, ...], message: str, help: str) -> None:
    (found,) = errors(DEEP, input=size)
    assert (found.code, found.message, found.help) == ("size-condition-broken", message, help)
    for choice in str(found.help).removesuffix(" fits").removesuffix(" fit").split(" and "):
        assert not errors(DEEP, input=tuple(map(int, choice.split("x"))))


def test_a_mistake_that_no_size_would_mend_stays() -> None:
    text = DEEP.replace("e1 = Double(2)", "e1 = Double(2)\n      e1 -> MaxPool1D\n      e1 -> Identity")
    assert [d.code for d in errors(text, input=(31, 31))] == ["wrong-rank", "size-condition-broken"]
    assert [d.code for d in errors(text, input=(32, 32))] == ["wrong-rank"]


def test_a_one_that_a_size_makes_is_not_repeated() -> None:
    """With 1×1 written in the file the merge would repeat it; an open extent that happens to be 1 is no such thing."""
    text = merge("?x?x4", "Conv2D(4, 3x3, strides=2, padding=same) -> UpSampling2D", "")
    assert model(text).conditions == ("h, w multiples of 2",)
    assert [d.code for d in errors(text, input=(1, 1))] == ["size-condition-broken"]
    assert not check(text, input=(1, 1)).report.models[0].ok
    assert not errors(text.replace("?x?", "1x1"))


def test_a_size_that_only_one_input_can_have() -> None:
    text = body(
        "a: ?x?x4",
        "input b: ?x4",
        "c = a -> MaxPool2D(4) -> GlobalAvgPool2D",
        "d = b -> MaxPool1D(4) -> GlobalAvgPool1D",
        "[c, d] -> Add",
    )
    assert model(text).conditions == ("a.h, a.w, b.l ≥ 4",)
    assert [d.code for d in errors(text, input=(3, 8))] == ["input-shape", "size-condition-broken"]


RECIPE = """
    train Deep {{
      data      = {data}
      {resize}
      optimizer = adam
      loss      = categorical_crossentropy
      epochs    = 1
    }}
"""
TRAINED = DEEP.rstrip().removesuffix("}") + "  GlobalAvgPool2D -> Dense(10, activation=softmax)\n    }\n"


def test_a_recipe_s_data_gives_a_size() -> None:
    assert not errors(TRAINED + RECIPE.format(data="mnist", resize=""))
    (found,) = errors(TRAINED + RECIPE.format(data="mnist", resize="pad = 1"))
    assert found.code == "size-condition-broken"
    assert found.help == "`resize = 30x30` and `resize = 26x26` fit"
    assert [label.text for label in found.labels][:1] == ["mnist gives images of 30×30"]
    for size in ("30x30", "26x26"):
        assert not errors(TRAINED + RECIPE.format(data="mnist", resize=f"pad = 1\n      resize = {size}"))


def test_data_of_unknown_size_is_not_judged() -> None:
    assert not errors(TRAINED + RECIPE.format(data='images("pictures")', resize=""))


def test_what_a_sample_does_not_fit(tmp_path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "odd.txt").write_text("1 2 3\n" * 3)
    (tmp_path / "even.txt").write_text("1 2 3 4\n" * 4)
    spec = cnnspec.load(DEEP)
    with pytest.raises(SpecError, match="size-condition-broken"):
        cnnspec.apply(spec, tmp_path / "odd.txt")
    assert cnnspec.apply(spec, tmp_path / "even.txt").values.shape == (4, 4, 2)


def test_formulas_that_grow_are_refused_soon() -> None:
    """Each round more than doubles the formula; a strided one puts a power of two into it."""
    grown = body("?x2", "repeat 40 {", "Concat(axis=1) {", "| MaxPool1D(3, padding=same)", "| Conv1D(2, 1)", "}", "}")
    strided = body("?x2", "repeat 2000 { Conv1D(2, 3, strides=2, padding=1) }")
    assert [d.code for d in errors(grown)] == ["size-too-complex"]
    assert [d.code for d in errors(strided)] == ["size-too-complex"]


def test_long_periods_are_checked_when_the_size_is_known() -> None:
    """Fourteen levels: sizes come again after 16,384."""
    down = "".join(f"  e{at} = Conv1D(2, 1)\n  MaxPool1D\n" for at in range(14))
    up = "".join(f"  u{at} = UpSampling1D\n  [u{at}, e{at}] -> Add\n" for at in reversed(range(14)))
    text = f"model M {{\n  input ?x2\n{down}{up}}}\n"
    assert "⌊l/8192⌋ = 2·⌊l/16384⌋" in model(text).conditions
    assert not errors(text, input=(16_384,))
    assert [d.code for d in errors(text, input=(8_192,))] == ["size-condition-broken"]


@pytest.mark.parametrize("text", [DEEP, STRIDED, DOWN_AND_UP])
@pytest.mark.parametrize("sizes", [(16, 16), (64, 36), (100, 52)])
def test_fields_are_those_of_the_size(text: str, sizes: tuple[int, int]) -> None:
    compare_fields(model(text), model(text, input=sizes), dict(zip("hw", sizes, strict=True)))
    assert all(row.field is not None for row in model(text).rows)


def test_fields_of_random_networks() -> None:
    seen = 0
    for seed in range(25):
        text = OpenNetworks(Random(seed), lambda text: not errors(text)).draw()
        if errors(text):
            continue
        opened = check(text)
        allowed = opened.resolution.models[0].allowed
        assert allowed is not None
        for size in range(30, 90, 7):
            if allowed.takes({"l": size}):
                seen += compare_fields(opened.report.models[0], model(text, input=(size,)), {"l": size})
    assert seen > 100


def compare_fields(opened: ModelReport, known: ModelReport, values: dict[str, int]) -> int:
    """What is known of fields without the size is so with it; how many there were."""
    seen = 0
    for mine, theirs in zip(opened.rows, known.rows, strict=True):
        if mine.field is None or theirs.field is None:
            continue
        seen += 1
        # behind a single unit there is no neighbour: such fields are their own case
        if all(size > 1 for size in theirs.output_shape.extents):
            assert mine.field.jump == theirs.field.jump, mine.name
            assert all(a is None or a == b for a, b in zip(mine.field.start, theirs.field.start, strict=True)), mine.name
            if not mine.field.sizes:
                assert mine.field.size == theirs.field.size, mine.name
        assert mine.macs is None or evaluate(mine.macs, values) == theirs.macs, mine.name
    return seen


def evaluate(size: int | Extent, values: dict[str, int]) -> int:
    return size.evaluate(values) if isinstance(size, Extent) else size
