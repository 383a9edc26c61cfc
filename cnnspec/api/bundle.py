"""A file and everything it uses as one text, which means the same wherever it lies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from cnnspec.diagnostics import Severity, Source
from cnnspec.resolve.resolve import DEFAULT, Settings, resolve_source
from cnnspec.resolve.result import Resolution
from cnnspec.syntax import tree
from cnnspec.syntax.parser import parse


def bundle(resolution: Resolution, settings: Settings = DEFAULT) -> str:
    """The text of the root file with every ``use`` replaced by the blocks and constants it brings.

    What came as ``x.Block`` by ``use … as x`` is ``Block`` then. The result is resolved again and must give the same
    networks and recipes; where it does not (two files use one name for different blocks), the text stays as it is.
    """
    root, *others = resolution.sources or (resolution.source,)
    if not others:
        return root.text
    text = _Bundler(others).text_of(root)
    if text is None:
        return root.text
    again = resolve_source(Source(root.path, text), settings)
    sound = not any(d.severity is Severity.ERROR for d in again.diagnostics)
    return text if sound and _meaning(again) == _meaning(resolution) else root.text


def _meaning(resolution: Resolution) -> list[object]:
    """Networks and recipes, but for the labels of blocks, which hold the names they were used under."""
    networks = [model.network for model in resolution.models]
    scopes = [[(scope.path, scope.kind, scope.first, scope.last) for scope in network.scopes] for network in networks]
    return [[(network.nodes, network.outputs) for network in networks], scopes, [recipe.recipe for recipe in resolution.recipes]]


class _Bundler:
    """Puts files together, each of them once."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.waiting: Mapping[str, Source] = {_plain(source.path): source for source in sources}
        self.taken: set[str] = set()

    def text_of(self, source: Source) -> str | None:
        """The whole text with its uses replaced; None where one cannot be."""
        text, end, aliases = "", 0, dict[str, set[str]]()
        for item in parse(source).file.items:
            if isinstance(item, tree.Use):
                brought = self._brought(item, aliases)
                if brought is None:
                    return None
                text += source.text[end : item.span.start] + brought
                end = item.span.end
        return _without_aliases(text + source.text[end:], aliases)

    def _brought(self, use: tree.Use, aliases: dict[str, set[str]]) -> str | None:
        """The blocks and constants of a used file, and of what it uses itself.

        Args:
            use: the statement.
            aliases: of the file that holds the statement: receives the names that came under one.
        """
        matching = [path for path in self.waiting if f"/{path}".endswith(f"/{_plain(use.path.value)}")]
        if len(matching) != 1:
            return None
        (path,) = matching
        items = parse(self.waiting[path]).file.items
        if use.alias is not None:
            aliases[use.alias.text] = {item.name.text for item in items if isinstance(item, (tree.BlockDefinition, tree.Let))}
        if path in self.taken:
            return f"# {use.path.value} stands above"
        self.taken.add(path)
        parts, own = [f"# --- from {use.path.value}"], dict[str, set[str]]()
        for item in items:
            if isinstance(item, tree.Use):
                inner = self._brought(item, own)
                if inner is None:
                    return None
                parts.append(inner)
            elif isinstance(item, (tree.BlockDefinition, tree.Let)):
                parts.append(_without_aliases(item.span.text, own))
        return "\n\n".join([*parts, f"# --- end of {use.path.value}"])


def _without_aliases(text: str, aliases: Mapping[str, set[str]]) -> str:
    """The text with ``x.Block`` as ``Block``, outside of strings and comments."""
    for alias, names in aliases.items():
        if names:
            wanted = "|".join(re.escape(name) for name in sorted(names))
            pattern = rf'"[^"\n]*"|#[^\n]*|(?<![\w.]){re.escape(alias)}\.({wanted})\b'
            text = re.sub(pattern, lambda found: found[1] or found[0], text)
    return text


def _plain(path: str) -> str:
    """The path without ``./`` and ``../``, with ``/`` between its parts."""
    return "/".join(part for part in PurePosixPath(path.replace("\\", "/")).parts if part not in (".", "..", "/"))
