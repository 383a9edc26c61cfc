"""Flows: on one line where they fit, else as several statements that say the same; branches below one another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from cnnspec.record import state
from cnnspec.syntax import tree
from cnnspec.syntax.formatter.breaking import SHORT, WIDTH, break_lines
from cnnspec.syntax.formatter.columns import GAP
from cnnspec.syntax.formatter.cutting import Width, cut
from cnnspec.syntax.formatter.texts import Text, flatten, is_open

if TYPE_CHECKING:
    from cnnspec.syntax.formatter.statements import Writer


@state
class Part:
    """What stands between two arrows: a step, or the sources with the step that they flow into.

    Attributes:
        text: what stands before the branches.
        tail: what stands behind them.
        can_begin: whether a statement may begin with it without saying something else.
        branches: those of a merge.
        brace: where these open in the source.
        inline: the branches as part of a line; nothing where they have lines of their own.
    """

    text: Text
    tail: Text
    can_begin: bool
    branches: Sequence[tree.Branch]
    brace: int
    inline: str


def write_flow(writer: Writer, node: tree.Flow | tree.Share, indent: int) -> None:
    """``name = [a, b] -> step -> step :: claim``; without a name it may become several statements."""
    parts, prefix, claim = _read_parts(writer, node), _read_prefix(node), _read_claim(writer, node)
    _settle(writer, parts, claim, node)
    if is_open(claim):
        parts[-1].tail += [" ", *claim]
        claim = []
    reserve = GAP + len(flatten(claim)) if claim else 0
    _lay_out_branches(parts, prefix, indent, reserve)
    starts = [0]
    if not prefix and not writer.comments.pin(node.span.start, node.span.end):
        starts = cut([_measure(part, indent, reserve if part is parts[-1] else 0) for part in parts], indent, reserve)
    for start, end in pairwise([*starts, len(parts)]):
        text = _write_parts(writer, parts[start:end], [prefix] if prefix else [], indent)
        if end < len(parts):
            writer.write_text(text, indent)
        else:
            writer.write_text(text, indent, flatten(claim), writer.comments.take_behind(node.span.end))


def flat_flow(writer: Writer, node: tree.Flow) -> str | None:
    """A flow as part of a line; None where it needs a line of its own or more."""
    if node.claim is not None or any(step.branches is not None for step in node.steps):
        return None
    text = _join(_read_parts(writer, node))
    return None if is_open(text) else _read_prefix(node) + flatten(text)


# --- reading ---------------------------------------------------------------------------------------------------------


def _read_prefix(node: tree.Flow | tree.Share) -> str:
    """What names a flow."""
    if isinstance(node, tree.Share):
        return f"share {node.name.text} = "
    return f"{node.target.text} = " if node.target else ""


def _read_claim(writer: Writer, node: tree.Flow | tree.Share) -> Text:
    """``:: shape``, as it is written or is to be added."""
    if isinstance(node, tree.Share):
        return []
    if node.claim is None:
        added = writer.claims.get((node.span.start, node.span.end))
        return [f":: {added}"] if added else []
    last = node.steps[-1] if node.steps else node.sources
    return [":: ", *writer.expressions.read(node.claim, last.span.end if last else node.span.start)]


def _read_parts(writer: Writer, node: tree.Flow | tree.Share) -> list[Part]:
    """What stands between the arrows."""
    steps, sources = ((node.layer,), None) if isinstance(node, tree.Share) else (node.steps, node.sources)
    parts = [_read_step(writer, step) for step in steps]
    if sources is not None:
        text: Text = [writer.expressions.items(sources.items, sources.span.start)]
        if not parts:
            return [Part(text, [], True, (), 0, "")]
        parts[0].text[:0] = [*text, " -> "]
    elif len(parts) > 1 and not parts[0].tail and _is_value(writer, steps[0]):
        source = parts.pop(0)
        parts[0].text[:0] = [*source.text, " -> "]
    return parts


def _read_step(writer: Writer, step: tree.Step) -> Part:
    """``Name(arguments) { branches } * n``."""
    text: Text = [writer.expressions.layer(step.callee)]
    end = step.callee.span.end
    if step.arguments is not None:
        arguments = writer.expressions.arguments(step.arguments, end)
        text.append(arguments)
        end = arguments.end
    brace, inline = 0, ""
    if step.branches is not None:
        brace = writer.brackets.brace(end)
        end = writer.brackets.closing[brace]
        inline = _flat_branches(writer, step.branches, brace)
    tail: Text = [" * ", *writer.expressions.times(step.times, end)] if step.times is not None else []
    return Part(text, tail, not _is_value(writer, step), step.branches or (), brace, inline)


def _is_value(writer: Writer, step: tree.Step) -> bool:
    """Whether a step is the name of a value: it begins a statement as a source, and nowhere else makes sense."""
    return isinstance(step.callee, tree.Name) and step.callee.text in writer.values


def _flat_branches(writer: Writer, branches: Sequence[tree.Branch], brace: int) -> str:
    """``{ | | Dense(8) }``: branches as part of a line, if one of them at most says anything, and that in one flow."""
    if writer.comments.any_between(brace, writer.brackets.closing[brace]):
        return ""
    flats = [writer.flat_statements(branch.statements) for branch in branches]
    if None in flats or sum(map(bool, flats)) > 1:
        return ""
    return " { " + " ".join(f"| {flat}".rstrip() for flat in flats) + " }"


def _settle(writer: Writer, parts: Sequence[Part], claim: Text, node: tree.Flow | tree.Share) -> None:
    """Hang the comments of a flow on what they stand at, but for those between the braces of branches."""
    text = [piece for part in parts for piece in (*part.text, *part.tail)] + claim
    start = node.span.start
    for part in parts:
        if part.branches:
            writer.comments.settle(text, start, part.brace)
            start = writer.brackets.closing[part.brace]
    writer.comments.settle(text, start, node.span.end)


# --- laying out ------------------------------------------------------------------------------------------------------


def _lay_out_branches(parts: Sequence[Part], prefix: str, indent: int, reserve: int) -> None:
    """Give all branches lines of their own, unless they are short and the flow fits on one line with them."""
    line = _join(parts)
    fits = not is_open(line) and indent + len(prefix) + len(flatten(line)) + reserve <= WIDTH
    if not fits or any(part.inline and indent + len(flatten(_joined(part))) > SHORT for part in parts):
        for part in parts:
            part.inline = ""


def _joined(part: Part) -> Text:
    """A part on one line."""
    return [*part.text, part.inline, *part.tail]


def _join(parts: Sequence[Part]) -> Text:
    """Parts on one line."""
    text: Text = []
    for index, part in enumerate(parts):
        text += [" -> ", *_joined(part)] if index else _joined(part)
    return text


def _measure(part: Part, indent: int, reserve: int) -> Width:
    """The room that a part takes on lines of its own."""
    bare = not part.branches and all(isinstance(piece, str) for piece in part.text)
    if part.branches and not part.inline:
        head = break_lines([*part.text, " {"], indent)
        breaks = len(head) > 1 and not is_open(part.text)
        return Width(len(head[0]) - indent, len("}") + len(flatten(part.tail)), True, breaks, part.can_begin, bare)
    lines = break_lines(_joined(part), indent, reserve)
    breaks = len(lines) > 1 and not is_open(_joined(part))
    return Width(len(lines[0]) - indent, len(lines[-1]) - indent, len(lines) > 1, breaks, part.can_begin, bare)


# --- writing ---------------------------------------------------------------------------------------------------------


def _write_parts(writer: Writer, parts: Sequence[Part], text: Text, indent: int) -> Text:
    """Write the parts of one statement up to the last brace that closes; what is left to be written."""
    for index, part in enumerate(parts):
        text += [" -> "] if index else []
        if part.branches and not part.inline:
            _write_branches(writer, [*text, *part.text, " {"], part, indent)
            text = ["}", *part.tail]
        else:
            text += _joined(part)
    return text


def _write_branches(writer: Writer, head: Text, part: Part, indent: int) -> None:
    """A merge's head and its branches, one a line or more."""
    writer.write_text(head, indent, comment=writer.comments.take_behind(part.brace + 1))
    closer = writer.brackets.closing[part.brace]
    behind = -1
    for branch in part.branches:
        comment_end = writer.flush_comments(branch.span.start, indent + 2, behind)
        writer.keep_blank_line(comment_end, branch.span.start)
        _write_branch(writer, branch, indent + 2)
        behind = writer.comments.line_end(branch.span.end)
    writer.flush_comments(closer, indent + 2, behind)


def _write_branch(writer: Writer, branch: tree.Branch, indent: int) -> None:
    """``| statement``, further statements below it."""
    bar = branch.span.start + 1
    first = branch.statements[0] if branch.statements else None
    if first is None or writer.comments.any_between(bar, first.span.start):
        writer.write_text(["|"], indent, comment=writer.comments.take_behind(bar))
        if first is not None:
            writer.write_all(branch.statements, indent + 2, bar, branch.span.end)
        return
    mark = len(writer.lines)
    writer.write_all(branch.statements, indent + 2, bar, branch.span.end)
    line = writer.lines[mark]
    line.code = line.code[:indent] + "|" + line.code[indent + 1 :]
