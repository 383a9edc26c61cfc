"""Expressions to texts, with the parentheses that the author put around operands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from cnnspec.syntax import tree
from cnnspec.syntax.formatter.breaking import Bracketed, Item, Text
from cnnspec.syntax.formatter.comments import Group, Positioned

_COMMENT = re.compile(r"#[^\n]*")


class Expressions:
    """Writes the expressions of one file.

    Args:
        text: the file's text, which knows where parentheses stand.
        short_names: long names of layers and the short ones to write instead.
    """

    def __init__(self, text: str, short_names: Mapping[str, str]) -> None:
        self.text = text
        self.short_names = short_names

    def write(self, node: tree.Expression) -> Text:
        """An expression."""
        match node:
            case tree.Binary():
                return self._binary(node)
            case tree.Unary():
                operand = self._operand(node.operand, node.span.start + len(node.operator))
                return [node.operator + (" " if node.operator == "not" else ""), *operand]
            case tree.Call():
                return [self.layer(node.callee), self.arguments(node.arguments, node.callee.span.end)]
            case tree.ListOf():
                return [self.list_of(node.items, node.span.start, node.span.end)]
            case tree.Name():
                return [self.short_names.get(node.text, node.text)]
            case tree.Attribute():
                return [self.layer(node)]
            case tree.Quantity():
                return [f"{node.number.text} {node.unit.text}"]
            case tree.String():
                return [f'"{node.value}"']
            case _:
                return [node.span.text]

    def layer(self, callee: tree.Name | tree.Attribute) -> str:
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

    def arguments(self, arguments: Iterable[tree.Argument], start: int) -> Bracketed:
        """``(a, b=c)``; ``start`` is an offset before the parenthesis."""
        items: list[Item] = []
        end = self._skip_comments(start, "(") + 1
        for argument in arguments:
            name: Text = [f"{argument.name.text}="] if argument.name else []
            items.append(Positioned([*name, *self.write(argument.value)], end=argument.span.end))
            end = argument.span.end
        return self._bracketed("(", items, ")", start, end)

    def parameters(self, parameters: Sequence[tree.Parameter], start: int) -> Bracketed:
        """``(a, b = c)``; ``start`` is an offset before the parenthesis."""
        items: list[Item] = []
        for parameter in parameters:
            default: Text = [" = ", *self.write(parameter.default)] if parameter.default is not None else []
            items.append(Positioned([parameter.name.text, *default], end=parameter.span.end))
        return self._bracketed("(", items, ")", start, parameters[-1].span.end)

    def list_of(self, nodes: Sequence[tree.Expression], start: int, end: int) -> Bracketed:
        """``[a, b]``."""
        items: list[Item] = [Positioned(self.write(node), end=node.span.end) for node in nodes]
        return self._bracketed("[", items, "]", start, nodes[-1].span.end if nodes else start + 1)

    def times(self, node: tree.Expression) -> Text:
        """What stands behind the ``*`` of a step."""
        bare = isinstance(node, tree.Number | tree.Name | tree.Attribute) or (
            isinstance(node, tree.Unary) and isinstance(node.operand, tree.Number)
        )
        return self.write(node) if bare else ["(", *self.write(node), ")"]

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
        text = self.write(node)
        return ["(", *text, ")"] if self._parenthesised(start, node) else text

    def _bracketed(self, opener: str, items: list[Item], closer: str, start: int, last: int) -> Bracketed:
        """Items in brackets, open if a comma and a newline are behind the last."""
        end = self._closer(last, closer)
        rest = _COMMENT.sub("", self.text[last:end])
        group = Group(opener, items, closer, open="," in rest and "\n" in rest and bool(items))
        group.start, group.end = start, end
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
