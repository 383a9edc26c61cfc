"""Flows and merges: a chain on one line where it can be, the branches of a merge below one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnspec.syntax import tree
from cnnspec.syntax.formatter.breaking import WIDTH, Text, break_lines, flatten
from cnnspec.syntax.formatter.columns import Line

if TYPE_CHECKING:
    from cnnspec.syntax.formatter.statements import Writer


def write_flow(writer: Writer, node: tree.Flow, indent: int) -> None:
    """``name = [a, b] -> step -> step :: claim``."""
    text: Text = [f"{node.target.text} = "] if node.target else []
    if node.sources is not None:
        text.append(writer.expressions.list_of(node.sources.items, node.sources.span.start, node.sources.span.end))
        text += [" -> "] if node.steps else []
    claim = ":: " + flatten(writer.expressions.write(node.claim)) if node.claim is not None else ""
    write_steps(writer, text, node.steps, claim, indent, node.span.end)


def write_steps(writer: Writer, text: Text, steps: Sequence[tree.Step], claim: str, indent: int, end: int) -> None:
    """A chain of steps; a merge with branches on lines of their own splits it."""
    for index, step in enumerate(steps):
        text += [" -> "] if index else []
        text += _step_head(writer, step)
        if step.branches is not None:
            head_end = step.arguments[-1].span.end if step.arguments else step.callee.span.end
            brace = writer.braces.after(head_end)
            inline = _inline_branches(writer, step.branches, brace, writer.braces.closing[brace])
            if inline is not None and indent + len(flatten(text)) + len(inline) + 3 <= WIDTH:
                text += [f" {{ {inline} }}"]
            else:
                _write_branches(writer, [*text, " {"], step.branches, indent, brace)
                text = ["}"]
        text += [" * ", *writer.expressions.times(step.times)] if step.times is not None else []
    writer.write_text(text, claim, indent, end)


def _step_head(writer: Writer, step: tree.Step) -> Text:
    """``Name(arguments)``."""
    head: Text = [writer.expressions.layer(step.callee)]
    if step.arguments is not None:
        head.append(writer.expressions.arguments(step.arguments, step.callee.span.end))
    return head


def _inline_branches(writer: Writer, branches: Sequence[tree.Branch], brace: int, closer: int) -> str | None:
    """All branches as part of a line, if the author had them on one."""
    if "\n" in writer.text[brace:closer]:
        return None
    parts: list[str] = []
    for branch in branches:
        inline = writer.inline(branch.statements, branch.span.start, branch.span.end)
        if inline is None:
            return None
        parts.append(f"| {inline}".rstrip())
    return " ".join(parts)


def _write_branches(writer: Writer, head: Text, branches: Sequence[tree.Branch], indent: int, brace: int) -> None:
    """A merge's head and its branches, one a line or more."""
    writer.write_above(head, indent, brace)
    writer.lines += [Line(line) for line in break_lines(head, indent)]
    writer.lines[-1].comment = writer.comments.take_trailing(brace + 1)
    behind = -1
    for index, branch in enumerate(branches):
        comment_end = writer.flush_comments(branch.span.start, indent + 2, behind)
        writer.keep_blank_line(comment_end, branch.span.start)
        end = branches[index + 1].span.start if index + 1 < len(branches) else writer.braces.closing[brace]
        _write_branch(writer, branch, indent + 2, end)
        behind = writer.comments.taken_end(branch.span.end)
    writer.flush_comments(writer.braces.closing[brace], indent + 2, behind)


def _write_branch(writer: Writer, branch: tree.Branch, indent: int, end: int) -> None:
    """``| statement``, further statements below it."""
    bar = branch.span.start + 1
    first = branch.statements[0] if branch.statements else None
    if first is None or writer.comments.between(bar, first.span.start):
        writer.lines.append(Line(" " * indent + "|", "", writer.comments.take_trailing(bar)))
        if first is not None:
            writer.write_all(branch.statements, indent + 2, bar, branch.span.end)
        return
    mark = len(writer.lines)
    writer.write_all(branch.statements, indent + 2, bar, branch.span.end)
    code = writer.lines[mark].code
    if code.lstrip().startswith("#"):  # it came out of the first statement's parentheses
        writer.lines[mark] = Line(" " * indent + "|", "", code.lstrip())
        return
    writer.lines[mark].code = code[:indent] + "|" + code[indent + 1 :]
