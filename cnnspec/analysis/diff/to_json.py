"""A comparison as plain data for ``json.dumps``: the keys of ``cnnspec diff --format json``, kept stable, added to freely."""

from __future__ import annotations

from typing import Final

from cnnspec.analysis.diff.records import (
    Amount,
    ArgumentChange,
    ClaimChange,
    FileDiff,
    Group,
    LayerChange,
    ModelDiff,
    RecipeDiff,
    Totals,
)
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.analysis.to_json import claim_to_json, field_to_json, plain, row_to_json
from cnnspec.layers.arithmetic import Size
from cnnspec.layers.shape import Shape
from cnnspec.schema.values import CallValue, is_list, show

#: Raised when a reader of the older form would misread the new one.
SCHEMA: Final = 1


def diff_to_json(diff: FileDiff) -> dict[str, object]:
    """What changed between two files."""
    return {
        "schema": SCHEMA,
        "same": diff.same,
        "before": diff.before,
        "after": diff.after,
        "models": [model_diff_to_json(model) for model in diff.models],
        "recipes": [_recipe_to_json(recipe) for recipe in diff.recipes],
    }


def model_diff_to_json(diff: ModelDiff) -> dict[str, object]:
    """What changed between two models; ``status`` is ``same``, ``changed``, ``added`` or ``removed``."""
    data: dict[str, object] = {
        "name": diff.name,
        "before": _name(diff.before),
        "after": _name(diff.after),
        "status": _status(diff),
        "same_architecture": diff.same_architecture,
    }
    if diff.totals is None:
        return data
    return {
        **data,
        "removed": [_group_to_json(group) for group in diff.removed],
        "added": [_group_to_json(group) for group in diff.added],
        "changed": [_change_to_json(change) for change in diff.changed],
        "following": [_change_to_json(change) for change in diff.following],
        "renamed": [_names(change) for change in diff.renamed],
        "outputs_changed": diff.outputs_changed,
        "totals": _totals_to_json(diff.totals),
        "receptive_field": dict(zip(("before", "after"), map(_field, diff.last_fields), strict=True)),
        "conditions": dict(zip(("before", "after"), map(list, diff.conditions), strict=True)),
        "claims": [_claim_to_json(claim) for claim in diff.claims],
    }


def _name(model: ModelReport | None) -> str | None:
    return None if model is None else model.name


def _field(row: Row | None) -> dict[str, object]:
    return field_to_json(None if row is None else row.field)


def _status(diff: ModelDiff) -> str:
    if diff.before is None or diff.after is None:
        return "added" if diff.before is None else "removed"
    return "same" if diff.same else "changed"


def _group_to_json(group: Group) -> dict[str, object]:
    return {
        "title": group.title,
        "paths": list(group.paths),
        "block": group.is_block,
        "layers": [row_to_json(row) for row in group.rows],
    }


def _change_to_json(change: LayerChange) -> dict[str, object]:
    """A layer of both; ``kind``, ``reads`` and ``shares`` stand only where they differ."""
    before, after = change.before, change.after
    data: dict[str, object] = {
        **_names(change),
        "arguments": [_argument_to_json(argument) for argument in change.arguments],
        "moved": change.moved,
        "params": _amount_to_json(change.params),
        "macs": _amount_to_json(change.macs),
        "activation_elements": _amount_to_json(change.activations),
        "output_shape": {"before": _shape(before.output_shape), "after": _shape(after.output_shape)},
        "receptive_field": {"before": field_to_json(before.field), "after": field_to_json(after.field)},
    }
    if change.kind_changed:
        data["kind"] = {"before": before.kind, "after": after.kind}
    if change.reads:
        data["reads"] = {"before": list(before.inputs), "after": list(after.inputs)}
    if change.shares:
        data["shares"] = {"before": before.shared, "after": after.shared}
    return data


def _names(change: LayerChange) -> dict[str, object]:
    return {"before": _path(change.before), "after": _path(change.after)}


def _path(row: Row) -> str:
    return row.path.partition("/")[2]


def _shape(shape: Shape | None) -> list[int | None] | None:
    return None if shape is None else shape.to_json()


def _totals_to_json(totals: Totals) -> dict[str, object]:
    figures = {
        "layers": totals.layers,
        "params": totals.params,
        "trainable": totals.trainable,
        "macs": totals.macs,
        "activation_elements": totals.activation_elements,
        "weight_bytes": totals.weight_bytes,
        "activation_bytes": totals.activation_bytes,
        "inference_bytes": totals.inference,
        "training_bytes": totals.training,
        "depth": totals.depth,
    }
    return {name: _amount_to_json(amount) for name, amount in figures.items()}


def _amount_to_json(amount: Amount) -> dict[str, object]:
    """Numbers; null where they depend on an unknown size, which the formulas beside them then state."""
    sizes = {"before": amount.before, "after": amount.after, "difference": amount.difference}
    data: dict[str, object] = {name: _number(size) for name, size in sizes.items()}
    for name, size in sizes.items():
        if size is not None and not isinstance(size, int):
            data[f"{name}_formula"] = plain(size)
    return data


def _number(size: Size | None) -> int | None:
    return int(size) if isinstance(size, int) else None


def _argument_to_json(argument: ArgumentChange) -> dict[str, object]:
    return {"name": argument.name, "before": _value(argument.before), "after": _value(argument.after)}


def _value(value: object) -> object:
    """Numbers, words and lists as they are, a call as it is written: ``l2(0.01)``."""
    if isinstance(value, CallValue):
        return show(value)
    return [_value(item) for item in value] if is_list(value) else plain(value)


def _claim_to_json(claim: ClaimChange) -> dict[str, object]:
    sides = {"before": claim.before, "after": claim.after}
    return {name: None if side is None else claim_to_json(side) for name, side in sides.items()}


def _recipe_to_json(recipe: RecipeDiff) -> dict[str, object]:
    return {
        "name": recipe.name,
        "before": recipe.before,
        "after": recipe.after,
        "same": recipe.same,
        "keys": [_argument_to_json(key) for key in recipe.keys],
        "claims": [_claim_to_json(claim) for claim in recipe.claims],
    }
