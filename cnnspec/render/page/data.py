"""The page's JSON model: what its scripts know of the network."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.explain import Explanation
from cnnspec.analysis.report import Row
from cnnspec.analysis.to_json import totals_to_json
from cnnspec.render import text_values as values
from cnnspec.render.page.derivations import Pool, pack_explanation
from cnnspec.render.page.document import Document, Model
from cnnspec.render.page.graphs import pack_graphs
from cnnspec.render.page.markup import clean
from cnnspec.render.page.parts import Panel, Section
from cnnspec.render.page.states import States


def page_data(
    document: Document, states: Sequence[States], panels: Sequence[Panel], sections: Sequence[Section]
) -> dict[str, object]:
    """The JSON model: ``models``, the ``pieces`` of their graphs and derivations, and the ``sections``' own data."""
    pool = Pool()
    models = [_model(document, model, state, panels, pool) for model, state in zip(document.models, states, strict=True)]
    own = {section.key: section.data for section in sections if section.data is not None}
    return {"models": models, "pieces": pool.pieces, "sections": own}


def _model(document: Document, model: Model, states: States, panels: Sequence[Panel], pool: Pool) -> dict[str, object]:
    report, first = model.report, values.writes_channels_first(model.report.network)
    return {
        "name": clean(report.name),
        "layers": [_layer(document, model, row, first) for row in report.rows],
        "totals": totals_to_json(report.totals),
        "graphs": pack_graphs(states, pool),
        "derivations": [pack_explanation(model.explain(row.index), pool) for row in report.rows],
        "whole": pack_explanation(_without_purpose(model), pool),
        "panels": {panel.key: panel.data(model) for panel in panels if panel.data is not None},
    }


def _without_purpose(model: Model) -> Explanation:
    """The model's own derivation, without what stands at its head already."""
    whole = model.explain(None)
    return Explanation(whole.title, tuple(part for part in whole.sections if not set(part.lines) <= set(model.purpose)))


def _layer(document: Document, model: Model, row: Row, channels_first: bool) -> dict[str, object]:
    """One row; ``inputs`` and ``readers`` are places in the list of layers, ``at`` is (text, line) where the page has it."""
    node = model.report.network.nodes[row.index]
    return {
        "path": clean(node.path),
        "kind": row.kind,
        "family": row.layer.family,
        "summary": "" if row.is_input else clean(row.layer.summary()),
        "at": document.place(model, row.index),
        "output": values.show_shape(row.output_shape, channels_first=channels_first),
        "inputs": list(node.inputs),
        "readers": list(model.report.network.readers[row.index]),
    }
