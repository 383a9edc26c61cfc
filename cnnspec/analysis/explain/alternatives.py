"""What would change with other arguments: each alternative is made, and asked for its own facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnnspec.analysis.explain.chain import show_sizes
from cnnspec.analysis.explain.lines import Line, Table, show_axes
from cnnspec.analysis.explain.subject import Subject
from cnnspec.analysis.receptive_field import Sight, as_report, see_instead
from cnnspec.layers.arithmetic import show_size
from cnnspec.layers.base import Facts, Layer, LayerError
from cnnspec.layers.spatial import WindowLayer, padding_words
from cnnspec.schema.declaration import BindError
from cnnspec.schema.values import Word

#: Arguments that say how many weights there are.
_COUNTS = ("filters", "units", "depth_multiplier", "use_bias")
#: The arguments that are changed, in the order of the table.
_ARGUMENTS = ("kernel_size", "pool_size", "strides", "padding", "dilation_rate", *_COUNTS[:-1], "groups", "use_bias")
_HEADS = ("with", "output", "parameters", "MACs", "field R", "jump J")


def explain_alternatives(subject: Subject) -> Iterator[Line]:
    """A row for the layer as it is, and one for every sensible other value of one argument."""
    layer = subject.row.layer
    rows = [("as it is", *_figures(subject, subject.facts))]
    for text, changed in _alternatives(layer, subject):
        figures = _try(subject, changed)
        if figures is not None and figures != rows[0][1:]:
            rows.append((text, *figures))
    if len(rows) == 1:
        return
    used = [at for at, head in enumerate(_HEADS) if head in ("with", "output") or any(row[at] not in ("", "0") for row in rows)]
    heads = tuple(_HEADS[at] for at in used)
    yield Table(heads, tuple(tuple(row[at] for at in used) for row in rows), tuple(at > 1 for at in used))


def _try(subject: Subject, arguments: Mapping[str, object]) -> tuple[str, ...] | None:
    """The figures with these arguments; what is wrong where the layer does not take its input; None where it cannot be."""
    try:
        layer = type(subject.row.layer).bind((), arguments)
        facts = layer.facts(*subject.given)
    except BindError:
        return None
    except LayerError as error:
        return (f"does not fit ({error.code})", "", "", "", "")
    return _figures(subject, facts)


def _figures(subject: Subject, facts: Facts) -> tuple[str, ...]:
    params = sum(param.count for param in facts.params)
    macs = facts.macs
    return str(facts.output), show_size(params), show_size(macs), *_field(subject, facts)


def _field(subject: Subject, facts: Facts) -> tuple[str, str]:
    if len(subject.given) > 1:
        return "", ""
    seen = see_instead(subject.model, subject.sights, subject.row.index, facts)
    if isinstance(seen, Sight):
        return ("", "") if seen is Sight.WHOLE else ("?", "?")
    field = as_report(seen, facts.output.extents)
    return show_sizes(field), show_axes(field.jump)


def _alternatives(layer: Layer, subject: Subject) -> Iterator[tuple[str, dict[str, object]]]:
    """Other values of the arguments that shape a layer, one at a time, as text and as arguments."""
    given = layer.changed()
    for name in _ARGUMENTS:
        if name in type(layer).model_fields and (isinstance(layer, WindowLayer) or name in _COUNTS):
            for shown, value in _others(layer, name, subject):
                yield f"{name}={shown}", {**given, name: value}


def _others(layer: Layer, name: str, subject: Subject) -> Iterator[tuple[str, object]]:
    value: Any = getattr(layer, name)
    match name:
        case "kernel_size" | "pool_size":
            step = 2 if name == "kernel_size" else 1
            for by in (-step, step):
                yield from _moved(value, by)
        case "strides" | "dilation_rate":
            steps: Sequence[int] = getattr(layer, "steps", value)
            yield from _moved(steps, 1 if max(steps) == 1 else -1)
        case "padding":
            yield from ((word, Word(word)) for word in padding_words(type(layer)) if word != value)
        case "groups":
            channels = subject.given[0].channels
            wanted = (1, 2, int(channels)) if isinstance(channels, int) else (1, 2)
            yield from ((str(groups), groups) for groups in dict.fromkeys(wanted) if groups != value)
        case "use_bias":
            yield "false" if value else "true", not value
        case _:
            yield from ((str(count), count) for count in (value // 2, value * 2) if count >= 1 and count != value)


def _moved(value: Sequence[int], by: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """All axes larger or smaller by as much, where none falls below 1; axes of 1 position stay as they are with others."""
    moved = tuple(n if n == 1 < max(value) else n + by for n in value)
    if min(moved) >= 1 and moved != tuple(value):
        yield "×".join(map(str, moved)), moved
