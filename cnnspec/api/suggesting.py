"""Claims that could be made of the models of files."""

from __future__ import annotations

import os

from cnnspec.analysis.claims.suggest import Suggestion
from cnnspec.analysis.report import FileReport
from cnnspec.api.checking import Checker
from cnnspec.api.settings import make_settings
from cnnspec.api.spec import Spec
from cnnspec.diagnostics import Diagnostic
from cnnspec.syntax.reading import expand_all, read_source

Suggested = tuple[FileReport, tuple[Suggestion, ...]]


def suggest_claims(
    *paths: str | os.PathLike[str], model: str | None = None, max_nodes: int | None = None
) -> tuple[Suggested, ...]:
    """What could be claimed of the models of files and is not: the report of each file with its suggestions.

    Every suggested claim was judged at the end of its model, and holds there. Of a model with errors nothing is suggested.

    Args:
        paths: files, folders, or ``-`` for standard input.
        model: suggest for this one alone.
        max_nodes: as in :func:`cnnspec.load`.

    Raises:
        UnknownNameError: no file has the model that was named.
    """
    checker = Checker(model=model, max_nodes=max_nodes)
    found = tuple(_suggest(path, checker, model, max_nodes) for path in expand_all(paths))
    checker.gather(report for report, _ in found)
    return found


def _suggest(path: str | Diagnostic, checker: Checker, model: str | None, max_nodes: int | None) -> Suggested:
    source = path if isinstance(path, Diagnostic) else read_source(path)
    if isinstance(source, Diagnostic) or not source.text.strip():
        return checker.check_file(path), ()
    spec = Spec(source, make_settings(None, None, max_nodes))
    return spec.report, tuple(one for one in spec.suggest_claims() if model in (None, one.model))
