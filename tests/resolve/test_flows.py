"""Flows, merges, conditions, repeats, sharing and layers as parameters."""

import pytest

import cnnspec
from support.checking import check, codes, rows


def test_times_binds_tighter_than_arrow_and_zero_is_the_identity():
    assert list(rows("model N { input 8x8x1\n Conv2D(2, 1x1) * 2 -> ReLU\n}")) == ["input", "conv2d_1", "conv2d_2", "relu_1"]
    assert list(rows("model N { input 8x8x1\n Conv2D(2, 1x1) * 0 -> ReLU\n}")) == ["input", "relu_1"]


def test_branches_start_from_the_value_before_the_merge():
    paths = rows("""
        model N {
          input 8x8x4
          Multiply {
            |
            | GlobalAvgPool2D -> Dense(4, activation=sigmoid)
          }
        }
    """)
    assert paths["multiply_1"] == "8×8×4"


def test_if_without_a_matching_case_is_the_identity():
    text = "model N(n = {}) {{ input 8x8x1\n if n == 1 {{ Conv2D(3, 1x1) }} else if n == 2 {{ Conv2D(5, 1x1) }}\n ReLU\n}}"
    assert [rows(text.format(n))["relu_1"] for n in (1, 2, 3)] == ["8×8×3", "8×8×5", "8×8×1"]


def test_layers_as_parameters_keep_their_arguments_and_take_more():
    checked = check("""
        block Unit(norm = BatchNorm(epsilon=1e-5), act = none) {
          Conv2D(4, 1x1) -> norm(momentum=0.9) -> act
        }
        block Outer(norm) { Unit(norm) }
        model N {
          input 8x8x1
          Unit
          Unit(norm=none, act=ReLU)
          Outer(LayerNormLike)
        }
        block LayerNormLike(momentum = 0.5) { ReLU }
    """)
    assert checked.report.ok, [d.message for d in checked.report.diagnostics]
    layers = {node.path: node.layer for node in checked.report.models[0].network.nodes}
    assert layers["unit_1/batch_norm_1"].epsilon == 1e-5
    assert layers["unit_1/batch_norm_1"].momentum == 0.9
    assert "unit_2/relu_1" in layers
    assert not any("unit_2/batch" in path for path in layers)
    assert "outer_1/unit_1/layer_norm_like_1/relu_1" in layers


def test_what_is_still_to_come_may_have_no_name():
    text = "let conv = Conv2D(4, use_bias=false)\nmodel N { input 8x8x3\n conv(3x3)\n conv(5x5, strides=2, use_bias=true)\n}"
    assert [row.params for row in check(text).report.models[0].rows[1:]] == [108, 404]
    assert codes("let conv = Conv2D(use_bias=false)\nmodel N { input 8x8x3\n conv(filters=4, 3x3)\n}") == [
        "positional-after-named"
    ]
    assert codes("let conv = Conv2D(use_bias=false, 4)\nmodel N { input 8x8x3\n conv(3x3)\n}") == ["positional-after-named"]


def test_shared_layers_own_their_weights_once():
    checked = check("""
        block Encoder { Conv2D(16, 3x3) -> Flatten -> Dense(32) }
        model Siamese {
          input a: 28x28x1
          input b: 28x28x1
          share encoder = Encoder()
          fa = a -> encoder()
          fb = b -> encoder
          [fa, fb] -> Subtract -> Dense(1)
        }
    """)
    report = checked.report.models[0]
    assert checked.report.ok
    assert report.totals.params == 160 + 346_144 + 33
    assert [(n.path, n.shares) for n in report.network.nodes if n.path.startswith("encoder")] == [
        ("encoder/conv2d_1", None), ("encoder/flatten_1", None), ("encoder/dense_1", None),
        ("encoder_2/conv2d_1", 2), ("encoder_2/flatten_1", 3), ("encoder_2/dense_1", 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "second", "expected"),
    [
        ("Conv2D(8, 3x3)", "28x28x3", ["shared-input-differs"]),
        ("Conv2D(8, 3x3)", "14x14x1", []),
        ("Encoder", "14x14x1", ["shared-input-differs"]),
    ],
)
def test_what_a_shared_layer_may_be_applied_to(layer: str, second: str, expected: list[str]):
    text = f"""
        block Encoder {{ Flatten -> Dense(4) }}
        model N {{
          input a: 28x28x1
          input b: {second}
          share s = {layer}
          x = a -> s
          y = b -> s
          output x, y
        }}
    """
    assert codes(text) == expected


def test_a_shared_layer_can_be_a_parameter():
    report = check("""
        block Both(layer) { Add { | layer | layer() } }
        model N {
          input 8x8x1
          share s = Conv2D(1, 3x3, padding=same)
          Both(s)
        }
    """).report
    assert report.ok
    assert report.models[0].totals.params == 10


def test_weights_shared_inside_a_shared_block_are_those_of_its_first_use():
    text = """block Twice {
  share inner = Dense(4)
  inner
  inner
}
model M {
  input 4
  share outer = Twice()
  outer
  outer
}
"""
    (model,) = cnnspec.load(text).report.models
    assert [(node.path, node.shares) for node in model.network.nodes[1:]] == [
        ("outer/inner", None), ("outer/inner_2", 1), ("outer_2/inner", 1), ("outer_2/inner_2", 1),
    ]  # fmt: skip
    assert model.totals.params == 20


def test_a_block_that_no_model_uses_may_share_what_depends_on_its_input():
    assert codes("block Twice { share s = Dense(in.channels)\n Add { | s -> s | s } }") == []


def test_blocks_of_several_inputs():
    paths = rows("""
        block Fuse(n) {
          input a, b
          x = a -> Conv2D(n, 1x1)
          y = b -> Conv2D(n, 1x1)
          [x, y] -> Add
        }
        model N {
          input a: 8x8x1
          input b: 8x8x2
          [a, b] -> Fuse(4)
        }
    """)
    assert paths["fuse_1/add_1"] == "8×8×4"
    assert codes("block F { input a, b\n [a, b] -> Add\n}\nmodel N { input 8x8x1\n F\n}") == ["inputs-mismatch"]


def test_sizes_of_values():
    paths = rows("""
        block Half { Conv2D(in.channels // 2, 1x1) -> Conv2D(in.height, 1x1) -> Conv2D(in.rank, 1x1) }
        model N {
          input v: 8x9x10x6
          Conv3D(v.depth, 1x1x1) -> Conv3D(v.height + v.width, 1x1x1)
        }
        model M {
          input 8x9x6
          Half
        }
    """)
    assert paths["conv3d_2"] == "8×9×10×19"


def test_defaults_of_a_block_speak_of_what_flows_in():
    paths = rows("""
        block Bottleneck(filters = in.channels, expansion = 6, expanded = expansion * in.channels) {
          Conv2D(expanded, 1x1) -> Conv2D(filters, 1x1)
        }
        model N {
          input 8x8x4
          Bottleneck
          Bottleneck(3, expanded=5)
        }
    """)
    assert (paths["bottleneck_1/conv2d_1"], paths["bottleneck_1/conv2d_2"]) == ("8×8×24", "8×8×4")
    assert (paths["bottleneck_2/conv2d_1"], paths["bottleneck_2/conv2d_2"]) == ("8×8×5", "8×8×3")
    assert codes("block B(x = in) { ReLU }\nmodel N { input 8x8x4\n B\n}") == ["value-as-constant"]
    several = "model N { input a: 8x8x4\n input b: 8x8x4\n [a, b] -> B\n}"
    assert codes(f"block B(x = in.channels) {{ Conv2D(x, 1x1) }}\n{several}") == ["inputs-mismatch"]
    assert codes(f"block B(x = in.channels) {{ input a, b\n [a, b] -> Add -> Conv2D(x, 1x1)\n}}\n{several}") == [
        "in-outside-block"
    ]


def test_set_replaces_a_parameter_and_its_claims_are_not_judged():
    text = "model N(classes = 10) { input 8\n Dense(classes) :: 10\n expect params == 90\n}"
    report = check(text, replace={"classes": "20"}).report
    assert report.ok
    claim = report.models[0].claims[0]
    assert (claim.holds, report.models[0].totals.params) == (None, 180)
    assert "classes" in claim.reason
    assert check(text, replace={"classes": "10"}).report.models[0].claims[0].holds is True
    assert codes(text, replace={"clases": "3"}) == ["unknown-setting"]


def test_a_concrete_input_for_unknown_extents():
    text = "model N { input ?x?x1\n MaxPool2D\n}"
    assert rows(text)["max_pool2d_1"] == "⌊h/2⌋×⌊w/2⌋×1"
    assert rows(text, input=(31, 20))["max_pool2d_1"] == "15×10×1"
    assert codes("model N { input 8x8x1\n MaxPool2D\n}", input=(9, 9)) == ["input-shape"]


@pytest.mark.parametrize(("extents", "letters"), [("?x?x1", "h×w×1"), ("?x3", "l×3"), ("?x?x?x2", "d×h×w×2"), ("?x8x1", "h×8×1")])
def test_letters_of_unknown_extents(extents: str, letters: str):
    assert rows(f"model N {{ input {extents}\n ReLU\n}}")["input"] == letters
    assert rows(f"model N {{ input a: {extents}\n ReLU\n}}")["a"] == letters
    assert rows(f"model N {{ input a: {extents}\n input b: 8\n a -> ReLU\n}}")["a"].startswith("a.")


def test_network_json_round_trip():
    from cnnspec.ir import Network

    network = (
        check("""
        block B(n) { Conv2D(n, 3x3, padding=[[1, 1], [0, 2]], kernel_regularizer=l2(0.1), activation=leaky_relu(0.1)) }
        model N {
          input a: 8x8x2
          share s = Dense(3, kernel_initializer=constant(0.5))
          B(4) -> B(4) -> GlobalAvgPool2D
          x = s
          y = a -> GlobalAvgPool2D -> Dense(4)
          z = y -> s
          [x, z] -> Add
        }
    """)
        .report.models[0]
        .network
    )
    import json

    again = Network.from_json(json.loads(json.dumps(network.to_json())))
    assert again == network
    with pytest.raises(ValueError, match="version"):
        Network.from_json({**network.to_json(), "version": 99})


def test_after_a_mistake_with_a_suggestion_the_rest_is_checked_as_if_it_were_followed():
    text = """
        model N {
          input 12x12x1
          Conv2D(6, 5x5, padding="same")
          MaxPool2D(2, stride=2)
          Conv2D(6, 7x7, activation=rleu)
          Conv2D(6, 5x5)
          Conv2D(6, 5x5)
        }
    """
    assert codes(text) == ["quoted-word", "unknown-argument", "kernel-exceeds-input", "unknown-word"]
    assert check(text).report.models[0].totals.params is None


def test_a_layer_of_another_package_says_why_it_rejects_its_input(monkeypatch: pytest.MonkeyPatch):
    from typing import ClassVar

    from cnnspec.layers import registry
    from cnnspec.layers.base import Facts, Layer, LayerError, Repair
    from cnnspec.layers.shape import Shape

    class Even(Layer):
        kind: ClassVar[str] = "Even"
        strict_size: bool = True

        def facts(self, *inputs: Shape) -> Facts:
            if self.strict_size:
                repair = Repair("strict_size=false accepts it", argument="strict_size", value=False)
                raise LayerError("layer-rejects-input", layer="Even", shape=str(inputs[0]), reason="7 is odd", repairs=(repair,))
            return Facts(inputs[0])

    known, found = registry.known_name, registry.layer_class
    monkeypatch.setattr(registry, "known_name", lambda name: name == "Even" or known(name))
    monkeypatch.setattr(registry, "layer_class", lambda name: Even if name == "Even" else found(name))
    diagnostic = check("model N { input 7x7x1\n Even\n}").report.diagnostics[0]
    assert (diagnostic.code, diagnostic.help) == ("layer-rejects-input", "strict_size=false accepts it")
    assert diagnostic.message == "Even does not accept 7×7×1: 7 is odd"
    assert [edit.text for edit in diagnostic.fix] == ["(strict_size=false)"]
