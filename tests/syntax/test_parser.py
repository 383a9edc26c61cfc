"""The parser: the tree it builds, what it reports, and how it goes on."""

import subprocess
import sys
import time

import pytest

from cnnspec.diagnostics import Source, apply_edits
from cnnspec.syntax import tree
from cnnspec.syntax.parser import ParseResult, parse
from tests.syntax.texts import WHOLE
from tests.syntax.trees import plain


def read(text: str) -> ParseResult:
    return parse(Source("t", text))


def codes(text: str) -> list[str]:
    return [d.code for d in read(text).diagnostics]


def statements(text: str) -> tuple[tree.Statement, ...]:
    result = read(f"model A {{\n{text}\n}}\n")
    assert result.diagnostics == ()
    model = result.file.items[0]
    assert isinstance(model, tree.ModelDefinition)
    return model.statements


def test_whole_language():
    result = read(WHOLE)
    assert result.diagnostics == ()
    assert [type(item).__name__ for item in result.file.items] == [
        *("Use", "Use", "Let", "BlockDefinition", "ModelDefinition", "BlockDefinition", "TrainDefinition"),
    ]
    assert [c.text for c in result.file.comments][:2] == ["# A file with one of everything.", "# own line"]


def test_every_span_is_the_text_of_its_node():
    result = read(WHOLE)
    model = result.file.items[4]
    assert isinstance(model, tree.ModelDefinition)
    assert model.span.text.startswith("model Net(")
    assert model.span.text.endswith("output first, left\n}")
    flow = model.statements[3]
    assert isinstance(flow, tree.Flow)
    assert [step.span.text for step in flow.steps][:2] == ["left", "encoder"]
    assert flow.claim is not None
    assert flow.claim.span.text == "24x24x?"


def test_times_binds_to_its_step():
    (flow,) = statements("A(1) * 2 -> B * (n + 1) :: 3")
    assert isinstance(flow, tree.Flow)
    assert [plain(step.times) for step in flow.steps] == [
        ("Number", 2, "2"),
        ("Binary", "+", ("Name", "n"), ("Number", 1, "1")),
    ]
    assert plain(flow.claim) == ("Number", 3, "3")


def test_precedence():
    (let,) = statements("let a = 1 + 2 * -3 ** 2 ** 2 < 4 and not b or c")
    assert isinstance(let, tree.Let)

    def show(node: tree.Expression) -> str:
        if isinstance(node, tree.Binary):
            return f"({show(node.left)} {node.operator} {show(node.right)})"
        if isinstance(node, tree.Unary):
            return f"({node.operator} {show(node.operand)})"
        return node.span.text

    assert show(let.value) == "((((1 + (2 * (- (3 ** (2 ** 2))))) < 4) and (not b)) or c)"


def test_dims_quantities_and_numbers():
    (let,) = statements("let a = [5x5, ?x?x3, ?, 2 GiB, 1_000, .5, 1e-3, B]")
    assert isinstance(let, tree.Let)
    assert isinstance(let.value, tree.ListOf)
    assert [plain(item) for item in let.value.items] == [
        ("Dims", (5, 5)),
        ("Dims", (None, None, 3)),
        ("Unknown",),
        ("Quantity", ("Number", 2, "2"), ("Name", "GiB")),
        ("Number", 1000, "1_000"),
        ("Number", 0.5, ".5"),
        ("Number", 0.001, "1e-3"),
        ("Name", "B"),
    ]


def test_branches_end_statements():
    (flow,) = statements("Add { | A -> B\n C | | D }")
    assert isinstance(flow, tree.Flow)
    assert flow.steps[0].branches is not None
    assert [len(branch.statements) for branch in flow.steps[0].branches] == [2, 0, 1]


def test_newlines_in_brackets_are_blanks():
    (flow,) = statements("A(\n1,\n\n b = [\n2,\n],\n)")
    assert isinstance(flow, tree.Flow)
    assert flow.steps[0].arguments is not None
    assert len(flow.steps[0].arguments) == 2


INDEPENDENT = """model A {
  input 28 x 28 x 1
  Conv2D 6 5x5
  Dense(3
  Dense(4) -> -> ReLU
  Add {
    | Dense(5
    | Dense(activation=)
  }
  if a = 3 { Dense(5)) } else { Flatten Dense(6) }
}
model B(k = ) { Dense(True) }
trian A { epochs = 5; data = 'mnist' }
block C { Flatten
"""


def test_one_run_reports_every_mistake_once():
    assert codes(INDEPENDENT) == [
        "malformed-dims",
        "missing-parentheses",
        "unclosed-bracket",
        "misplaced-arrow",
        "unclosed-bracket",
        "missing-value",
        "single-equals",
        "unmatched-bracket",
        "two-statements-on-one-line",
        "missing-value",
        "python-constant",
        "keyword-typo",
        "semicolon",
        "quoted-word",
        "unclosed-bracket",
    ]


def test_sound_statements_survive_their_neighbours():
    result = read("model A {\n  input 3\n  Conv2D 6 5x5\n  Dense(3)\n}\nblock B {\n  Flatten\n}\n")
    model = result.file.items[0]
    assert isinstance(model, tree.ModelDefinition)
    assert [type(s).__name__ for s in model.statements] == ["InputStatement", "Broken", "Flow"]
    assert isinstance(result.file.items[1], tree.BlockDefinition)


def test_text_behind_a_model_does_not_spoil_it():
    result = read("model A {\n  Flatten\n} 5\n")
    assert [type(item).__name__ for item in result.file.items] == ["ModelDefinition", "Broken"]


@pytest.mark.parametrize(
    ("statement", "code", "corrected"),
    [
        ("Conv2D 6 5x5 activation=relu -> ReLU", "missing-parentheses", "Conv2D(6, 5x5, activation=relu) -> ReLU"),
        ("Dense classes", "missing-parentheses", "Dense(classes)"),
        ("Conv2D(6, (5,5))", "malformed-dims", "Conv2D(6, 5x5)"),
        ("Conv2D(6, (k, k))", "malformed-dims", "Conv2D(6, [k, k])"),
        ("input 28×28×1", "malformed-dims", "input 28x28x1"),
        ("input 28, 28, 1", "malformed-dims", "input 28x28x1"),
        ("input (28, 28, 1)", "malformed-dims", "input 28x28x1"),
        ("input 5X5x1", "malformed-dims", "input 5x5x1"),
        ("Conv2D(3, 5xk)", "malformed-dims", "Conv2D(3, [5, k])"),
        ("Flatten;", "semicolon", "Flatten"),
        ("3 * Dense(8)", "misplaced-repeat", "Dense(8) * 3"),
        ("(A -> B) * 2", "parenthesised-flow", "repeat 2 { A -> B }"),
        ("A => B", "foreign-operator", "A -> B"),
        ("A ==> B", "foreign-operator", "A -> B"),
        ("A → B", "foreign-operator", "A -> B"),
        ("expect a === 5", "foreign-operator", "expect a == 5"),
        ("expect a ≥ 5", "foreign-operator", "expect a >= 5"),
        ("expect a == 5 || b == 5", "foreign-operator", "expect a == 5 or b == 5"),
        ("if !a { B }", "foreign-operator", "if not a { B }"),
        ("A // why", "foreign-comment", "A # why"),
        ("A /* why */", "foreign-comment", "A # why"),
        ("let a = 5 // why not", "foreign-comment", "let a = 5 # why not"),
        ("model.add(layers.Dense(3))", "python-code", "Dense(3)"),
        ("x = layers.Dense(3)(x)", "python-code", "Dense(3)"),
        ("y = layers.Dense(3)(x)", "python-code", "y = x -> Dense(3)"),
        ("Input 28x28x1", "keyword-typo", "input 28x28x1"),
        ("repaet 3 { A }", "keyword-typo", "repeat 3 { A }"),
        ("A :: 3 -> B", "misplaced-arrow", "A :: 3\n  B"),
        ("Dense(3, use_bias=None)", "python-constant", "Dense(3, use_bias=none)"),
        ("Соnv2D(3)", "unknown-character", "Conv2D(3)"),
        ("Dense（3)", "unknown-character", "Dense(3)"),
        ("Dense(3) # \u202e", "invisible-character", "Dense(3) # "),
        ("if a { B } elif c { D }", "misplaced-else", "if a { B } else if c { D }"),
        ("A\n-> B", "dangling-arrow", "A -> B"),
        ("A ->", "dangling-arrow", "A"),
        ("[a, b) -> Add", "unmatched-bracket", "[a, b] -> Add"),
        ("k = 5", "constant-needs-let", "let k = 5"),
        ("self.conv = Conv2D(3)", "python-code", None),
        ("input -> Dense(3)", "misplaced-arrow", None),
        ("Dense(2x)", "malformed-number", None),
    ],
)
def test_mistakes_people_make(statement, code, corrected):
    text = f"model A {{\n  {statement}\n}}\n"
    found = read(text).diagnostics
    assert [d.code for d in found] == [code]
    if corrected is None:
        assert found[0].fix == ()
    else:
        assert apply_edits(text, found[0].fix) == f"model A {{\n  {corrected}\n}}\n"
        assert codes(apply_edits(text, found[0].fix)) == []


def test_forgotten_brace_before_the_next_model():
    text = "model A {\n  Flatten\nmodel B {\n  Flatten\n}\n"
    (found,) = read(text).diagnostics
    assert found.code == "unclosed-bracket"
    assert found.labels[0].span.line == 1
    assert apply_edits(text, found.fix) == "model A {\n  Flatten\n}\nmodel B {\n  Flatten\n}\n"
    assert len(read(text).file.items) == 2


def test_no_message_names_a_terminal():
    names = ("NAME", "LPAR", "RPAR", "_NEWLINE", "$END", "COMPARISON", "__ANON")
    for text in (INDEPENDENT, "model", "model A { :: }", "let a = = 5", "train A { x y }", "}", "use 5"):
        for diagnostic in read(text).diagnostics:
            shown = " ".join((diagnostic.message, *diagnostic.notes, diagnostic.help or ""))
            assert not any(name in shown for name in names), shown
            assert "\n" not in diagnostic.message


def test_limits():
    assert codes("let a = " + "(" * 200 + "1" + ")" * 200) == []
    assert codes("let a = " + "(" * 100_000) == ["nesting-too-deep"]
    assert codes("let a = " + "-" * 100_000 + "1") == ["nesting-too-deep"]
    assert codes("let a = " + "2 ** " * 100_000 + "1") == ["nesting-too-deep"]
    assert codes("let a = " + "1 + " * 999 + "1") == []
    assert codes("let a = " + "1 + " * 100_000 + "1") == ["expression-too-long"]
    assert codes("let a = 9223372036854775807") == []
    assert codes("let a = 9223372036854775808") == ["number-too-large"]
    assert codes("let a = 1e999") == ["number-too-large"]
    assert codes("let a = " + "9" * 100_000) == ["number-too-large"]
    assert codes("let " + "a" * 200 + " = 1") == []
    assert codes('use "' + "a" * 4097 + '"') == ["string-too-long"]


def test_long_chains_are_linear():
    result = read("model A {\n" + "A -> " * 99_000 + "B\n}\n")
    assert result.diagnostics == ()


@pytest.mark.parametrize(
    "piece", ["{", "(", "}", ")", "|", "a = (", "model A {\n", "Add { | ", "'", '"', ";", "if a {", "else ", "$", "é"]
)
def test_repeated_pieces_are_quick(piece):
    start = time.process_time()
    read("model M {\n" + piece * 5000)
    read((piece + "\n") * 5000)
    assert time.process_time() - start < 10


def test_parsing_needs_no_lark_when_tables_are_there(tmp_path):
    from cnnspec import resources
    from cnnspec.syntax.tables import write_prebuilt

    path = tmp_path / "tables.json"
    write_prebuilt(resources.grammar_path(), path)
    program = (
        "import sys, pathlib\n"
        "from cnnspec import resources\n"
        f"resources.tables_path = lambda: pathlib.Path({str(path)!r})\n"
        "from cnnspec.diagnostics import Source\n"
        "from cnnspec.syntax import parse\n"
        "assert not parse(Source('t', 'let a = 1')).diagnostics\n"
        "print(sorted({'lark', 'torch', 'numpy', 'pydantic'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_head_without_any_brace_is_one_mistake():
    assert codes("model A\n  Flatten\n") == ["missing-brace"]
    assert codes("model A\n  Flatten\nmodel B {\n  Flatten\n}\n") == ["missing-brace"]


def test_a_tuple_is_reported_once_and_read_as_what_was_meant():
    result = read("model A {\n  input (28, 28, 1)\n  Conv2D(8, (3, 3), strides=(2, 2))\n}")
    assert [d.code for d in result.diagnostics] == ["malformed-dims"] * 3
    model = result.file.items[0]
    assert isinstance(model, tree.ModelDefinition)
    assert [type(s).__name__ for s in model.statements] == ["InputStatement", "Flow"]
    given, flow = model.statements
    assert isinstance(given, tree.InputStatement)
    assert isinstance(given.items[0].shape, tree.Dims)
    assert given.items[0].shape.parts == (28, 28, 1)
    assert isinstance(flow, tree.Flow)
    assert flow.steps[0].arguments is not None
    assert [type(a.value).__name__ for a in flow.steps[0].arguments] == ["Number", "Dims", "Dims"]


def test_a_word_in_single_quotes_is_read_as_the_word():
    assert codes("model A { input 3\n Dense(3, activation='relu') }") == ["quoted-word"]
    assert codes("model A { input 3\n Activation('relu') }") == ["quoted-word"]
    assert codes("train A { callbacks = [CSVLogger('log.csv'), ModelCheckpoint(path='best')] }") == ["wrong-quotes"] * 2


def test_commas_of_a_python_list_are_one_mistake_each():
    assert codes("model A {\n input 3\n Dense(3),\n Dense(4),\n}") == ["semicolon", "semicolon"]


def test_arrows_of_other_languages():
    assert codes("model A { input 3\n Dense(3) >> ReLU\n Dense(3) - > ReLU }") == ["foreign-operator"] * 2


def test_a_functional_call_is_written_as_a_flow():
    text = "model A {\n input a: 3\n y = Dense(3)(a)\n z = Add()([a, y])\n}"
    helps = [d.help for d in read(text).diagnostics]
    assert helps == ["write `y = a -> Dense(3)`", "write `z = [a, y] -> Add()`"]


def test_a_claim_with_one_colon_and_a_name_with_two_signs():
    assert codes("model A { input 3\n Dense(3) : 3\n x := Dense(3) }") == ["foreign-operator"] * 2


def test_arithmetic_of_values_is_a_merge():
    assert [d.help for d in read("model A {\n input 3\n a + b\n c = a - b\n}").diagnostics] == [
        "write `[a, b] -> Add`",
        "write `[a, b] -> Subtract`",
    ]


def test_a_loop_of_python_does_not_hide_what_follows():
    text = "model A {\n input 3\n for i in range(3) {\n  Dense(3 4)\n }\n Dense(5 6)\n}"
    assert codes(text) == ["python-code", "missing-comma", "missing-comma"]


def test_a_path_without_quotes():
    (found,) = read("use std/resnet\nmodel A { input 3\n ReLU }").diagnostics
    assert (found.code, found.help) == ("unquoted-path", 'write "std/resnet.cnn"')


def test_a_text_that_is_no_spec_is_given_up_after_a_thousand_mistakes():
    found = codes("model A {\n input 3\n" + " Dense(3);\n" * 1_500 + "}")
    assert len(found) == 1_001
    assert found[-2:] == ["semicolon", "too-many-mistakes"]
