"""Which findings a project wants to hear of, and what they compare with."""

from __future__ import annotations

from collections.abc import Mapping

from cnnspec.diagnostics import Diagnostic, Severity
from cnnspec.record import field, record

#: The word that stands for every code.
ALL = "all"


@record
class Limits:
    """What a lint compares with.

    Attributes:
        dense_share: the share of a model's parameters from which a dense layer is said to hold most of them.
        learning_rates: by an optimizer's name, the least and the greatest learning rate that are usual; others than these
            keep the range that the optimizer itself states.
    """

    dense_share: float = 0.5
    learning_rates: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])


@record
class LintSettings:
    """Which warnings and infos are reported: errors always are.

    A pattern is a code, the first words of codes (``unused`` for ``unused-block``), or ``all``. The longest pattern that
    fits a code decides; of two as long ``ignore``.

    Attributes:
        select, ignore: patterns.
        limits: what lints compare with.
    """

    select: tuple[str, ...] = (ALL,)
    ignore: tuple[str, ...] = ()
    limits: Limits = Limits()

    def selects(self, code: str) -> bool:
        """Whether findings of a code are reported."""
        return _longest(self.select, code) > _longest(self.ignore, code)

    def keeps(self, diagnostic: Diagnostic) -> bool:
        """Whether a diagnostic is reported."""
        return diagnostic.severity is Severity.ERROR or self.selects(diagnostic.code)


DEFAULT = LintSettings()


def fits(pattern: str, code: str) -> bool:
    """Whether a pattern is ``all``, a code, or its first words."""
    return pattern in (ALL, code) or code.startswith(f"{pattern}-")


def _longest(patterns: tuple[str, ...], code: str) -> int:
    """The length of the longest pattern that fits, ``all`` being the shortest; -1 for none."""
    return max((0 if pattern == ALL else len(pattern) for pattern in patterns if fits(pattern, code)), default=-1)
