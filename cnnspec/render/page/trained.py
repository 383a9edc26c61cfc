"""The page's section of a trained run: result and claims, curves, confusion matrix, mistakes, filters, feature maps.

Everything but the pictures of a cell of the matrix stands in the page itself and needs no script.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.page.drawing import write_picture
from cnnspec.render.page.markup import Content, Markup, clean, join, tag
from cnnspec.render.page.parts import Section
from cnnspec.render.pixels import encode_png
from cnnspec.render.run.confusion import drawn_classes, shade, worst_share
from cnnspec.render.run.curves import curves_picture
from cnnspec.render.run.filters import filters_picture
from cnnspec.render.run.mistakes import mistakes_picture
from cnnspec.render.run.mosaic import mosaic_of
from cnnspec.render.run.records import Activations, ClaimLine, Confusion, Mistake, Sample, Subject, TrainedRun
from cnnspec.render.run.scales import show_share, show_value

_VERDICTS = {True: ("✓", "holds", "holds"), False: ("✗", "fails", "does not hold"), None: ("–", "open", "not judged")}


def trained_section(run: TrainedRun) -> Section:
    """The section with its data: the pictures of each cell of the matrix."""
    html = join(
        [tag("p", line, class_="told") for line in run.lines],
        _figures(run),
        _curves(run) if run.history else None,
        tag("p", run.missing, class_="told") if run.missing else None,
        _matrix(run) if run.confusion is not None else None,
        _mistakes(run) if run.confusion is not None else None,
        _filters(run) if run.kernels else None,
        _maps(run) if run.maps else None,
    )
    return Section("run", f"A trained run: {run.name}", html, _cells(run), "trained.js", "trained.css", "Run")


def _part(title: str, *content: Content) -> Markup:
    return tag("section", tag("h3", title), *content)


def _figures(run: TrainedRun) -> Markup:
    pairs = [tag("div", tag("dt", label), tag("dd", value)) for label, value in run.figures]
    claims = tag("ul", [_claim(claim) for claim in run.claims], class_="claims") if run.claims else None
    return join(tag("dl", pairs, class_="figures"), claims)


def _claim(claim: ClaimLine) -> Markup:
    sign, kind, verdict = _VERDICTS[claim.holds]
    mark = tag("b", tag("span", sign, aria_hidden="true"), tag("span", verdict, class_="unseen"), class_="mark")
    found = claim.reason if claim.holds is None and claim.reason else claim.actual
    return tag("li", mark, tag("code", claim.text), tag("span", found), class_=kind)


# --- the matrix -----------------------------------------------------------------------------------------------------


def _matrix(run: TrainedRun) -> Markup:
    confusion = run.confusion
    assert confusion is not None
    classes = drawn_classes(confusion)
    short = all(len(confusion.names[at]) <= 4 for at in classes)
    heads = [tag("th", confusion.names[at] if short else str(at), scope="col", title=confusion.names[at]) for at in classes]
    head = tag("tr", tag("th", "true ↓ predicted →"), heads, tag("th", "recall", scope="col"), tag("th", "images", scope="col"))
    worst = worst_share(confusion)
    rows = [_row(confusion, at, classes, worst, short) for at in classes]
    precisions = [tag("td", _share(confusion.precision(at)).removesuffix(" %")) for at in classes]
    foot = tag("tr", tag("th", "precision, %", scope="row"), precisions, tag("td"), tag("td"))
    said = (
        f"{group_digits(confusion.right)} of {group_digits(confusion.total)} images of {run.data} right. "
        "Blue: right, by its share of the row; orange: wrong, by the greatest such share. Choose a number to see its images."
    )
    if len(classes) < len(confusion.names):
        said += f" Shown: the {len(classes)} of {len(confusion.names)} classes with the most mistakes."
    table = tag("table", tag("thead", head), tag("tbody", rows), tag("tfoot", foot), class_="confusion")
    picked = tag("div", class_="picked", role="status", aria_live="polite")
    return _part("Confusion matrix", tag("p", said, class_="told"), tag("div", table, class_="scroll"), picked)


def _row(confusion: Confusion, true: int, classes: list[int], worst: float, short: bool) -> Markup:
    name = confusion.names[true] if short else f"{true} · {confusion.names[true]}"
    cells = [_cell(confusion, true, predicted, worst) for predicted in classes]
    total = group_digits(sum(confusion.counts[true]))
    return tag("tr", tag("th", name, scope="row"), cells, tag("td", _share(confusion.recall(true))), tag("td", total))


def _cell(confusion: Confusion, true: int, predicted: int, worst: float) -> Markup:
    count = confusion.counts[true][predicted]
    if not count:
        return tag("td")
    names = confusion.names
    what = "right" if true == predicted else f"taken for {names[predicted]}"
    label = f"{names[true]}, {what}: {group_digits(count)}"
    button = tag("button", group_digits(count), type="button", data_cell=f"{true},{predicted}", aria_label=label)
    return tag("td", button, class_=shade(confusion, true, predicted, worst).replace(".", "-"))


def _share(share: float | None) -> str:
    return "–" if share is None else show_share(share)


def _cells(run: TrainedRun) -> dict[str, object]:
    """For each cell what it is, and its pictures: their places in the list, numbers in the test set and confidences."""
    pictures: dict[Sample, int] = {}
    cells: dict[str, object] = {}
    for (true, predicted), found in run.cells.items():
        assert run.confusion is not None
        names, count = run.confusion.names, run.confusion.counts[true][predicted]
        what = "right" if true == predicted else f"taken for {names[predicted]}"
        shown = f", the first {len(found)}" if len(found) < count and true == predicted else f", {len(found)} of them"
        title = f"{names[true]}, {what}: {group_digits(count)}{shown if len(found) < count else ''}"
        items = [[pictures.setdefault(one.sample, len(pictures)), one.number, _sure(one)] for one in found]
        cells[f"{true},{predicted}"] = [clean(title), items]
    return {"cells": cells, "pictures": [data_uri(sample) for sample in pictures]}


def _sure(mistake: Mistake) -> str:
    return "" if mistake.confidence is None else show_share(mistake.confidence)


def data_uri(sample: Sample) -> str:
    """A picture as it stands in an address."""
    return f"data:image/png;base64,{b64encode(encode_png(sample.columns, sample.rows, sample.pixels)).decode()}"


# --- pictures -------------------------------------------------------------------------------------------------------


def _curves(run: TrainedRun) -> Markup:
    picture = curves_picture(run.model, run.history)
    return _part("Curves", tag("div", write_picture(picture, "run-curves", sized=True)))


def _mistakes(run: TrainedRun) -> Markup:
    assert run.confusion is not None
    total = run.confusion.total
    picture = mistakes_picture(run.model, run.worst, total - run.confusion.right, total, run.data)
    return _part("Worst mistakes", tag("div", write_picture(picture, "run-mistakes", sized=True)))


def _filters(run: TrainedRun) -> Markup:
    picture = filters_picture(run.model, run.kernels, run.model)
    left = run.layers_with_kernels - len(run.kernels)
    more = f"The first {len(run.kernels)} of {run.layers_with_kernels} layers with kernels." if left else None
    return _part(
        "Filters", tag("p", more, class_="told") if more else None, tag("div", write_picture(picture, "run-filters", sized=True))
    )


def _maps(run: TrainedRun) -> Markup:
    told = "What each layer gives: viridis, from dark to bright, on one scale for a layer; the strongest channels first."
    figures = [_subject(subject, found, at == 0) for at, (subject, found) in enumerate(run.maps)]
    return _part("Feature maps", tag("p", told, class_="told"), figures)


def _subject(subject: Subject, layers: tuple[Activations, ...], opened: bool) -> Markup:
    sample = subject.sample
    image = tag("img", src=data_uri(sample), width=56, height=round(56 * sample.rows / sample.columns), class_="pixels", alt="")
    said = join(tag("b", subject.name), [join(" · ", line) for line in subject.lines])
    body = tag("div", [_layer(found) for found in layers], class_="layers-of")
    return tag("details", tag("summary", image, tag("span", said)), body, class_="subject", open=opened)


def _layer(found: Activations) -> Markup:
    sheet = mosaic_of(found)
    source = f"data:image/png;base64,{b64encode(encode_png(sheet.columns, sheet.rows, sheet.pixels)).decode()}"
    name = f"{found.layer} · {found.title} · {found.shape}"
    image = tag(
        "img",
        src=source,
        width=sheet.columns * sheet.side,
        height=sheet.rows * sheet.side,
        class_="pixels",
        alt=f"What {found.layer} gives",
    )
    said = tag("span", " ".join(_said(found)))
    return tag(
        "figure", tag("figcaption", tag("b", found.layer), f" · {found.title} · {found.shape}", said), image, data_name=name
    )


def _said(found: Activations) -> Iterator[str]:
    """The range, how many are shown, which channels they are, how many are silent."""
    yield f"Values from {show_value(found.low)} to {show_value(found.high)}."
    if found.rank:
        shown = f"{len(found.shown)} of {found.channels} channels" if len(found.shown) < found.channels else "Channels"
        yield f"{shown}: {', '.join(str(channel.number) for channel in found.shown)}."
    if found.silent:
        verb, where = "is" if found.silent == 1 else "are", " everywhere" if found.rank else ""
        yield f"{found.silent} of {found.channels} {verb} 0{where}."
    yield from (f"{note[0].upper()}{note[1:]}." for note in found.notes)
    if found.names and len(found.names) <= found.channels:
        values = found.shown[0].tile.values
        best = sorted(range(len(found.names)), key=lambda at: -(values[at] or 0.0))[:3]
        yield f"Greatest: {', '.join(f'{found.names[at]} {show_value(values[at] or 0.0)}' for at in best)}."
