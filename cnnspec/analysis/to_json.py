"""A report as plain data for ``json.dumps``: the keys of ``cnnspec check --format json``, kept stable, added to freely."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Final, cast

from cnnspec.analysis.memory.to_json import memory_to_json
from cnnspec.analysis.reading import count_positions
from cnnspec.analysis.report import (
    ClaimResult,
    FileReport,
    ModelReport,
    ReceptiveField,
    RecipeReport,
    Report,
    Resolution,
    Row,
    Totals,
)
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.extent import Extent
from cnnspec.layers.shape import Shape

if TYPE_CHECKING:
    from cnnspec.layers.allowed import Allowed

#: Raised when a reader of the older form would misread the new one.
SCHEMA: Final = 1


def report_to_json(report: Report) -> dict[str, object]:
    """What ``check`` found, as plain data."""
    data: dict[str, object] = {"schema": SCHEMA, "ok": report.ok, "files": [file_to_json(file) for file in report.files]}
    if report.fixed is not None:
        data["fixed"] = len(report.fixed)
    return data


def file_to_json(file: FileReport) -> dict[str, object]:
    """One file with its diagnostics, models and recipes; ``fixed`` only where fixes were asked for."""
    data: dict[str, object] = {
        "path": file.path,
        "ok": file.ok,
        "diagnostics": [diagnostic.to_json() for diagnostic in file.diagnostics],
        "models": [model_to_json(model) for model in file.models],
        "recipes": [recipe_to_json(recipe) for recipe in file.recipes],
    }
    if file.fixed is not None:
        data["fixed"] = [{"code": d.code, "message": d.message, "line": d.span.line} for d in file.fixed]
    return data


def claims_to_json(report: Report) -> dict[str, object]:
    """The claims of a report alone."""
    files: list[dict[str, object]] = [
        {
            "path": file.path,
            "ok": file.ok,
            "models": [
                {
                    "name": model.name,
                    "ok": model.ok,
                    "claims": [claim_to_json(claim) for claim in model.claims],
                    "shape_claims": [claim_to_json(claim) for claim in model.shape_claims],
                }
                for model in file.models
            ],
            "recipes": [recipe_to_json(recipe) for recipe in file.recipes],
        }
        for file in report.files
    ]
    return {"schema": SCHEMA, "ok": report.ok, "files": files}


def model_to_json(model: ModelReport) -> dict[str, object]:
    """One model with a row per input and layer; ``sizes`` only where an input leaves them open."""
    data: dict[str, object] = {
        "name": model.name,
        "ok": model.ok,
        "layers": [row_to_json(row) for row in model.rows if not row.is_placeholder],
        "outputs": [model.network.nodes[index].path for index in model.network.outputs],
        "totals": totals_to_json(model.totals),
        "memory": memory_to_json(model),
        "claims": [claim_to_json(claim) for claim in model.claims],
        "shape_claims": [claim_to_json(claim) for claim in model.shape_claims],
        "conditions": list(model.conditions),
        "resolution": resolution_to_json(model.resolution),
        "unread": {name: [count_positions(axis) for axis in axes] for name, axes in model.unread.items()},
    }
    if model.allowed is not None:
        data["sizes"] = allowed_to_json(model.allowed)
    return data


def allowed_to_json(allowed: Allowed) -> dict[str, object]:
    """The sets that each unknown must lie in: ``extra``, or from ``start`` on what is modulo ``period`` in ``residues``."""
    return {
        symbol: [
            {"period": one.period, "residues": sorted(one.residues), "start": one.start, "extra": sorted(one.extra)}
            for one in sets
        ]
        for symbol, sets in zip(allowed.symbols, allowed.sets, strict=True)
    }


def resolution_to_json(resolution: Resolution | None) -> dict[str, list[int]] | None:
    """The sizes of input that the model is made for, per axis."""
    return None if resolution is None else {"min": list(resolution.minimum), "max": list(resolution.maximum)}


def row_to_json(row: Row) -> dict[str, object]:
    """One row; keys that say nothing for most layers (``shared``, ``unproductive``, formulas) stand only where they do."""
    data: dict[str, object] = {
        "name": row.name,
        "kind": row.kind,
        "path": row.path,
        "inputs": list(row.inputs),
        "line": row.line,
        "output_shape": None if row.output_shape is None else row.output_shape.to_json(),
        "params": {"trainable": row.trainable, "non_trainable": row.non_trainable},
        "macs": _number(row.macs),
        "macs_backward": _number(row.macs_backward),
        "elementwise": _number(row.elementwise),
        "connections": _number(row.connections),
        "receptive_field": field_to_json(row.field),
        "coverage": row.coverage,
        "im2col": None if row.im2col is None else list(row.im2col),
        "activation_elements": _number(row.activation_elements),
        "receptive_field_status": row.field_status,
        "receptive_field_centre": None if row.field is None else list(map(_whole, row.field.centre)),
    }
    if row.field is not None and row.field.smallest not in ((), row.field.size):
        data["smallest_receptive_field"] = list(row.field.smallest)
    if row.used_at:
        data["used_at"] = list(row.used_at)
    if row.shared:
        data["shared"] = True
    if row.gated:
        data["gated"] = True
    if row.unproductive:
        data["unproductive"] = True
    if row.fields:
        data["receptive_fields"] = {name: field_to_json(field) for name, field in row.fields.items()}
    if row.facts is not None and any(row.facts.drops):
        data["drops"] = list(row.facts.drops)
    counts = {"macs": row.macs, "elementwise": row.elementwise, "connections": row.connections}
    _add_formulas(data, **counts, activation_elements=row.activation_elements)
    if row.output_shape is not None and not row.output_shape.known:
        data["output_shape_formula"] = str(row.output_shape)
    return data


def field_to_json(field: ReceptiveField | None) -> dict[str, object]:
    """The field's three numbers per axis, null where everything is seen or nothing is known.

    Where units take turns, ``sizes`` has all sizes along each axis and ``period`` after how many units they come again.
    """
    if field is None:
        return {"size": None, "jump": None, "start": None}
    jump = [distance if isinstance(distance, int) else float(distance) for distance in field.jump]
    data: dict[str, object] = {"size": list(field.size), "jump": jump, "start": list(field.start)}
    if field.sizes:
        data["sizes"] = [list(sizes) for sizes in field.sizes]
        data["period"] = list(field.period)
    return data


def _whole(position: float | None) -> float | None:
    """A position that is a pixel as an integer."""
    return int(position) if position is not None and position.is_integer() else position


def totals_to_json(totals: Totals) -> dict[str, object]:
    """The sums, null where a part is unknown or symbolic."""
    data: dict[str, object] = {
        "params": totals.params,
        "trainable": totals.trainable,
        "non_trainable": totals.non_trainable,
        "macs": _number(totals.macs),
        "activation_elements": _number(totals.activation_elements),
        "flops": _number(totals.flops),
        "macs_backward": _number(totals.macs_backward),
        "flops_backward": _number(totals.flops_backward),
        "elementwise": _number(totals.elementwise),
        "connections": _number(totals.connections),
        "input_elements": _number(totals.input_elements),
        "depth": totals.depth,
    }
    counts = {"macs": totals.macs, "elementwise": totals.elementwise, "connections": totals.connections}
    _add_formulas(data, **counts, activation_elements=totals.activation_elements)
    return data


def recipe_to_json(recipe: RecipeReport) -> dict[str, object]:
    """One recipe with its claims."""
    return {
        "name": recipe.name,
        "model": recipe.model,
        "ok": recipe.ok,
        "claims": [claim_to_json(claim) for claim in recipe.claims],
    }


def claim_to_json(claim: ClaimResult) -> dict[str, object]:
    """One claim with what was found; ``reason`` says why it could not be judged, ``figures`` has all where there are several.

    ``use`` is the path of the use of a block that a claim of the block speaks of.
    """
    data: dict[str, object] = {
        "text": claim.text,
        "holds": claim.holds,
        "actual": plain(claim.actual),
        "line": claim.line,
    }
    if claim.reason:
        data["reason"] = claim.reason
    if claim.use:
        data["use"] = claim.use
    if len(claim.figures) > 1:
        data["figures"] = {figure.text: plain(figure.value) for figure in claim.figures}
    return data


def plain(value: object) -> object:
    """A value of the analysis as JSON knows it: shapes as lists, formulas as text."""
    match value:
        case float() if not isfinite(value):
            return str(value)  # JSON has no word for it
        case None | bool() | str() | float():
            return value
        case int():
            return int(value)
        case Extent():
            return str(value)
        case Shape():
            return value.to_json()
        case Mapping():
            return {str(key): plain(item) for key, item in cast("Mapping[object, object]", value).items()}
        case list() | tuple():
            return [plain(item) for item in cast("tuple[object, ...]", value)]
        case _:
            return str(value)


def _number(size: Size | None) -> int | None:
    return int(size) if isinstance(size, int) else None


def _add_formulas(data: dict[str, object], **sizes: Size | None) -> None:
    for name, size in sizes.items():
        if isinstance(size, Extent):
            data[f"{name}_formula"] = str(size)
