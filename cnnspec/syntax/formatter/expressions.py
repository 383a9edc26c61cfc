"""Expressions as texts, with the parentheses that the author put around operands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnspec.syntax import tree
from cnnspec.syntax.formatter.brackets import Brackets
from cnnspec.syntax.formatter.comments import Comments
from cnnspec.syntax.formatter.texts import Group, Item, Text

# From the loosest binding to the tightest, as in the grammar; a chain is broken at the operators of one level.
_LEVELS = (("or",), ("and",), ("==", "!=", "<", "<=", ">", ">=", "~="), ("+", "-"), ("*", "/", "//", "%"), ("**",))
_LEVEL = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}


class Expressions:
    """Makes texts of one file's expressions.

    Args:
        brackets: where the file's parentheses stand.
        comments: its comments, for parentheses around some are kept.
        short_names: long names of layers and the short ones to write instead.
    """

    def __init__(self, brackets: Brackets, comments: Comments, short_names: Mapping[str, str]) -> None:
        self.brackets = brackets
        self.comments = comments
        self.short_names = short_names

    def read(self, node: tree.Expression, start: int) -> Text:
        """An expression that begins behind an offset. Parentheses around all of it say nothing, and go."""
        opener = self.brackets.parenthesis(start, node.span.start)
        if opener is None:
            return self._bare(node)
        closer = self.brackets.closing[opener]
        if self.comments.any_between(opener, closer):
            return [self._parenthesised(node, opener, closer)]
        return self._bare(node)

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

    def arguments(self, arguments: Sequence[tree.Argument], start: int) -> Group:
        """``(a, b=c)``, whose parenthesis is the first behind an offset."""
        opener = self.brackets.parenthesis(start, len(self.comments.text))
        assert opener is not None
        items: list[Item] = []
        start = opener + 1
        for argument in arguments:
            name = [f"{argument.name.text}="] if argument.name else []
            value = self.read(argument.value, argument.name.span.end if argument.name else start)
            items.append(Item([*name, *value], argument.span.start, argument.span.end))
            start = argument.span.end
        return Group("(", items, opener, self.brackets.closing[opener])

    def parameters(self, parameters: Sequence[tree.Parameter], start: int) -> Group:
        """``(a, b = c)``, whose parenthesis is the first behind an offset."""
        opener = self.brackets.parenthesis(start, parameters[0].span.start)
        assert opener is not None
        items: list[Item] = []
        for parameter in parameters:
            default = parameter.default
            value: Text = [" = ", *self.read(default, parameter.name.span.end)] if default is not None else []
            items.append(Item([parameter.name.text, *value], parameter.span.start, parameter.span.end))
        return Group("(", items, opener, self.brackets.closing[opener])

    def items(self, nodes: Sequence[tree.Expression], opener: int) -> Group:
        """``[a, b]``; a comma behind the last keeps it open."""
        items: list[Item] = []
        start = opener + 1
        for node in nodes:
            end = self._end(node, start)
            items.append(Item(self.read(node, start), node.span.start, end))
            start = end
        return Group("[", items, opener, self.brackets.closing[opener], open=opener in self.brackets.with_comma)

    def times(self, node: tree.Expression, start: int) -> Text:
        """The number, name or parentheses behind the ``*`` of a step."""
        bare = isinstance(node, tree.Number | tree.Name | tree.Attribute) or (
            isinstance(node, tree.Unary) and isinstance(node.operand, tree.Number)
        )
        opener = self.brackets.parenthesis(start, node.span.start)
        if opener is None or (bare and not self.comments.any_between(opener, self.brackets.closing[opener])):
            return self._bare(node)
        return [self._parenthesised(node, opener, self.brackets.closing[opener])]

    def _operand(self, node: tree.Expression, start: int) -> Text:
        """An operand that begins behind an offset, in its parentheses if it has any."""
        opener = self.brackets.parenthesis(start, node.span.start)
        if opener is None:
            return self._bare(node)
        return [self._parenthesised(node, opener, self.brackets.closing[opener])]

    def _parenthesised(self, node: tree.Expression, opener: int, closer: int) -> Group:
        """An expression with parentheses."""
        items = self._chain(node) if isinstance(node, tree.Binary) else [Item(self._bare(node), node.span.start, node.span.end)]
        return Group("(", items, opener, closer, chain=True)

    def _bare(self, node: tree.Expression) -> Text:
        """An expression without parentheses around it."""
        match node:
            case tree.Binary():
                return [Group("", self._chain(node), node.span.start, node.span.end, chain=True)]
            case tree.Unary():
                sign = "not " if node.operator == "not" else node.operator
                return [sign, *self._operand(node.operand, node.span.start + len(node.operator))]
            case tree.Call():
                return [self.layer(node.callee), self.arguments(node.arguments, node.callee.span.end)]
            case tree.ListOf():
                return [self.items(node.items, node.span.start)]
            case tree.Name() | tree.Attribute():
                return [self.layer(node)]
            case tree.Quantity():
                return [f"{node.number.text} {node.unit.text}"]
            case tree.String():
                return [f'"{node.value}"']
            case _:
                return [node.span.text]

    def _chain(self, node: tree.Binary) -> list[Item]:
        """The operands of operators of one level, from the left: ``a``, ``+ b``, ``- c * d``."""
        level = _LEVEL[node.operator]
        chain = [node]
        while isinstance(left := chain[-1].left, tree.Binary) and _LEVEL[left.operator] == level:
            if self.brackets.parenthesis(chain[-1].span.start, left.span.start) is not None:
                break
            chain.append(left)
        first = chain[-1]
        operands = [self._item(first.left, first.span.start)]
        operands += (self._item(link.right, link.operator_span.end, link.operator) for link in reversed(chain))
        return operands

    def _item(self, node: tree.Expression, start: int, sign: str = "") -> Item:
        """An operand of a chain that begins behind an offset."""
        return Item(self._operand(node, start), node.span.start, self._end(node, start), sign)

    def _end(self, node: tree.Expression, start: int) -> int:
        """Where an expression ends that begins behind an offset, with the parentheses around it."""
        opener = self.brackets.parenthesis(start, node.span.start)
        return node.span.end if opener is None else self.brackets.closing[opener] + 1
