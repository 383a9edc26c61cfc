"""Terms of memory from outside a file, written as in one: ``optimizer=SGD(momentum=0.9)``."""

from __future__ import annotations

from typing import TypeVar

from cnnspec.diagnostics import Diagnostic, SpecError
from cnnspec.resolve.binding import bind
from cnnspec.resolve.expressions import Evaluator
from cnnspec.resolve.model import command_line
from cnnspec.resolve.operators import Rejected
from cnnspec.resolve.scope import FileScope, Scope
from cnnspec.schema.choice import Choice
from cnnspec.schema.declaration import Declaration
from cnnspec.schema.values import show
from cnnspec.syntax import tree
from cnnspec.syntax.parser import parse

D = TypeVar("D", bound=Declaration)


def read_terms(declaration: type[D], **values: object) -> D:
    """An instance of the declaration from values or their text; what is None keeps its default.

    Raises:
        SpecError: a value does not fit; it points into the text.
    """
    shown = {name: _text(value) for name, value in values.items() if value is not None}
    found: list[Diagnostic] = []
    source = command_line("asked for", f"let value = cost({', '.join(f'{name}={text}' for name, text in shown.items())})\n")
    parsed = parse(source)
    item = parsed.file.items[0] if len(parsed.file.items) == 1 else None
    if parsed.diagnostics or not isinstance(item, tree.Let) or not isinstance(item.value, tree.Call):
        raise SpecError(tuple(parsed.diagnostics))
    call, scope = item.value, Scope(FileScope(source))
    try:
        given = Evaluator(scope, layers=False).arguments(call.arguments)
        terms = bind(declaration, "cost", call.callee.span, given, found.append)
    except Rejected as error:
        raise SpecError(() if error.diagnostic is None else (error.diagnostic,)) from None
    if terms is None:
        raise SpecError(tuple(found))
    return terms


def _text(value: object) -> str:
    return show(value.as_value()) if isinstance(value, Choice) else value if isinstance(value, str) else show(value)
