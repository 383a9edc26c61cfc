"""Which names are visible where.

A name is visible from the statement after its own to the end of its braces. Nothing is defined twice and nothing is
hidden, but that a parameter may hide a file's ``let``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cnnspec.diagnostics import Diagnostic, Source, Span
from cnnspec.record import field, state
from cnnspec.resolve.values import UNKNOWN, Binding, Block


@state
class FileScope:
    """The names of one file: its own blocks and constants, and what ``use`` brought in."""

    source: Source
    blocks: dict[str, tuple[Block, Span]] = field(default_factory=dict[str, tuple[Block, Span]])
    lets: dict[str, Binding] = field(default_factory=dict[str, Binding])
    modules: dict[str, tuple[FileScope, Span]] = field(default_factory=dict[str, "tuple[FileScope, Span]"])
    #: Names that ``use`` brought in; they are not handed on to a file that uses this one.
    borrowed: set[str] = field(default_factory=set[str])
    #: A part of the file did not parse: an unknown name may be defined there.
    uncertain: bool = False


@state
class Scope:
    """The names between two braces, inside those around them."""

    file: FileScope
    parent: Scope | None = None
    names: dict[str, Binding] = field(default_factory=dict[str, Binding])
    uncertain: bool = False

    def child(self) -> Scope:
        return Scope(self.file, self)

    def lookup(self, name: str) -> Binding | None:
        """The binding of a name, from the innermost braces outwards, the file's constants last."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return self.file.lets.get(name)

    def is_uncertain(self) -> bool:
        """Whether a part that did not parse may have defined more names."""
        return self.file.uncertain or any(scope.uncertain for scope in self.chain())

    def chain(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def visible(self) -> list[str]:
        """Every name that can be used here."""
        names = {name for scope in self.chain() for name in scope.names} | set(self.file.lets)
        return sorted(names - {"in"})

    def define(self, name: str, binding: Binding, report: Callable[[Diagnostic], None]) -> None:
        """Bind a name, or report that it is taken."""
        from cnnspec.diagnostics.catalogue.names import name_defined_twice

        existing = self.lookup(name)
        hides_let = binding.is_parameter and existing is not None and self.file.lets.get(name) is existing
        if existing is not None and not hides_let:
            report(name_defined_twice(binding.span, name=name, first=existing.span))
            self.names[name] = Binding(UNKNOWN, existing.span)  # which of the two is meant cannot be known
            return
        self.names[name] = binding
