"""Activations where they are hardly meant, and where they are missing."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.lints.subject import AtEveryUse, Subject, is_plain
from cnnspec.diagnostics import Diagnostic, Edit, Label
from cnnspec.layers.base import Facts, Repair
from cnnspec.layers.window import Axis, Pointwise, WholeInput
from cnnspec.record import replace


def lint_activations(subject: Subject) -> Iterator[Diagnostic | AtEveryUse]:
    """Every finding about activations."""
    yield from _softmax_inside(subject)
    yield from _activated_late(subject)


# --- softmax --------------------------------------------------------------------------------------------------------


def _softmax_inside(subject: Subject) -> Iterator[AtEveryUse]:
    """Probabilities that go on into weights; those that weigh other values (attention) are what they should be."""
    softmaxes = [at for alike in subject.alike if alike.layer.last_function == "softmax" for at in alike.nodes]
    found = {at: weights for at in softmaxes if (weights := _weights_after(subject, at)) is not None}
    for index in subject.at_every_use(found):
        from cnnspec.diagnostics.catalogue.lints import softmax_inside

        layer, after = subject.nodes[index].layer, found[index]
        diagnostic = softmax_inside(
            subject.mark(index, "activation"),
            layer=layer.kind,
            reader=subject.nodes[after].layer.kind,
            fix=_relu_instead(subject, index),
        )
        label = Label(subject.origins[after].callee, "they go on into these weights")
        yield AtEveryUse(replace(diagnostic, labels=(label, *subject.around(index))), subject.place(index))


def _relu_instead(subject: Subject, index: int) -> tuple[Edit, ...]:
    """ReLU in the place of a softmax, where the text is nothing but its word or its layer."""
    origin = subject.origins[index]
    written = origin.arguments.get("activation")
    if written is not None:
        return (Edit(written, "relu"),) if written.text == "softmax" else ()
    return (Edit(origin.callee, "ReLU"),) if origin.call.text == origin.callee.text == "Softmax" else ()


def _weights_after(subject: Subject, index: int) -> int | None:
    """The first layer with a kernel that reads a node, or what is made of it without weights; through no merge."""
    waiting, seen = list(subject.readers[index]), set[int]()
    while waiting:
        at = waiting.pop()
        facts = subject.facts[at]
        if at in seen or facts is None or len(subject.nodes[at].inputs) > 1:
            continue
        seen.add(at)
        if any(param.role == "kernel" for param in facts.params) and subject.nodes[at].layer.linear:
            return at
        if isinstance(facts.window, Pointwise) or not facts.params:
            waiting += subject.readers[at]
    return None


# --- activations that come late -------------------------------------------------------------------------------------


def _activated_late(subject: Subject) -> Iterator[Diagnostic]:
    """A network whose convolutions are all linear, up to its last pooling, and whose activations come only then."""
    pools = [at for alike in subject.alike if _is_pooling(alike.layer.family, alike.facts) for at in alike.nodes]
    if not pools:
        return
    last = max(pools)
    before = _reached_back(subject, last)
    weighted = [at for at in sorted(before) if _has_kernel(subject.facts[at])]
    if not any(_has_kernel(facts) for facts in subject.facts[last:]):
        weighted = weighted[:-1]  # the last of them gives the answer, which is pooled
    if not weighted or not all(_is_linear_or_pools(subject, at) for at in before):
        return
    late = next((at for at in range(last + 1, len(subject.nodes)) if _activates(subject, at)), None)
    if late is None:
        return
    from cnnspec.diagnostics.catalogue.lints import activation_late
    from cnnspec.resolve.builder import repair_edits
    from cnnspec.schema.values import Word

    first = weighted[0]
    places = list(subject.places(weighted))
    stated = all("activation" in type(subject.nodes[at].layer).model_fields for at in places)
    repair = Repair("", "activation", Word("relu"))
    edits = [repair_edits(repair, subject.nodes[at].layer, subject.origins[at]) for at in places] if stated else []
    diagnostic = activation_late(
        subject.mark(first),
        names=tuple(subject.nodes[at].name for at in weighted),
        pooling=subject.nodes[last].name,
        late=subject.nodes[late].name,
        fix=tuple(edit for group in edits for edit in group) if all(edits) else (),
    )
    labels = (
        Label(subject.origins[last].callee, "the last pooling"),
        Label(subject.origins[late].callee, "the first activation"),
    )
    yield replace(diagnostic, labels=labels)


def _is_pooling(family: str, facts: Facts) -> bool:
    """Whether a layer takes several positions together by no weights of its own."""
    if family != "pooling":
        return False
    return isinstance(facts.window, WholeInput) or any(isinstance(axis, Axis) and axis.kernel > 1 for axis in _axes(facts))


def _axes(facts: Facts) -> tuple[object, ...]:
    return facts.window if isinstance(facts.window, tuple) else ()


def _has_kernel(facts: Facts | None) -> bool:
    return facts is not None and any(param.role == "kernel" for param in facts.params)


def _reached_back(subject: Subject, index: int) -> set[int]:
    """The nodes that a node depends on."""
    found, waiting = set[int](), [*subject.nodes[index].inputs]
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += subject.nodes[at].inputs
    return found


def _is_linear_or_pools(subject: Subject, index: int) -> bool:
    node = subject.nodes[index]
    return not node.inputs or is_plain(node.layer) or node.layer.family == "pooling"


def _activates(subject: Subject, index: int) -> bool:
    return bool(subject.nodes[index].inputs) and subject.nodes[index].layer.last_function not in (None, "linear")
