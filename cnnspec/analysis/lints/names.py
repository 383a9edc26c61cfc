"""Names that a file gives and never uses: a walk over its tree, each scope from its end to its beginning.

A name is visible from the statement after its own to the end of its braces, and no name is given twice there; so what is
mentioned behind a definition is all that can mean it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.diagnostics import Diagnostic, Edit, Span
from cnnspec.resolve.result import Resolution
from cnnspec.syntax import tree


def lint_names(resolution: Resolution) -> Iterator[Diagnostic]:
    """Every block, parameter, constant, shared layer, index and ``use`` that a sound file could do without."""
    file = resolution.files[0]
    library = not any(isinstance(item, (tree.ModelDefinition, tree.TrainDefinition)) for item in file.items)
    mentioned = _Mentioned()
    for item in reversed(file.items):
        if isinstance(item, (tree.ModelDefinition, tree.BlockDefinition, tree.TrainDefinition)):
            yield from mentioned.definition(item)
        elif isinstance(item, tree.Let):
            mentioned.expression(item.value)
    for block, parameter in mentioned.vain:
        # A block that is handed on takes what it is given there, whether it needs it or not.
        if not library and block.name.text not in mentioned.handed_on:
            owner, name = f"the block {block.name.text}", parameter.name
            yield _unused().unused_parameter(name.span, name=name.text, owner=owner)
    yield from _unused_items(file, mentioned.names, resolution, library=library)


def _unused_items(file: tree.File, mentioned: set[str], resolution: Resolution, *, library: bool) -> Iterator[Diagnostic]:
    """What the file itself names. Without a model it is there for other files, which may use all of it."""
    for item in file.items:
        match item:
            case tree.BlockDefinition(name=name) if not library and name.text not in mentioned:
                yield _unused().unused_block(name.span, name=name.text)
            case tree.Let(name=name) if not library and name.text not in mentioned:
                yield _unused().unused_constant(name.span, name=name.text, fix=(_line_of(item.span),))
            case tree.Use() if not (_brought_by(item, resolution) & mentioned):
                yield _unused().unused_use(item.path.span, path=item.path.value, fix=(_line_of(item.span),))
            case _:
                pass


def _unused():  # pyright knows the module by what is returned
    """The diagnostics of this module, imported for the first of them."""
    from cnnspec.diagnostics.catalogue import unused

    return unused


def _brought_by(item: tree.Use, resolution: Resolution) -> set[str]:
    """The names that a ``use`` brings into the file."""
    if item.alias is not None:
        return {item.alias.text}
    names = resolution.names
    assert names is not None
    blocks = {name for name, (_, span) in names.blocks.items() if span is item.path.span}
    return blocks | {name for name, binding in names.lets.items() if binding.span is item.path.span}


def _line_of(span: Span) -> Edit:
    """A statement taken out, with its line where it stands alone on it, and the comment behind it."""
    source = span.source
    start, end = source.line_starts[span.line - 1], source.text.find("\n", span.end)
    end = len(source.text) if end < 0 else end
    before, after = source.text[start : span.start], source.text[span.end : end]
    if before.strip() or (after.strip() and not after.lstrip().startswith("#")):
        return Edit(span, "")
    return Edit(source.span(start, min(end + 1, len(source.text))), "")


class _Mentioned:
    """The names that have been mentioned from the end of the text to where the walk stands."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        #: Those of them that stand for a value, such as blocks that are handed to blocks.
        self.handed_on: set[str] = set()
        #: Parameters that their blocks do not use.
        self.vain: list[tuple[tree.BlockDefinition, tree.Parameter]] = []

    # --- definitions -----------------------------------------------------------------------------------------------

    def definition(self, item: tree.ModelDefinition | tree.BlockDefinition | tree.TrainDefinition) -> Iterator[Diagnostic]:
        """What a definition names in vain; its own names mean nothing outside."""
        outside, self.names = self.names, set()
        yield from self.statements(item.statements)
        if not isinstance(item, tree.TrainDefinition):
            yield from self._parameters(item)
        self.names |= outside

    def _parameters(self, item: tree.ModelDefinition | tree.BlockDefinition) -> Iterator[Diagnostic]:
        for parameter in reversed(item.parameters):
            name = parameter.name
            if name.text not in self.names and isinstance(item, tree.BlockDefinition):
                self.vain.append((item, parameter))
            elif name.text not in self.names:
                owner = f"the model {item.name.text}"
                yield _unused().unused_parameter(name.span, name=name.text, owner=owner)
            self.names.discard(name.text)
            self.expression(parameter.default)

    # --- statements ------------------------------------------------------------------------------------------------

    def statements(self, statements: Sequence[tree.Statement]) -> Iterator[Diagnostic]:
        """What the statements between two braces name in vain."""
        for statement in reversed(statements):
            match statement:
                case tree.Let(name=name, value=value):
                    if name.text not in self.names:
                        yield _unused().unused_constant(name.span, name=name.text, fix=(_line_of(statement.span),))
                    self.names.discard(name.text)
                    self.expression(value)
                case tree.Share(name=name, layer=layer):
                    if name.text not in self.names:
                        yield _unused().unused_share(name.span, name=name.text, fix=(_line_of(statement.span),))
                    self.names.discard(name.text)
                    yield from self.step(layer)
                case tree.Flow():
                    yield from self.flow(statement)
                case tree.If():
                    yield from self.condition(statement)
                case tree.Repeat(count=count, index=index):
                    yield from self.statements(statement.statements)
                    if index is not None and index.text not in self.names:
                        gap = index.span.source.span(count.span.end, index.span.end)
                        fix = (Edit(gap, ""),) if gap.text.split() == ["as", index.text] else ()
                        yield _unused().unused_index(index.span, name=index.text, fix=fix)
                    if index is not None:
                        self.names.discard(index.text)
                    self.expression(count)
                case tree.OutputStatement(names=names):
                    self.names |= {name.text for name in names}
                case tree.Expect(condition=condition):
                    self.expression(condition)
                case tree.Setting(value=value):
                    self.expression(value)
                case tree.InputStatement(items=items):
                    for item in items:
                        self.expression(item.shape)
                case tree.Broken():
                    pass

    def flow(self, statement: tree.Flow) -> Iterator[Diagnostic]:
        if statement.claim is not None:
            self.expression(statement.claim)
        if statement.target is not None:
            self.names.discard(statement.target.text)
        for step in reversed(statement.steps):
            yield from self.step(step)
        for item in statement.sources.items if statement.sources is not None else ():
            self.expression(item)

    def step(self, step: tree.Step) -> Iterator[Diagnostic]:
        for branch in reversed(step.branches or ()):
            yield from self.statements(branch.statements)
        self.expression(step.times)
        base: tree.Expression = step.callee
        while isinstance(base, tree.Attribute):
            base = base.base
        if isinstance(base, tree.Name):
            self.names.add(base.text)
        for argument in step.arguments or ():
            self.expression(argument.value)

    def condition(self, statement: tree.If) -> Iterator[Diagnostic]:
        yield from self.statements(statement.otherwise or ())
        for expression, statements in statement.cases:
            yield from self.statements(statements)
            self.expression(expression)

    def expression(self, expression: tree.Expression | None) -> None:
        """Note the names in an expression."""
        waiting: list[tree.Expression | None] = [expression]
        while waiting:
            match waiting.pop():
                case tree.Name(text=text):
                    self.names.add(text)
                    self.handed_on.add(text)
                case tree.Attribute(base=base):
                    waiting.append(base)
                case tree.ListOf(items=items):
                    waiting += items
                case tree.Call(callee=callee, arguments=arguments):
                    waiting += [callee, *(argument.value for argument in arguments)]
                case tree.Unary(operand=operand):
                    waiting.append(operand)
                case tree.Binary(left=left, right=right):
                    waiting += [left, right]
                case _:
                    pass
