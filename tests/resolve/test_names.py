"""What names mean, where they are visible, and what nodes are called."""

from support.checking import check, codes, rows


def test_automatic_names_count_from_one_per_kind_and_skip_given_names():
    paths = rows("""
        model Net {
          input 28x28x1
          Conv2D(4, 3x3) -> MaxPool2D -> BatchNorm
          last = Conv2D(4, 3x3)
          Conv2D(4, 3x3) -> LeakyReLU -> GlobalAvgPool2D
        }
    """)
    assert list(paths) == [
        "input", "conv2d_1", "max_pool2d_1", "batch_norm_1", "last", "conv2d_2", "leaky_relu_1", "global_avg_pool2d_1",
    ]  # fmt: skip


def test_blocks_repeats_and_named_flows_are_scopes_and_branches_are_not():
    paths = rows("""
        block Twice(n) {
          Conv2D(n, 1x1) -> Conv2D(n, 1x1)
        }
        model Net {
          input 8x8x4
          Twice(4) * 2
          repeat 2 as i {
            Conv2D(4 + i, 1x1)
          }
          stem = Conv2D(4, 1x1) -> ReLU
          named = Twice(4)
          Add {
            | Conv2D(4, 1x1)
            | Conv2D(4, 1x1)
          }
        }
    """)
    assert list(paths) == [
        "input",
        "twice_1/conv2d_1", "twice_1/conv2d_2", "twice_2/conv2d_1", "twice_2/conv2d_2",
        "repeat_1/0/conv2d_1", "repeat_1/1/conv2d_1",
        "stem/conv2d_1", "stem/relu_1",
        "named/conv2d_1", "named/conv2d_2",
        "conv2d_1", "conv2d_2", "add_1",
    ]  # fmt: skip
    assert paths["repeat_1/1/conv2d_1"] == "8×8×5"


def test_scopes_say_what_repeats():
    network = (
        check("""
        block One { Conv2D(4, 1x1) }
        model Net {
          input 8x8x4
          One * 3
          repeat 2 { ReLU }
        }
    """)
        .report.models[0]
        .network
    )
    groups = [(scope.path, scope.kind, scope.group) for scope in network.scopes]
    assert groups[0][2] == groups[1][2] == groups[2][2] is not None
    assert groups[3][1] == "repeat"
    assert groups[3][2] == groups[4][2] != groups[0][2]
    assert [(s.first, s.last) for s in network.scopes] == [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6)]


def test_nothing_is_defined_twice_or_hidden_but_a_file_let_by_a_parameter():
    assert codes("model N { input 8x8x1\n a = ReLU\n a = ReLU\n}") == ["name-defined-twice"]
    assert codes("let n = 3\nmodel N { input 8x8x1\n let n = 4\n Conv2D(n, 1x1)\n}") == ["name-defined-twice"]
    assert codes("let n = 3\nmodel N(n = 4) { input 8x8x1\n Conv2D(n, 1x1) :: 8x8x4\n}") == []
    assert codes("block B(n) {\n let n = 3\n Conv2D(n, 1x1)\n}\nmodel N { input 8x8x1\n B(3)\n}") == ["name-defined-twice"]


def test_a_second_definition_is_one_mistake():
    assert codes("model N { input 8x8x1\n let k = 2\n k = Conv2D(4, 1x1)\n [k, k] -> Add\n Conv2D(k, 1x1)\n}") == [
        "name-defined-twice"
    ]


def test_names_end_with_their_braces():
    assert codes("""
        model N {
          input 8x8x1
          Add {
            | a = Conv2D(2, 1x1)
            | a = Conv2D(2, 1x1)
          }
          a -> ReLU
        }
    """) == ["unknown-name"]


def test_a_block_does_not_see_the_names_of_its_user():
    assert codes("block B { Conv2D(width, 1x1) }\nmodel N { input 8x8x1\n let width = 3\n B\n}") == ["unknown-name"]
    assert codes("let width = 3\nblock B { Conv2D(width, 1x1) }\nmodel N { input 8x8x1\n B\n}") == []


def test_values_and_constants_are_not_each_other():
    assert codes("model N { input 8x8x1\n a = ReLU\n ReLU -> a\n}") == ["value-as-layer"]
    assert codes("model N { input 8x8x1\n a = ReLU\n Conv2D(a * 2, 1x1)\n}") == ["value-as-constant"]
    assert codes("model N { input 8x8x1\n let a = 3\n [a, a] -> Add\n}") == ["constant-as-layer", "constant-as-layer"]


def test_a_given_name_that_an_automatic_one_takes_is_an_error_either_way():
    assert codes("model N { input 8x8x1\n conv2d_1 = ReLU\n Conv2D(1, 1x1)\n}") == ["name-taken"]
    assert codes("model N { input 8x8x1\n Conv2D(1, 1x1)\n conv2d_1 = ReLU\n}") == ["name-taken"]


def test_a_lone_source_makes_a_value_current():
    assert (
        list(rows("model N { input 8x8x1\n a = Conv2D(2, 1x1)\n Conv2D(3, 1x1)\n a\n Conv2D(4, 1x1)\n}").values())[-1] == "8×8×4"
    )


def test_inputs_by_name():
    paths = rows("""
        model N {
          input a: 8x8x1
          input b: 8x8x2
          [a, b] -> Concat
        }
    """)
    assert paths == {"a": "8×8×1", "b": "8×8×2", "concat_1": "8×8×3"}
    assert codes("model N { input a: 8x8x1\n input b: 8x8x2\n ReLU\n}") == ["no-current-value"]


def test_outputs():
    network = (
        check("""
        model N {
          input 8x8x1
          a = Conv2D(2, 1x1)
          b = Conv2D(3, 1x1)
          output b, a
        }
    """)
        .report.models[0]
        .network
    )
    assert [network.nodes[at].path for at in network.outputs] == ["b", "a"]
