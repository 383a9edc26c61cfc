"""What a model is for, in the words of the comments above it."""

from __future__ import annotations

import re
from collections.abc import Sequence


def find_purpose(text: str, name: str) -> tuple[str, ...]:
    """The paragraphs of the comments at the head of a file and right above a model; lines set in as examples are left out."""
    lines = text.splitlines()
    found = next((at for at, line in enumerate(lines) if re.match(rf"\s*model\s+{re.escape(name)}\b", line)), None)
    if found is None:
        return ()
    head = 0
    while head < len(lines) and lines[head].startswith("#"):
        head += 1
    above = found
    while above > 0 and lines[above - 1].lstrip().startswith("#"):
        above -= 1
    parts = [lines[:head]] if above < head else [lines[:head], lines[above:found]]
    return tuple(paragraph for part in parts for paragraph in _paragraphs(part))


def _paragraphs(lines: Sequence[str]) -> list[str]:
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        said = line.lstrip().lstrip("#").removeprefix(" ")
        if re.match(r"\s*cnnspec:\s", said) or said.startswith(" "):  # an instruction, an example
            continue
        if said.strip():
            paragraphs[-1].append(said.strip())
        elif paragraphs[-1]:
            paragraphs.append([])
    return [" ".join(paragraph) for paragraph in paragraphs if paragraph]
