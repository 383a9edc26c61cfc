"""What the checker says about a file: a code, a place, the cause, the arithmetic and a way out."""

from __future__ import annotations

from enum import StrEnum

from cnnspec.diagnostics.span import Span
from cnnspec.record import record


class Severity(StrEnum):
    """How grave a diagnostic is. An error makes a file unsound; a warning is a probable mistake; an info is worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@record
class Label:
    """Another place involved, with what it has to do with it."""

    span: Span
    text: str


@record
class Edit:
    """Replace the text of a span (insert, where the span is empty)."""

    span: Span
    text: str


class Applicability(StrEnum):
    """What a fix can be trusted with.

    A safe one writes what the text can only mean: ``check --fix`` applies it unseen, and it cannot change what a sound
    network is. A suggested one removes the error too, but chooses among several ways to do so: an author decides.
    """

    SAFE = "safe"
    SUGGESTED = "suggested"

    @staticmethod
    def safe_if(certain: bool) -> Applicability:
        """Safe where it is certain what was meant."""
        return Applicability.SAFE if certain else Applicability.SUGGESTED


@record
class Diagnostic:
    """One finding.

    ``code`` is kebab-case and permanent. ``message`` is one line with the actual values. ``here`` is written under the
    marked text. ``notes`` show the arithmetic. ``help`` names a change that was tested; ``fix`` is that change as edits,
    and ``applicability`` says whether it may be made without asking.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    here: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    fix: tuple[Edit, ...] = ()
    applicability: Applicability = Applicability.SUGGESTED

    @property
    def fixable(self) -> bool:
        """It has a fix that ``check --fix`` applies: a safe one, of the text alone and not of a comment in it."""
        return bool(self.fix) and self.applicability is Applicability.SAFE and not any("#" in edit.span.text for edit in self.fix)

    def to_json(self) -> dict[str, object]:
        """The keys of ``cnnspec check --format json``."""
        data: dict[str, object] = {
            "code": self.code,
            "severity": str(self.severity),
            "message": self.message,
            "span": self.span.to_json(),
            "labels": [{"span": label.span.to_json(), "text": label.text} for label in self.labels],
            "notes": list(self.notes),
            "help": self.help,
        }
        if self.fix:
            edits = [{"span": edit.span.to_json(), "text": edit.text} for edit in self.fix]
            data["fix"] = {"applicability": str(self.applicability), "edits": edits}
        return data


class SpecError(Exception):
    """A spec that has errors was asked for something that needs a sound one."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = diagnostics
        super().__init__(
            "; ".join(f"{d.span.path}:{d.span.line}: error[{d.code}]: {d.message}" for d in diagnostics) or "unsound spec"
        )


class MachineError(SpecError):
    """The machine, not the file, stands in the way: the disk, the memory, the network, a lock. The command exits with 4."""


def apply_edits(text: str, edits: tuple[Edit, ...]) -> str:
    """The text with the edits made, from the last to the first so that offsets stay true."""
    for edit in sorted(edits, key=lambda e: e.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text
