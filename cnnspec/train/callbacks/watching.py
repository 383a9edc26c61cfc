"""Watching a figure: whether a run measures it, and whether smaller or greater is better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.recipes import monitor_between_epochs, monitor_unknown
from cnnspec.diagnostics.span import Source

if TYPE_CHECKING:
    from cnnspec.train.session import Session


def require_figure(session: Session, owner: str, name: str, *, between_epochs: bool = False) -> None:
    """Refuse, before the run, to watch a figure that it does not measure (between epochs: only those of training).

    Raises:
        SpecError: it does not.
    """
    names = session.recipe.metric_names
    choices = tuple(n for n in names if not (between_epochs and n.startswith("val_")))
    if name in choices:
        return
    span = Source(session.network.name, "").span(0, 0)
    if name in names:
        raise SpecError((monitor_between_epochs(span, owner=owner, name=name),))
    raise SpecError((monitor_unknown(span, owner=owner, name=name, choices=choices),))
