"""The objects of a PDF file in one order, so that the same page has the same bytes.

The converter hashes fonts by a seed of its own: from run to run it lists them in another order, and numbers and writes what
belongs to them in that order. Here entries of resources are sorted by name, and objects numbered and written as they are
reached from the page tree. Nothing that is shown changes.

Source:
    ISO 32000-1:2008, sections 7.3.8 (streams), 7.3.10 (indirect objects), 7.5.4 (cross-reference table), 7.5.5 (trailer).
"""

from __future__ import annotations

import re

_TABLE = re.compile(rb"xref\n0 (\d+)\n((?:\d{10} \d{5} [nf][\r ]\n)+)trailer\n<<(.*?)>>\nstartxref\n(\d+)\n%%EOF\s*\Z", re.DOTALL)
_OBJECT = re.compile(rb"(\d+) 0 obj\n(.*?)(?:\nendobj)\s*\Z", re.DOTALL)
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_RESOURCES = re.compile(rb"(/(?:Font|XObject|ExtGState|ColorSpace|Pattern|Shading) <<\n)((?: +/\w+ [^\n]*\n)+)( *>>)")


def order_objects(data: bytes) -> bytes:
    """The same file with its objects in the order in which they are reached.

    A file of another make, without a plain table of its objects, is left as it is.
    """
    table = _TABLE.search(data)
    bodies = None if table is None else _bodies(data, table)
    if table is None or bodies is None:
        return data
    roots = [int(number) for number in _REFERENCE.findall(table[3])]
    order = _reach(bodies, roots)
    if set(order) != set(bodies):  # an object that nothing refers to: another make
        return data
    numbers = {old: new for new, old in enumerate(order, 1)}
    return _write(data[: data.index(b"\n") + 1] + _comment(data), [_renumber(bodies[old], numbers) for old in order],
                  _renumber((table[3], b""), numbers)[0])  # fmt: skip


Body = tuple[bytes, bytes]


def _comment(data: bytes) -> bytes:
    """The second line, which says that the file is binary."""
    line = data.split(b"\n", 2)[1]
    return line + b"\n" if line.startswith(b"%") else b""


def _bodies(data: bytes, table: re.Match[bytes]) -> dict[int, Body] | None:
    """Every object's text and, behind it, its stream; None where the table does not lead to them."""
    entries = [line.split() for line in re.split(rb"[\r ]\n", table[2]) if line.strip()]
    offsets = {at: int(entry[0]) for at, entry in enumerate(entries) if entry[2] == b"n"}
    ends = sorted([*offsets.values(), table.start()])
    found: dict[int, Body] = {}
    for number, start in offsets.items():
        match = _OBJECT.fullmatch(data[start : ends[ends.index(start) + 1]])
        if match is None or int(match[1]) != number:
            return None
        text, keyword, stream = match[2].partition(b"\nstream\n")
        found[number] = (_RESOURCES.sub(_sorted, text), keyword + stream)
    return found


def _sorted(match: re.Match[bytes]) -> bytes:
    return match[1] + b"".join(sorted(match[2].splitlines(keepends=True))) + match[3]


def _reach(bodies: dict[int, Body], roots: list[int]) -> list[int]:
    """The objects in the order of a walk, depth first, along the references as they stand."""
    order: dict[int, None] = {}
    waiting = list(reversed(roots))
    while waiting:
        number = waiting.pop()
        if number in order or number not in bodies:
            continue
        order[number] = None
        waiting += [int(found) for found in reversed(_REFERENCE.findall(bodies[number][0]))]
    return list(order)


def _renumber(body: Body, numbers: dict[int, int]) -> Body:
    return _REFERENCE.sub(lambda match: b"%d 0 R" % numbers[int(match[1])], body[0]), body[1]


def _write(head: bytes, bodies: list[Body], trailer: bytes) -> bytes:
    parts, offsets, length = [head], list[int](), len(head)
    for number, (text, stream) in enumerate(bodies, 1):
        part = b"%d 0 obj\n%s%s\nendobj\n\n" % (number, text, stream)
        offsets.append(length)
        parts.append(part)
        length += len(part)
    lines = b"".join(b"%010d 00000 n\r\n" % offset for offset in offsets)
    table = b"xref\n0 %d\n0000000000 65535 f\r\n%strailer\n<<%s>>\nstartxref\n%d\n%%%%EOF" % (
        len(bodies) + 1, lines, trailer, length,
    )  # fmt: skip
    return b"".join([*parts, table])
