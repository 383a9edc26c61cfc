"""What the verbs raise besides a file's errors."""

from __future__ import annotations

from collections.abc import Sequence


class UnknownNameError(LookupError):
    """Something was asked for by a name that is not there."""

    @classmethod
    def among(cls, what: str, name: str, path: str, choices: Sequence[str]) -> UnknownNameError:
        """With the nearest of the names that are there, else some of them."""
        from cnnspec.diagnostics.suggest import closest, listing

        nearest = closest(name, choices)
        hint = f"did you mean {nearest}?" if nearest else f"it has {listing(choices)}" if choices else f"it has no {what}"
        return cls(f"there is no {what} {name} in {path}; {hint}")
