"""Statements and what braces hold: one statement a line, and the comments and blank lines between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnnspec.syntax import tree
from cnnspec.syntax.formatter.brackets import Brackets
from cnnspec.syntax.formatter.breaking import SHORT, break_lines
from cnnspec.syntax.formatter.columns import GAP, Line, align
from cnnspec.syntax.formatter.comments import Comments, tidy
from cnnspec.syntax.formatter.expressions import Expressions
from cnnspec.syntax.formatter.flows import flat_flow, write_flow
from cnnspec.syntax.formatter.texts import Text, flatten, is_open
from cnnspec.syntax.formatter.values import find_values

_Definition = tree.ModelDefinition | tree.BlockDefinition | tree.TrainDefinition
#: What stands before braces, what they hold, and where they open.
_Case = tuple[Text, Sequence[tree.Statement], int]


class Writer:
    """Writes one file from top to bottom, and each comment where it comes to it.

    Attributes:
        values: the names of values that flow, wherever in the file they are bound.
        claims: shapes to claim behind flows, by the start and the end of the flow.
        lines: what is written so far.
    """

    def __init__(self, file: tree.File, short_names: Mapping[str, str], claims: Mapping[tuple[int, int], str]) -> None:
        self.file = file
        self.claims = claims
        self.text = file.source.text
        defined = {item.name.text for item in file.items if isinstance(item, tree.BlockDefinition | tree.ModelDefinition)}
        names = {name: short for name, short in short_names.items() if name not in defined}
        self.brackets = Brackets(file.source)
        self.comments = Comments(file)
        self.expressions = Expressions(self.brackets, self.comments, names)
        self.values = find_values(file)
        self.lines: list[Line] = []

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
            behind, first = self.comments.line_end(node.span.end), False
        self.flush_comments(end, indent, behind if not first or not start else -1)

    def _setting_widths(self, nodes: Sequence[tree.Item | tree.Statement]) -> dict[int, int]:
        """The width of the longest key of each run of settings, by the setting's place."""
        runs: list[dict[int, int]] = []
        for index, node in enumerate(nodes):
            if not isinstance(node, tree.Setting):
                continue
            start = nodes[index - 1].span.end if index else 0
            if not runs or index - 1 not in runs[-1] or self._has_blank_line(start, node.span.start):
                runs.append({})
            runs[-1][index] = len(node.key.text)
        widths: dict[int, int] = {}
        for run in runs:
            widths.update(dict.fromkeys(run, max(run.values())))
        return widths

    def _has_blank_line(self, start: int, end: int) -> bool:
        """Whether a line between two offsets holds nothing."""
        return any(not line.strip() for line in self.text[start:end].split("\n")[1:-1])

    def _write(self, node: tree.Item | tree.Statement, indent: int, width: int) -> None:
        """One statement or item."""
        match node:
            case tree.ModelDefinition() | tree.BlockDefinition() | tree.TrainDefinition():
                self._write_definition(node, indent)
            case tree.Repeat() | tree.If():
                self._write_cases(node, indent)
            case tree.Flow() | tree.Share():
                write_flow(self, node, indent)
            case _:
                text = self._simple(node, width)
                self.comments.settle(text, node.span.start, node.span.end)
                self.write_text(text, indent, comment=self.comments.take_behind(node.span.end))

    def _simple(self, node: tree.Item | tree.Statement, width: int) -> Text:
        """A statement of one expression or a list of names."""
        match node:
            case tree.Let():
                return [f"let {node.name.text} = ", *self.expressions.read(node.value, node.name.span.end)]
            case tree.Setting():
                return [f"{node.key.text.ljust(width)} = ", *self.expressions.read(node.value, node.key.span.end)]
            case tree.Expect():
                return ["expect ", *self.expressions.read(node.condition, node.span.start)]
            case tree.OutputStatement():
                return ["output " + ", ".join(name.text for name in node.names)]
            case tree.InputStatement():
                return self._input(node)
            case tree.Use():
                return [f'use "{node.path.value}"' + (f" as {node.alias.text}" if node.alias else "")]
            case _:
                raise TypeError(f"not a statement of a sound file: {type(node).__name__}")

    def _input(self, node: tree.InputStatement) -> Text:
        """``input left: 28x28x1, right: 28x28x1``."""
        text: Text = ["input "]
        for index, item in enumerate(node.items):
            text += [", "] if index else []
            text += [item.name.text + (": " if item.shape else "")] if item.name else []
            text += self.expressions.read(item.shape, (item.name or item).span.start) if item.shape else []
        return text

    def write_text(self, text: Text, indent: int, claim: str = "", comment: str = "") -> None:
        """What ends with a line: on one, or with brackets open."""
        lines = break_lines(text, indent, len(claim) + GAP if claim else 0)
        self.lines += [Line(line) for line in lines[:-1]]
        self.lines.append(Line(lines[-1], claim, comment))

    # --- braces ---

    def _write_definition(self, node: _Definition, indent: int) -> None:
        """A definition: its head, its statements, each on lines of their own."""
        brace = self.brackets.opening[node.span.end - 1]
        head = self._definition_head(node)
        self.comments.settle(head, node.span.start, brace)
        if not node.statements and not self.comments.any_between(brace, node.span.end):
            self.write_text([*head, " { }"], indent, comment=self.comments.take_behind(node.span.end))
            return
        self._write_body([*head, " {"], node.statements, indent, brace)
        self.write_text(["}"], indent, comment=self.comments.take_behind(node.span.end))

    def _definition_head(self, node: _Definition) -> Text:
        """``model Name(parameter = default)``, ``train Name as alias``."""
        if isinstance(node, tree.TrainDefinition):
            return [f"train {node.model.text}" + (f" as {node.alias.text}" if node.alias else "")]
        keyword = "model" if isinstance(node, tree.ModelDefinition) else "block"
        head: Text = [f"{keyword} {node.name.text}"]
        return [*head, self.expressions.parameters(node.parameters, node.name.span.end)] if node.parameters else head

    def _write_body(self, head: Text, nodes: Sequence[tree.Statement], indent: int, brace: int) -> None:
        """A head's line and the statements below it."""
        self.write_text(head, indent, comment=self.comments.take_behind(brace + 1))
        self.write_all(nodes, indent + 2, brace, self.brackets.closing[brace])

    def _write_cases(self, node: tree.Repeat | tree.If, indent: int) -> None:
        """``repeat n { … }``, ``if … { … } else { … }``: on one short line, or each body on lines of its own."""
        cases = list(self._cases(node))
        line = "" if self.comments.any_between(node.span.start, node.span.end) else self._flat_cases(cases)
        if line and indent + len(line) <= SHORT:
            self.write_text([line], indent, comment=self.comments.take_behind(node.span.end))
            return
        start, closer = node.span.start, ""
        for head, statements, brace in cases:
            self.comments.settle(head, start, brace)
            self._write_body([closer, *head, " {"], statements, indent, brace)
            start, closer = self.brackets.closing[brace] + 1, "} "
        self.write_text(["}"], indent, comment=self.comments.take_behind(node.span.end))

    def _cases(self, node: tree.Repeat | tree.If) -> Iterator[_Case]:
        """What stands before each pair of braces, what they hold and where they open."""
        if isinstance(node, tree.Repeat):
            index = f" as {node.index.text}" if node.index else ""
            head = ["repeat ", *self.expressions.read(node.count, node.span.start), index]
            yield head, node.statements, self.brackets.brace((node.index or node.count).span.end)
            return
        word, brace = "if ", node.span.start
        for condition, statements in node.cases:
            head = [word, *self.expressions.read(condition, brace + 1)]
            brace = self.brackets.brace(condition.span.end)
            yield head, statements, brace
            word, brace = "else if ", self.brackets.closing[brace]
        if node.otherwise is not None:
            yield ["else"], node.otherwise, self.brackets.brace(brace)

    def _flat_cases(self, cases: Sequence[_Case]) -> str:
        """All cases as one line; nothing if they need several."""
        words: list[str] = []
        for head, statements, _ in cases:
            body = self.flat_statements(statements)
            if body is None or is_open(head):
                return ""
            words += [flatten(head), "{", body, "}"] if body else [flatten(head), "{ }"]
        return " ".join(words)

    def flat_statements(self, statements: Sequence[tree.Statement]) -> str | None:
        """What braces or a branch hold as part of a line: a flow or nothing; None if there is more."""
        match statements:
            case []:
                return ""
            case [tree.Flow() as flow]:
                return flat_flow(self, flow)
            case _:
                return None
