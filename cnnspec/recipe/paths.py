"""Paths that a file may name: relative, plain, and inside the folder they belong to."""

from __future__ import annotations

#: Names that Windows keeps for devices, whatever their suffix.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))})

#: The most characters of a path.
LONGEST = 240


def path_problem(path: str) -> str | None:
    """Why a path is not a plain relative one inside its folder, as the end of a sentence; None if it is.

    The same answer on every system: a file that is sound on one machine is sound on the next.
    """
    if not path.strip():
        return "is empty"
    if len(path) > LONGEST:
        return f"has {len(path):,} characters; {LONGEST} are allowed"
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in path):
        return "holds a control character"
    if path[0] in "/\\" or (len(path) > 1 and path[1] == ":"):
        return "is absolute"
    if path[0] == "~":
        return "begins in a home folder"
    if "\\" in path:
        return "is divided by \\ where / is meant"
    return next((problem for part in path.split("/") if (problem := _part_problem(part))), None)


def _part_problem(part: str) -> str | None:
    if part == "..":
        return "leaves its folder by .."
    if part in ("", "."):
        return "has an empty part"
    if any(letter in part for letter in '<>:"|?*'):
        return "holds a character that not every system allows in a file name"
    if part.endswith((" ", ".")) or part.partition(".")[0].strip().lower() in _DEVICES:
        return f"has the part {part!r}, which is no file name on every system"
    return None
