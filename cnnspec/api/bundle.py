"""A file and everything it uses as one text, which means the same wherever it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from cnnspec.diagnostics import Severity, Source
from cnnspec.resolve.resolve import DEFAULT, Settings, resolve_source
from cnnspec.resolve.result import Resolution
from cnnspec.syntax import tree
from cnnspec.syntax.parser import parse


def bundle(resolution: Resolution, settings: Settings = DEFAULT) -> str:
    """The text of the root file with every ``use`` replaced by the blocks and constants it brings.

    The result is resolved again and must give the same networks; where it does not (two files use one name for
    different blocks) or cannot (``use … as x``), the text stays as it is.
    """
    root, *others = resolution.sources or (resolution.source,)
    if not others:
        return root.text
    text = _Bundler(others).text_of(root)
    if text is None:
        return root.text
    again = resolve_source(Source(root.path, text), settings)
    sound = not any(d.severity is Severity.ERROR for d in again.diagnostics)
    same = [model.network for model in again.models] == [model.network for model in resolution.models]
    return text if sound and same else root.text


class _Bundler:
    """Puts files together, each of them once."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.waiting: Mapping[str, Source] = {_plain(source.path): source for source in sources}
        self.taken: set[str] = set()

    def text_of(self, source: Source) -> str | None:
        """The whole text with its uses replaced; None where one cannot be."""
        text, end = "", 0
        for item in parse(source).file.items:
            if isinstance(item, tree.Use):
                brought = self._brought(item)
                if brought is None:
                    return None
                text += source.text[end : item.span.start] + brought
                end = item.span.end
        return text + source.text[end:]

    def _brought(self, use: tree.Use) -> str | None:
        """The blocks and constants of a used file, and of what it uses itself."""
        matching = [path for path in self.waiting if f"/{path}".endswith(f"/{_plain(use.path.value)}")]
        if use.alias is not None or len(matching) != 1:
            return None
        (path,) = matching
        if path in self.taken:
            return f"# {use.path.value} stands above"
        self.taken.add(path)
        source = self.waiting[path]
        parts = [f"# --- from {use.path.value}"]
        for item in parse(source).file.items:
            if isinstance(item, tree.Use):
                inner = self._brought(item)
                if inner is None:
                    return None
                parts.append(inner)
            elif isinstance(item, (tree.BlockDefinition, tree.Let)):
                parts.append(item.span.text)
        return "\n\n".join([*parts, f"# --- end of {use.path.value}"])


def _plain(path: str) -> str:
    """The path without ``./`` and ``../``, with ``/`` between its parts."""
    return "/".join(part for part in PurePosixPath(path.replace("\\", "/")).parts if part not in (".", "..", "/"))
