"""What a caller gives beside a file: values that replace the file's, and a size for its open inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnspec.resolve.resolve import Settings


def make_settings(values: Mapping[str, object] | None, input: str | Sequence[int] | None, max_nodes: int | None) -> Settings:
    from cnnspec.resolve.resolve import DEFAULT, Settings
    from cnnspec.schema.values import show

    return Settings(
        replace={
            name: value if isinstance(value, str) else show(value).replace("×", "x") for name, value in (values or {}).items()
        },
        input=read_extents(input) if isinstance(input, str) else None if input is None else tuple(input),
        max_nodes=DEFAULT.max_nodes if max_nodes is None else max_nodes,
    )


def read_extents(text: str) -> tuple[int, ...]:
    """``"256x256"`` as numbers.

    Raises:
        ValueError: it is not a row of whole numbers from 1.
    """
    parts = text.replace("×", "x").replace("_", "").split("x")
    if not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        raise ValueError(f"{text!r} is not a size such as 256x256")
    return tuple(int(part) for part in parts)
