"""What Keras does not have, and arguments that hardly mean what they say."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.lints.subject import Alike, Subject
from cnnspec.diagnostics import Diagnostic, Span
from cnnspec.resolve.result import Origin


def lint_conventions(subject: Subject) -> Iterator[Diagnostic]:
    """Every finding about a layer's arguments alone."""
    for alike in subject.alike:
        phrases = alike.layer.incompatible()
        for index in subject.places(alike.nodes) if phrases else ():
            yield from _extensions(alike, phrases, subject.origins[index])
        yield from _constraints(subject, alike)
    yield from _mixed_formats(subject)


def _extensions(alike: Alike, phrases: tuple[str, ...], origin: Origin) -> Iterator[Diagnostic]:
    from cnnspec.diagnostics.catalogue.lints import keras_incompatible

    for phrase in phrases:
        argument = phrase.partition("=")[0]
        yield keras_incompatible(origin.arguments.get(argument, origin.callee), layer=alike.layer.kind, extension=phrase)


def _constraints(subject: Subject, alike: Alike) -> Iterator[Diagnostic]:
    """A norm on a convolution's kernel is hardly ever meant along the kernel's height, which is what axis 0 is."""
    layer = alike.layer
    rank = getattr(layer, "rank", 0)
    for argument in ("kernel_constraint", "depthwise_constraint") if rank else ():
        constraint = getattr(layer, argument, None)
        if constraint is None or getattr(constraint, "axis", None) is None or "axis" in constraint.changed():
            continue
        from cnnspec.diagnostics.catalogue.lints import constraint_axis

        axes = "[" + ", ".join(str(axis) for axis in range(rank + 1)) + "]"
        for index in subject.places(alike.nodes):
            origin = subject.origins[index]
            span: Span = origin.arguments.get(argument, origin.callee)
            if "axis" not in span.text:
                yield constraint_axis(span, layer=layer.kind, constraint=str(constraint.word), axes=axes)


def _mixed_formats(subject: Subject) -> Iterator[Diagnostic]:
    """Shapes are written one way for a whole network, so layers that disagree mislead."""
    ordered = [alike for alike in subject.alike if getattr(alike.layer, "data_format", None) is not None]
    first = [at for alike in ordered if getattr(alike.layer, "data_format", None) == "channels_first" for at in alike.nodes]
    last = [at for alike in ordered if getattr(alike.layer, "data_format", None) == "channels_last" for at in alike.nodes]
    if not first or not last:
        return
    from cnnspec.diagnostics.catalogue.lints import data_format_mixed

    begun = subject.origins[min(first)].call
    for index in subject.places(sorted(last)):
        origin = subject.origins[index]
        yield data_format_mixed(origin.arguments.get("data_format", origin.callee), layer=origin.callee.text, first=begun)
