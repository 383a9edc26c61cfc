"""The beginning of the page: what the model is, its totals, its claims, and what ``check`` says of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.report import ClaimResult, FileReport, ModelReport
from cnnspec.diagnostics import Diagnostic, Severity
from cnnspec.diagnostics.writers.text import write_excerpt
from cnnspec.layers.arithmetic import group_digits, show_size
from cnnspec.render import text_values as values
from cnnspec.render.page.document import Model
from cnnspec.render.page.markup import Markup, join, tag
from cnnspec.render.text import show_total
from cnnspec.render.text_formulas import total_macs

_VERDICTS = {True: ("holds", "holds"), False: ("fails", "does not hold"), None: ("open", "not judged")}


def write_overview(model: Model, path: str) -> Markup:
    """Name, purpose, totals and claims of one model."""
    report = model.report
    return tag(
        "section",
        tag("p", path, class_="path"),
        tag("h1", report.name),
        [tag("p", paragraph, class_="purpose") for paragraph in model.purpose],
        tag("dl", [_figure(*figure) for figure in totals_of(report)], class_="figures"),
        [tag("p", f"It holds for {condition}.", class_="condition") for condition in report.conditions],
        write_claims(report),
        class_="overview",
    )


def totals_of(report: ModelReport) -> Iterator[tuple[str, str]]:
    """What stands at the head of a model: a name and a figure each."""
    totals = report.totals
    layers = sum(1 for row in report.rows if not row.is_input and not row.is_placeholder)
    shapes = [values.show_shape(row.output_shape) for row in report.rows if row.is_input]
    outputs = [values.show_shape(report.rows[at].output_shape) for at in report.network.outputs]
    yield "input", ", ".join(shapes)
    yield "output", ", ".join(outputs)
    yield "layers", group_digits(layers)
    yield "parameters", show_total(report)
    yield "multiply-accumulates", total_macs(report)[0]
    yield "activations", show_size(totals.activation_elements)
    if totals.depth is not None:
        yield "depth", group_digits(totals.depth)


def _figure(name: str, figure: str) -> Markup:
    return tag("div", tag("dt", name), tag("dd", figure))


def write_claims(report: ModelReport) -> Markup | None:
    """Every claim with what was found; shapes that are stated and found are counted, false ones listed."""
    false = [claim for claim in report.shape_claims if claim.holds is False]
    found = list(claim_items(report.claims, ""))
    found += claim_items(false, ":: ")
    sound = len(report.shape_claims) - len(false)
    if sound:
        told = f"{group_digits(sound)} stated shape{'s' if sound != 1 else ''} found as written"
        found.append(tag("li", _mark("✓", "holds"), tag("span", told), class_="holds"))
    return tag("div", tag("h2", "Claims"), tag("ul", found, class_="claims")) if found else None


def claim_items(claims: Sequence[ClaimResult], lead: str) -> Iterator[Markup]:
    """Claims as items of a list."""
    for claim, found in values.group_claims(claims):
        class_, verdict = _VERDICTS[claim.holds]
        mark = _mark(values.claim_mark(claim), verdict)
        text = tag("code", f"{lead}{claim.text}")
        yield tag("li", mark, text, tag("span", found), class_=class_)


def _mark(sign: str, verdict: str) -> Markup:
    return tag("b", tag("span", sign, aria_hidden="true"), tag("span", verdict, class_="unseen"), class_="mark")


def write_diagnostics(report: FileReport) -> Markup | None:
    """The errors of a file, then its warnings."""
    found = [d for severity in (Severity.ERROR, Severity.WARNING) for d in report.diagnostics if d.severity is severity]
    return tag("section", tag("h2", "What check says"), map(_diagnostic, found), id="diagnostics") if found else None


def write_infos(report: FileReport) -> Markup | None:
    """What is true of a file and worth knowing, folded."""
    found = [d for d in report.diagnostics if d.severity is Severity.INFO]
    return tag("section", tag("h2", "Worth knowing"), map(_diagnostic, found), id="infos") if found else None


def _diagnostic(found: Diagnostic) -> Markup:
    head = (tag("b", str(found.severity), class_="severity"), tag("span", found.message), tag("code", found.code))
    excerpt = write_excerpt(found)
    remarks = [("note", note) for note in found.notes]
    remarks += [("help", found.help)] if found.help else []
    remarks.append(("more", f"cnnspec explain {found.code}"))
    body = (
        tag("pre", preformatted(excerpt)) if excerpt else None,
        tag("dl", [join(tag("dt", name), tag("dd", text)) for name, text in remarks]),
    )
    opened = found.severity is not Severity.INFO
    return tag("details", tag("summary", head), body, open=opened, class_=f"found {found.severity}")


def preformatted(text: str) -> Markup:
    """Text whose lines and blanks stay as they are."""
    return join(*(part for line in text.splitlines() for part in (line, Markup("\n"))))
