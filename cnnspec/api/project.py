"""``[tool.cnnspec]`` of pyproject.toml: which findings a project wants to hear of, and its limits.

The table of the nearest pyproject.toml that has one speaks of a file: from the file's folder upwards, for standard input
from the working folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnspec.analysis.lint_settings import ALL, LintSettings, fits
from cnnspec.diagnostics import Diagnostic, Severity, Source, Span
from cnnspec.record import record, replace
from cnnspec.syntax.reading import STANDARD_INPUT, read_source

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from cnnspec.api.project_table import ProjectTable

FILE_NAME = "pyproject.toml"
#: Where a table of the name may begin; a file without it is not read any further.
_MENTIONED = r"(?m)^[ \t]*\[[ \t]*tool[ \t]*(\]|\.[ \t]*[\"']?cnnspec)|^[ \t]*tool[ \t]*[.=]"


@record
class Project:
    """What a project asks for.

    Attributes:
        folder: the folder of its file, from which its patterns of paths count.
        lints: which findings are reported.
        per_file: patterns of paths, each with the codes that are ignored in the files that fit it.
        max_nodes: how many nodes may be elaborated; None for as many as usual.
        fail_on: the least severity for which a check fails.
        problems: what is wrong with the file. What it asks for is then left aside.
    """

    folder: Path = Path()
    lints: LintSettings = LintSettings()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    max_nodes: int | None = None
    fail_on: Severity = Severity.ERROR
    problems: tuple[Diagnostic, ...] = ()

    def lints_for(self, path: str) -> LintSettings:
        """Which findings are reported of a file."""
        more = tuple(code for pattern, codes in self.per_file if self._fits(path, pattern) for code in codes)
        return replace(self.lints, ignore=(*self.lints.ignore, *more)) if more else self.lints

    def _fits(self, path: str, pattern: str) -> bool:
        """Whether a file is named by a pattern: its path from the project's folder, or its name alone."""
        from fnmatch import fnmatchcase

        whole = Path(os.path.abspath(path))  # noqa: PTH100 - a link is a file of its own
        inside = whole.relative_to(self.folder).as_posix() if whole.is_relative_to(self.folder) else whole.as_posix()
        return fnmatchcase(inside, pattern) or ("/" not in pattern and fnmatchcase(whole.name, pattern))


class Projects:
    """Finds the project of each file; every pyproject.toml is read once.

    Args:
        config: the one file to take for all; it need not be called pyproject.toml.
        isolated: look for none.
    """

    def __init__(self, config: str | os.PathLike[str] | None = None, *, isolated: bool = False) -> None:
        self._isolated = isolated
        self._fixed = None if config is None else _read(Path(config).absolute(), os.fspath(config), required=True)
        self._found: dict[Path, Project | None] = {}

    def of(self, path: str) -> Project:
        """The project of a file, by its path."""
        if self._fixed is not None or self._isolated:
            return self._fixed or Project()
        folder = Path.cwd() if path == STANDARD_INPUT else Path(os.path.abspath(path)).parent  # noqa: PTH100
        for above in (folder, *folder.parents):
            found = self._in_folder(above)
            if found is not None:
                return found
        return Project()

    def _in_folder(self, folder: Path) -> Project | None:
        if folder not in self._found:
            path = folder / FILE_NAME
            self._found[folder] = _read(path, _shown(path)) if os.path.isfile(path) else None  # noqa: PTH113 - false where it may not be looked at
        return self._found[folder]


def _shown(path: Path) -> str:
    """A path from the working folder, where it lies in it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def check_patterns(patterns: Sequence[str]) -> None:
    """Refuse what names no warning and no info.

    Raises:
        ValueError: with the code that may have been meant.
    """
    for pattern in patterns:
        problem = _find_problem(pattern)
        if problem is not None:
            raise ValueError(problem)


def _find_problem(pattern: str) -> str | None:
    """What is wrong with a pattern of codes."""
    if pattern == ALL:
        return None
    from cnnspec.diagnostics.catalogue import load_all
    from cnnspec.diagnostics.suggest import closest

    registered = load_all()
    if any(fits(pattern, code) for code, (severity, _) in registered.items() if severity is not Severity.ERROR):
        return None
    if any(fits(pattern, code) for code in registered):
        return f"{pattern} is an error, and errors are always reported"
    nearest = closest(pattern, [code for code, (severity, _) in registered.items() if severity is not Severity.ERROR])
    return f"there is no warning and no info called {pattern}" + (f"; did you mean {nearest}?" if nearest else "")


# --- reading --------------------------------------------------------------------------------------------------------


def _read(path: Path, shown: str, *, required: bool = False) -> Project | None:
    """The project that a file states; None where it has no table for this, and need not have one."""
    source = read_source(shown)
    if isinstance(source, Diagnostic):
        return Project(problems=(source,))
    if not re.search(_MENTIONED, source.text):
        return Project() if required else None
    import tomllib

    try:
        data = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        return Project(problems=(_not_toml(source, str(error)),))
    tool: Any = data.get("tool")
    table: Any = tool.get("cnnspec") if isinstance(tool, dict) else None  # type: ignore[reportUnknownMemberType]
    if table is None:
        return Project() if required else None
    return _make(table, source, path.parent)


def _not_toml(source: Source, message: str) -> Diagnostic:
    from cnnspec.diagnostics.catalogue.project import project_not_toml

    found = re.fullmatch(
        r"(?P<reason>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", message, re.DOTALL
    )
    reason = found["reason"] if found else message
    if found is None or found["line"] is None:
        end = len(source.text)
        return project_not_toml(source.span(end, end), reason=reason)
    starts = source.line_starts
    at = min(starts[min(int(found["line"]), len(starts)) - 1] + int(found["column"]) - 1, len(source.text))
    return project_not_toml(source.span(at, min(at + 1, len(source.text))), reason=reason)


def _make(table: Any, source: Source, folder: Path) -> Project:
    from pydantic import ValidationError

    from cnnspec.api.project_table import ProjectTable

    try:
        stated = ProjectTable.model_validate(table)
    except ValidationError as error:
        return Project(problems=tuple(_describe(problem, source) for problem in error.errors()))
    problems = tuple(_wrong_codes(stated, source))
    if problems:
        return Project(problems=problems)
    limits = stated.limits
    return Project(
        folder=folder,
        lints=LintSettings(stated.select, stated.ignore, limits.for_lints()),
        per_file=tuple(stated.per_file_ignores.items()),
        max_nodes=limits.max_nodes,
        fail_on=Severity(stated.fail_on),
    )


def _wrong_codes(stated: ProjectTable, source: Source) -> Iterator[Diagnostic]:
    """The patterns that name no warning and no info."""
    from cnnspec.diagnostics.catalogue.project import project_code

    lists = [(("select",), stated.select), (("ignore",), stated.ignore)]
    lists += [(("per-file-ignores", pattern), codes) for pattern, codes in stated.per_file_ignores.items()]
    for keys, patterns in lists:
        for pattern in patterns:
            problem = _find_problem(pattern)
            if problem is not None:
                key = locate(source, keys)
                at = source.text.find(pattern, key.end)
                yield project_code(source.span(at, at + len(pattern)) if at >= 0 else key, reason=problem)


def _describe(problem: ErrorDetails, source: Source) -> Diagnostic:
    """What is wrong with one value or key, at its place."""
    from cnnspec.api.project_table import describe_field, names_beside
    from cnnspec.diagnostics.catalogue.project import project_key, project_value

    keys = tuple(str(part) for part in problem["loc"] if not isinstance(part, int))
    span = locate(source, keys)
    if problem["type"] == "extra_forbidden":
        return project_key(span, name=keys[-1], choices=names_beside(keys))
    name, wanted = describe_field(keys)
    value: Any = problem["input"]
    return project_value(span, name=name, wanted=wanted, value=str(value) if not isinstance(value, str) else f'"{value}"')


# --- places ---------------------------------------------------------------------------------------------------------

_HEADER = r"\s*\[\s*([^\[\]#]+?)\s*\]"
_KEY = r"\s*((?:\"[^\"]*\"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:\"[^\"]*\"|'[^']*'|[\w-]+))*)\s*="
_PART = r"\"([^\"]*)\"|'([^']*)'|([\w-]+)"


def locate(source: Source, keys: Sequence[str]) -> Span:
    """The place of a key below ``[tool.cnnspec]``, or of as much of the way to it as the text has on lines of its own."""
    wanted = ("tool", "cnnspec", *keys)
    best, span = 0, source.span(0, 0)
    table: tuple[str, ...] = ()
    for start in source.line_starts:
        end = source.text.find("\n", start)
        line = source.text[start : len(source.text) if end < 0 else end]
        header, key = re.match(_HEADER, line), re.match(_KEY, line)
        found = header or key
        if found is None:
            continue
        path = _parts(found[1]) if header is not None else (*table, *_parts(found[1]))
        table = path if header is not None else table
        common = min(len(path), len(wanted))
        if common > best and path[:common] == wanted[:common]:
            best, span = common, source.span(start + found.start(1), start + found.end(1))
    return span


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple("".join(groups) for groups in re.findall(_PART, dotted))
