"""``# cnnspec: allow CODE``: warnings and infos that a file expects, with its reason.

A comment speaks of the statements that begin on its line, down to the end of their braces, or else of the statement in
whose middle or at whose end it stands. Alone on its line it speaks of what begins on the next line that says something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cnnspec.analysis.lint_settings import LintSettings
from cnnspec.diagnostics import Diagnostic, Edit, Severity, Span
from cnnspec.record import record
from cnnspec.resolve.result import Resolution
from cnnspec.syntax import tree

_DIRECTIVE = re.compile(r"#\s*cnnspec(?P<colon>:?)\s*(?P<rest>.*)", re.DOTALL)
_ALLOW = re.compile(r"allow\s+(?P<codes>[\w-]+(?:\s*,\s*[\w-]+)*)")


@record
class Allowance:
    """One comment: the codes it names, with their places, and the stretches of text it speaks of."""

    comment: Span
    codes: tuple[tuple[str, Span], ...]
    scope: tuple[Span, ...]

    def covers(self, diagnostic: Diagnostic) -> bool:
        """Whether it allows a diagnostic."""
        return any(code == diagnostic.code for code, _ in self.codes) and self.spans(diagnostic.span)

    def spans(self, place: Span) -> bool:
        """Whether it speaks of a place."""
        return any(part.source is place.source and part.start <= place.start <= part.end for part in self.scope)


def apply_allowances(
    diagnostics: Sequence[Diagnostic], resolution: Resolution, settings: LintSettings, *, as_written: bool
) -> list[Diagnostic]:
    """The diagnostics without those that the files allow, and with what is wrong with the comments.

    Args:
        diagnostics: of the file.
        resolution: the file, resolved.
        settings: codes that they leave out need not be allowed, and are not missed.
        as_written: whether the file was checked with its own values, so that what is allowed must be found.
    """
    remarks: list[Diagnostic] = []
    found = [allowance for file in resolution.files for allowance in _read(file, file.source is resolution.source, remarks)]
    if not found and not remarks:
        return list(diagnostics)
    kept: list[Diagnostic] = []
    used: set[tuple[int, str]] = set()
    for diagnostic in diagnostics:
        covering = [at for at, allowance in enumerate(found) if allowance.covers(diagnostic)]
        if diagnostic.severity is Severity.ERROR or not covering:
            kept.append(diagnostic)
        else:
            used |= {(at, diagnostic.code) for at in covering}
    sound = not any(diagnostic.severity is Severity.ERROR for diagnostic in kept)
    for at, allowance in enumerate(found) if as_written and sound else ():
        remarks += _find_unused(allowance, {code for number, code in used if number == at}, resolution, settings)
    return kept + [remark for remark in remarks if settings.keeps(remark)]


# --- reading --------------------------------------------------------------------------------------------------------


def _read(file: tree.File, is_root: bool, report: list[Diagnostic]) -> Iterator[Allowance]:
    """The comments of a file that allow something; what is wrong with those of the root file is reported."""
    for comment in file.comments:
        directive = _DIRECTIVE.fullmatch(comment.text.rstrip()) if "cnnspec" in comment.text else None
        if directive is None or not (directive["colon"] or directive["rest"].lstrip(": ").startswith("allow")):
            continue
        allow = _ALLOW.match(directive["rest"]) if directive["colon"] else None
        if allow is None:
            if is_root:
                from cnnspec.diagnostics.catalogue.allow import allow_malformed

                report.append(allow_malformed(comment.span, text=comment.text.rstrip()))
            continue
        codes = tuple(_codes(comment.span, directive.start("rest") + allow.start("codes"), allow["codes"]))
        known = tuple(item for item in codes if _is_allowable(*item, report if is_root else []))
        if known:
            yield Allowance(comment.span, known, tuple(_scope(file, comment)))


def _codes(span: Span, offset: int, listed: str) -> Iterator[tuple[str, Span]]:
    for word in re.finditer(r"[\w-]+", listed):
        start = span.start + offset + word.start()
        yield word[0], span.source.span(start, start + len(word[0]))


def _is_allowable(code: str, span: Span, report: list[Diagnostic]) -> bool:
    from cnnspec.diagnostics.catalogue import load_all
    from cnnspec.diagnostics.catalogue.allow import allow_error, allow_unknown

    registered = load_all()
    allowable = [name for name, (severity, _) in registered.items() if severity is not Severity.ERROR]
    if code in allowable:
        return True
    report.append(allow_error(span, name=code) if code in registered else allow_unknown(span, name=code, choices=allowable))
    return False


# --- what a comment speaks of ---------------------------------------------------------------------------------------


def _scope(file: tree.File, comment: tree.Comment) -> list[Span]:
    source, spans = file.source, list(_statements(file.items))
    line = comment.span.line
    before = source.text[source.line_starts[line - 1] : comment.span.start]
    if not before.strip():
        alone = {other.span.line for other in file.comments if not source.line(other.span.line).split("#")[0].strip()}
        line = next((n for n in range(line + 1, len(source.line_starts) + 1) if source.line(n).strip() and n not in alone), line)
    begun = [span for span in spans if span.line == line]
    if begun:
        return begun
    at = comment.span.start
    around = [span for span in spans if span.start <= at and (at < span.end or span.finish.line == line)]
    inner = max(around, key=lambda span: span.start, default=None)
    return [source.span(source.line_starts[line - 1], at)] if inner is None else [inner]


def _statements(items: Sequence[tree.Item | tree.Statement]) -> Iterator[Span]:
    """The stretches of all definitions and statements, those inside braces too."""
    for item in items:
        yield item.span
        match item:
            case tree.ModelDefinition() | tree.BlockDefinition() | tree.TrainDefinition() | tree.Repeat():
                yield from _statements(item.statements)
            case tree.If():
                for _, statements in item.cases:
                    yield from _statements(statements)
                yield from _statements(item.otherwise or ())
            case tree.Flow():
                for step in item.steps:
                    for branch in step.branches or ():
                        yield from _statements(branch.statements)
            case _:
                pass


# --- allowances that nothing needs ----------------------------------------------------------------------------------


def _find_unused(allowance: Allowance, used: set[str], resolution: Resolution, settings: LintSettings) -> Iterator[Diagnostic]:
    if allowance.comment.source is not resolution.source or not _was_looked_at(allowance, resolution):
        return
    missing = [(code, span) for code, span in allowance.codes if code not in used and settings.selects(code)]
    if missing:
        from cnnspec.diagnostics.catalogue.allow import allow_unused

        left = [code for code, _ in allowance.codes if code not in {name for name, _ in missing}]
        names = tuple(code for code, _ in missing)
        span = missing[0][1].to(missing[-1][1])
        yield allow_unused(span, names=names, fix=(_without(allowance, left),))


def _was_looked_at(allowance: Allowance, resolution: Resolution) -> bool:
    """Whether some layer stands where the comment speaks of layers: not in a block or a case that no model needs."""
    file = next(file for file in resolution.files if file.source is resolution.source)
    layered = [item.span for item in file.items if isinstance(item, (tree.ModelDefinition, tree.BlockDefinition))]
    if not any(span.start <= allowance.comment.start <= span.end for span in layered):
        return True
    origins = (origin for model in resolution.models for origin in model.origins)
    return any(allowance.spans(place) for origin in origins for place in (origin.callee, *origin.uses))


def _without(allowance: Allowance, left: Sequence[str]) -> Edit:
    """The comment with the codes that are left; without any, no comment, nor the line that it was alone on."""
    comment, source = allowance.comment, allowance.comment.source
    if left:
        return Edit(allowance.codes[0][1].to(allowance.codes[-1][1]), ", ".join(left))
    start = source.line_starts[comment.line - 1]
    before = source.text[start : comment.start]
    if before.strip():
        return Edit(source.span(start + len(before.rstrip()), comment.end), "")
    end = source.text.find("\n", comment.end)
    return Edit(source.span(start, end + 1 if end >= 0 else len(source.text)), "")
