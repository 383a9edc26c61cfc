"""The page's JSON model: what its scripts know of the network."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.report import Row
from cnnspec.analysis.to_json import totals_to_json
from cnnspec.render import text_values as values
from cnnspec.render.page.derivations import Pool, pack_explanation
from cnnspec.render.page.document import Document, Model
from cnnspec.render.page.markup import clean
from cnnspec.render.page.parts import Panel, Section


def page_data(document: Document, panels: Sequence[Panel], sections: Sequence[Section]) -> dict[str, object]:
    """The JSON model: ``models``, the ``pieces`` of their derivations, and the ``sections``' own data."""
    pool = Pool()
    models = [_model(model, panels, pool) for model in document.models]
    own = {section.key: section.data for section in sections if section.data is not None}
    return {"models": models, "pieces": pool.pieces, "sections": own}


def _model(model: Model, panels: Sequence[Panel], pool: Pool) -> dict[str, object]:
    report = model.report
    return {
        "name": report.name,
        "layers": [_layer(model, row) for row in report.rows],
        "totals": totals_to_json(report.totals),
        "derivations": [pack_explanation(model.explain(row.index), pool) for row in report.rows],
        "panels": {panel.key: panel.data(model) for panel in panels if panel.data is not None},
    }


def _layer(model: Model, row: Row) -> dict[str, object]:
    """One row; ``readers`` and ``inputs`` are places in the list of layers."""
    node = model.report.network.nodes[row.index]
    first = values.writes_channels_first(model.report.network)
    return {
        "path": clean(node.path),
        "name": clean(row.name),
        "kind": row.kind,
        "family": row.layer.family,
        "line": row.line,
        "output": values.show_shape(row.output_shape, channels_first=first),
        "inputs": list(node.inputs),
        "readers": list(model.report.network.readers[row.index]),
    }
