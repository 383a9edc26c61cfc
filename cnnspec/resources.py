"""Files that ship with the package: the grammar, its prebuilt tables, the library of specs and the reference pages.

In a wheel they lie in ``cnnspec/_data``; in a checkout they are the top-level folders ``grammars`` and ``specs``.
Both layouts answer the same calls, so no other module knows which one it runs from.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def data_root() -> Path:
    """The folder that holds ``grammars/`` and ``specs/``: the checkout's, else the wheel's."""
    checkout = _PACKAGE.parent
    if (checkout / "grammars" / "cnnspec.lark").is_file():
        return checkout
    return _PACKAGE / "_data"


def grammar_path() -> Path:
    """The grammar of the language."""
    return data_root() / "grammars" / "cnnspec.lark"


def tables_path() -> Path:
    """Where the grammar's prebuilt parse tables lie, if this installation has them."""
    return _PACKAGE / "_data" / "cnnspec.tables.json"


def library_root() -> Path:
    """The folder of packaged specs; ``use "std/…"`` reads from its ``std/``."""
    return data_root() / "specs"


def package_file(*parts: str) -> Path:
    """A file inside the package, such as ``package_file("diagnostics", "pages", "syntax.md")``."""
    return _PACKAGE.joinpath(*parts)
