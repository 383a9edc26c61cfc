"""Statements and what braces hold: one statement a line, and the comments and blank lines between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnspec.syntax import tree
from cnnspec.syntax.formatter import flows
from cnnspec.syntax.formatter.braces import Braces
from cnnspec.syntax.formatter.breaking import WIDTH, Text, break_lines, flatten, is_open
from cnnspec.syntax.formatter.columns import Line, align
from cnnspec.syntax.formatter.comments import Comments, holds, tidy
from cnnspec.syntax.formatter.expressions import Expressions


class Writer:
    """Writes one file from top to bottom, and each comment where it comes to it."""

    def __init__(self, file: tree.File, short_names: Mapping[str, str]) -> None:
        self.file = file
        self.text = file.source.text
        defined = {item.name.text for item in file.items if isinstance(item, tree.BlockDefinition | tree.ModelDefinition)}
        names = {name: short for name, short in short_names.items() if name not in defined}
        self.expressions = Expressions(self.text, names)
        self.comments = Comments(file)
        self.braces = Braces(file.source)
        self.lines: list[Line] = []
        self.inlines: dict[int, str | None] = {}

    def write(self) -> str:
        """The whole text."""
        self.write_all(self.file.items, 0, 0, len(self.text))
        lines = align(self.lines)
        return "\n".join(lines) + "\n" if lines else ""

    # --- comments and blank lines ---

    def flush_comments(self, until: int, indent: int, behind: int) -> int:
        """Write the comments that stand before an offset on lines of their own; the end of the last of them."""
        for comment in self.comments.take_before(until):
            self.keep_blank_line(behind, comment.span.start)
            self.lines.append(Line(" " * indent + tidy(comment)))
            behind = comment.span.end
        return behind

    def keep_blank_line(self, behind: int, before: int) -> None:
        """One blank line where there were any, but none at the start of what braces hold."""
        if behind < 0 or not self.lines:
            return
        if self.text.count("\n", behind, before) > 1:
            self.lines.append(Line(""))

    def write_above(self, text: Text, indent: int, end: int) -> None:
        """The comments inside a statement that no bracket of its holds, above it."""
        self.lines += [Line(" " * indent + comment) for comment in self.comments.place(text, end)]

    # --- statements ---

    def write_all(self, nodes: Sequence[tree.Item | tree.Statement], indent: int, start: int, end: int) -> None:
        """Statements, one a line, and the comments between and behind them."""
        behind, first = -1 if start else 0, True
        widths = self._setting_widths(nodes)
        for index, node in enumerate(nodes):
            comment_end = self.flush_comments(node.span.start, indent, behind)
            if not first or comment_end != behind:
                self.keep_blank_line(comment_end, node.span.start)
            self._write(node, indent, widths.get(index, 0))
            behind, first = self.comments.taken_end(node.span.end), False
        self.flush_comments(end, indent, behind if not first or not start else -1)

    def _setting_widths(self, nodes: Sequence[tree.Item | tree.Statement]) -> dict[int, int]:
        """The width of the longest key of each run of settings, by the setting's place."""
        widths: dict[int, int] = {}
        run: list[int] = []
        for index, node in enumerate(nodes):
            if not isinstance(node, tree.Setting):
                run = []
                continue
            if run and not self._is_next_line(nodes[run[-1]], node):
                run = []
            run.append(index)
            width = max(len(node.key.text), widths[run[0]] if len(run) > 1 else 0)
            if len(run) > 1 and width == widths[run[0]]:
                widths[index] = width
            else:
                widths.update(dict.fromkeys(run, width))
        return widths

    def _is_next_line(self, last: tree.Item | tree.Statement, node: tree.Setting) -> bool:
        """Whether nothing will stand between two settings: no blank line, no comment on a line of its own."""
        if self.text.count("\n", last.span.end, node.span.start) > 1:
            return False
        inside = self.comments.between(node.span.start, node.span.end)
        text = self._simple(node, 0) if inside else []
        return all(holds(text, at) for at in inside)

    def _write(self, node: tree.Item | tree.Statement, indent: int, width: int) -> None:
        """One statement or item."""
        if isinstance(node, tree.ModelDefinition | tree.BlockDefinition | tree.TrainDefinition):
            self._write_braces(self._definition_head(node), node.statements, indent, self.braces.of(node.span.end))
        elif isinstance(node, tree.Repeat):
            index = f" as {node.index.text}" if node.index else ""
            head = ["repeat ", *self.expressions.write(node.count), index]
            self._write_braces(head, node.statements, indent, self.braces.after((node.index or node.count).span.end))
        elif isinstance(node, tree.If):
            self._write_if(node, indent)
        elif isinstance(node, tree.Flow):
            flows.write_flow(self, node, indent)
        elif isinstance(node, tree.Share):
            flows.write_steps(self, [f"share {node.name.text} = "], (node.layer,), "", indent, node.span.end)
        else:
            self.write_text(self._simple(node, width), "", indent, node.span.end)

    def _simple(self, node: tree.Item | tree.Statement, width: int) -> Text:
        """A statement of one expression or a list of names."""
        match node:
            case tree.Let():
                return [f"let {node.name.text} = ", *self.expressions.write(node.value)]
            case tree.Setting():
                return [f"{node.key.text.ljust(width)} = ", *self.expressions.write(node.value)]
            case tree.Expect():
                return ["expect ", *self.expressions.write(node.condition)]
            case tree.OutputStatement():
                return ["output " + ", ".join(name.text for name in node.names)]
            case tree.InputStatement():
                text: Text = ["input "]
                for index, item in enumerate(node.items):
                    text += [", "] if index else []
                    text += [item.name.text + (": " if item.shape else "")] if item.name else []
                    text += self.expressions.write(item.shape) if item.shape else []
                return text
            case tree.Use():
                return [f'use "{node.path.value}"' + (f" as {node.alias.text}" if node.alias else "")]
            case _:
                raise TypeError(f"not a statement of a sound file: {type(node).__name__}")

    def write_text(self, text: Text, claim: str, indent: int, end: int) -> None:
        """A statement without braces: on one line, or with brackets open."""
        self.write_above(text, indent, end)
        flat = " " * indent + flatten(text)
        reserve = len(claim) + 2 if claim else 0
        if is_open(text) or len(flat) + reserve > WIDTH:
            lines = break_lines(text, indent, reserve)
            self.lines += [Line(line) for line in lines[:-1]]
            flat = lines[-1]
        self.lines.append(Line(flat, claim, self.comments.take_trailing(end)))

    # --- braces ---

    def _definition_head(self, node: tree.ModelDefinition | tree.BlockDefinition | tree.TrainDefinition) -> Text:
        """``model Name(parameter = default)``, ``train Name as alias``."""
        if isinstance(node, tree.TrainDefinition):
            return [f"train {node.model.text}" + (f" as {node.alias.text}" if node.alias else "")]
        keyword = "model" if isinstance(node, tree.ModelDefinition) else "block"
        head: Text = [f"{keyword} {node.name.text}"]
        return [*head, self.expressions.parameters(node.parameters, node.name.span.end)] if node.parameters else head

    def _write_braces(self, head: Text, nodes: Sequence[tree.Statement], indent: int, brace: int) -> None:
        """A head and its statements, on one line if they stood on one and are one."""
        self._write_head([*head, " {"], nodes, indent, brace)
        self._close(self.braces.closing[brace] + 1)

    def _write_head(self, head: Text, nodes: Sequence[tree.Statement], indent: int, brace: int) -> None:
        """The head's line, then the statements; ``_close`` writes the closing brace."""
        closer = self.braces.closing[brace]
        inline = self.inline(nodes, brace, closer)
        self.write_above(head, indent, brace)
        if inline is not None and not is_open(head) and indent + len(flatten(head)) + len(inline) + 3 <= WIDTH:
            self.lines.append(Line(" " * indent + flatten(head) + (f" {inline} " if inline else " ")))
            return
        lines = break_lines(head, indent)
        self.lines += [Line(line) for line in lines]
        self.lines[-1].comment = self.comments.take_trailing(brace + 1)
        self.write_all(nodes, indent + 2, brace, closer)
        self.lines.append(Line(" " * indent))

    def inline(self, nodes: Sequence[tree.Statement], brace: int, closer: int) -> str | None:
        """The one statement between braces as part of a line, if the author had it there; None if it needs its own."""
        if (
            len(nodes) > 1
            or closer - brace > 2 * WIDTH
            or "\n" in self.text[brace:closer]
            or self.comments.between(brace, closer)
        ):
            return None
        if not nodes:
            return ""
        # Kept, for else every level of braces would be tried twice by the level around it.
        if brace not in self.inlines:
            before, taken = self.lines, self.comments.next
            self.lines, self.comments.next = [], len(self.comments.all)
            self._write(nodes[0], 0, 0)
            written, self.lines = self.lines, before
            self.comments.next = taken
            self.inlines[brace] = align(written)[0] if len(written) == 1 else None
        return self.inlines[brace]

    def _close(self, end: int) -> None:
        """The closing brace and the comment behind it."""
        self.lines[-1].code += "}"
        self.lines[-1].comment = self.comments.take_trailing(end)

    def _write_if(self, node: tree.If, indent: int) -> None:
        """``if … { … } else if … { … } else { … }``."""
        head: Text = ["if "]
        offset = node.span.start
        bodies: list[tuple[tree.Expression | None, tuple[tree.Statement, ...]]] = list(node.cases)
        if node.otherwise is not None:
            bodies.append((None, node.otherwise))
        for index, (condition, statements) in enumerate(bodies):
            if index:
                head = [self.lines.pop().code.lstrip(" "), "} else " if condition is None else "} else if "]
            brace = self.braces.after(condition.span.end if condition is not None else offset)
            stated: Text = [*self.expressions.write(condition), " {"] if condition is not None else ["{"]
            self._write_head([*head, *stated], statements, indent, brace)
            offset = self.braces.closing[brace] + 1
        self._close(node.span.end)
