"""A callee that is nothing here: what is meant, what another library calls so, and the call as it is written here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnnspec.diagnostics import Diagnostic, Edit, Span
from cnnspec.diagnostics.aliases import ABSENT, ARGUMENTS, LAYERS, LayerAlias, is_superfluous, nearest_argument
from cnnspec.diagnostics.catalogue import names as name_problems
from cnnspec.diagnostics.suggest import closest
from cnnspec.layers.registry import all_kinds, announced_kinds, known_name, layer_class, short_name
from cnnspec.record import record, replace
from cnnspec.resolve.argument_problems import removal
from cnnspec.resolve.values import Given, LayerValue, SharedLayer, Value
from cnnspec.schema.values import Word, is_list
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnspec.resolve.body import Body

#: Torch's layers whose first argument is the number of channels that come in, and how many they are given at least.
_STATE_CHANNELS = {
    **{f"{stem}{rank}d": 3 for stem in ("Conv", "ConvTranspose") for rank in "123"},
    **{f"{stem}{rank}d": 1 for stem in ("BatchNorm", "InstanceNorm") for rank in "123"},
    "Linear": 2,
}


_CHANNELS_IN = "what comes in follows from the layer before"


@record
class Suggestion:
    """What is said of an unknown name, and the arguments as the suggested layer takes them; None if that is not known."""

    diagnostic: Diagnostic
    given: tuple[Given, ...] | None


def hint_of(body: Body, name: tree.Name) -> str:
    """Why a value of this name is not known, where that is clear from the name or from what stands further down."""
    text, modules = name.text, body.scope.file.modules
    if text == "input":
        return "give the input a name: `input image: 28x28x1`, then `image`"
    if text in modules:
        blocks = [block for block in modules[text][0].blocks if block not in modules[text][0].borrowed]
        return f"{text} is a file; its blocks are written {text}.{blocks[0] if blocks else 'Block'}"
    if re.fullmatch(r"[a-z_0-9]+_[1-9][0-9]*", text) and any(text == node.path.rpartition("/")[2] for node in body.builder.nodes):
        return f"{text} is how tables name that layer; give it a name to speak of it: `x = …`"
    source = name.span.source
    naming = re.compile(rf"^[ \t]*{re.escape(text)}[ \t]*=(?!=)", re.MULTILINE)
    later = naming.search(source.text, name.span.end)
    if later is not None and _same_braces(source.text[name.span.end : later.start()]):
        line = source.position(later.end()).line
        return f"{text} is named in line {line}; a value is used below the line that names it"
    if body.chain and naming.search(source.text):
        return f"a block sees its parameters and its own names; bring {text} in as an input of the block: `input x, {text}`"
    return ""


def _same_braces(text: str) -> bool:
    """Whether what stands behind a text is between the same braces as what stands before it."""
    depth = 0
    for brace in re.findall(r"[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def suggest(body: Body, callee: tree.Name | tree.Attribute, name: str, given: tuple[Given, ...]) -> Suggestion:
    """What to write in place of a name that nothing has."""
    alias = LAYERS.get(name)
    if isinstance(callee, tree.Name) and name[:1].islower() and alias is None and name not in ABSENT:
        values = [n for n in body.scope.visible() if isinstance(body.content(n), (Value, SharedLayer, LayerValue))]
        if closest(name, values) or closest(name, all_kinds()) is None:
            hint = hint_of(body, callee)
            unknown = name_problems.unknown_name(callee.span, name=name, choices=values, what="value or layer", hint=hint)
            return Suggestion(unknown, given)
    choices = [*all_kinds(), *announced_kinds(), *body.scope.file.blocks, *body.scope.visible(), *_blocks_of_modules(body)]
    alias = _chosen(alias, given) if alias is not None else None
    meant = alias.target if alias is not None else (short_name(name) if known_name(name) else None)
    reason = "" if meant else ABSENT.get(name, "")
    if re.search(rf"(?m)^[ \t]*model[ \t]+{re.escape(name)}\b", callee.span.source.text):
        reason = f"{name} is a model; what is used in another one is a `block {name} {{ … }}`, without an input"
    if not re.search("[123]", name) and not reason:
        meant = _of_rank_of(meant or closest(name, choices), body.current)
    if meant is not None and any(contains_value(item.value) for item in given):
        flow, span = _flow_of(given), callee.span
        unknown = name_problems.unknown_layer(span, name=span.text, choices=(), meant=meant, rewritten=f"{flow} -> {meant}")
        return Suggestion(replace(unknown, fix=()), None)
    kept, edits = _translate(callee.span, meant, alias, name, given)
    diagnostic = name_problems.unknown_layer(
        callee.span,
        name=callee.span.text,
        choices=choices,
        meant=meant,
        rewritten=_rewritten(callee.span, meant, given, edits) if meant and edits else "",
        edits=edits,
        note=(alias.note if alias is not None else "") or (_CHANNELS_IN if _states_channels(name, given) else ""),
        reason=reason,
    )
    return Suggestion(diagnostic, None if alias is not None and alias.arguments else kept)


def _chosen(alias: LayerAlias, given: Sequence[Given]) -> LayerAlias:
    """The layer that one of the arguments chooses: ``Pooling(pool=AVE)``."""
    argument, layers = alias.chosen_by
    word = next((str(item.value) for item in given if item.name == argument and isinstance(item.value, Word)), "")
    target = next((layer for start, layer in layers.items() if word.upper().startswith(start)), alias.target)
    return replace(alias, target=target)


def contains_value(value: object) -> bool:
    """Whether a value that flows is given, or a list that holds one."""
    return isinstance(value, Value) or (is_list(value) and any(isinstance(item, Value) for item in value))


def values_as_arguments(layer: LayerValue, step: tree.Step) -> Diagnostic:
    """``Add([a, b])``: what flows in stands in front."""
    at = [item for item in layer.given if contains_value(item.value)]
    names = _names_of(at)
    span, callee = at[0].tree.span, step.callee.span.text
    others = [item.tree.span.text for item in layer.given if item not in at]
    flow = _flow_of(at)
    corrected = f"{flow} -> {callee}({', '.join(others)})" if others else f"{flow} -> {callee}"
    source = step.span.source
    line = source.text[source.text.rfind("\n", 0, step.span.start) + 1 : step.span.start]
    begins = not line.strip() or re.fullmatch(r"\s*\w+\s*=\s*", line) is not None
    sound = begins and step.branches is None and step.times is None and (len(names) > 1 or bool(others))
    fix = (
        (Edit(step.span, corrected),) if sound and all(span.source is source for span in [item.tree.span for item in at]) else ()
    )
    return name_problems.value_as_argument(span, callee=callee, names=tuple(names), fix=fix)


def _names_of(given: Sequence[Given]) -> list[str]:
    """The values among the arguments, by their names."""
    values = [item.tree.value.span.text for item in given if contains_value(item.value)]
    return [name for text in values for name in re.split(r",\s*", text.strip("[] \n"))]


def _flow_of(given: Sequence[Given]) -> str:
    """The values among the arguments, as a flow begins with them."""
    names = _names_of(given)
    return f"[{', '.join(names)}]" if len(names) > 1 else names[0]


def _translate(
    callee: Span, meant: str | None, alias: LayerAlias | None, name: str, given: tuple[Given, ...]
) -> tuple[tuple[Given, ...], tuple[Edit, ...]]:
    """The arguments under their names here, and the edits that write them so."""
    if meant is None or not known_name(meant):
        return given, ()
    choices = layer_class(meant).argument_names()
    if alias is not None and alias.target == "Activation":
        return _with_arguments(callee, alias.arguments, (), given, [])
    kept: list[Given] = []
    edits: list[Edit] = []
    for index, item in enumerate(given):
        if (index == 0 and _states_channels(name, given)) or _is_left_out(item, alias, choices):
            span = removal(item, given)
            edits += [Edit(span, "")] if span is not None else []
            continue
        foreign = item.name in ARGUMENTS and item.name not in choices
        target = nearest_argument(item.name or "", choices) if foreign else None
        if alias is not None and item.name == alias.complement and isinstance(item.value, (int, float)):
            item, edit = _complement(item)
            edits.append(edit)
        if target is None or item.tree.name is None:
            kept.append(item)
        else:
            edits.append(Edit(item.tree.name.span, target))
            kept.append(Given(target, item.value, item.tree))
    if alias is not None and alias.arguments:
        return _with_arguments(callee, alias.arguments, tuple(kept), given, edits)
    return tuple(kept), _merged(edits)


def _with_arguments(
    callee: Span, arguments: str, kept: tuple[Given, ...], given: Sequence[Given], edits: list[Edit]
) -> tuple[tuple[Given, ...], tuple[Edit, ...]]:
    """What the layer is given besides, put in front: ``ReLU6`` is ``ReLU(max_value=6)``."""
    source = callee.source
    if kept:
        start = given[0].tree.span.start
        first = next((edit for edit in edits if edit.span.start == start), Edit(source.span(start, start), ""))
        rest = [edit for edit in edits if edit is not first]
        return kept, _merged([Edit(first.span, f"{arguments}, {first.text}"), *rest])
    if given:
        return (), (Edit(source.span(given[0].tree.span.start, given[-1].tree.span.end), arguments),)
    called = source.text.startswith("(", callee.end)
    at = callee.end + called
    return (), (Edit(source.span(at, at), arguments if called else f"({arguments})"),)


def _complement(item: Given) -> tuple[Given, Edit]:
    """An argument whose value counts the other way round: 1 minus it."""
    value = round(1 - float(item.value), 10)  # type: ignore[arg-type]  # the caller has looked
    return Given(item.name, value, item.tree), Edit(item.tree.value.span, f"{value:g}")


def _is_left_out(item: Given, alias: LayerAlias | None, choices: Sequence[str]) -> bool:
    """Whether an argument says what follows from elsewhere, or has chosen the layer."""
    if item.name is None or item.name in choices:
        return False
    return is_superfluous(item.name) or (alias is not None and item.name == alias.chosen_by[0])


def _merged(edits: list[Edit]) -> tuple[Edit, ...]:
    """The edits without overlaps: of what is taken away twice, once."""
    merged: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: edit.span.start):
        if merged and edit.span.start < merged[-1].span.end:
            edit = Edit(Span(edit.span.source, merged[-1].span.end, edit.span.end), edit.text)
        merged.append(edit)
    return tuple(merged)


def _rewritten(callee: Span, meant: str, given: Sequence[Given], edits: Sequence[Edit]) -> str:
    """The call as it is written here, if it is short enough to be shown."""
    if not given:
        return f"{meant}{edits[0].text if edits[0].text.startswith('(') else f'({edits[0].text})'}"
    start, end = given[0].tree.span.start, given[-1].tree.span.end
    text = callee.source.text
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    end += len(text) - len(callee.source.text)
    inside = " ".join(text[start:end].split())
    return f"{meant}({inside})" if inside else meant


def _blocks_of_modules(body: Body) -> list[str]:
    """The blocks of the files that are used under a name, as they are written here."""
    modules = body.scope.file.modules.items()
    return [f"{alias}.{name}" for alias, (module, _) in modules for name in module.blocks if name not in module.borrowed]


def _of_rank_of(kind: str | None, value: Value | None) -> str | None:
    """The kind for inputs of the value's rank: MaxPool2D for a map where MaxPool3D is as near."""
    if kind is None or not re.search("[123]D", kind):
        return kind
    rank = value.shape.rank if value is not None and value.shape is not None else 2
    sibling = re.sub("[123]D", f"{rank}D", kind)
    return sibling if known_name(sibling) else kind


def _states_channels(name: str, given: tuple[Given, ...]) -> bool:
    """Whether the first argument is the number of channels that come in, as Torch has it."""
    least = _STATE_CHANNELS.get(name)
    positional = [item.value for item in given if item.name is None or item.name == "kernel_size"]
    if least is None or len(positional) < least:
        return False
    if least < 3:
        return True
    return len(positional) > 2 and isinstance(positional[1], int)
