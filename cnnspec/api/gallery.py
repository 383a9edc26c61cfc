"""A gallery: every model of some files drawn in the style that suits it, with an index page."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from cnnspec.analysis.report import ModelReport
from cnnspec.api.loading import expand_paths, load_path, packaged_specs
from cnnspec.api.spec import Spec
from cnnspec.diagnostics import Diagnostic, Severity, SpecError
from cnnspec.diagnostics.catalogue.files import no_model
from cnnspec.record import record
from cnnspec.render.gallery.page import GENERATOR, Entry, Family, write_index, write_text

#: The list of a gallery's files, by which its folder is known as one.
MANIFEST = "gallery.json"
FORMATS = ("svg", "png")


@record
class Gallery:
    """Pictures and pages as they lie in a folder.

    Attributes:
        files: what each file holds, by its path in the folder.
        families: what the index shows.
        errors: what is wrong with the specs; their models are drawn as far as they are known.
    """

    files: dict[str, bytes]
    families: tuple[Family, ...]
    errors: tuple[Diagnostic, ...]


def draw_gallery(*paths: str | os.PathLike[str], format: str = "svg", style: str | None = None, pages: bool = False) -> Gallery:
    """Draw every model of files and folders, those that come with cnnspec unless others are named.

    Args:
        paths: files, or folders for every ``.cnn`` in them.
        format: of the pictures, ``svg`` or ``png``.
        style: for every model, instead of the one that suits it best.
        pages: also make the page that explains each file; for all that come with cnnspec this takes a minute.

    Raises:
        SpecError: a path is no spec, or none of them states a model.
        RenderError: a style or format does not exist, does not suit a model, or something it needs is missing.
    """
    given = [os.fspath(path) for path in paths] or [packaged_specs()]
    specs = [(folder, load_path(path)) for folder in given for path in expand_paths(folder)]
    drawn = _Drawn(format, style, pages)
    for folder, spec in specs:
        drawn.add(folder, spec)
    families = drawn.families()
    if not families:
        raise SpecError(drawn.errors() or (no_model(", ".join(given)),))
    drawn.put("index.html", write_index(families))
    drawn.put(MANIFEST, _manifest(families, sorted((*drawn.files, MANIFEST))))
    return Gallery(drawn.files, families, drawn.errors())


class _Drawn:
    """What was drawn so far."""

    def __init__(self, format: str, style: str | None, pages: bool) -> None:
        self.format, self.style, self.pages = format, style, pages
        self.files: dict[str, bytes] = {}
        self._entries: dict[str, list[Entry]] = {}
        self._about: dict[str, tuple[str, ...]] = {}
        self._wrong: list[Diagnostic] = []
        self._taken: set[str] = set()

    def add(self, folder: str, spec: Spec) -> None:
        """Draw the models of a file."""
        self._wrong += [found for found in spec.report.diagnostics if found.severity is Severity.ERROR]
        if not spec.models:
            return
        family, own = _family_of(folder, spec.path)
        place = self._fresh(PurePosixPath(*map(file_name, family.split("/")), *([] if own else [file_name(_stem(spec.path))])))
        text = f"{place}/text.html"
        self.put(text, write_text(spec.path, spec.text, "/".join([".."] * len(PurePosixPath(place).parts) + ["index.html"])))
        page = f"{place}/page.html" if self.pages else ""
        if page:
            self.put(page, spec.render(style="html"))
        entries = self._entries.setdefault(family, [])
        entries += [self._draw(report, place, text, page) for report in spec.models.values()]
        self._about[family] = read_about(spec.text) if own else ()

    def _draw(self, report: ModelReport, place: str, text: str, page: str) -> Entry:
        from cnnspec.render.gallery.choose import best_style
        from cnnspec.render.render import render

        style = self.style or best_style(report)
        picture = render(report, style=style, format=self.format)
        path = f"{self._fresh(PurePosixPath(place, file_name(report.name)))}.{self.format}"
        self.put(path, picture)
        return Entry(report, style, path, text, page)

    def put(self, path: str, content: str | bytes) -> None:
        self.files[path] = content.encode() if isinstance(content, str) else content

    def families(self) -> tuple[Family, ...]:
        return tuple(Family(name, self._about[name], tuple(entries)) for name, entries in self._entries.items())

    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(self._wrong)

    def _fresh(self, path: PurePosixPath) -> str:
        """A path that no other has, on a disk that knows no capitals either."""
        number, found = 1, path
        while str(found).casefold() in self._taken:
            number += 1
            found = path.with_name(f"{path.name}-{number}")
        self._taken.add(str(found).casefold())
        return str(found)


def _family_of(folder: str, path: str) -> tuple[str, bool]:
    """The family of a file, and whether it has that name alone: files of a folder below the one that was named share it."""
    try:
        inside = Path(path).relative_to(folder).parent
    except ValueError:
        inside = Path()
    return (_stem(path), True) if inside == Path() else (inside.as_posix(), False)


def _stem(path: str) -> str:
    return Path(path).stem


def file_name(name: str) -> str:
    """A name as that of a file on any disk: letters, digits, ``_``, ``-`` and inner dots; other signs become ``_``."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name).strip(".")[:80]
    return plain or "_"


def read_about(text: str) -> tuple[str, ...]:
    """The comment that a text begins with, paragraph by paragraph; lines that are indented, such as commands, are left out."""
    paragraphs: list[list[str]] = [[]]
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        said = line.removeprefix("#").removeprefix(" ")
        if not said.strip():
            paragraphs.append([])
        elif not said.startswith(" "):
            paragraphs[-1].append(said.strip())
    return tuple(" ".join(lines) for lines in paragraphs if lines)


def _manifest(families: Sequence[Family], files: Sequence[str]) -> str:
    models = [
        {
            "family": family.name,
            "model": entry.report.name,
            "style": entry.style,
            "picture": entry.picture,
            "text": entry.text,
            "params": entry.report.totals.params,
            "ok": entry.report.ok,
        }
        for family in families
        for entry in family.entries
    ]
    return json.dumps({"generator": GENERATOR, "schema": 1, "models": models, "files": list(files)}, indent=1) + "\n"
