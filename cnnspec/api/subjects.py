"""What ``cnnspec explain`` can be asked about besides files: codes of diagnostics and kinds of layers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from cnnspec.api.errors import UnknownNameError
from cnnspec.syntax.reading import STANDARD_INPUT

#: As many subjects are offered where none has the name.
_MOST = 3


def find_page(subject: str) -> str | None:
    """The reference page of a diagnostic's code, a layer kind, or what a recipe names, as Markdown; None where it is none."""
    from cnnspec.layers.registry import known_name
    from cnnspec.render.text_reference import diagnostic_page, layer_page

    if known_name(subject):
        return layer_page(subject)
    return diagnostic_page(subject) or _recipe_page(subject)


def _recipe_page(subject: str) -> str | None:
    """The page of recipes, or of something that one can name."""
    if not subject.isidentifier():
        return None
    from cnnspec.render.text_recipes import member_page, recipe_page

    return recipe_page() if subject == "recipe" else member_page(subject)


def check_subject(subject: str) -> None:
    """Refuse what is no file, and does not look like the path of one either.

    Raises:
        UnknownNameError: with the diagnostics, layer kinds or packaged specs that may have been meant.
    """
    if subject == STANDARD_INPUT or "." in subject or os.sep in subject or os.path.lexists(subject):
        return
    near = suggest_subjects(subject)
    hint = f"; did you mean {_either(near)}?" if near else "; cnnspec layers lists the kinds of layers, cnnspec list the specs"
    raise UnknownNameError(f"{subject} is no file, no code of a diagnostic and no kind of layer{hint}")


def suggest_subjects(subject: str) -> list[str]:
    """Subjects that may have been meant, the likeliest first: by other names, by spelling, by the words in them."""
    return list(islice(dict.fromkeys(_near(subject)), _MOST))


def _near(subject: str) -> Iterator[str]:
    from cnnspec.diagnostics.aliases import LAYERS
    from cnnspec.diagnostics.suggest import closest
    from cnnspec.layers.registry import all_kinds, suggest
    from cnnspec.render.text_reference import diagnostic_codes

    codes = diagnostic_codes()
    kinds = sorted(all_kinds(), key=lambda kind: "2D" not in kind)  # of three ranks the one that is meant most
    bare = subject.lower().replace("_", "-")
    if bare in codes:
        yield bare
        return
    words = set(bare.split("-"))
    if subject in LAYERS or any(kind.lower() == subject.lower() for kind in kinds):
        yield suggest(subject)[0]
        return
    named = [code for code in codes if code.startswith(bare) or set(code.split("-")) == words]
    if named:
        yield from named
        return
    yield from _packaged(subject)
    yield from (kind for kind in kinds if kind.lower().startswith(bare))
    yield from filter(None, [closest(bare, [code for code in codes if code.startswith(bare[:4])])])
    spelled = suggest(subject)[:1]
    yield from (kind for kind in kinds if spelled and kind[:-2] == spelled[0][:-2] and "2D" in kind)
    yield from spelled
    long = {word for word in words if len(word) > 3}
    shared = [(len(long & _words_of(code)), code) for code in codes]
    yield from (code for count, code in sorted(shared, key=lambda item: -item[0]) if count)
    yield from (kind for kind in kinds if bare in kind.lower())
    yield from filter(None, [closest(bare, codes)])


def _words_of(code: str) -> set[str]:
    """The words of a code, those of several without their s."""
    return {form for word in code.split("-") for form in (word, re.sub("s$", "", word))}


def _packaged(subject: str) -> Iterator[str]:
    """The packaged spec of that name, as a path that can be typed."""
    from cnnspec.api.loading import packaged_specs

    path = Path(packaged_specs()) / f"{subject.lower()}.cnn"
    if path.is_file():
        yield path.as_posix()


def _either(names: Iterable[str]) -> str:
    """``a``; ``a, b or c``."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
