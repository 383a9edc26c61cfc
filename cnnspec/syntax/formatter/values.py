"""Which names stand for values that flow: as the first word of a statement they are its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.syntax import tree


def find_values(file: tree.File) -> frozenset[str]:
    """The names of values anywhere in a file. What a name stands for in one place it may not hide in another."""
    names = {"in"}
    for item in file.items:
        if isinstance(item, tree.ModelDefinition | tree.BlockDefinition):
            names.update(_bound(item.statements))
    return frozenset(names)


def _bound(statements: Sequence[tree.Statement]) -> Iterator[str]:
    """The names of flows and inputs in statements and in what their braces hold."""
    for statement in statements:
        match statement:
            case tree.Flow(target, _, steps):
                if target:
                    yield target.text
                for branch in (branch for step in steps for branch in step.branches or ()):
                    yield from _bound(branch.statements)
            case tree.InputStatement(items):
                yield from (item.name.text for item in items if item.name)
            case tree.Repeat():
                yield from _bound(statement.statements)
            case tree.If(cases, otherwise):
                for _, body in cases:
                    yield from _bound(body)
                yield from _bound(otherwise or ())
            case _:
                pass
