"""What there is: the specs of a folder with their figures, and the kinds of layers."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.report import FileReport, ModelReport, Report
from cnnspec.diagnostics.writers.columns import Style, text_width
from cnnspec.layers.arithmetic import Size, group_digits, show_size
from cnnspec.layers.base import Layer
from cnnspec.layers.extent import Extent
from cnnspec.layers.registry import UnusableLayer, all_kinds, announced_kinds, layer_class, package_of
from cnnspec.render import text_values as values
from cnnspec.render.text_reference import describe_layer
from cnnspec.render.text_table import write_table


def write_list(report: Report, style: Style | None = None, *, claims: bool = False) -> str:
    """A row per model with its input, parameters and multiply-accumulates, by file; files without a model come last.

    With ``claims`` also how many of its claims hold.
    """
    style = style or Style()
    columns = len(_HEADS) if claims else len(_HEADS) - 1
    widest = _WIDEST - _CLAIMS if claims else _WIDEST
    rows = [
        row if isinstance(row, str) else row[:columns]
        for file in report.files
        for row in _rows(file, style.line(file.path), widest)
    ]
    lines = list(write_table(_HEADS[:columns], rows, style, style.width, numeric=_NUMERIC[:columns])) if rows else []
    libraries = [file.path for file in report.files if file.ok and not file.models]
    if libraries:
        lines += ["", "blocks to use", *(f"  {style.line(path)}" for path in libraries)]
    return "".join(f"{line}\n" for line in lines)


_HEADS = ("spec", "input", "parameters", "MACs", "claims")
_NUMERIC = (False, False, True, True, True)


def _rows(file: FileReport, path: str, widest: int) -> Iterator[tuple[str, ...] | str]:
    """A single model stands beside its file, unless the path is long; several stand below it."""
    if len(file.models) == 1 and text_width(path) <= widest:
        yield _row(path, file.models[0])
    elif file.models:
        yield path
        yield from (_row(f"{_INDENT}{model.name}", model) for model in file.models)


#: Up to this width a path leaves room for the other columns on a line of 80.
_WIDEST = 32
#: What the column of claims takes of that.
_CLAIMS = 8
#: No-break spaces: a cell that is wrapped keeps them.
_INDENT = "\u00a0\u00a0"


def _row(name: str, model: ModelReport) -> tuple[str, ...]:
    params = model.totals.params
    return (
        name,
        _inputs(model),
        values.UNKNOWN if params is None else group_digits(params),
        _macs(model.totals.macs),
        _claims(model),
    )


def _claims(model: ModelReport) -> str:
    """How many hold, of the ``expect`` and the ``::``; of how many, where not all do."""
    claims = (*model.claims, *model.shape_claims)
    holding = sum(claim.holds is True for claim in claims)
    if not claims:
        return values.NOTHING
    return f"{holding} hold" if holding == len(claims) else f"{holding} of {len(claims)} hold"


def _macs(macs: Size | None) -> str:
    """A number; of a formula only that it is one."""
    return "depends on size" if isinstance(macs, Extent) else show_size(macs)


def _inputs(model: ModelReport) -> str:
    return ", ".join(values.show_shape(row.output_shape) for row in model.rows if row.is_input)


def list_to_json(report: Report) -> list[dict[str, object]]:
    """The same rows as plain data; figures that are not numbers are null."""
    return [
        {
            "model": model.name,
            "path": file.path,
            "ok": file.ok,
            "inputs": [None if row.output_shape is None else row.output_shape.to_json() for row in model.rows if row.is_input],
            "params": model.totals.params,
            "macs": int(model.totals.macs) if isinstance(model.totals.macs, int) else None,
        }
        for file in report.files
        for model in file.models
    ]


def write_layers(style: Style | None = None) -> str:
    """Every kind with its description, by family; those of other packages after them, by package."""
    style = style or Style()
    lines: list[str] = []
    for heading, kinds in (*_families(), *_other_packages()):
        rows = [(kind, _describe(layer)) for kind, layer in kinds]
        table = list(write_table((heading, ""), rows, style, style.width))
        lines += [*([""] if lines else []), *table]
    lines += ["", "cnnspec explain KIND describes one with its arguments."]
    return "".join(f"{line}\n" for line in lines)


def layers_to_json() -> list[dict[str, str | None]]:
    """Every kind with its package, family and description; no family of one that cannot be had from its package."""
    own = [(family, kind, layer) for family, kinds in _families() for kind, layer in kinds]
    others = [
        (None if isinstance(layer, UnusableLayer) else layer.family, kind, layer)
        for _, kinds in _other_packages()
        for kind, layer in kinds
    ]
    return [
        {"kind": kind, "package": package_of(kind), "family": family, "description": _describe(layer)}
        for family, kind, layer in (*own, *others)
    ]


def _describe(layer: type[Layer] | UnusableLayer) -> str:
    return str(layer) if isinstance(layer, UnusableLayer) else describe_layer(layer)


def _families() -> Iterator[tuple[str, list[tuple[str, type[Layer]]]]]:
    found: dict[str, list[tuple[str, type[Layer]]]] = {}
    for kind in all_kinds():
        layer = layer_class(kind)
        found.setdefault(layer.family, []).append((kind, layer))
    yield from found.items()


def _other_packages() -> Iterator[tuple[str, list[tuple[str, type[Layer] | UnusableLayer]]]]:
    found: dict[str, list[tuple[str, type[Layer] | UnusableLayer]]] = {}
    for kind in announced_kinds():
        found.setdefault(package_of(kind), []).append((kind, _class_or_reason(kind)))
    yield from found.items()


def _class_or_reason(kind: str) -> type[Layer] | UnusableLayer:
    """The class, or why there is none: a list is whole, whatever is installed."""
    try:
        return layer_class(kind)
    except UnusableLayer as error:
        return error
