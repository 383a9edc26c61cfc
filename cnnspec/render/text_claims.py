"""The claims of files alone, and claims that might be made: ``cnnspec check --claims-only`` and ``--suggest-claims``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.claims.suggest import Suggestion
from cnnspec.analysis.report import ClaimResult, FileReport, ModelReport, RecipeReport, Report
from cnnspec.diagnostics import Severity
from cnnspec.diagnostics.writers.columns import Style, wrap
from cnnspec.layers.arithmetic import group_digits
from cnnspec.record import replace
from cnnspec.render.text import write_claims

_BOLD = ("1",)
#: Errors that a claim shows by itself.
_OWN = ("claim-false", "shape-claim-false")


def write_claims_only(report: Report, style: Style, *, quiet: bool = False) -> str:
    """The claims of every model and recipe with what was found, then how many hold; only the false ones if ``quiet``."""
    parts = [part for file in report.files for part in _write_file(file, style, quiet=quiet)]
    parts.append("".join(f"{line}\n" for line in wrap(style.plain(_sum_up(report)), style.width)))
    return "\n".join(parts)


def _write_file(file: FileReport, style: Style, *, quiet: bool) -> Iterator[str]:
    for part in (*file.models, *file.recipes):
        claims = [claim for claim in _claims_of(part) if claim.holds is False or not quiet]
        if claims:
            title = style.paint(style.plain(_title(part, file.path)), *_BOLD)
            yield "".join(f"{line}\n" for line in (title, *write_claims(claims, style, places=True)))
    others = [d for d in file.diagnostics if d.severity is Severity.ERROR and d.code not in _OWN]
    if others:
        count = "another error" if len(others) == 1 else f"{len(others)} other errors"
        yield (
            style.plain(f"{file.path} has {count}: cnnspec check {file.path} shows {'it' if len(others) == 1 else 'them'}") + "\n"
        )


def _title(part: ModelReport | RecipeReport, path: str) -> str:
    if isinstance(part, ModelReport):
        return f"{part.name} ({path})"
    return f"recipe {part.name if part.name == part.model else f'{part.name} of {part.model}'} ({path})"


def _claims_of(part: ModelReport | RecipeReport) -> list[ClaimResult]:
    """Those of shapes as they are written, then the others."""
    shapes = part.shape_claims if isinstance(part, ModelReport) else ()
    return [*(replace(claim, text=f":: {claim.text}") for claim in shapes), *part.claims]


def _sum_up(report: Report) -> str:
    """``12 claims: 10 hold, 1 is false, 1 is not checked``."""
    claims = [claim for file in report.files for part in (*file.models, *file.recipes) for claim in _claims_of(part)]
    if not claims:
        return "no claims"
    counts = [
        (sum(claim.holds is holds for claim in claims), words)
        for holds, words in (
            (True, ("holds", "hold")),
            (False, ("is false", "are false")),
            (None, ("is not checked", "are not checked")),
        )
    ]
    said = [f"{group_digits(count)} {words[count != 1]}" for count, words in counts if count]
    return f"{group_digits(len(claims))} claim{'s' if len(claims) != 1 else ''}: {', '.join(said)}"


def write_suggestions(path: str, suggestions: Sequence[Suggestion], style: Style) -> str:
    """Claims to paste, under a comment that says where."""
    parts: list[str] = []
    for suggestion in suggestions:
        title = style.plain(f"# {suggestion.model} ({path})" + ("" if suggestion.claims else ": nothing to add"))
        parts.append("".join(f"{line}\n" for line in (title, *(f"  expect {claim}" for claim in suggestion.claims))))
    return "\n".join(parts)
