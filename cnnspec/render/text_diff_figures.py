"""What follows the table of a comparison: the figures of both networks, and what became of claims and recipes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.analysis.claims.wording import say_figures
from cnnspec.analysis.diff.records import Amount, ClaimChange, ModelDiff, RecipeDiff
from cnnspec.analysis.report import ClaimResult, ModelReport, Row
from cnnspec.diagnostics.writers.columns import Style
from cnnspec.layers.arithmetic import Size, show_size
from cnnspec.render import text_values as values
from cnnspec.render.text_table import write_table

_BOLD = ("1",)
REMOVED, ADDED, CHANGED, FOLLOWS = "−", "+", "~", "·"


def show_difference(size: Size | None) -> str:
    """``+73,984``, ``−7,680``, ``0``; formulas keep their own signs."""
    return f"+{show_size(size)}" if isinstance(size, int) and size > 0 else show_size(size)


def write_totals(diff: ModelDiff, style: Style) -> Iterator[str]:
    """The figures before and after, and by how much they differ."""
    heads = ("", "before", "after", "difference", "")
    yield from write_table(heads, figure_rows(diff), style, style.width, numeric=(False, True, True, True, True))


def figure_rows(diff: ModelDiff) -> list[tuple[str, ...]]:
    """A figure of both networks each: its name, before, after, the difference, and that in per cent."""
    assert diff.totals is not None
    totals = diff.totals
    return [
        _amount("layers", totals.layers),
        _amount("parameters", totals.params),
        *([_amount("trained", totals.trainable)] if totals.trainable != totals.params else []),
        _amount("MACs", totals.macs),
        _amount("weights, float32", totals.weight_bytes, bytes_=True),
        _amount("inference, float32", totals.inference, bytes_=True),
        _amount("training, SGD", totals.training, bytes_=True),
        _amount("depth", totals.depth),
        ("receptive field", *map(_field, diff.last_fields), _field_difference(*diff.last_fields), ""),
        ("output", *(_output_shapes(model) for model in (diff.before, diff.after)), "", ""),
    ]


def _amount(name: str, amount: Amount, *, bytes_: bool = False) -> tuple[str, ...]:
    """A row of the totals; the share only where there is a difference."""
    show = _show_bytes if bytes_ else show_size
    difference = amount.difference
    if not amount.differs:
        return (name, show(amount.before), show(amount.after), "", "")
    sign = "+" if isinstance(difference, int) and difference > 0 else ""
    share = "" if amount.share is None else f"{amount.share * 100:+.1f} %".replace("-", "−")
    return (name, show(amount.before), show(amount.after), sign + show(difference), share)


def _field(row: Row | None) -> str:
    return values.NOTHING if row is None else values.show_field(row)


def _field_difference(before: Row | None, after: Row | None) -> str:
    """Along each axis, once where all agree; nothing where it is the same, or not of the same axes."""
    ours, theirs = (() if row is None or row.field is None else row.field.size for row in (before, after))
    if ours == theirs or len(ours) != len(theirs):
        return ""
    differences = [show_difference(b - a) for a, b in zip(ours, theirs, strict=True)]
    return differences[0] if len(set(differences)) == 1 else "×".join(differences)


def _output_shapes(model: ModelReport | None) -> str:
    if model is None:
        return values.NOTHING
    return ", ".join(values.show_shape(model.rows[at].output_shape) for at in model.network.outputs)


def _show_bytes(size: Size | None) -> str:
    """``46.8 MB``, KB being 1000; a formula is that of the bytes."""
    if not isinstance(size, int):
        return show_size(size)
    number, unit = abs(float(size)), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if number < 1000:
            break
        number, unit = number / 1000, larger
    sign = "−" if size < 0 else ""
    return f"{sign}{number:.0f} {unit}" if unit == "B" else f"{sign}{number:.1f} {unit}"


def write_claims(claims: Sequence[ClaimChange], style: Style) -> Iterator[str]:
    """Claims that changed, with what was found."""
    rows = [(_mark(claim), _claim_text(claim), _verdicts(claim)) for claim in claims]
    yield from write_table(("", "claim", ""), rows, style, style.width)


def _mark(claim: ClaimChange) -> str:
    return ADDED if claim.before is None else REMOVED if claim.after is None else CHANGED


def _claim_text(claim: ClaimChange) -> str:
    """``depth == 18 → 34``: of two about the same quantity, the second without what it has in common with the first."""
    texts = [side.text for side in (claim.before, claim.after) if side is not None]
    if len(texts) == 1 or texts[0] == texts[1]:
        return texts[0]
    ours, theirs = (text.rsplit(" ", 1) for text in texts)
    return f"{texts[0]} → {theirs[-1] if ours[0] == theirs[0] else texts[1]}"


def _verdicts(claim: ClaimChange) -> str:
    before, after = (None if side is None else _verdict(side) for side in (claim.before, claim.after))
    if before is None or after is None:
        return f"{'is' if before is None else 'was'} {before or after}" if before or after else ""
    return before if before == after else f"{before} → {after}"


def _verdict(claim: ClaimResult) -> str:
    if claim.holds is None:
        return ""
    return (
        "true" if claim.holds else f"false: {say_figures(claim.figures) if claim.figures else values.show_actual(claim.actual)}"
    )


def write_recipe(recipe: RecipeDiff, style: Style) -> Iterator[str]:
    """A recipe that changed: its keys, then its claims."""
    names = " → ".join(dict.fromkeys(name for name in (recipe.before, recipe.after) if name is not None))
    yield style.paint(style.plain(f"recipe {names}"), *_BOLD)
    if recipe.before is None or recipe.after is None:
        yield f"the whole recipe was {'added' if recipe.before is None else 'removed'}"
        return
    if recipe.keys:
        rows = [(CHANGED, key.name, str(key).removeprefix(f"{key.name} ")) for key in recipe.keys]
        yield from write_table(("", "key", ""), rows, style, style.width)
    if recipe.claims:
        yield from write_claims(recipe.claims, style)
