"""What a page is made from: a file's report, its texts, and a way to ask for derivations."""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.analysis.explain import Explanation
from cnnspec.analysis.report import FileReport, ModelReport
from cnnspec.diagnostics import Source
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel, ResolvedRecipe


@record
class Model:
    """One model of the page.

    Attributes:
        report: its figures.
        resolved: its network with the places it comes from.
        explain: the derivation of the row at an index, as ``cnnspec explain FILE LAYER`` gives it; of the model for None.
        purpose: what it is for, in paragraphs.
    """

    report: ModelReport
    resolved: ResolvedModel
    explain: Callable[[int | None], Explanation]
    purpose: tuple[str, ...] = ()


@record
class Document:
    """One file and the models of it that the page shows.

    ``sources`` are the texts that took part, the file's own first; ``recipes`` those of the models that are shown,
    ``others`` the names of models for which there is no room.
    """

    report: FileReport
    models: tuple[Model, ...]
    sources: tuple[Source, ...]
    recipes: tuple[ResolvedRecipe, ...] = ()
    others: tuple[str, ...] = ()

    def place(self, model: Model, index: int) -> tuple[int, int] | None:
        """(number of the text, line) in which a layer is stated; None where the page does not have that text."""
        call = model.resolved.origins[index].call
        number = next((at for at, source in enumerate(self.sources) if source is call.source), None)
        return None if number is None else (number, call.line)
