"""From reductions to the tree: one method for each rule of the grammar that leaves a node.

The parser calls ``builder.<rule>(parts, start, end)`` while it parses. ``parts`` are what the rule's parts left: a node,
or the index of a token. No other tree is built on the way, and nothing here recurses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnspec.diagnostics.span import Span
from cnnspec.syntax import tree
from cnnspec.syntax.limits import MAX_NESTING, MAX_TERMS

if TYPE_CHECKING:
    from cnnspec.diagnostics import Diagnostic, Source
    from cnnspec.syntax.lexer import Tokens
    from cnnspec.syntax.tables import Tables

#: What a mended token stands for, where its text is not the language's.
_MEANT = {
    "=": "==",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≈": "~=",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
    "^": "**",
    "÷": "/",
    "⋅": "*",
    "·": "*",
    "×": "*",
    "−": "-",
    "–": "-",
}
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "none": None, "True": True, "False": False, "None": None}


class Refused(Exception):  # not an error of ours: it carries what the file is told
    """The tokens fit, what they say does not (a limit is crossed); the statement is left out of the tree."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.code)
        self.diagnostic = diagnostic


class Builder:
    """Builds the nodes of one file."""

    def __init__(self, source: Source, tokens: Tokens, tables: Tables) -> None:
        self.source = source
        self.text = source.text
        self.tokens = tokens
        self.star = tables.symbols["STAR"]
        self.diagnostics: list[Diagnostic] = []
        # How deep the composite expressions of the statement being read are: (other operands, terms), by identity.
        self.depths: dict[int, tuple[int, int]] = {}

    def word_at(self, token: int) -> str:
        """What a token says, in the language's spelling."""
        text = self.text[self.tokens.starts[token] : self.tokens.ends[token]]
        return text if text.isascii() and text not in _MEANT else _MEANT.get(text, text)

    def deepen(self, node: tree.Expression, left: tree.Expression | None, others: Any, at: Span) -> None:
        """Note how deep an expression is; terms along the left side are counted apart, for walkers loop over them."""
        get = self.depths.get
        nested, terms = get(id(left), (0, 0)) if left is not None else (0, 0)
        for other in others:
            inner, length = get(id(other), (0, 0))
            if inner + 1 > nested:
                nested = inner + 1
            if length > terms:
                terms = length
        terms += 1
        if nested > MAX_NESTING or terms >= MAX_TERMS:
            from cnnspec.diagnostics.catalogue import syntax

            raise Refused(
                syntax.nesting_too_deep(at, MAX_NESTING) if nested > MAX_NESTING else syntax.expression_too_long(at, MAX_TERMS)
            )
        self.depths[id(node)] = nested, terms

    # --- names and expressions ---

    def name(self, parts: list[Any], start: int, end: int) -> tree.Name:
        text = self.text[start:end]
        if not text.isascii():
            from cnnspec.syntax.characters import to_ascii

            text = to_ascii(text)
        return tree.Name(text, Span(self.source, start, end))

    word = name
    unit = name

    def _dotted(self, parts: list[Any], start: int, end: int) -> tree.Name | tree.Attribute:
        if len(parts) == 1:
            return parts[0]
        node = tree.Attribute(parts[0], parts[1], Span(self.source, start, end))
        self.deepen(node, None, (parts[0],), parts[1].span)
        return node

    reference = _dotted
    callee = _dotted

    def number(self, parts: list[Any], start: int, end: int) -> tree.Number:
        text = self.text[start:end]
        try:
            value: int | float = int(text)
        except ValueError:
            value = float(text)
        return tree.Number(value, text, Span(self.source, start, end))

    def quantity(self, parts: list[Any], start: int, end: int) -> tree.Quantity:
        return tree.Quantity(parts[0], parts[1], Span(self.source, start, end))

    def string(self, parts: list[Any], start: int, end: int) -> tree.String:
        return tree.String(self.text[start:end].strip("\"'“”„‘’«»"), Span(self.source, start, end))

    def constant(self, parts: list[Any], start: int, end: int) -> tree.Constant:
        return tree.Constant(_CONSTANTS[self.text[start:end]], Span(self.source, start, end))

    def dims(self, parts: list[Any], start: int, end: int) -> tree.Dims:
        text = self.text[start:end]
        if text[0] == "(":  # a tuple, reported before and read as what was meant
            text = "x".join(part.strip() for part in text[1:-1].split(",") if part.strip())
        if not text.isascii() or " " in text:
            text = text.replace("×", "x").replace(" ", "")
        extents = tuple(None if part == "?" else int(part) for part in text.split("x"))
        return tree.Dims(extents, Span(self.source, start, end))

    def unknown(self, parts: list[Any], start: int, end: int) -> tree.Unknown:
        return tree.Unknown(Span(self.source, start, end))

    def list_(self, parts: list[Any], start: int, end: int) -> tree.ListOf:
        node = tree.ListOf(tuple(parts), Span(self.source, start, end))
        self.deepen(node, None, parts, Span(self.source, start, start + 1))
        return node

    def argument(self, parts: list[Any], start: int, end: int) -> tree.Argument:
        return tree.Argument(None, parts[0], Span(self.source, start, end))

    def named_argument(self, parts: list[Any], start: int, end: int) -> tree.Argument:
        return tree.Argument(parts[0], parts[1], Span(self.source, start, end))

    def call(self, parts: list[Any], start: int, end: int) -> tree.Call:
        node = tree.Call(parts[0], tuple(parts[1:]), Span(self.source, start, end))
        self.deepen(node, None, [argument.value for argument in parts[1:]], parts[0].span)
        return node

    def unary(self, parts: list[Any], start: int, end: int) -> tree.Unary:
        operator: Any = self.word_at(parts[0])
        node = tree.Unary(operator, parts[1], Span(self.source, start, end))
        self.deepen(node, None, parts[1:], Span(self.source, start, start + 1))
        return node

    def binary(self, parts: list[Any], start: int, end: int) -> tree.Binary:
        left, right = parts[0], parts[2]
        token: int = parts[1]
        operator: Any = self.word_at(token)
        at = Span(self.source, self.tokens.starts[token], self.tokens.ends[token])
        node = tree.Binary(operator, left, right, Span(self.source, start, end), at)
        self.deepen(node, left, (right,), at)
        return node

    # --- flows ---

    def call_arguments(self, parts: list[Any], start: int, end: int) -> tuple[tree.Argument, ...] | None:
        return tuple(parts) if end > start else None

    def branch(self, parts: list[Any], start: int, end: int) -> tree.Branch:
        return tree.Branch(tuple(parts), Span(self.source, start, parts[-1].span.end if parts else start + 1))

    def branches(self, parts: list[Any], start: int, end: int) -> tuple[tree.Branch, ...] | None:
        return tuple(parts) if end > start else None

    def times(self, parts: list[Any], start: int, end: int) -> tree.Expression | None:
        return parts[1] if parts else None

    def step(self, parts: list[Any], start: int, end: int) -> tree.Step:
        callee, arguments, branches, times = parts
        return tree.Step(callee, arguments, branches, times, Span(self.source, start, end))

    def steps(self, parts: list[Any], start: int, end: int) -> tuple[tree.Step, ...]:
        return tuple(parts)

    def sources(self, parts: list[Any], start: int, end: int) -> tree.Sources:
        return tree.Sources(tuple(parts), Span(self.source, start, end))

    def claim(self, parts: list[Any], start: int, end: int) -> tree.Expression | None:
        return parts[0] if parts else None

    def flow(self, parts: list[Any], start: int, end: int, target: tree.Name | None = None) -> tree.Flow:
        self.depths.clear()
        sources: tree.Sources | None = parts[0] if isinstance(parts[0], tree.Sources) else None
        steps: tuple[tree.Step, ...] = parts[-2] if len(parts) > 2 or sources is None else ()
        return tree.Flow(target, sources, steps, parts[-1], Span(self.source, start, end))

    def named_flow(self, parts: list[Any], start: int, end: int) -> tree.Flow:
        return self.flow(parts[1:], start, end, parts[0])

    # --- statements ---

    def share(self, parts: list[Any], start: int, end: int) -> tree.Share:
        return tree.Share(parts[0], parts[1], Span(self.source, start, end))

    def let(self, parts: list[Any], start: int, end: int) -> tree.Let:
        self.depths.clear()
        return tree.Let(parts[0], parts[1], Span(self.source, start, end))

    def input_item(self, parts: list[Any], start: int, end: int) -> tree.InputItem:
        shape = parts[0]
        span = Span(self.source, start, end)
        return tree.InputItem(shape, None, span) if isinstance(shape, tree.Name) else tree.InputItem(None, shape, span)

    def named_input(self, parts: list[Any], start: int, end: int) -> tree.InputItem:
        return tree.InputItem(parts[0], parts[1], Span(self.source, start, end))

    def input(self, parts: list[Any], start: int, end: int) -> tree.InputStatement:
        self.depths.clear()
        if len(parts) > 1 and all(item.name is None for item in parts):
            self._refuse_loose_extents(parts)
        return tree.InputStatement(tuple(parts), Span(self.source, start, end))

    def _refuse_loose_extents(self, items: list[tree.InputItem]) -> None:
        """``input 28, 28, 1``: the extents of one shape, not several inputs."""
        from cnnspec.diagnostics.catalogue import syntax

        shapes = [item.span.text for item in items]
        plain = all(shape.isdecimal() for shape in shapes)
        corrected = "x".join(shapes) if plain else f"[{', '.join(shapes)}]"
        raise Refused(syntax.malformed_dims(items[0].span.to(items[-1].span), corrected))

    def output(self, parts: list[Any], start: int, end: int) -> tree.OutputStatement:
        return tree.OutputStatement(tuple(parts), Span(self.source, start, end))

    def expect(self, parts: list[Any], start: int, end: int) -> tree.Expect:
        self.depths.clear()
        return tree.Expect(parts[0], Span(self.source, start, end))

    def body(self, parts: list[Any], start: int, end: int) -> tuple[tree.Statement, ...]:
        self.depths.clear()
        return tuple(parts)

    recipe = body

    def if_(self, parts: list[Any], start: int, end: int) -> tree.If:
        cases = tuple(zip(parts[0::2], parts[1::2], strict=False))
        return tree.If(cases, parts[-1] if len(parts) % 2 else None, Span(self.source, start, end))

    def repeat(self, parts: list[Any], start: int, end: int) -> tree.Repeat:
        return tree.Repeat(parts[0], parts[1], parts[2], Span(self.source, start, end))

    def setting(self, parts: list[Any], start: int, end: int) -> tree.Setting:
        self.depths.clear()
        return tree.Setting(parts[0], parts[1], Span(self.source, start, end))

    def broken(self, parts: list[Any], start: int, end: int) -> tree.Broken:
        self.depths.clear()
        return tree.Broken(Span(self.source, start, end))

    train_broken = broken

    # --- files ---

    def as_name(self, parts: list[Any], start: int, end: int) -> tree.Name | None:
        return parts[0] if parts else None

    def parameter(self, parts: list[Any], start: int, end: int) -> tree.Parameter:
        return tree.Parameter(parts[0], parts[1] if len(parts) > 1 else None, Span(self.source, start, end))

    def parameters(self, parts: list[Any], start: int, end: int) -> tuple[tree.Parameter, ...]:
        return tuple(parts)

    def model(self, parts: list[Any], start: int, end: int) -> tree.ModelDefinition:
        return tree.ModelDefinition(parts[0], parts[1], parts[2], Span(self.source, start, end))

    def block(self, parts: list[Any], start: int, end: int) -> tree.BlockDefinition:
        return tree.BlockDefinition(parts[0], parts[1], parts[2], Span(self.source, start, end))

    def train(self, parts: list[Any], start: int, end: int) -> tree.TrainDefinition:
        return tree.TrainDefinition(parts[0], parts[1], parts[2], Span(self.source, start, end))

    def use(self, parts: list[Any], start: int, end: int) -> tree.Use:
        return tree.Use(parts[0], parts[1], Span(self.source, start, end))

    def file(self, parts: list[Any], start: int, end: int) -> tree.File:
        return tree.File(tuple(parts), tuple(self.tokens.comments), self.source)
