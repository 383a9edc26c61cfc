"""What a page is made from: a file's report, its text, and a way to ask for derivations."""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.analysis.explain import Explanation
from cnnspec.analysis.report import FileReport, ModelReport
from cnnspec.diagnostics import Source
from cnnspec.record import record
from cnnspec.resolve.result import ResolvedModel


@record
class Model:
    """One model of the page.

    Attributes:
        report: its figures.
        resolved: its network with the places it comes from.
        explain: the derivation of the row at an index, as ``cnnspec explain FILE LAYER`` gives it.
        source: the text it stands in.
    """

    report: ModelReport
    resolved: ResolvedModel
    explain: Callable[[int], Explanation]
    source: Source


@record
class Document:
    """One file and the models of it that the page shows."""

    source: Source
    report: FileReport
    models: tuple[Model, ...]
