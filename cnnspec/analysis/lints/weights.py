"""Weights in vain: a bias that a mean takes away, two linear layers that one could be, most parameters in one layer."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.lints.subject import AtEveryUse, Subject
from cnnspec.diagnostics import Diagnostic, Edit, Label
from cnnspec.layers.base import Facts, Repair
from cnnspec.layers.window import Axis, WholeInput
from cnnspec.record import replace


def lint_weights(subject: Subject) -> Iterator[Diagnostic | AtEveryUse]:
    """Every finding about weights and what follows them."""
    yield from _biased(subject)
    yield from _linear_pairs(subject)
    yield from _dropped_before_norm(subject)
    yield from _dense_share(subject)


# --- biases ---------------------------------------------------------------------------------------------------------


def _biased(subject: Subject) -> Iterator[AtEveryUse]:
    """Layers whose bias shifts only what a normalisation of each channel over the batch shifts back."""
    candidates = [at for alike in subject.alike if alike.plain and _has_bias(alike.facts) for at in alike.nodes]
    found = {
        at
        for at in candidates
        if (readers := subject.readers[at])
        and at not in subject.outputs
        and all(_centres_channels(subject, reader) for reader in readers)
    }
    for index in subject.at_every_use(found):
        from cnnspec.diagnostics.catalogue.lints import bias_before_norm
        from cnnspec.resolve.builder import repair_edits

        node, facts, origin = subject.nodes[index], subject.facts[index], subject.origins[index]
        assert facts is not None
        norm = subject.readers[index][0]
        stated = "use_bias" in type(node.layer).model_fields
        diagnostic = bias_before_norm(
            subject.mark(index),
            layer=node.layer.kind,
            norm=subject.nodes[norm].layer.kind,
            biases=sum(param.count for param in facts.params if param.role == "bias"),
            fix=repair_edits(Repair("", "use_bias", False), node.layer, origin) if stated else (),
        )
        label = Label(subject.origins[norm].callee, "this takes the mean of each channel away")
        yield AtEveryUse(replace(diagnostic, labels=(label, *subject.around(index))), subject.place(index))


def _has_bias(facts: Facts) -> bool:
    roles = {param.role for param in facts.params}
    return "kernel" in roles and "bias" in roles


def _centres_channels(subject: Subject, index: int) -> bool:
    """Whether a layer takes away the mean of each channel over the batch, whatever it is."""
    layer, shape = subject.nodes[index].layer, subject.model.shapes[index]
    channels = (-1, 0 if shape is None else len(shape.dims))
    return layer.uses_batch and getattr(layer, "axis", -1) in channels and getattr(layer, "trainable", True)


# --- pairs of linear layers -----------------------------------------------------------------------------------------


def _linear_pairs(subject: Subject) -> Iterator[AtEveryUse]:
    """Two layers of which each output reads all channels, with nothing between: what they give one alone could."""
    full = [alike for alike in subject.alike if alike.layer.linear and _is_full(alike.facts)]
    seconds = {at for alike in full for at in alike.nodes}
    found: dict[int, int] = {}
    for index in (at for alike in full if alike.plain for at in alike.nodes):
        after = _next_weights(subject, index)
        if after in seconds and _could_be_one(subject, index, after):
            found[index] = after
    for index in subject.at_every_use(found):
        from cnnspec.diagnostics.catalogue.lints import linear_after_linear

        first, second = subject.origins[index], subject.origins[found[index]]
        kind, other = subject.nodes[index].layer.kind, subject.nodes[found[index]].layer.kind
        diagnostic = linear_after_linear(subject.mark(index), layer=kind, after=other, fix=_activate(subject, index))
        labels = (Label(second.callee, f"{other} reads it as it is"),) if second.callee != first.callee else ()
        yield AtEveryUse(replace(diagnostic, labels=(*labels, *subject.around(index))), subject.place(index))


def _is_full(facts: Facts) -> bool:
    """Whether every output channel reads all input channels, by a sliding kernel or all of a vector."""
    kernels = [param for param in facts.params if param.role == "kernel"]
    if len(kernels) != 1 or kernels[0].connected is not None:
        return False
    if isinstance(facts.window, WholeInput):
        return len(kernels[0].shape) == 2
    slides = isinstance(facts.window, tuple) and all(isinstance(axis, Axis) for axis in facts.window)
    return slides and len(kernels[0].shape) == len(facts.output.dims) + 1 and kernels[0].shape[-1] == facts.output.channels


def _next_weights(subject: Subject, index: int) -> int | None:
    """The one reader of a node, past those that only hand on what they read."""
    reader = subject.only_reader(index)
    while reader is not None and subject.passes(reader):
        reader = subject.only_reader(reader)
    return reader


def _could_be_one(subject: Subject, first: int, second: int) -> bool:
    """Whether one layer in the place of two could give all that they give, and could be learned as they are.

    Not where the channels between are fewer than those on either side (a factorisation, a linear autoencoder), where one
    kernel lies along other axes than the other (a separable filter), or where one is used elsewhere or is not trained.
    """
    if not subject.shared.isdisjoint((first, second)):
        return False
    before, after = subject.facts[first], subject.facts[second]
    assert before is not None
    assert after is not None
    one, two = (next(param for param in facts.params if param.role == "kernel") for facts in (before, after))
    if one.trainable != two.trainable or len(one.shape) != len(two.shape):
        return False
    between, inputs, outputs = one.shape[-1], one.shape[-2], two.shape[-1]
    if two.shape[-2] != between or between < min(inputs, outputs):
        return False
    source = subject.model.shapes[subject.nodes[first].inputs[0]]
    if source is None or source.channels != inputs:  # groups
        return False
    extents = list(zip(one.shape[:-2], two.shape[:-2], strict=True))
    return not (any(a > 1 == b for a, b in extents) and any(b > 1 == a for a, b in extents))


def _activate(subject: Subject, index: int) -> tuple[Edit, ...]:
    """The layer with ``activation=relu``."""
    layer, origin = subject.nodes[index].layer, subject.origins[index]
    if "activation" not in type(layer).model_fields:
        return ()
    from cnnspec.resolve.builder import repair_edits
    from cnnspec.schema.values import Word

    return repair_edits(Repair("", "activation", Word("relu")), layer, origin)


# --- dropout --------------------------------------------------------------------------------------------------------


def _dropped_before_norm(subject: Subject) -> Iterator[AtEveryUse]:
    """Dropout whose values are normalised over the batch: their variance in training is not that afterwards."""
    dropping = [at for alike in subject.alike if alike.layer.drops_values for at in alike.nodes]
    found = {at for at in dropping if getattr(subject.nodes[at].layer, "rate", 1) and _norm_after(subject, at) is not None}
    for index in subject.at_every_use(found):
        from cnnspec.diagnostics.catalogue.lints import dropout_before_norm

        norm = _norm_after(subject, index)
        assert norm is not None
        layer = subject.nodes[index].layer
        diagnostic = dropout_before_norm(
            subject.mark(index),
            layer=layer.kind,
            norm=subject.nodes[norm].layer.kind,
            rate=float(getattr(layer, "rate", 0)),
            fix=_swap(subject, index, norm),
        )
        label = Label(subject.origins[norm].callee, "this learns the variance of training")
        yield AtEveryUse(replace(diagnostic, labels=(label, *subject.around(index))), subject.place(index))


def _norm_after(subject: Subject, index: int) -> int | None:
    """The normalisation over the batch that alone reads a node, or its activation."""
    reader = subject.only_reader(index)
    while reader is not None and not subject.nodes[reader].layer.uses_batch:
        facts = subject.facts[reader]
        is_activation = subject.nodes[reader].layer.family == "activation" and facts is not None and not facts.params
        reader = subject.only_reader(reader) if is_activation or subject.passes(reader) else None
    return reader


def _swap(subject: Subject, first: int, second: int) -> tuple[Edit, ...]:
    """Two calls of one flow in each other's place, where one follows the other at once."""
    a, b = subject.origins[first], subject.origins[second]
    between = a.call.source.text[a.call.end : b.call.start] if a.call.source is b.call.source else ""
    if between.strip() != "->" or a.named or b.named or a.uses != b.uses or "*" in a.call.text + b.call.text:
        return ()
    return Edit(a.call, b.call.text), Edit(b.call, a.call.text)


# --- dense layers ---------------------------------------------------------------------------------------------------


def _dense_share(subject: Subject) -> Iterator[Diagnostic]:
    """The dense layer of a network of convolutions that has most of its parameters."""
    total = subject.report.totals.trainable
    rows = [row for row in subject.report.rows if row.facts is not None and row.trainable]
    slides = any(row.im2col is not None for row in rows)
    dense = [row for row in rows if row.facts is not None and isinstance(row.facts.window, WholeInput) and row.layer.linear]
    if not total or not slides or not dense:
        return
    largest = max(dense, key=lambda row: row.trainable)
    if largest.trainable <= subject.limits.dense_share * total:
        return
    from cnnspec.diagnostics.catalogue.lints import dense_share

    pooled = _pooled(subject, largest.index)
    yield dense_share(
        subject.in_model(largest.index),
        layer=subject.nodes[largest.index].path,
        params=largest.trainable,
        total=total,
        pooled=pooled,
    )


def _pooled(subject: Subject, index: int) -> tuple[str, int] | None:
    """The parameters of a dense layer behind global pooling in place of Flatten, with the shape of the map."""
    at = subject.nodes[index].inputs[0]
    while subject.passes(at):
        at = subject.nodes[at].inputs[0]
    node, facts = subject.nodes[at], subject.facts[at]
    shape = subject.model.shapes[node.inputs[0]] if len(node.inputs) == 1 else None
    if facts is None or shape is None or not shape.rank or facts.params or not isinstance(facts.window, WholeInput):
        return None
    if not isinstance(shape.elements, int) or facts.output.elements != shape.elements or not isinstance(shape.channels, int):
        return None
    from cnnspec.layers.shape import Shape

    pooled = subject.nodes[index].layer.facts(Shape((int(shape.channels),)))
    return str(shape), sum(param.count for param in pooled.params if param.trainable)
