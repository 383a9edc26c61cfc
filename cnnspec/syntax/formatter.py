"""The canonical text of a file: two blanks a level, one statement a line, claims and comments in columns.

The tree says what is written, the tokens where its braces stand, the comments what must not be lost. Formatting twice
changes nothing more, and the formatted text has the same tree.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from cnnspec.diagnostics.diagnostic import SpecError
from cnnspec.diagnostics.span import Source
from cnnspec.syntax import tree
from cnnspec.syntax.layout import WIDTH, Bracketed, Item, Line, Text, align, break_lines, flatten, is_open
from cnnspec.syntax.lexer import scan
from cnnspec.syntax.parser import parse
from cnnspec.syntax.tables import load_tables

_COMMENT = re.compile(r"#[^\n]*")
_NO_NAMES: Mapping[str, str] = {}
# Two hundred levels of braces and brackets take more frames than Python allows by default.
_FRAMES = 10_000


def format_source(source: Source, short_names: Mapping[str, str] = _NO_NAMES) -> str:
    """Write a file in canonical form.

    Args:
        source: The file.
        short_names: Long names of layers and the short ones to write instead.

    Raises:
        SpecError: the file has a mistake of syntax; nothing is said about its form then.
    """
    result = parse(source)
    if result.diagnostics:
        raise SpecError(result.diagnostics)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        return _Formatter(result.file, short_names).format()
    finally:
        sys.setrecursionlimit(limit)


class _Formatter:
    """Writes one file from top to bottom, and each comment where it comes to it."""

    def __init__(self, file: tree.File, short_names: Mapping[str, str]) -> None:
        self.file = file
        self.text = file.source.text
        defined = {item.name.text for item in file.items if isinstance(item, tree.BlockDefinition | tree.ModelDefinition)}
        self.short_names = {name: short for name, short in short_names.items() if name not in defined}
        self.comments = list(file.comments)
        self.comment_starts = [comment.span.start for comment in file.comments]
        self.next_comment = 0
        self.lines: list[Line] = []
        self.inlines: dict[int, str | None] = {}
        self.braces, self.closing = self._find_braces()

    def _find_braces(self) -> tuple[list[int], dict[int, int]]:
        """Where braces open, and where each closes."""
        tables = load_tables()
        tokens = scan(self.file.source, tables)
        opener, closer = tables.symbols["LBRACE"], tables.symbols["RBRACE"]
        opened: list[int] = []
        closing: dict[int, int] = {}
        for kind, start in zip(tokens.kinds, tokens.starts, strict=True):
            if kind == opener:
                opened.append(start)
            elif kind == closer:
                closing[opened.pop()] = start
        return sorted(closing), closing

    def format(self) -> str:
        """The whole text."""
        self._write_all(self.file.items, 0, 0, len(self.text))
        lines = align(self.lines)
        return "\n".join(lines) + "\n" if lines else ""

    # --- comments and blank lines ---

    def _flush_comments(self, until: int, indent: int, behind: int) -> int:
        """Write the comments that stand before an offset on lines of their own; the end of the last of them."""
        while self.next_comment < len(self.comments) and self.comments[self.next_comment].span.start < until:
            comment = self.comments[self.next_comment]
            self.next_comment += 1
            self._keep_blank_line(behind, comment.span.start)
            self.lines.append(Line(" " * indent + _tidy(comment)))
            behind = comment.span.end
        return behind

    def _keep_blank_line(self, behind: int, before: int) -> None:
        """One blank line where there were any, but none at the start of what braces hold."""
        if behind < 0 or not self.lines:
            return
        if self.text.count("\n", behind, before) > 1:
            self.lines.append(Line(""))

    def _take_trailing(self, end: int) -> str:
        """The comment on the line that ends at an offset, if there is one."""
        if self.next_comment >= len(self.comments):
            return ""
        comment = self.comments[self.next_comment]
        between = self.text[end : comment.span.start]
        if comment.span.start < end or "\n" in between or between.strip():
            return ""
        self.next_comment += 1
        return _tidy(comment)

    def _take_inner(self, end: int) -> list[tree.Comment]:
        """The comments before an offset, taken out of the sequence."""
        taken: list[tree.Comment] = []
        while self.next_comment < len(self.comments) and self.comments[self.next_comment].span.start < end:
            taken.append(self.comments[self.next_comment])
            self.next_comment += 1
        return taken

    def _has_comment(self, start: int, end: int) -> bool:
        """Whether a comment stands between two offsets."""
        at = bisect_left(self.comment_starts, start)
        return at < len(self.comment_starts) and self.comment_starts[at] < end

    # --- statements ---

    def _write_all(self, nodes: Sequence[tree.Item | tree.Statement], indent: int, start: int, end: int) -> None:
        """Statements, one a line, and the comments between and behind them."""
        behind, first = -1 if start else 0, True
        widths = self._setting_widths(nodes)
        for index, node in enumerate(nodes):
            comment_end = self._flush_comments(node.span.start, indent, behind)
            if not first or comment_end != behind:
                self._keep_blank_line(comment_end, node.span.start)
            self._write(node, indent, widths.get(index, 0))
            behind, first = self._written_end(node.span.end), False
        self._flush_comments(end, indent, behind if not first or not start else -1)

    def _written_end(self, end: int) -> int:
        """The end of a statement with the comment behind it."""
        if self.next_comment and self.comments[self.next_comment - 1].span.start >= end:
            return self.comments[self.next_comment - 1].span.end
        return end

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
        first = bisect_left(self.comment_starts, node.span.start)
        behind = bisect_left(self.comment_starts, node.span.end)
        text = self._simple(node, 0) if behind > first else []
        return all(_holds(text, at) for at in self.comment_starts[first:behind])

    def _write(self, node: tree.Item | tree.Statement, indent: int, width: int) -> None:
        """One statement or item."""
        if isinstance(node, tree.ModelDefinition | tree.BlockDefinition):
            head = self._definition_head(node)
            self._write_braces(head, node.statements, indent, node.span.end)
        elif isinstance(node, tree.TrainDefinition):
            alias = f" as {node.alias.text}" if node.alias else ""
            self._write_braces([f"train {node.model.text}{alias}"], node.statements, indent, node.span.end)
        elif isinstance(node, tree.Repeat):
            index = f" as {node.index.text}" if node.index else ""
            head = ["repeat ", *self._expression(node.count), index]
            self._write_braces(head, node.statements, indent, node.span.end, self._head_end(node.index or node.count))
        elif isinstance(node, tree.If):
            self._write_if(node, indent)
        elif isinstance(node, tree.Flow):
            self._write_flow(node, indent)
        elif isinstance(node, tree.Share):
            self._write_steps([f"share {node.name.text} = "], (node.layer,), "", indent, node.span.end)
        else:
            self._write_text(self._simple(node, width), "", indent, node.span.end)

    def _simple(self, node: tree.Item | tree.Statement, width: int) -> Text:
        """A statement of one expression or a list of names."""
        match node:
            case tree.Let():
                return [f"let {node.name.text} = ", *self._expression(node.value)]
            case tree.Setting():
                return [f"{node.key.text.ljust(width)} = ", *self._expression(node.value)]
            case tree.Expect():
                return ["expect ", *self._expression(node.condition)]
            case tree.OutputStatement():
                return ["output " + ", ".join(name.text for name in node.names)]
            case tree.InputStatement():
                text: Text = ["input "]
                for index, item in enumerate(node.items):
                    text += [", "] if index else []
                    text += [item.name.text + (": " if item.shape else "")] if item.name else []
                    text += self._expression(item.shape) if item.shape else []
                return text
            case tree.Use():
                return [f'use "{node.path.value}"' + (f" as {node.alias.text}" if node.alias else "")]
            case _:
                raise TypeError(f"not a statement of a sound file: {type(node).__name__}")

    def _write_text(self, text: Text, claim: str, indent: int, end: int) -> None:
        """A statement without braces: on one line, or with brackets open."""
        hoisted = self._place_comments(text, end)
        self.lines += [Line(" " * indent + comment) for comment in hoisted]
        flat = " " * indent + flatten(text)
        reserve = len(claim) + 2 if claim else 0
        if is_open(text) or len(flat) + reserve > WIDTH:
            lines = break_lines(text, indent, reserve)
            self.lines += [Line(line) for line in lines[:-1]]
            flat = lines[-1]
        self.lines.append(Line(flat, claim, self._take_trailing(end)))

    # --- braces ---

    def _definition_head(self, node: tree.ModelDefinition | tree.BlockDefinition) -> Text:
        """``model Name(parameter = default)``."""
        keyword = "model" if isinstance(node, tree.ModelDefinition) else "block"
        head: Text = [f"{keyword} {node.name.text}"]
        if node.parameters:
            items: list[Item] = []
            for parameter in node.parameters:
                default: Text = [" = ", *self._expression(parameter.default)] if parameter.default is not None else []
                items.append(_Positioned([parameter.name.text, *default], end=parameter.span.end))
            head.append(self._bracketed("(", items, ")", node.name.span.end, node.parameters[-1].span.end))
        return head

    def _head_end(self, node: tree.Expression) -> int:
        """Where a head ends that ends with this node."""
        return node.span.end

    def _brace_after(self, offset: int) -> int:
        """The first brace that opens at an offset or behind it."""
        return self.braces[bisect_left(self.braces, offset)]

    def _write_braces(
        self, head: Text, nodes: Sequence[tree.Statement], indent: int, end: int, head_end: int | None = None
    ) -> None:
        """A head and its statements, on one line if they stood on one and are one."""
        brace = self._brace_after(head_end if head_end is not None else self._first_brace(nodes, end))
        self._write_head([*head, " {"], nodes, indent, brace, self.closing[brace], self._first_start(nodes, brace))
        self._close(indent, end)

    def _first_brace(self, nodes: Sequence[tree.Statement], end: int) -> int:
        """An offset in the head of a definition whose braces hold these statements."""
        closers = {closer: opener for opener, closer in self.closing.items()}
        return closers[end - 1]

    def _first_start(self, nodes: Sequence[tree.Statement], brace: int) -> int:
        """Where the first statement starts."""
        return nodes[0].span.start if nodes else brace + 1

    def _write_head(self, head: Text, nodes: Sequence[tree.Statement], indent: int, brace: int, closer: int, start: int) -> None:
        """The head's line, then the statements; ``_close`` writes the closing brace."""
        inline = self._inline(nodes, brace, closer)
        hoisted = self._place_comments(head, brace)
        self.lines += [Line(" " * indent + comment) for comment in hoisted]
        if inline is not None and not is_open(head) and indent + len(flatten(head)) + len(inline) + 3 <= WIDTH:
            self.lines.append(Line(" " * indent + flatten(head) + (f" {inline} " if inline else " ")))
            return
        lines = break_lines(head, indent)
        self.lines += [Line(line) for line in lines]
        self.lines[-1].comment = self._take_trailing(brace + 1)
        self._write_all(nodes, indent + 2, brace, closer)
        self.lines.append(Line(" " * indent))

    def _inline(self, nodes: Sequence[tree.Statement], brace: int, closer: int) -> str | None:
        """The one statement between braces as part of a line, if the author had it there; None if it needs its own."""
        if len(nodes) > 1 or closer - brace > 2 * WIDTH or "\n" in self.text[brace:closer] or self._has_comment(brace, closer):
            return None
        if not nodes:
            return ""
        # Kept, for else every level of braces would be tried twice by the level around it.
        if brace not in self.inlines:
            before, taken = self.lines, self.next_comment
            self.lines, self.next_comment = [], len(self.comments)
            self._write(nodes[0], 0, 0)
            written, self.lines = self.lines, before
            self.next_comment = taken
            self.inlines[brace] = align(written)[0] if len(written) == 1 else None
        return self.inlines[brace]

    def _close(self, indent: int, end: int) -> None:
        """The closing brace and the comment behind it."""
        self.lines[-1].code += "}"
        self.lines[-1].comment = self._take_trailing(end)

    def _write_if(self, node: tree.If, indent: int) -> None:
        """``if … { … } else if … { … } else { … }``."""
        head: Text = ["if "]
        offset = node.span.start
        bodies: list[tuple[tree.Expression | None, tuple[tree.Statement, ...]]] = list(node.cases)
        if node.otherwise is not None:
            bodies.append((None, node.otherwise))
        for index, (condition, statements) in enumerate(bodies):
            if index:
                head = ["} else "] if condition is None else ["} else if "]
            brace = self._brace_after(condition.span.end if condition is not None else offset)
            text: Text = [
                *head,
                *(self._expression(condition) if condition is not None else []),
                *([" {"] if condition else ["{"]),
            ]
            if index:
                joined = self.lines.pop().code
                text = [joined.lstrip(" "), *text]
            self._write_head(text, statements, indent, brace, self.closing[brace], self._first_start(statements, brace))
            offset = self.closing[brace] + 1
        self._close(indent, node.span.end)

    # --- flows ---

    def _write_flow(self, node: tree.Flow, indent: int) -> None:
        """``name = [a, b] -> step -> step :: claim``."""
        text: Text = [f"{node.target.text} = "] if node.target else []
        if node.sources is not None:
            text.append(self._list(node.sources.items, node.sources.span.start, node.sources.span.end))
            text += [" -> "] if node.steps else []
        claim = ":: " + flatten(self._expression(node.claim)) if node.claim is not None else ""
        self._write_steps(text, node.steps, claim, indent, node.span.end)

    def _write_steps(self, text: Text, steps: Sequence[tree.Step], claim: str, indent: int, end: int) -> None:
        """A chain of steps; a merge with branches on lines of their own splits it."""
        for index, step in enumerate(steps):
            text += [" -> "] if index else []
            text += self._step_head(step)
            if step.branches is not None:
                head_end = step.arguments[-1].span.end if step.arguments else step.callee.span.end
                brace = self._brace_after(head_end)
                inline = self._inline_branches(step.branches, brace, self.closing[brace])
                if inline is not None and indent + len(flatten(text)) + len(inline) + 3 <= WIDTH:
                    text += [f" {{ {inline} }}"]
                else:
                    self._write_branches([*text, " {"], step.branches, indent, brace)
                    text = ["}"]
            text += self._times(step)
        self._write_text(text, claim, indent, end)

    def _step_head(self, step: tree.Step) -> Text:
        """``Name(arguments)``."""
        head: Text = [self._layer(step.callee)]
        if step.arguments is not None:
            head.append(self._arguments(step.arguments, step.callee.span.end))
        return head

    def _times(self, step: tree.Step) -> Text:
        """``* n``."""
        if step.times is None:
            return []
        bare = isinstance(step.times, tree.Number | tree.Name | tree.Attribute) or (
            isinstance(step.times, tree.Unary) and isinstance(step.times.operand, tree.Number)
        )
        text = self._expression(step.times)
        return [" * ", *text] if bare else [" * (", *text, ")"]

    def _inline_branches(self, branches: Sequence[tree.Branch], brace: int, closer: int) -> str | None:
        """All branches as part of a line, if the author had them on one."""
        if "\n" in self.text[brace:closer]:
            return None
        parts: list[str] = []
        for branch in branches:
            inline = self._inline(branch.statements, branch.span.start, branch.span.end)
            if inline is None:
                return None
            parts.append(f"| {inline}".rstrip())
        return " ".join(parts)

    def _write_branches(self, head: Text, branches: Sequence[tree.Branch], indent: int, brace: int) -> None:
        """A merge's head and its branches, one a line or more."""
        self.lines += [Line(" " * indent + comment) for comment in self._place_comments(head, brace)]
        self.lines += [Line(line) for line in break_lines(head, indent)]
        self.lines[-1].comment = self._take_trailing(brace + 1)
        behind = -1
        for index, branch in enumerate(branches):
            comment_end = self._flush_comments(branch.span.start, indent + 2, behind)
            self._keep_blank_line(comment_end, branch.span.start)
            end = branches[index + 1].span.start if index + 1 < len(branches) else self.closing[brace]
            self._write_branch(branch, indent + 2, end)
            behind = self._written_end(branch.span.end)
        self._flush_comments(self.closing[brace], indent + 2, behind)

    def _write_branch(self, branch: tree.Branch, indent: int, end: int) -> None:
        """``| statement``, further statements below it."""
        bar = branch.span.start + 1
        first = branch.statements[0] if branch.statements else None
        if first is None or self._has_comment(bar, first.span.start):
            self.lines.append(Line(" " * indent + "|", "", self._take_trailing(bar)))
            if first is not None:
                self._write_all(branch.statements, indent + 2, bar, branch.span.end)
            return
        mark = len(self.lines)
        self._write_all(branch.statements, indent + 2, bar, branch.span.end)
        code = self.lines[mark].code
        if code.lstrip().startswith("#"):  # it came out of the first statement's parentheses
            self.lines[mark] = Line(" " * indent + "|", "", code.lstrip())
            return
        self.lines[mark].code = code[:indent] + "|" + code[indent + 1 :]

    # --- expressions ---

    def _layer(self, callee: tree.Name | tree.Attribute) -> str:
        """A dotted name; a layer's long name becomes the short one."""
        if isinstance(callee, tree.Name):
            return self.short_names.get(callee.text, callee.text)
        words: list[str] = []
        node: tree.Expression = callee
        while isinstance(node, tree.Attribute):
            words.append(node.name.text)
            node = node.base
        words.append(node.text if isinstance(node, tree.Name) else "")
        return ".".join(reversed(words))

    def _expression(self, node: tree.Expression) -> Text:
        """An expression, with the parentheses that the author put around operands."""
        match node:
            case tree.Binary():
                return self._binary(node)
            case tree.Unary():
                operand = self._operand(node.operand, node.span.start + len(node.operator))
                return [node.operator + (" " if node.operator == "not" else ""), *operand]
            case tree.Call():
                return [self._layer(node.callee), self._arguments(node.arguments, node.callee.span.end)]
            case tree.ListOf():
                return [self._list(node.items, node.span.start, node.span.end)]
            case tree.Name():
                return [self.short_names.get(node.text, node.text)]
            case tree.Attribute():
                return [self._layer(node)]
            case tree.Quantity():
                return [f"{node.number.text} {node.unit.text}"]
            case tree.String():
                return [f'"{node.value}"']
            case _:
                return [node.span.text]

    def _binary(self, node: tree.Binary) -> Text:
        """A chain of operators, from its left end on."""
        chain: list[tree.Binary] = []
        left: tree.Expression = node
        while isinstance(left, tree.Binary) and (left is node or not self._parenthesised(chain[-1].span.start, left)):
            chain.append(left)
            left = left.left
        text = self._operand(left, chain[-1].span.start)
        for binary in reversed(chain):
            sign = binary.operator if binary.operator == "**" else f" {binary.operator} "
            text += [sign, *self._operand(binary.right, binary.operator_span.end)]
        return text

    def _parenthesised(self, start: int, node: tree.Expression) -> bool:
        """Whether parentheses open between an offset and a node."""
        return "(" in _COMMENT.sub("", self.text[start : node.span.start])

    def _operand(self, node: tree.Expression, start: int) -> Text:
        """An operand that begins behind an offset, in its parentheses if it has any."""
        text = self._expression(node)
        return ["(", *text, ")"] if self._parenthesised(start, node) else text

    def _arguments(self, arguments: Iterable[tree.Argument], start: int) -> Bracketed:
        """``(a, b=c)``."""
        items: list[Item] = []
        end = self._skip_comments(start, "(") + 1
        for argument in arguments:
            name: Text = [f"{argument.name.text}="] if argument.name else []
            items.append(_Positioned([*name, *self._expression(argument.value)], end=argument.span.end))
            end = argument.span.end
        return self._bracketed("(", items, ")", start, end)

    def _list(self, nodes: Sequence[tree.Expression], start: int, end: int) -> Bracketed:
        """``[a, b]``."""
        items: list[Item] = [_Positioned(self._expression(node), end=node.span.end) for node in nodes]
        return self._bracketed("[", items, "]", start, nodes[-1].span.end if nodes else start + 1)

    def _bracketed(self, opener: str, items: list[Item], closer: str, start: int, last: int) -> Bracketed:
        """Items in brackets, open if a comma and a newline are behind the last."""
        rest = _COMMENT.sub("", self.text[last : self._closer(last, closer)])
        group = _Group(opener, items, closer, open="," in rest and "\n" in rest and bool(items))
        group.start, group.end = start, self._closer(last, closer)
        return group

    def _skip_comments(self, at: int, character: str) -> int:
        """The first place of a character that is in no comment."""
        while self.text[at] != character:
            at = self.text.index("\n", at) if self.text[at] == "#" else at + 1
        return at

    def _closer(self, last: int, closer: str) -> int:
        """Where a bracket closes whose last item ends at an offset: comments, a comma and parentheses may be between."""
        at, depth = last, 0
        while at < len(self.text):
            character = self.text[at]
            if character == "#":
                at = self.text.find("\n", at)
                if at < 0:
                    return len(self.text)
            elif character == "(":
                depth += 1
            elif character == closer and depth == 0:
                return at
            elif character == ")":
                depth -= 1
            at += 1
        return at

    def _place_comments(self, text: Text, end: int) -> list[str]:
        """Give the comments inside a statement to the items they stand at; those that have none are returned."""
        return [_tidy(comment) for comment in self._take_inner(end) if not _attach(text, comment, self.text)]


class _Positioned(Item):
    """An item that knows where it ends in the source."""

    __slots__ = ("end",)

    def __init__(self, text: Text, end: int) -> None:
        super().__init__(text)
        self.end = end


class _Group(Bracketed):
    """A bracket that knows where it stands in the source."""

    __slots__ = ("end", "start")
    start: int
    end: int


def _holds(text: Text, at: int) -> bool:
    """Whether a bracket of a text holds an offset."""
    return any(isinstance(group, _Group) and group.start <= at < group.end for group in text)


def _attach(text: Text, comment: tree.Comment, source: str) -> bool:
    """Hang a comment on the item that it follows on its line, or on the one below it; false if no bracket holds it."""
    at = comment.span.start
    for group in text:
        if not isinstance(group, _Group) or not group.start <= at < group.end:
            continue
        if any(_attach(item.text, comment, source) for item in group.items):
            return True
        group.open = True
        previous = [item for item in group.items if isinstance(item, _Positioned) and item.end <= at]
        if previous and not previous[-1].behind and "\n" not in source[previous[-1].end : at]:
            previous[-1].behind = _tidy(comment)
        elif len(previous) < len(group.items):
            group.items[len(previous)].before.append(_tidy(comment))
        else:
            group.after.append(_tidy(comment))
        return True
    return False


def _tidy(comment: tree.Comment) -> str:
    """The comment without blanks at its end."""
    return comment.text.rstrip().replace("\t", "  ")
