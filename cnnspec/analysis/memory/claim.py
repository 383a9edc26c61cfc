"""Claims about memory: ``memory.training(batch=64, optimizer=adam, precision=bfloat16) < 2 GiB``."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.memory.memory import analyse_memory
from cnnspec.analysis.memory.terms import InferenceTerms, TrainingTerms
from cnnspec.analysis.report import ModelReport
from cnnspec.diagnostics import Diagnostic, Span
from cnnspec.layers.arithmetic import Size
from cnnspec.resolve.binding import bind
from cnnspec.resolve.expressions import Evaluator
from cnnspec.resolve.operators import Rejected
from cnnspec.resolve.scope import Scope
from cnnspec.syntax import tree


def claim_memory(report: ModelReport, name: str, scope: Scope, span: Span, arguments: Sequence[tree.Argument]) -> Size | None:
    """The bytes that a claim speaks of, None where an error leaves them unknown.

    Args:
        report: the model's.
        name: ``memory.inference`` or ``memory.training``.
        scope: what the arguments' names are looked up in.
        span: of the quantity.
        arguments: as written.

    Raises:
        Rejected: an argument does not fit.
    """
    declaration = InferenceTerms if name == "memory.inference" else TrainingTerms
    found: list[Diagnostic] = []
    given = Evaluator(scope, layers=False).arguments(arguments)
    terms = bind(declaration, name, span, given, found.append, scope.visible())
    if terms is None:
        raise Rejected(found[0] if found else None)
    memory = analyse_memory(report)
    return None if memory is None else terms.of(memory).total
