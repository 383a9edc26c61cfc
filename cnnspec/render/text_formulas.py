"""Formulas of open sizes as a table has room for them."""

from __future__ import annotations

from cnnspec.analysis.report import ModelReport
from cnnspec.diagnostics.writers.columns import text_width
from cnnspec.layers.arithmetic import show_size
from cnnspec.layers.extent import Extent

#: A longer formula stands under the table, and in it what it grows like.
_MOST_WIDTH = 72


def total_macs(report: ModelReport) -> tuple[str, str]:
    """The multiply-accumulates of a model for its table, and the whole formula where the table has only its growth."""
    macs = report.totals.macs
    if not isinstance(macs, Extent):
        return show_size(macs), ""
    from cnnspec.layers.growth import leading, on_allowed

    settled = None if report.allowed is None else on_allowed(macs, report.allowed)
    text = str(macs if settled is None else settled)
    if text_width(text) <= _MOST_WIDTH:
        return text, ""
    growth = leading(macs)
    return (text, "") if growth is None else (f"≈ {growth}", f"MACs in all: {text}")
