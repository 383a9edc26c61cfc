"""Specs from files and texts: what may be named by a path, the settings that replace values, the canonical form."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from cnnspec.api.settings import make_settings
from cnnspec.api.spec import Spec
from cnnspec.diagnostics import Diagnostic, Source, SpecError
from cnnspec.syntax.reading import expand_all, read_source


def read(path: str | os.PathLike[str]) -> Source:
    """The text of a file; ``-`` is standard input.

    Raises:
        SpecError: there is no such file, or it is not a text that can be a spec.
    """
    source = read_source(os.fspath(path))
    if isinstance(source, Diagnostic):
        raise SpecError((source,))
    return source


def load(
    path_or_text: str | os.PathLike[str],
    *,
    settings: Mapping[str, object] | None = None,
    input: str | Sequence[int] | None = None,
    max_nodes: int | None = None,
) -> Spec:
    """A spec from a file or from its text (a string with a line break or a brace is a text).

    Args:
        path_or_text: a path, ``-`` for standard input, or the text itself.
        settings: replaced values: a model's parameter by its name, a recipe's key by ``train.key``.
        input: a size for inputs with unknown extents, ``"256x256"`` or ``(256, 256)``.
        max_nodes: the greatest number of layers that a model may grow to.

    Raises:
        SpecError: the file cannot be read. A mistake inside the text is for :meth:`Spec.check` to report.
    """
    if isinstance(path_or_text, str) and ("\n" in path_or_text or "{" in path_or_text):
        source = Source("<text>", path_or_text, is_file=False)
    else:
        source = read(path_or_text)
    return Spec(source, make_settings(settings, input, max_nodes))


def load_path(
    path: str | os.PathLike[str],
    *,
    settings: Mapping[str, object] | None = None,
    input: str | Sequence[int] | None = None,
    max_nodes: int | None = None,
) -> Spec:
    """As :func:`load`, for what can only be a path."""
    return Spec(read(path), make_settings(settings, input, max_nodes))


def packaged_specs() -> str:
    """The folder of the specs that come with cnnspec, relative to the working folder where it lies below that."""
    from pathlib import Path

    from cnnspec.resources import library_root

    root, here = library_root().resolve(), Path("specs")
    if here.resolve() == root:
        return str(here)
    return str(root.relative_to(Path.cwd()) if root.is_relative_to(Path.cwd()) else root)


def expand_paths(*paths: str) -> list[str]:
    """The files that paths stand for, each once: a folder is every ``.cnn`` in it.

    Raises:
        SpecError: a folder holds none.
    """
    files: list[str] = []
    for path in expand_all(paths):
        if isinstance(path, Diagnostic):
            raise SpecError((path,))
        files.append(path)
    return files


def format_text(source: Source, *, annotate: bool = False) -> str:
    """The text in canonical form.

    Args:
        source: the text.
        annotate: claim the shape of every statement that has a line of its own, where it claims none.

    Raises:
        SpecError: it has a mistake of syntax, so that nothing can be said about its form.
    """
    from cnnspec.layers.registry import LONG_NAMES
    from cnnspec.syntax.formatter import format_source

    if annotate:
        from cnnspec.analysis.annotate import annotate_source

        return annotate_source(source)
    return format_source(source, LONG_NAMES)
