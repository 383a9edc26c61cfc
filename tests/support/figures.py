"""The table of published figures (``figures.json``), found by ``CNNSPEC_GOLDEN``, and how a report is held against a row."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import pytest

from cnnspec.analysis.report import ModelReport, Row
from cnnspec.layers.window import Axis
from cnnspec.record import replace
from support.published import Figures, Published

Entry = Mapping[str, Any]

#: What a row says about itself; the rest is compared.
ABOUT = frozenset({"model", "variant", "source", "verified", "input", "note", "rf_note", "rf_at", "rf_pad_known", "aligned"})


def golden() -> tuple[Entry, ...]:
    """All rows; the test is skipped where the table is not at hand."""
    folder = os.environ.get("CNNSPEC_GOLDEN")
    if not folder:
        pytest.skip("needs the table of published figures: CNNSPEC_GOLDEN is the folder of figures.json")
    return read(Path(folder) / "figures.json")


@cache
def read(path: Path) -> tuple[Entry, ...]:
    """The rows of a table."""
    return tuple(json.loads(path.read_text(encoding="utf-8")))


def rows_of(figures: Figures) -> list[Entry]:
    """The rows that these figures name."""
    named = [row for row in golden() if (row["model"], row["variant"]) == (figures.model, figures.variant)]
    return named if figures.size is None else [row for row in named if extent_of(row) == figures.size]


def extent_of(row: Entry) -> int | None:
    """The height of a row's input; tables of Keras have it first, the others behind the channels."""
    shape = row.get("input")
    return None if shape is None else shape[0] if row["variant"].startswith("keras") else shape[-1]


def report_for(model: Published, figures: Figures, row: Entry) -> ModelReport:
    """The model's report at the row's input."""
    extent = extent_of(row)
    if figures.resize is None or extent is None:
        spec = model.load()
    elif figures.resize == "?":
        spec = model.load(extents=(extent, extent))
    else:
        spec = model.load({figures.resize: extent})
    report = spec.model(model.model)
    assert report.ok, [d.message for d in spec.report.diagnostics]
    if extent is not None:
        assert str(extent) in str(next(row for row in report.rows if row.is_input).output_shape)
    return report


def columns(row: Entry, figures: Figures) -> list[str]:
    """The columns of a row that these figures hold."""
    return [key for key in row if key not in ABOUT and (not figures.only or key in figures.only)]


def compare(row: Entry, report: ModelReport, figures: Figures) -> None:
    """Hold the report against the figures of a row.

    Raises:
        AssertionError: a figure differs, or nobody knows what it means.
    """
    compared = columns(row, figures)
    assert compared
    at = last_field(report) if figures.at is None else find(report, figures.at)
    if figures.part:
        report = cut_behind(report, at)
    for key in compared:
        assert key in FOUND, f"what is {key}?"
        if key == "rf_pad" and row.get("rf_pad_known") is False:
            continue
        found = FOUND[key](row, report, at)
        assert found == row[key], f"{key}: {found}, published {row[key]}"


def cut_behind(report: ModelReport, last: Row) -> ModelReport:
    """The report of the layers up to one, as if it were the last."""
    rows = report.rows[: last.index + 1]
    totals = replace(
        report.totals,
        trainable=sum(row.trainable for row in rows),
        non_trainable=sum(row.non_trainable for row in rows),
        macs=sum(row.macs or 0 for row in rows),
    )
    network = report.network.model_copy(update={"nodes": report.network.nodes[: len(rows)], "outputs": (last.index,)})
    return replace(report, rows=rows, totals=totals, network=network)


def find(report: ModelReport, name: str) -> Row:
    """The layer whose path ends in a name; of a block or flow its last one."""
    found = report.network.find(name) or [scope.last - 1 for scope in report.network.scopes if scope.path == name]
    (index,) = found
    return report.rows[index]


def last_field(report: ModelReport) -> Row:
    """The last layer whose units have a field; where none has, the last of all."""
    return next((row for row in reversed(report.rows) if row.field is not None), report.rows[-1])


def _single(values: tuple[int | None, ...]) -> int | None:
    """The one number of a square."""
    (value,) = set(values)
    return value


def _sequence(row: Entry, report: ModelReport, _: Row) -> list[int | None]:
    """The field of the input and behind every window that slides."""
    windows = [layer for layer in report.rows if layer.is_input or (layer.facts and isinstance(layer.facts.window, tuple))]
    return [_single(layer.field.size) for layer in windows if layer.field is not None]


def _field(row: Entry, _: ModelReport, at: Row) -> object:
    """The size; where units take turns, all sizes that they have."""
    assert at.field is not None
    if not isinstance(row["rf"], list):
        return _single(at.field.size)
    (sizes,) = set(at.field.sizes)
    return list(sizes)


def _params(row: Entry, report: ModelReport, _: Row) -> int | None:
    """Keras counts its moving statistics, torchvision and papers do not."""
    return report.totals.params if "keras" in row["variant"].lower() else report.totals.trainable


def _buffers(row: Entry, report: ModelReport, _: Row) -> int:
    """Torch's batch normalisation has a counter of batches beside its statistics."""
    counters = sum(layer.kind == "BatchNorm" and not layer.shared for layer in report.rows)
    assert report.totals.non_trainable is not None
    return report.totals.non_trainable + counters


def _activations(row: Entry, report: ModelReport, _: Row) -> int:
    """Outputs of convolutions and dense layers only."""
    return sum(int(layer.activation_elements) for layer in report.rows if layer.macs)  # type: ignore[arg-type]


def _channels_first(layer: Row) -> list[int]:
    assert layer.output_shape is not None
    *extents, channels = layer.output_shape.dims
    return [int(channels), *(int(n) for n in extents)]  # type: ignore[arg-type]


def _out_shape(row: Entry, report: ModelReport, _: Row) -> list[int]:
    """A vector is the map of one position that a row may have in its place."""
    found = _channels_first(report.rows[report.network.outputs[0]])
    return found + [1] * (len(row["out_shape"]) - 1) if len(found) == 1 else found


def _cumulative(row: Entry, report: ModelReport, at: Row) -> float:
    """FLOPs of a layer and everything before it, in thousand millions, as TensorFlow's profiler counts them.

    Two a multiply-accumulate, one to add a bias, and k·k for a value that is pooled from a window of k×k.
    """
    return round(sum(map(_profiled, report.rows[: at.index + 1])) / 1e9, 3)


def _profiled(layer: Row) -> int:
    if layer.facts is None:
        return 0
    each = int(any(param.role == "bias" and layer.macs for param in layer.facts.params))
    if isinstance(layer.facts.window, tuple) and "Pool" in layer.kind:
        each = prod(axis.kernel for axis in layer.facts.window if isinstance(axis, Axis))
    return 2 * int(layer.macs or 0) + each * int(layer.activation_elements or 0)  # type: ignore[arg-type]


def _per_layer(column: str, figure: Callable[[Row], int | None]) -> Callable[[Entry, ModelReport, Row], dict[str, int]]:
    """A figure of each layer of a paper, which is a scope here whose name begins with its own in small letters."""

    def found(row: Entry, report: ModelReport, _: Row) -> dict[str, int]:
        scopes = {name: name.partition("(")[0].lower() for name in row[column]}
        paths = [node.path for node in report.network.nodes]
        return {
            name: sum(figure(layer) or 0 for layer, path in zip(report.rows, paths, strict=True) if path.startswith(scope))
            for name, scope in scopes.items()
        }

    return found


def _tool_totals(row: Entry, report: ModelReport, _: Row) -> dict[str, int]:
    """What tools count: four of them as we do, or that and biases; the rest weigh activations and pooling each in its way."""
    totals = report.totals
    assert isinstance(totals.macs, int)
    biases = sum(
        int(layer.activation_elements or 0)  # type: ignore[arg-type]
        for layer in report.rows
        if layer.macs and layer.facts is not None and any(param.role == "bias" for param in layer.facts.params)
    )
    scales = sum(layer.trainable for layer in report.rows if layer.kind == "BatchNorm")
    counted = {
        "FlopCounterMode_flops": 2 * totals.macs,
        "calflops_macs": totals.macs,
        "ptflops_aten": totals.macs + biases,
        "torchinfo": totals.macs + biases + scales,
    }
    return {**row["tool_totals"], **counted}


#: What each column means in terms of a report; more are added by the tests of the analyses that find them.
FOUND: dict[str, Callable[[Entry, ModelReport, Row], object]] = {
    "params": _params,
    "trainable": lambda _, report, __: report.totals.trainable,
    "non_trainable": lambda _, report, __: report.totals.non_trainable,
    "buffers": _buffers,
    "macs": lambda _, report, __: report.totals.macs,
    "connections": lambda _, report, __: report.totals.connections,
    "per_layer_params": _per_layer("per_layer_params", lambda layer: layer.trainable),
    "per_layer_connections": _per_layer("per_layer_connections", lambda layer: layer.connections),  # type: ignore[arg-type]
    "fwd_flops": lambda _, report, __: report.totals.flops,
    "bwd_flops": lambda _, report, __: report.totals.flops_backward,
    "tool_totals": _tool_totals,
    "activations": _activations,
    "out_shape": _out_shape,
    "feature_shape": lambda _, __, at: _channels_first(at),
    "rf": _field,
    "rf_sequence": _sequence,
    "rf_stride": lambda _, __, at: _single(at.field.jump),  # type: ignore[union-attr]
    "rf_pad": lambda _, __, at: -_single(at.field.start),  # type: ignore[union-attr,operator]
    "rf_min_path": lambda _, __, at: _single(at.field.smallest),  # type: ignore[union-attr]
    "gflops_cumulative_2_per_mac": _cumulative,
    "resolution_min": lambda _, report, __: _single(report.resolution.minimum),  # type: ignore[union-attr]
    "resolution_max": lambda _, report, __: _single(report.resolution.maximum),  # type: ignore[union-attr]
}
