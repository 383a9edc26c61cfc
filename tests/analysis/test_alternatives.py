"""What would change with other arguments: every row against a network in which the layer has them."""

from __future__ import annotations

from random import Random

import pytest

from cnnspec.analysis.explain import Table, explain_layer
from cnnspec.analysis.rows import analyse_model
from cnnspec.layers.base import LayerError
from cnnspec.schema.values import Word
from support.field_networks import FieldNetworks
from support.hand_built import Build, layer, mnist_cnn, resolve_by_hand


def rows_of(build: Build, index: int) -> list[dict[str, str]]:
    sections = explain_layer(build.model(), build.report(), index).sections
    lines = next((section.lines for section in sections if section.heading == "What would change"), ())
    return [dict(zip(line.columns, row, strict=True)) for line in lines if isinstance(line, Table) for row in line.rows]


def test_the_lectures_layer() -> None:
    rows = {row["with"]: row for row in rows_of(mnist_cnn(), 5)}
    assert rows["as it is"] == {
        "with": "as it is",
        "output": "3×3×64",
        "parameters": "36,928",
        "MACs": "331,776",
        "field R": "18",
        "jump J": "4",
    }
    assert rows["strides=2×2"]["output"] == "2×2×64"
    assert rows["padding=same"]["MACs"] == "921,600"
    assert rows["dilation_rate=2×2"]["field R"] == "26"
    assert rows["filters=32"]["parameters"] == "18,464"


def test_what_does_not_fit_says_so() -> None:
    build = Build()
    build.input(3, 3, 1)
    build.add(layer("Conv2D", 1, 3))
    rows = {row["with"]: row["output"] for row in rows_of(build, 1)}
    assert rows["kernel_size=5×5"] == "does not fit (kernel-exceeds-input)"


def test_layers_without_such_arguments_have_no_table() -> None:
    build = mnist_cnn()
    assert rows_of(build, 6) == []
    assert rows_of(build, 0) == []


def read_value(name: str, text: str) -> object:
    if name in ("kernel_size", "pool_size", "strides", "dilation_rate"):
        return tuple(map(int, text.split("×")))
    if name == "padding":
        return Word(text)
    return text == "true" if name == "use_bias" else int(text)


def check_rows(build: Build, index: int) -> int:
    """Each row is what a network says in which the layer has that argument; how many there were."""
    changed = 0
    old = build.nodes[index]
    for row in rows_of(build, index)[1:]:
        name, _, text = row["with"].partition("=")
        made = type(old.layer).bind((), {**old.layer.changed(), name: read_value(name, text)})
        nodes = (*build.nodes[:index], old.model_copy(update={"layer": made}))
        network = build.network().model_copy(update={"nodes": nodes, "outputs": (index,), "scopes": ()})
        if row["output"].startswith("does not fit"):
            with pytest.raises(LayerError):
                resolve_by_hand(network)
            continue
        found = analyse_model(resolve_by_hand(network)).rows[index]
        assert row["output"] == str(found.output_shape)
        assert row.get("parameters", "0") == f"{found.params:,}"
        assert row.get("MACs", "0") == f"{found.macs:,}"
        if found.field is not None and not found.field.sizes:
            sizes = [str(size) for size in found.field.size]
            assert row["field R"] in (sizes[0], "×".join(sizes))
        changed += 1
    return changed


def test_rows_are_what_such_a_network_says() -> None:
    changed = 0
    for seed in range(60):
        random = Random(seed)
        build = FieldNetworks(random, random.choice((1, 2)), 16).draw()
        for index in range(1, len(build.nodes)):
            changed += check_rows(build, index)
    assert changed > 300


@pytest.mark.parametrize(
    "kind", ["DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "AvgPool2D", "Subsampling2D", "Filter2D"]
)
def test_every_kind_with_a_window(kind: str) -> None:
    arguments = {
        "DepthwiseConv2D": (3,),
        "SeparableConv2D": (4, 3),
        "Conv2DTranspose": (4, 3),
        "AvgPool2D": (3,),
        "Subsampling2D": (2,),
        "Filter2D": ("sobel_x",),
    }
    build = Build()
    build.input(12, 13, 4)
    build.add(layer(kind, *arguments[kind]))
    assert check_rows(build, 1) >= 1
