"""Families of alternatives: each member has a canonical word and is known by other spellings too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from cnnspec.schema.choice import Choice, converter
from cnnspec.schema.declaration import refuse
from cnnspec.schema.values import CallValue, Quoted


def snake_case(name: str) -> str:
    """``Adam`` as ``adam``, ``EarlyStopping`` as ``early_stopping``, ``CSVLogger`` as ``csv_logger``."""
    parts: list[str] = []
    for at, letter in enumerate(name):
        starts_word = letter.isupper() and at > 0 and (name[at - 1].islower() or name[at + 1 : at + 2].islower())
        parts.append("_" if starts_word else "")
        parts.append(letter.lower())
    return "".join(parts)


def spellings(classes: Iterable[type[Choice]], more: Mapping[str, type[Choice]] | None = None) -> dict[str, type[Choice]]:
    """Every accepted spelling of the classes: the canonical words first, then other ones."""
    members = {member.word: member for member in classes}
    for member in tuple(members.values()):
        for name in (member.__name__, snake_case(member.__name__)):
            members.setdefault(name, member)
    return {**members, **(more or {})}


def member_of(family: Callable[[], Mapping[str, type[Choice]]], noun: str) -> BeforeValidator:
    """A validator like :func:`~cnnspec.schema.choice.one_of` for a family with several spellings a member.

    What is not in it is answered with the canonical words; a word in quotes, also inside a list, is refused.
    """
    convert = converter(family, noun)

    def check(value: object) -> object:
        if isinstance(value, Quoted):
            raise refuse(f"{noun}, written without quotes")
        name = value.name if isinstance(value, CallValue) else value
        members = family()
        if isinstance(name, str) and name not in members:
            words = tuple(dict.fromkeys(member.word for member in members.values()))
            raise PydanticCustomError(
                "unknown_choice", "must be {expected}", {"expected": noun, "choices": words, "unknown": name}
            )
        return convert(value)

    return BeforeValidator(check)
