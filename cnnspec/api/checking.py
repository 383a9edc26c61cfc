"""Checking files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from typing_extensions import Unpack

from cnnspec.api.errors import UnknownNameError
from cnnspec.api.settings import make_settings
from cnnspec.api.spec import Spec
from cnnspec.diagnostics import Diagnostic, Severity, Source
from cnnspec.record import replace
from cnnspec.syntax.reading import expand_all, read_source

if TYPE_CHECKING:
    from cnnspec.analysis.report import FileReport, Report


class CheckOptions(TypedDict, total=False):
    """What a check may be asked for; :func:`check` describes it."""

    settings: Mapping[str, object] | None
    input: str | Sequence[int] | None
    max_nodes: int | None
    model: str | None
    recipe: str | None
    select: Sequence[str]
    ignore: Sequence[str]
    fail_on: str | None
    config: str | os.PathLike[str] | None
    isolated: bool


def check(*paths: str | os.PathLike[str], **options: Unpack[CheckOptions]) -> Report:
    """Check files; a folder stands for every ``.cnn`` in it. Never raises for a bad file, nor for a missing one.

    Args:
        paths: files, folders, or ``-`` for standard input.
        settings, input, max_nodes: as in :func:`cnnspec.load`.
        model, recipe: report on these alone; errors elsewhere in the files are still errors.
        select: codes, or the first words of some, of the warnings and infos to report, in place of what the project says.
        ignore: those to leave out, besides what the project leaves out.
        fail_on: ``error``, ``warning`` or ``info``: the least severity that makes ``passes`` of the report false.
        config: the file whose ``[tool.cnnspec]`` is taken; without it that of the nearest pyproject.toml that has one.
        isolated: look for no pyproject.toml.

    Raises:
        UnknownNameError: no file has the model or recipe that was named.
        ValueError: ``select`` or ``ignore`` names no warning and no info.
    """
    return Checker(**options).check(*paths)


class Checker:
    """Checks one file after another as it was asked to; the options are those of :func:`check`."""

    def __init__(self, **options: Unpack[CheckOptions]) -> None:
        self._settings = make_settings(options.get("settings"), options.get("input"), options.get("max_nodes"))
        self._model = options.get("model")
        self._recipe = options.get("recipe")
        self._max_nodes = options.get("max_nodes")
        self._select, self._ignore = tuple(options.get("select") or ()), tuple(options.get("ignore") or ())
        self._fail_on = options.get("fail_on")
        if self._select or self._ignore:
            from cnnspec.api.project import check_patterns

            check_patterns((*self._select, *self._ignore))
        self._config, self._isolated = options.get("config"), options.get("isolated", False)
        self.read_projects_anew()

    def read_projects_anew(self) -> None:
        """Forget what was read of pyproject.toml: it may have changed since."""
        from cnnspec.api.project import Projects  # not every command checks

        self._projects = Projects(self._config, isolated=self._isolated)

    def check(self, *paths: str | os.PathLike[str]) -> Report:
        """What is found in the files that the paths stand for, each once."""
        return self.gather(self.check_file(path) for path in expand_all(paths))

    def check_file(self, path: str | Diagnostic) -> FileReport:
        """One file, or what is wrong with a path that is none."""
        from cnnspec.analysis.report import FileReport

        source = path if isinstance(path, Diagnostic) else read_source(path)
        if isinstance(source, Diagnostic):
            return FileReport(source.span.path, (source,))
        return self.check_source(source)

    def check_source(self, source: Source) -> FileReport:
        """One text."""
        if source.text.strip():
            return self._check_spec(source)
        from cnnspec.analysis.report import FileReport
        from cnnspec.diagnostics.catalogue.files import file_empty

        return FileReport(source.path, (file_empty(source.path),))

    def _check_spec(self, source: Source) -> FileReport:
        """One text that is not empty, as its project and the options ask for."""
        project = self._projects.of(source.path)
        settings, lints = self._settings, project.lints_for(source.path)
        if self._max_nodes is None and project.max_nodes is not None:
            settings = replace(settings, max_nodes=project.max_nodes)
        if self._select:
            lints = replace(lints, select=self._select, ignore=())
        if self._ignore:
            lints = replace(lints, ignore=(*lints.ignore, *self._ignore))
        report = Spec(source, settings, lints).report
        fail_on = project.fail_on if self._fail_on is None else Severity(self._fail_on)
        return replace(report, diagnostics=(*project.problems, *report.diagnostics), fail_on=fail_on)

    def gather(self, files: Iterable[FileReport]) -> Report:
        """The report of several files: only the model and recipe asked for.

        Raises:
            UnknownNameError: none of the files has them, and no error may have hidden them.
        """
        from cnnspec.analysis.report import Report

        report = Report(tuple(files))
        if self._model is None and self._recipe is None:
            return report
        self._require_names(report)
        return Report(tuple(map(self._narrow, report.files)))

    def _require_names(self, report: Report) -> None:
        paths = ", ".join(file.path for file in report.files)
        for what, name, names in (
            ("model", self._model, [m.name for file in report.files for m in file.models]),
            ("recipe", self._recipe, [r.name for file in report.files for r in file.recipes]),
        ):
            if name is not None and name not in names and (names or report.ok):
                raise UnknownNameError.among(what, name, paths, names)

    def _narrow(self, file: FileReport) -> FileReport:
        model, recipe = self._model, self._recipe
        recipes = [r for r in file.recipes if (recipe is None or r.name == recipe) and (model is None or r.model == model)]
        wanted = {r.model for r in recipes} if model is None else {model}
        return replace(file, models=tuple(m for m in file.models if m.name in wanted), recipes=tuple(recipes))
