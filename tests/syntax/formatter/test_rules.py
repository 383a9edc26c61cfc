"""The canonical form, rule by rule."""

from __future__ import annotations

import pytest

from cnnspec.diagnostics import SpecError
from cnnspec.syntax.formatter.breaking import SHORT, WIDTH
from tests.syntax.formatter.forms import check_comments, formatted, said
from tests.syntax.texts import WHOLE


def body(statements: str) -> str:
    """The lines of a block's statements, formatted, without their indentation."""
    lines = formatted(f"block B(a, b, n) {{\n{statements}\n}}\n").splitlines()[1:-1]
    return "\n".join(line[2:] for line in lines)


def test_the_whole_language():
    once = formatted(WHOLE)
    assert said(once) == said(formatted(WHOLE))
    assert formatted(once) == once
    check_comments(WHOLE, once)


def test_a_file_with_a_mistake_has_no_form():
    with pytest.raises(SpecError):
        formatted("model A {\n  Conv2D 6 5x5\n}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("\n\n  \n", ""),
        ("# only", "# only\n"),
        ("\n\n# only  \n\n\n# two\n", "# only\n\n# two\n"),
        ("model  A{\n\tFlatten\n}", "model A {\n  Flatten\n}\n"),
        ("model A {\r\n\r\n\r\n Flatten\r\n\r\n\r\n\r\n ReLU\r\n\r\n}", "model A {\n  Flatten\n\n  ReLU\n}\n"),
        ("model A(k=3,){\n Dense( k,bias = false )->ReLU::10\n}", "model A(k = 3) {\n  Dense(k, bias=false) -> ReLU  :: 10\n}\n"),
        ("block B{Flatten}", "block B {\n  Flatten\n}\n"),
        ("block B{\n\n}", "block B { }\n"),
        ("use  'a'\n".replace("'", '"') + 'use "b"  as b', 'use "a"\nuse "b" as b\n'),
        ("model A{\n input a:3x3 ,b : [ n,3 ]\n output  a,b\n}", "model A {\n  input a: 3x3, b: [n, 3]\n  output a, b\n}\n"),
    ],
)  # fmt: skip
def test_blanks_and_lines(text: str, expected: str):
    assert formatted(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(1+2)*3", "(1 + 2) * 3"),
        ("((1))+((2*3))", "(1) + (2 * 3)"),
        ("(1+2)", "1 + 2"),
        ("-2**-3", "-2**-3"),
        ("-(2**3)", "-(2**3)"),
        ("not  a  and not(b or a)", "not a and not (b or a)"),
        ("in . channels//2", "in.channels // 2"),
        ("[1,[2 , 3]]", "[1, [2, 3]]"),
        ("max( 1 ,a )", "max(1, a)"),
        ("1_000", "1_000"),
        ("2   GiB", "2 GiB"),
        ("?x?x3", "?x?x3"),
    ],
)
def test_expressions(text: str, expected: str):
    assert formatted(f"let a = {text}") == f"let a = {expected}\n"


def test_short_names():
    text = "block Concatenate {\n  Flatten\n}\nmodel A(norm = BatchNormalization) {\n  MaxPooling2D -> Concatenate\n  norm\n}\n"
    result = formatted(text)
    assert "(norm = BatchNorm) " in result
    assert "MaxPool2D -> Concatenate" in result, "a block of the file keeps its name"


class TestBraces:
    @pytest.mark.parametrize(
        "statement",
        [
            "if a { ReLU }",
            "if a { } else { ReLU }",
            "if a { ReLU -> Dense(3) } else if b { x = ReLU } else { ELU }",
            "repeat 3 as i { Dense(2**i) }",
            "Multiply { | | Dense(8) -> Sigmoid } -> ReLU  :: 3x3x8",
            "Concat(axis=1) { | ReLU | } * 2",
            "x = Concat { | | }",
        ],
    )
    def test_a_short_statement_stays_on_its_line(self, statement: str):
        assert body(statement) == statement
        assert body(statement.replace("{", "{\n\n").replace("}", "\n}").replace("|", "\n|")) == statement

    @pytest.mark.parametrize(
        ("statement", "expected"),
        [
            ("if a { ReLU  # why\n}", "if a {\n  ReLU  # why\n}"),
            ("if a { ReLU\nELU } else { }", "if a {\n  ReLU\n  ELU\n} else {\n}"),
            ("if a { repeat 2 { ReLU } }", "if a {\n  repeat 2 { ReLU }\n}"),
            ("repeat 2 { ReLU :: 3 }", "repeat 2 {\n  ReLU  :: 3\n}"),
            ("repeat 2 { let c = 3 }", "repeat 2 {\n  let c = 3\n}"),
            ("Add { | ReLU | ELU }", "Add {\n  | ReLU\n  | ELU\n}"),
            ("Add { | ReLU\nELU | }", "Add {\n  | ReLU\n    ELU\n  |\n}"),
            ("Add { | Multiply { | | ReLU } | }", "Add {\n  | Multiply { | | ReLU }\n  |\n}"),
        ],
    )
    def test_others_open_theirs(self, statement: str, expected: str):
        assert body(statement) == expected

    def test_what_short_means(self):
        fits = f"if a {{ Dense({'n' * (SHORT - 2 - len('if a { Dense() }'))}) }}"
        assert body(fits) == fits
        assert body(fits.replace("nn", "nnn", 1)).count("\n") == 2

    def test_branches_open_where_the_flow_does_not_fit(self):
        gate = "Multiply { | | Dense(8) -> Sigmoid }"
        call = "Conv2D(32, 3x3, strides=2, padding=same, kernel_initializer=he_normal)"
        assert body(f"{gate} -> {call}").splitlines() == ["Multiply {", "  |", "  | Dense(8) -> Sigmoid", f"}} -> {call}"]


class TestBrackets:
    CALL = "Conv2D(" + ", ".join(f"argument_{i}={i}" for i in range(6)) + ")"

    def test_items_on_one_line_if_they_fit_there(self):
        assert body(f"x = {self.CALL} -> ReLU").splitlines() == ["x = Conv2D(", f"  {self.CALL[7:-1]}", ") -> ReLU"]

    def test_else_an_item_a_line(self):
        lines = body(self.CALL.replace("=5", "=a_name_that_is_too_long")).splitlines()
        arguments = [*(f"  argument_{i}={i}," for i in range(5)), "  argument_5=a_name_that_is_too_long,"]
        assert lines == ["Conv2D(", *arguments, ")"]

    def test_a_comma_keeps_a_list_open_and_goes_from_a_call(self):
        assert formatted("let k = [\n[1,2], [3,4],]\n") == "let k = [\n  [1, 2],\n  [3, 4],\n]\n"
        assert formatted("let k = max(\n1,\n2,\n)\n") == "let k = max(1, 2)\n"

    def test_an_open_list_shares_the_lines_of_the_brackets_around_it(self):
        rows = ["  [0, 1, 0],", "  [1, -4, 1],", "  [0, 1, 0],"]
        kernel = "[[0,1,0],[1,-4,1],[0,1,0],]"
        assert body(f"Filter2D({kernel}) -> ReLU").splitlines() == ["Filter2D([", *rows, "]) -> ReLU"]
        assert body(f"f(1, kernel={kernel}, scale=1/4)").splitlines() == ["f(1, kernel=[", *rows, "], scale=1 / 4)"]
        assert body(f"f({kernel}, {kernel})").splitlines()[0] == "f("
        wide = f"f({'n' * 90}, kernel={kernel})"
        assert body(wide).splitlines()[:3] == ["f(", f"  {'n' * 90},", "  kernel=["]
        text = "train M {\n  optimizer = SGD(learning_rate=piecewise([1, 2], [3, 4],), momentum=0.9)\n}\n"
        assert formatted(text) == text.replace("],)", "])")

    def test_operands_below_one_another(self):
        terms = [f"a_rather_long_name_{i}" for i in range(6)]
        text = f"let a = {terms[0]} * {terms[1]} + {' + '.join(terms[2:])}\n"
        assert formatted(text).splitlines() == [
            "let a = (",
            f"  {terms[0]} * {terms[1]}",
            *(f"  + {term}" for term in terms[2:]),
            ")",
        ]
        assert said(formatted(text)) == said(text)

    def test_a_head_that_does_not_fit(self):
        parameters = ", ".join(f"parameter_{i} = {i}" for i in range(5))
        lines = formatted(f"block ALongName({parameters}) {{ Flatten }}").splitlines()
        assert lines == ["block ALongName(", f"  {parameters}", ") {", "  Flatten", "}"]
        condition = " and ".join(f"in.channels != {10**i}" for i in range(6))
        lines = body(f"if {condition} {{ ReLU }} else if {condition} {{ ELU }}").splitlines()
        assert lines[0] == "if ("
        assert ") {" in lines
        assert "} else if (" in lines


class TestColumns:
    def test_claims_then_comments(self):
        assert body("Dense(100) :: 100 # a\n Flatten :: 3 # b\n ReLU\n Dense(3) :: 3").splitlines() == [
            "Dense(100)  :: 100  # a",
            "Flatten     :: 3    # b",
            "ReLU",
            "Dense(3)    :: 3",
        ]

    def test_a_line_without_a_cell_does_not_end_a_column_and_an_empty_line_does(self):
        claimed = "Dense(4) :: 4\nDense(12345678)\n# alone\nDense(55) :: 55 # last\n\nDense(6) :: 6"
        assert body(f"input n  # n\nDense(100)\n{claimed}").splitlines() == [
            "input n           # n",
            "Dense(100)",
            "Dense(4)   :: 4",
            "Dense(12345678)",
            "# alone",
            "Dense(55)  :: 55  # last",
            "",
            "Dense(6)  :: 6",
        ]

    def test_a_comment_behind_a_brace_follows_it(self):
        assert body("ReLU -> Flatten # flat\nrepeat n { # each\nReLU\nELU }").splitlines() == [
            "ReLU -> Flatten  # flat",
            "repeat n {  # each",
            "  ReLU",
            "  ELU",
            "}",
        ]

    def test_a_long_line_stands_aside_where_it_would_push_a_claim_off_the_page(self):
        long = f"Dense({'n' * 70})"
        claim = f"[{'m' * 30}]"
        assert body(f"ReLU :: {claim}\nFlatten :: 3\n{long} :: 8").splitlines() == [
            f"ReLU     :: {claim}",
            "Flatten  :: 3",
            f"{long}  :: 8",
        ]

    def test_settings(self):
        text = "train M {\n data=mnist\n # how fast\n learning = [\n1,\n2,]\n let a = 1\n pad=2\n\n seed=3\n}"
        assert formatted(text).splitlines()[1:-1] == [
            "  data     = mnist",
            "  # how fast",
            "  learning = [",
            "    1,",
            "    2,",
            "  ]",
            "  let a = 1",
            "  pad = 2",
            "",
            "  seed = 3",
        ]


class TestComments:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("# above\n\n\n# close\nReLU# behind", "# above\n\n# close\nReLU  # behind"),
            ("ReLU\n\n\n# last", "ReLU\n\n# last"),
            ("Dense(# units\n8,#no\nuse_bias=false\n# end\n)", "Dense(\n  # units\n  8,  #no\n  use_bias=false,\n  # end\n)"),
            ("Dense(3) :: [2, # why\n 3]", "Dense(3) :: [\n  2,  # why\n  3,\n]"),
            ("if (a # why\n) { ReLU }", "if (\n  a  # why\n) {\n  ReLU\n}"),
            ("repeat n { # each\nReLU }", "repeat n {  # each\n  ReLU\n}"),
            ("repeat n { ReLU } # all", "repeat n { ReLU }  # all"),
            ("Dense(3) * ( # twice\n 2)", "Dense(3) * (\n  # twice\n  2\n)"),
            ("Add {# both\n| # none\n#next\n|ReLU\n#end\n}", "Add {  # both\n  |  # none\n  #next\n  | ReLU\n  #end\n}"),
            ("Add { |\n# it\nReLU\n | }", "Add {\n  |\n    # it\n    ReLU\n  |\n}"),
            ("let c = (1 # one\n+ # two\n2)", "let c = (\n  1  # one\n  # two\n  + 2\n)"),
            ("let c = max(a,\n# 1, 2\nb)", "let c = max(\n  a,\n  # 1, 2\n  b,\n)"),
        ],
    )  # fmt: skip
    def test_each_stays_with_what_it_is_about(self, text: str, expected: str):
        assert body(text) == expected
        assert body(expected) == expected

    def test_it_does_not_count_for_the_width(self):
        statement = f"Dense(8) -> ReLU  # {'why ' * 30}".rstrip()
        assert len(statement) > WIDTH
        assert body(statement) == statement

    def test_tabs_in_it_become_blanks(self):
        assert body("ReLU #\ta\t\t") == "ReLU  #  a"


def test_deep_nesting():
    for deep in (
        "let a = " + "[" * 200 + "1" + "]" * 200,
        "let a = " + "f(x, 1 + " * 99 + "1 # one\n + 2" + ")" * 99,
        "model A { if a " + "{ if a " * 198 + "{ Flatten " + "}" * 200,
        "model A {" + "Add { | ReLU | " * 190 + "}" * 191,
    ):
        once = formatted(deep)
        assert formatted(once) == once


def test_many_terms():
    once = formatted("let a = " + " + ".join(["1"] * 1000) + "\n")
    assert once.splitlines() == ["let a = (", "  1", *["  + 1"] * 999, ")"]
