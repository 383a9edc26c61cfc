"""The formatter: it keeps the meaning, keeps every comment, and is done after one pass."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.diagnostics import Source, SpecError
from cnnspec.syntax.formatter import format_source
from cnnspec.syntax.parser import parse
from tests.syntax.texts import WHOLE, random_file
from tests.syntax.trees import plain


def formatted(text: str, **names: str) -> str:
    return format_source(Source("t", text), names)


def check_round_trip(text: str) -> None:
    before = parse(Source("t", text))
    assert before.diagnostics == ()
    once = formatted(text)
    after = parse(Source("t", once))
    assert after.diagnostics == ()
    assert plain(after.file) == plain(before.file)
    assert sorted(c.text.rstrip() for c in after.file.comments) == sorted(c.text.rstrip() for c in before.file.comments)
    assert formatted(once) == once


def test_whole_language():
    check_round_trip(WHOLE)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9))
def test_round_trip_of_random_files(seed):
    check_round_trip(random_file(seed))


def test_random_files_use_the_language():
    together = "\n".join(random_file(seed) for seed in range(200))
    for piece in ("model", "block", "train", "use", "let", "if", "else", "repeat", "|", "::", "share", "#", "GiB", "* "):
        assert piece in together


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model  A{\n\tFlatten\n}", "model A {\n  Flatten\n}\n"),
        ("model A {\n\n\n  Flatten\n\n\n\n  ReLU\n\n}", "model A {\n  Flatten\n\n  ReLU\n}\n"),
        (
            "model A(k=3){\n Dense( k,use_bias = false )->ReLU::10\n}",
            "model A(k = 3) {\n  Dense(k, use_bias=false) -> ReLU  :: 10\n}\n",
        ),
        ("block B{Flatten}", "block B { Flatten }\n"),
        ("block B{}", "block B { }\n"),
        ("let a=(1+2)*3\n", "let a = (1 + 2) * 3\n"),
        ("let a=-2**-3\n", "let a = -2**-3\n"),
        ("", ""),
        ("# only\n", "# only\n"),
        (
            "train M {\n data=mnist\n batch_size=3\n\n epochs=2\n}",
            "train M {\n  data       = mnist\n  batch_size = 3\n\n  epochs = 2\n}\n",
        ),
    ],
)
def test_spacing(text, expected):
    assert formatted(text) == expected


def test_columns():
    text = "model A {\n Dense(100) :: 100 # a\n Flatten :: 3 # b\n ReLU\n Dense(3) :: 3\n}\n"
    assert formatted(text).splitlines()[1:5] == [
        "  Dense(100)  :: 100  # a",
        "  Flatten     :: 3    # b",
        "  ReLU",
        "  Dense(3)    :: 3",
    ]


def test_long_lines_open_brackets():
    call = "Conv2D(" + ", ".join(f"argument_{i}={i}" for i in range(8)) + ")"
    lines = formatted(f"model A {{\n  x = {call} -> ReLU\n}}\n").splitlines()
    assert lines[1] == "  x = Conv2D("
    assert lines[-2] == "  ) -> ReLU"
    assert all(len(line) <= 100 for line in lines)


def test_a_trailing_comma_keeps_a_list_open():
    assert formatted("train M {\n  callbacks = [\n    A(1),\n  ]\n}\n") == "train M {\n  callbacks = [\n    A(1),\n  ]\n}\n"


def test_short_names():
    text = "block Concatenate { Flatten }\nmodel A(norm = BatchNormalization) {\n  MaxPooling2D -> Concatenate\n  norm\n}\n"
    names = {"MaxPooling2D": "MaxPool2D", "BatchNormalization": "BatchNorm", "Concatenate": "Concat"}
    result = formatted(text, **names)
    assert "(norm = BatchNorm) " in result
    assert "MaxPool2D -> Concatenate" in result, "a block of the file keeps its name"


def test_a_broken_file_is_left_alone():
    with pytest.raises(SpecError):
        formatted("model A {\n  Conv2D 6 5x5\n}\n")


def test_deep_nesting():
    for deep in ("let a = " + "[" * 200 + "1" + "]" * 200, "model A { if a " * 1 + "{ if a " * 198 + "{ Flatten " + "}" * 200):
        once = formatted(deep)
        assert formatted(once) == once


def test_long_chain():
    text = "let a = " + " + ".join(["1"] * 1000) + "\n"
    assert formatted(text) == text


def test_a_line_without_claim_or_comment_does_not_break_a_column():
    claimed = "  Dense(4) :: 4\n  Dense(12345678)\n  Dense(55) :: 55 # last\n\n  Dense(6) :: 6\n"
    text = f"model A {{\n  input 3  # three\n  Dense(100)\n{claimed}}}\n"
    assert format_source(Source("a.cnn", text)).splitlines()[1:8] == [
        "  input 3           # three",
        "  Dense(100)",
        "  Dense(4)   :: 4",
        "  Dense(12345678)",
        "  Dense(55)  :: 55  # last",
        "",
        "  Dense(6)  :: 6",
    ]
