"""What Keras, Torch, TensorFlow and Caffe call things, and what to write here: the one table behind "did you mean".

None of these names is accepted; each leads to the one that is, with the difference in meaning where there is one, or to
the reason why there is none. :data:`LAYERS` are names that are called, :data:`ABSENT` those without a counterpart,
:data:`ARGUMENTS` names of arguments, :data:`WORDS` words as values, :data:`KEYS` keys of a recipe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cnnspec.diagnostics.aliases.absent import ABSENT
from cnnspec.diagnostics.aliases.arguments import ARGUMENTS, KEYS
from cnnspec.diagnostics.aliases.entry import ArgumentAlias, LayerAlias
from cnnspec.diagnostics.aliases.layers import LAYERS
from cnnspec.diagnostics.aliases.words import WORDS
from cnnspec.diagnostics.suggest import closest

__all__ = [
    "ABSENT",
    "ARGUMENTS",
    "KEYS",
    "LAYERS",
    "WORDS",
    "ArgumentAlias",
    "LayerAlias",
    "argument_hint",
    "is_superfluous",
    "meant_argument",
    "nearest_argument",
    "nearest_word",
]


def _alias(argument: str, names: Iterable[str], table: Mapping[str, ArgumentAlias]) -> tuple[ArgumentAlias | None, str | None]:
    """The entry of an argument, and the first of its targets that there is."""
    alias = table.get(argument)
    if alias is None:
        return None, None
    here = list(names)
    return alias, next((target for target in alias.targets if target in here), None)


def is_superfluous(argument: str) -> bool:
    """Whether an argument says what follows from elsewhere here, so that leaving it out is the repair."""
    alias = ARGUMENTS.get(argument)
    return alias is not None and alias.superfluous


def nearest_argument(argument: str, choices: Iterable[str]) -> str | None:
    """The argument that the same value can be given to: what another library calls so, or the most similar name."""
    names = list(choices)
    alias, target = _alias(argument, names, ARGUMENTS)
    if alias is None or (target is None and not alias.hint):
        return closest(argument, names)
    return None if alias.hint else target


def meant_argument(argument: str, choices: Iterable[str]) -> str | None:
    """The argument that was meant, though it may take another value."""
    names = list(choices)
    return _alias(argument, names, ARGUMENTS)[1] or nearest_argument(argument, names)


def argument_hint(argument: str, choices: Iterable[str], table: Mapping[str, ArgumentAlias] = ARGUMENTS) -> str:
    """What to write in place of another library's argument, where its name alone does not say it; empty if it does."""
    alias, target = _alias(argument, choices, table)
    return alias.hint if alias is not None and (target is not None or not alias.targets) else ""


def nearest_word(word: str, choices: Iterable[str]) -> str | None:
    """The word or call that was meant: what another library calls so, or the most similar word."""
    names = list(choices)
    targets = WORDS.get(word.lower(), ())
    return next((target for target in targets if target.partition("(")[0] in names), None) or closest(word, names)
