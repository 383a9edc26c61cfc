"""Mistakes that people from Keras and Torch make: one diagnostic each, with the cause and a help that can be followed."""

from cnnspec.diagnostics import Diagnostic, Severity, apply_edits
from support.checking import check, codes


def problems(text: str) -> list[Diagnostic]:
    """Errors and warnings, in order."""
    return [item for item in check(text).report.diagnostics if item.severity is not Severity.INFO]


def test_a_misspelt_argument_is_not_missing_as_well():
    assert codes("model N { input 8x8x1\n Conv2D(out_channels=3, kernel_size=1) }") == ["unknown-argument"]
    assert codes("model N { input 8x8x1\n Dropout(p=0.5) }") == ["unknown-argument"]
    assert codes("block B(filters) { Conv2D(filters, 1) }\nmodel N { input 8x8x1\n B(filtres=3) }") == ["unknown-argument"]


def test_surplus_arguments_are_one_mistake():
    assert codes("model N { input 8x8x1\n ReLU(1, 2, 3, 4, 5) }") == ["too-many-arguments"]
    assert codes("block B(n) { Conv2D(n, 1) }\nmodel N { input 8x8x1\n B(1, 2, 3) }") == ["too-many-arguments"]
    (found,) = problems("model N { input 8x8x1\n a = ReLU\n Add(a, a) }")
    assert "[a, a] -> Add" in (found.help or "")


def test_names_of_torch_lose_the_channels_that_come_in():
    (found,) = problems("model N { input 8x8x1\n nn.Conv2d(1, 32, 3) }")
    assert (found.code, found.message) == ("unknown-layer", "there is no layer or block called nn.Conv2d")
    assert "Conv2D(32, 3)" in (found.help or "")
    assert apply_edits("model N { input 8x8x1\n nn.Conv2d(1, 32, 3) }", found.fix).endswith("\n Conv2D(32, 3) }")
    assert (
        codes("model N { input 8x8x1\n Conv2d(32, 3x3) -> BatchNorm2d(32) -> Flatten -> Linear(1152, 10) }")
        == ["unknown-layer"] * 3
    )


def test_a_suggestion_has_the_rank_of_what_flows_in():
    assert "MaxPool2D" in (problems("model N { input 8x8x1\n maxpool }")[0].help or "")
    assert "MaxPool1D" in (problems("model N { input 8x1\n maxpool }")[0].help or "")


def test_a_block_of_a_used_file_is_suggested_with_its_prefix():
    (found,) = problems('use "std/resnet.cnn" as r\nmodel N { input 32x32x3\n Basic(64) }')
    assert found.help == "did you mean r.Basic?"


def test_an_unknown_name_in_a_count_or_condition_is_an_unknown_name():
    assert codes("model N { input 8x8x1\n repeat n { ReLU } }") == ["unknown-name"]
    assert codes("model N { input 8x8x1\n ReLU * two }") == ["unknown-name"]
    assert codes("model N { input 8x8x1\n if deep { ReLU } }") == ["unknown-name"]


def test_unknown_names_where_nothing_is_defined():
    (found,) = problems("model N { input 8x8x1\n [a, a] -> Add }")[:1]
    assert "none" not in (found.help or "")
    assert "no name is defined here" in (found.help or "")


def test_nearly_equal_belongs_to_claims():
    assert codes("model N(a = 1) { input 8x8x1\n if a ~= 1 { ReLU } }") == ["claim-invalid"]
    assert codes("model N { input 8x8x1\n let a = 3 ~= 1\n ReLU }") == ["claim-invalid"]


def test_a_comment_of_another_language_is_no_division():
    assert codes("model N { input 8x8x1  // image\n ReLU }") == ["foreign-comment"]


def test_a_branch_without_its_bar_is_one_mistake():
    assert codes("model N { input 8x8x1\n Add { ReLU }\n ReLU }") == ["branch-outside-merge"]


def test_a_text_where_a_number_belongs():
    (found,) = problems('model N { input 8x8x1\n Conv2D("a", 1) }')
    assert (found.code, found.message) == ("argument-value", 'filters of Conv2D must be an integer, not "a"')
    (found,) = problems('model N { input 8x8x1\n Conv2D("32", 1) }')
    assert found.help == "did you mean 32?"


def test_the_names_of_arguments_are_judged_where_their_values_are_unknown():
    assert codes("block B(f) { Conv2D(f, 3, pading=same) }\nmodel N { input 8x8x1\n ReLU }") == ["unknown-argument"]


def test_a_model_without_input_is_told_so_beside_other_mistakes():
    text = "model N {\n Conv2D(32, kernel_size=[3, 3)\n ReLU\n}"
    assert "missing-input" in codes(text)


def test_a_use_of_a_block_shows_values_and_not_the_names_they_came_by():
    text = """
        block Inner(n, k = 3, norm = BatchNorm) { Conv2D(n, k, padding=same) -> norm }
        block Middle(n, norm = BatchNorm(epsilon=1e-5)) {
          Inner(n, 2 * 1 + 1, norm=norm)
          Inner(n // 2, k=3x3)
        }
        model M {
          input 8x8x3
          Middle(2 * 4)
        }
    """
    scopes = check(text).report.models[0].network.scopes
    assert [f"{scope.label}({scope.arguments})" for scope in scopes] == ["Middle(8)", "Inner(8, 3)", "Inner(4, k=3×3)"]


def test_a_word_from_outside_is_named_as_the_value_it_is():
    text = "model N(classes = 10) { input 8\n Dense(classes) }"
    assert codes(text.replace("10", "abc")) == ["argument-value"]


def test_an_input_of_keras_is_one_mistake():
    (found,) = problems("model N {\n x = Input(shape=28x28x1)\n Flatten -> Dense(3)\n}")
    assert (found.code, found.span.text) == ("input-misplaced", "Input")
    assert codes("model N {\n keras.Input(shape=28x28x1)\n Flatten\n}") == ["input-misplaced"]


def test_a_file_used_twice_is_one_mistake():
    text = 'use "std/resnet.cnn"\nuse "std/resnet.cnn"\nmodel N { input 8\n ReLU }'
    assert codes(text) == ["name-defined-twice"]


def test_a_value_may_not_take_the_name_of_a_layer():
    assert codes("model N { input 8x8x1\n Conv2D = Conv2D(3, 1)\n Conv2D(3, 1) }") == ["hides-layer"]


def test_every_mistake_of_a_nested_call_is_reported():
    model = "model N { input 8\n Dense(10, activation=softmax) }\n"
    recipe = "train N { data = digits\n loss = mean_squared_error\n epochs = 1e3\n"
    found = problems(model + recipe + ' optimizer = Adam(learning_rate="0.1", decay=0.1) }')
    assert [(item.code, item.help) for item in found][:3] == [
        ("argument-value", "did you mean 1000?"),
        ("argument-value", "did you mean 0.1?"),
        ("unknown-argument", "a rate that falls is the recipe's `schedule = exponential(…)`"),
    ]
    assert "not 1e3" in found[0].message


def test_a_block_of_two_inputs_says_how_many_it_takes():
    block = "block Fuse { input a, b\n [a, b] -> Add }\n"
    (found,) = problems(block + "model N { input x: 8\n input y: 8\n [x, y, x] -> Fuse }")
    assert found.message == "Fuse takes exactly 2 values, but 3 values flow in"
    assert "`[a, b] -> Fuse`" in (found.help or "")


def test_a_message_is_one_line_however_long_its_subject_is():
    (found,) = check("model N { input 8x8x1\n[Conv2D(8,\n  3x3), ReLU] -> Add\n}").report.diagnostics[:1]
    assert found.message == "Conv2D(8, 3x3) is not a value that is known here"
