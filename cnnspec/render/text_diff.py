"""The table of ``cnnspec diff``: what was removed (−), added (+) and changed (~), and what it does to the figures.

::

    ResNet18 → ResNet34 (specs/resnet.cnn)
    56 layers added

       layer                   change     parameters          MACs
    +  features/conv2/basic_3  Basic(64)     +74,240  +231,211,008
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cnnspec.analysis.diff.records import FileDiff, Group, LayerChange, ModelDiff
from cnnspec.analysis.report import ModelReport, Row
from cnnspec.diagnostics.suggest import listing
from cnnspec.diagnostics.writers.columns import Style, wrap
from cnnspec.layers.arithmetic import Size, group_digits
from cnnspec.record import record
from cnnspec.render import text_values as values
from cnnspec.render.text_diff_figures import (
    ADDED,
    CHANGED,
    FOLLOWS,
    REMOVED,
    show_difference,
    write_claims,
    write_recipe,
    write_totals,
)
from cnnspec.render.text_table import write_table

_BOLD = ("1",)
_COLORS: Mapping[str, tuple[str, ...]] = {REMOVED: ("31",), ADDED: ("32",), CHANGED: ("33",), FOLLOWS: ("2",)}

#: How many other names are written out, and how much room there is for the names of layers with the same change.
_MOST_NAMES, _MOST_ROOM = 6, 36


@record
class _Entry:
    """A row of the table: its mark, what it speaks of, what became of it, and the differences; ``at`` is its place."""

    mark: str
    layer: str
    change: str
    params: Size | None
    macs: Size | None
    at: int = 0


def write_diff(diff: FileDiff, style: Style | None = None, *, verbose: bool = False) -> str:
    """What changed between two files; ``verbose`` writes out every layer whose figures follow from a change."""
    style = style or Style()
    parts = [list(_model(model, diff, style, verbose)) for model in diff.models]
    parts += [list(write_recipe(recipe, style)) for recipe in diff.recipes if not recipe.same]
    if not diff.models:
        parts.append([style.plain("neither file states a model")])
    return "\n".join("".join(f"{line}\n" for line in lines) for lines in parts)


# --- a model -----------------------------------------------------------------------------------------------------------


def _model(diff: ModelDiff, files: FileDiff, style: Style, verbose: bool) -> Iterator[str]:
    yield style.paint(style.plain(_title(diff, files)), *_BOLD)
    yield from wrap(style.plain(summarise(diff)), style.width)
    if diff.totals is None:
        return
    entries = sorted(_entries(diff, verbose), key=lambda entry: entry.at)
    if entries:
        yield ""
        yield from _table(entries, style)
    for sentence in say_remarks(diff, verbose):
        yield from wrap(style.plain(sentence), style.width)
    if not diff.same_architecture:
        yield ""
        yield from write_totals(diff, style)
    if diff.claims:
        yield ""
        yield from write_claims(diff.claims, style)


def _title(diff: ModelDiff, files: FileDiff) -> str:
    """``LeNet5 (old.cnn → new.cnn)``; what is the same on both sides is written once."""
    names = dict.fromkeys(model.name for model in (diff.before, diff.after) if model is not None)
    if diff.before is None or diff.after is None:
        return f"{diff.name} ({files.after if diff.before is None else files.before})"
    paths = dict.fromkeys((files.before, files.after))
    return f"{' → '.join(names)} ({' → '.join(paths)})"


def summarise(diff: ModelDiff) -> str:
    """What changed in one sentence."""
    if diff.before is None or diff.after is None:
        model = diff.after or diff.before
        assert model is not None
        layers = sum(not row.is_input for row in model.rows)
        return f"the whole model was {'added' if diff.before is None else 'removed'}: {_count(layers, 'layer')}, {_params(model)}"
    if diff.same_architecture:
        return f"same architecture{', other names' if diff.renamed else ''}{', other claims' if diff.claims else ''}"
    moved = len({change.moved_with for change in diff.changed if change.moved})
    counts = (
        (sum(len(group.rows) for group in diff.removed), "removed"),
        (sum(len(group.rows) for group in diff.added), "added"),
        (sum(change.changed_in_itself for change in diff.changed), "changed"),
        (moved, "moved"),
        (sum(change.reads and not change.changed_in_itself for change in diff.changed), "connected otherwise"),
    )
    return ", ".join(_join_counts(counts)) or "other outputs"


def _join_counts(counts: Iterable[tuple[int, str]]) -> Iterator[str]:
    """``2 layers removed``, ``1 added``: the noun once."""
    first = True
    for count, what in counts:
        if count:
            yield f"{_count(count, 'layer') if first else group_digits(count)} {what}"
            first = False


def _params(model: ModelReport) -> str:
    return _count(model.totals.params or 0, "parameter")


def _count(number: int, noun: str) -> str:
    return f"{group_digits(number)} {noun}{'' if number == 1 else 's'}"


def _table(entries: Sequence[_Entry], style: Style) -> Iterator[str]:
    heads = ("", "layer", "change", "parameters", "MACs")
    rows = [
        (entry.mark, entry.layer, entry.change, show_difference(entry.params), show_difference(entry.macs)) for entry in entries
    ]
    head, *lines = write_table(heads, rows, style, style.width, numeric=(False, False, False, True, True))
    yield head
    marks = {style.plain(mark): colors for mark, colors in _COLORS.items()}
    for line in lines:
        yield style.paint(line[:1], *marks.get(line[:1], ())) + line[1:]


def _entries(diff: ModelDiff, verbose: bool) -> Iterator[_Entry]:
    for mark, groups, sign in ((REMOVED, diff.removed, -1), (ADDED, diff.added, 1)):
        for group in groups:
            yield _group(mark, group, sign)
    for changes in _alike(diff.changed, verbose):
        yield _change(changes)
    if verbose:
        for change in diff.following:
            yield _Entry(
                FOLLOWS,
                _path(change.after),
                _shapes(change) or _input_shapes(change),
                change.params.difference,
                change.macs.difference,
                change.after.index,
            )
    elif diff.following:
        yield _following(diff.following)


def _group(mark: str, group: Group, sign: int) -> _Entry:
    """Layers or blocks that were added or removed; several that are alike in one row."""
    count = len(group.paths)
    layer = group.paths[0] if count == 1 else f"{group.paths[0]} … {_last_part(group.paths)}"
    title = group.title if count == 1 else f"{count} × {group.title}"
    params = sign * sum(row.params for row in group.rows)
    return _Entry(mark, layer, title, params, _sum(row.macs for row in group.rows) * sign, group.before)


def _last_part(paths: Sequence[str]) -> str:
    """The end of the last path, without the blocks that hold the first one too."""
    return paths[-1].rpartition("/")[2]


def _alike(changes: Sequence[LayerChange], verbose: bool) -> Iterator[Sequence[LayerChange]]:
    """Changes in groups: those of the same arguments of a kind, unless each is to be written out; what moved by its block."""
    groups: dict[object, list[LayerChange]] = {}
    for change in changes:
        groups.setdefault(_key(change, verbose), []).append(change)
    yield from groups.values()


def _key(change: LayerChange, verbose: bool) -> object:
    if change.moved:
        return ("moved", change.moved_with)
    if change.reads or change.shares or verbose:
        return ("alone", change.after.index)
    return change.before.kind, change.after.kind, change.arguments, _summaries(change)


def _summaries(change: LayerChange) -> object:
    return (change.before.layer.summary(), change.after.layer.summary()) if change.kind_changed else None


def _change(changes: Sequence[LayerChange]) -> _Entry:
    first = changes[0]
    params = _sum(change.params.difference for change in changes)
    macs = _sum(change.macs.difference for change in changes)
    return _Entry(CHANGED, _changed_name(changes), "\n".join(changed_lines(changes)), params, macs, first.after.index)


def _changed_name(changes: Sequence[LayerChange]) -> str:
    first = changes[0]
    if first.moved and len(changes) > 1:
        return first.moved_with
    if len(changes) > 1:
        names = ", ".join(_path(change.after) for change in changes[: _MOST_ROOM // 2])
        return names if len(names) <= _MOST_ROOM else f"{len(changes)} × {first.before.kind}"
    return _both_names(first) if first.renamed else _path(first.after)


def _both_names(change: LayerChange) -> str:
    return f"{_path(change.before)} → {_path(change.after)}"


def changed_lines(changes: Sequence[LayerChange]) -> Iterator[str]:
    """What became of a layer, a line each; of several, what became of all of them."""
    first = changes[0]
    if first.moved and len(changes) > 1:
        yield f"moved, {_count(len(changes), 'layer')}"
        return
    if first.kind_changed:
        yield f"{_call(first.before)} → {_call(first.after)}"
    yield from map(str, first.arguments)
    if first.moved or first.reads:
        yield f"{'moved: ' if first.moved else ''}reads {listing(first.after.inputs)} instead of {listing(first.before.inputs)}"
    if first.shares:
        yield "has weights of its own now" if first.before.shared and not first.after.shared else "shares other weights"
    shapes, fields = {_shapes(change) for change in changes}, {_fields(change) for change in changes}
    yield from (f"output {text}" for text in shapes if text and len(shapes) == 1 and not first.after.is_input)
    yield from (f"field {text}" for text in fields if text and len(fields) == 1)


def _call(row: Row) -> str:
    return f"{row.kind} {row.layer.summary()}".rstrip()


def _shapes(change: LayerChange) -> str:
    before, after = change.shape
    return f"{values.show_shape(before)} → {values.show_shape(after)}" if before != after else ""


def _input_shapes(change: LayerChange) -> str:
    before, after = (", ".join(map(values.show_shape, row.input_shapes)) for row in (change.before, change.after))
    return f"on {before} → {after}"


def _fields(change: LayerChange) -> str:
    before, after = values.show_field(change.before), values.show_field(change.after)
    return f"{before} → {after}" if before != after else ""


def _following(changes: Sequence[LayerChange]) -> _Entry:
    """The layers that are the same and whose figures follow from what changed before them, in one row at the end."""
    params = _sum(change.params.difference for change in changes)
    macs = _sum(change.macs.difference for change in changes)
    last = max(change.after.index for change in changes)
    return _Entry(FOLLOWS, _count(len(changes), "layer"), "the same, on other inputs", params, macs, last + 1)


def _path(row: Row) -> str:
    return row.path.partition("/")[2]


def _sum(sizes: Iterable[Size | None]) -> Size:
    result: Size = 0
    for size in sizes:
        result = result if size is None else size + result
    return result


def say_remarks(diff: ModelDiff, verbose: bool = False) -> Iterator[str]:
    """Sentences on what no row speaks of: other results, other sizes that it holds for, other names."""
    if diff.outputs_changed and diff.before is not None and diff.after is not None:
        yield f"The network returns {_outputs(diff.after)} instead of {_outputs(diff.before)}."
    if not diff.same_architecture and diff.conditions[0] != diff.conditions[1]:
        before, after = ("; ".join(texts) or "any size" for texts in diff.conditions)
        yield f"Holds for {after} instead of {before}."
    alone = {changes[0].after.index for changes in _alike(diff.changed, verbose) if len(changes) == 1}
    names = list(dict.fromkeys(_other_name(change) for change in diff.renamed if change.after.index not in alone))
    if len(names) <= _MOST_NAMES or verbose:
        yield from [f"Other names: {listing(names, len(names))}."] if names else []
    else:
        yield f"{_count(len(names), 'other name')}, such as {listing(names[:2])}."


def _outputs(model: ModelReport) -> str:
    return listing(model.network.nodes[at].path for at in model.network.outputs)


def _other_name(change: LayerChange) -> str:
    """Both names up to the first part that differs: that of a block, where all that it holds is called otherwise with it."""
    before, after = _path(change.before).split("/"), _path(change.after).split("/")
    if len(before) == len(after):
        depth = next((at for at, (a, b) in enumerate(zip(before, after, strict=True)) if a != b), len(before) - 1)
        before, after = before[: depth + 1], after[: depth + 1]
    return f"{'/'.join(before)} → {'/'.join(after)}"
