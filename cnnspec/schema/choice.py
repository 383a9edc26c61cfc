"""Declarations that are written as a word, with or without arguments: ``relu``, ``l2(1e-4)``, ``RMSprop``."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from cnnspec.schema.declaration import BindError, Declaration, refuse
from cnnspec.schema.values import CallValue, Word, is_list


class Choice(Declaration):
    """One of a family of alternatives; ``word`` is how it is written."""

    word: ClassVar[str] = ""

    def as_value(self) -> Word | CallValue:
        """The value it was, or could have been, written as."""
        named = tuple((name, plain_value(value)) for name, value in self.changed().items())
        return CallValue(self.word, (), named) if named else Word(self.word)


def plain_value(value: object) -> object:
    """A field's value with declarations turned back into what is written."""
    if isinstance(value, Choice):
        return value.as_value()
    if is_list(value):
        return tuple(plain_value(item) for item in value)
    return value


def one_of(family: Callable[[], Mapping[str, type[Choice]]], noun: str, *, optional: bool = False) -> BeforeValidator:
    """A validator that turns a word or a call into a member of a family, and refuses all else but, if optional, none.

    ``family`` maps every accepted spelling to its class; it is called late, so that a family may live in a module that
    is imported only when it is used. ``noun`` names the family in messages ("an activation").
    """
    convert = converter(family, noun)

    def check(value: object) -> object:
        if isinstance(value, (Choice, str, CallValue)) or (optional and value is None):
            return convert(value)
        raise refuse(f"{noun} such as {next(iter(family()))}" + (" or none" if optional else ""))

    return BeforeValidator(check)


def converter(family: Callable[[], Mapping[str, type[Choice]]], noun: str) -> Callable[[object], object]:
    """A function that turns a word or a call into a member of a family, and leaves other values as they are."""

    def convert(value: object) -> object:
        if isinstance(value, Choice) or not isinstance(value, (str, CallValue)):
            return value
        call = value if isinstance(value, CallValue) else CallValue(str(value))
        members = family()
        if call.name not in members:
            context = {"expected": noun, "choices": tuple(members), "unknown": call.name}
            raise PydanticCustomError("unknown_choice", "must be {expected}", context)
        try:
            return members[call.name].bind(call.positional, call.named)
        except BindError as error:
            context = {"expected": noun, "inner": error.problems, "callee": call.name}
            raise PydanticCustomError("inner", "must be {expected}", context) from None

    return convert
