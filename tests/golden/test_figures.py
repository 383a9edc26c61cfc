"""Every published figure of every network of the library; rows that no network of the library has are listed with the reason."""

from __future__ import annotations

import pytest

from support.figures import columns, compare, golden, report_for, rows_of
from support.published import Figures, Published, published
from support.published.unheld import UNHELD

PAIRS = [(model, figures) for model in published() for figures in model.figures]


@pytest.mark.parametrize(
    ("model", "figures"), PAIRS, ids=[f"{model.name}-{figures.model}-{figures.variant}" for model, figures in PAIRS]
)
def test_the_figures_are_those_published(model: Published, figures: Figures) -> None:
    rows = rows_of(figures)
    assert rows, "no such row"
    for row in rows:
        compare(row, report_for(model, figures, row), figures)


def test_every_row_is_held_or_has_a_reason_not_to_be() -> None:
    held = {(id(row), column) for _, figures in PAIRS for row in rows_of(figures) for column in columns(row, figures)}
    left = {row["model"] for row in golden() for column in columns(row, Figures("")) if (id(row), column) not in held}
    assert left == set(UNHELD)
    assert all(UNHELD.values())


def test_a_wrong_figure_is_found() -> None:
    model, figures = next(pair for pair in PAIRS if pair[1].model == "resnet18")
    row = dict(rows_of(figures)[0])
    report = report_for(model, figures, row)
    for key in ("params", "macs", "rf", "rf_pad"):
        with pytest.raises(AssertionError, match=key):
            compare({**row, key: row[key] + 1}, report, figures)
    with pytest.raises(AssertionError, match="what is"):
        compare({**row, "flavour": 1}, report, figures)
