"""The entries of the tables."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cnnspec.record import record


@record
class LayerAlias:
    """A layer of another library.

    Attributes:
        target: the layer here.
        arguments: what the layer here is given besides, such as ``max_value=6``.
        note: how it differs in meaning.
        complement: an argument that counts the other way round: 1 minus its value is meant here.
        chosen_by: an argument that says which layer it is, and the layer for each of its words.
    """

    target: str
    arguments: str = ""
    note: str = ""
    complement: str = ""
    chosen_by: tuple[str, Mapping[str, str]] = ("", MappingProxyType({}))


@record
class ArgumentAlias:
    """An argument or key of another library.

    Attributes:
        targets: what it is called here; the first that the layer has is meant.
        hint: what to write where the value changes too, or why nothing is written; empty where only the name differs.
        superfluous: it says what follows from elsewhere here.
    """

    targets: tuple[str, ...] = ()
    hint: str = ""
    superfluous: bool = False
