"""Every diagnostic there is: one typed factory per code, a module per topic.

A factory takes the values that its message needs and returns a :class:`~cnnspec.diagnostics.diagnostic.Diagnostic`;
no text of a message is written anywhere else. ``REGISTERED`` maps each code to its factory and severity, and a test
fails for a code without a page in ``cnnspec/diagnostics/pages/``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

from cnnspec.diagnostics.diagnostic import Diagnostic, Severity

REGISTERED: dict[str, tuple[Severity, Callable[..., Diagnostic]]] = {}

#: The modules that hold factories; :func:`load_all` imports them for tools that list codes.
TOPICS = (
    "syntax",
    "brackets",
    "statements",
    "foreign",
    "characters",
    "names",
    "arguments",
    "shapes",
    "sizes",
    "claims",
    "recipes",
    "lints",
    "unused",
    "allow",
    "project",
    "data",
    "files",
    "runs",
)


#: How far a text is understood when a code of a topic is found: a mistake may hide others of later stages, never of
#: earlier ones. What is not listed is of the last stage.
_STAGES = {**dict.fromkeys(("syntax", "brackets", "statements", "foreign", "characters"), 0), "names": 1, "arguments": 2}
LAST_STAGE = 3

P = ParamSpec("P")


def code(name: str, severity: Severity = Severity.ERROR) -> Callable[[Callable[P, Diagnostic]], Callable[P, Diagnostic]]:
    """Register a factory for a code. The factory builds its diagnostic with the same code and severity."""

    def register(factory: Callable[P, Diagnostic]) -> Callable[P, Diagnostic]:
        if name in REGISTERED:
            raise ValueError(f"diagnostic code {name!r} is defined twice")
        REGISTERED[name] = (severity, factory)
        return factory

    return register


def topic_of(code: str) -> str:
    """The module that a registered code is of."""
    return REGISTERED[code][1].__module__.rpartition(".")[2]


def stage_of(code: str) -> int:
    """How much of a text must be right before a registered code can be found."""
    return _STAGES.get(topic_of(code), LAST_STAGE)


def load_all() -> dict[str, tuple[Severity, Callable[..., Diagnostic]]]:
    """Import every topic and return the whole register."""
    from importlib import import_module

    for topic in TOPICS:
        import_module(f"cnnspec.diagnostics.catalogue.{topic}")
    return REGISTERED
