"""Print the advance widths in cnnspec/render/advances.py, read from the DejaVu Sans font files.

Usage: python tools/measure_fonts.py [FOLDER]   (Debian: apt install fonts-dejavu-core fonts-dejavu-extra)

Only facts are read (the horizontal advance of each character, in units of 1/2048 em); no outline is copied.
"""

from __future__ import annotations

import struct
import sys
import textwrap
from pathlib import Path

#: Characters that pictures write: ASCII, Latin-1, Greek, and the signs of formulas and headers.
RANGES = ((0x20, 0x7E), (0xA0, 0xFF), (0x391, 0x3C9))
SIGNS = "×·−–—…→←↔⌊⌋⌈⌉√≤≥≠≈∥‖∑∏⊕⊗∗⊙∞✗✓✕°²³⁰¹⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉•‘’“”"
FACES = {"REGULAR": "DejaVuSans.ttf", "BOLD": "DejaVuSans-Bold.ttf"}


def tables(data: bytes) -> dict[str, int]:
    """Offsets of the tables of a TrueType file."""
    count = struct.unpack(">H", data[4:6])[0]
    entries = (struct.unpack(">4sLLL", data[12 + 16 * at : 28 + 16 * at]) for at in range(count))
    return {tag.decode(): offset for tag, _, offset, _ in entries}


def glyphs(data: bytes, start: int) -> dict[int, int]:
    """Code point to glyph, from the segmented character map (format 4)."""
    for at in range(struct.unpack(">H", data[start + 2 : start + 4])[0]):
        offset = start + struct.unpack(">L", data[start + 8 + 8 * at : start + 12 + 8 * at])[0]
        if struct.unpack(">H", data[offset : offset + 2])[0] == 4:
            break
    else:
        raise SystemExit("no character map of format 4")
    n = struct.unpack(">H", data[offset + 6 : offset + 8])[0] // 2
    words = struct.unpack(f">{4 * n + 1}H", data[offset + 14 : offset + 16 + 8 * n])
    ends, starts, deltas, shifts = words[:n], words[n + 1 : 2 * n + 1], words[2 * n + 1 : 3 * n + 1], words[3 * n + 1 :]
    found: dict[int, int] = {}
    for at in range(n):
        for code in range(starts[at], min(ends[at], 0xFFFE) + 1):
            if shifts[at]:
                place = offset + 16 + 6 * n + 2 * at + shifts[at] + 2 * (code - starts[at])
                glyph = struct.unpack(">H", data[place : place + 2])[0]
                found[code] = (glyph + deltas[at]) & 0xFFFF if glyph else 0
            else:
                found[code] = (code + deltas[at]) & 0xFFFF
    return found


def advances(path: Path) -> dict[int, int]:
    """Code point to advance in 1/2048 em."""
    data = path.read_bytes()
    at = tables(data)
    units = struct.unpack(">H", data[at["head"] + 18 : at["head"] + 20])[0]
    if units != 2048:
        raise SystemExit(f"{path.name} has {units} units per em, not 2048")
    metrics = struct.unpack(">H", data[at["hhea"] + 34 : at["hhea"] + 36])[0]

    def advance(glyph: int) -> int:
        place = at["hmtx"] + 4 * min(glyph, metrics - 1)
        return struct.unpack(">H", data[place : place + 2])[0]

    return {code: advance(glyph) for code, glyph in glyphs(data, at["cmap"]).items() if glyph}


def main(folder: Path) -> None:
    """Write the module to standard output."""
    print('"""Advance widths of DejaVu Sans in 1/2048 em, measured by tools/measure_fonts.py; do not edit.\n')
    print('Runs of code points (the first one, then one advance each) and single signs.\n"""\n')
    for name, file in FACES.items():
        table = advances(folder / file)
        print(f"{name} = {{")
        for first, last in RANGES:
            numbers = " ".join(str(table.get(code, 2048)) for code in range(first, last + 1))
            print(f'    0x{first:X}: """\n{textwrap.fill(numbers, 120)}\n""",')
        print("}")
        extra = [sign for sign in sorted(set(SIGNS)) if not any(first <= ord(sign) <= last for first, last in RANGES)]
        numbers = textwrap.fill(" ".join(f"{sign}{table[ord(sign)]}" for sign in extra if ord(sign) in table), 110)
        print(f'{name}_SIGNS = """\n{numbers}\n"""')


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/truetype/dejavu"))
