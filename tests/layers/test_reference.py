"""The table of arguments is made from the classes."""

from __future__ import annotations

from cnnspec.layers.reference import describe_arguments
from cnnspec.layers.registry import all_kinds, layer_class


def test_rows_of_a_convolution():
    rows = {name: rest for name, *rest in describe_arguments(layer_class("Conv2D"))}
    assert rows["filters"] == ["integer ≥ 1", "", "number of filters: channels of the output"]
    assert rows["strides"][:2] == ["integer or list of integers", "1×1"]
    assert rows["padding"][:2] == ["valid, same or integer, list or pairs", "valid"]
    assert rows["kernel_initializer"][:2] == ["initializer", "glorot_uniform"]
    assert rows["activation"][:2] == ["activation or none", "none"]
    assert rows["use_bias"][:2] == ["true or false", "true"]


def test_rows_of_others():
    assert describe_arguments(layer_class("ReLU"))[0] == (
        "max_value",
        "number ≥ 0 or none",
        "none",
        "greatest value; none: no limit",
    )
    assert {r[0]: r[2] for r in describe_arguments(layer_class("Conv1D"))}["strides"] == "1"
    assert describe_arguments(layer_class("Flatten"))[0][0] == "data_format"
    assert describe_arguments(layer_class("Identity")) == []


def test_no_row_speaks_python():
    for kind in all_kinds():
        for row in describe_arguments(layer_class(kind)):
            assert not any(
                word in " ".join(row) for word in ("tuple", "Annotated", "typing", "NoneType", "Literal", "pydantic")
            ), row
