"""File names with fields, ``best-{epoch:02d}-{val_loss:.2f}``: read, checked and filled in without running anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cnnspec.record import record

#: Fields that are no figures: they count from 1.
COUNTERS = ("epoch", "batch")

_FIELD = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: Formats of a few characters only: a width of a billion would be a way to exhaust memory.
_FORMAT = re.compile(r"0?[0-9]{0,2}(?:d|(?:\.[0-9]{1,2})?[efg]?)\Z")


@record
class TemplateField:
    """One ``{name:format}``."""

    name: str
    format: str
    text: str

    @property
    def problem(self) -> str | None:
        """Why the field cannot be filled in, whatever its name stands for."""
        if not _NAME.match(self.name):
            return "is not the name of a figure"
        if not _FORMAT.match(self.format):
            return "has a format that is not one of numbers"
        if self.format.endswith("d") and self.name not in COUNTERS:
            return "is not a whole number, which d is for"
        return None


def fields(template: str) -> Iterator[TemplateField]:
    """The fields of a template, in order."""
    for match in _FIELD.finditer(template):
        name, _, form = match.group(1).partition(":")
        yield TemplateField(name, form, match.group(1))


def stray_brace(template: str) -> bool:
    """Whether a brace belongs to no field."""
    return any(letter in "{}" for letter in _FIELD.sub("", template))


def fill(template: str, figures: Mapping[str, float]) -> str:
    """The template with its fields written out.

    Raises:
        KeyError: a field has no figure.
        ValueError: a field is not one of :attr:`TemplateField.problem` None.
    """

    def write(match: re.Match[str]) -> str:
        name, _, form = match.group(1).partition(":")
        field = TemplateField(name, form, match.group(1))
        if field.problem:
            raise ValueError(f"{{{field.text}}} {field.problem}")
        value = figures[name]
        return format(int(value) if name in COUNTERS else float(value), form)

    return _FIELD.sub(write, template)
