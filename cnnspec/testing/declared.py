"""The class of a layer: what it must say of itself, and whether its figures can be."""

from __future__ import annotations

from typing import Final, cast

from cnnspec.schema.values import is_list
from cnnspec.testing.subject import Failure, Findings, Subject

#: What belongs to a page of a reader, by what the declaration lacks.
_DESCRIBE: Final = "write it as Annotated[type, Field(description=…)]: explain and the editor show it"


def check_declaration(subject: Subject) -> Findings:
    """Kind, docstring, family, descriptions of all arguments; frozen and hashable."""
    cls = type(subject.layer)
    if cls.__dict__.get("kind") != cls.__name__:
        help = f'write kind = "{cls.__name__}" in the class, or rename it: files call the layer by that name'
        yield Failure("kind", f"the class states its own name, {cls.__name__}", f"it states {cls.kind!r}", help)
    if not (cls.__dict__.get("__doc__") or "").strip():
        help = "say in a plain sentence what it does, then its formula and source: layers and explain show it"
        yield Failure("docstring", f"the class {cls.__name__} has one", "it is empty", help)
    if not cls.family:
        yield Failure("family", "a group to be listed and coloured under", "it is empty", 'write family = "…", such as "pooling"')
    for name, info in cls.model_fields.items():
        if not info.description:
            yield Failure(f"argument {name}", "it has a description", "there is none", _DESCRIBE)
    yield from _check_frozen(subject)


def _check_frozen(subject: Subject) -> Findings:
    cls = type(subject.layer)
    if not cls.model_config.get("frozen"):
        help = "leave model_config as Layer has it: a layer that changes would outdate the facts it stated"
        yield Failure("frozen", "its arguments cannot be assigned", "model_config says otherwise", help)
        return
    copy = subject.layer.model_copy()
    if copy != subject.layer or hash(copy) != hash(subject.layer):
        help = "hold tuples instead of lists, and define no __eq__ or __hash__ of your own"
        yield Failure("frozen", "a copy is equal and has the same hash", "it is not or has not", help)


def check_figures(subject: Subject) -> Findings:
    """Arrays have names and sizes, multiply-accumulates belong to kernels, nothing is negative."""
    facts = subject.facts
    names = [param.name for param in facts.params]
    if len(set(names)) < len(names):
        yield Failure("arrays", "each has a name of its own", f"they are {', '.join(names)}", "rename one")
    if facts.output.rank < 0 or any(not isinstance(n, int) or n < 1 for n in facts.output.dims):
        help = "refuse such an input with a LayerError, or correct the formula"
        yield Failure("output shape", "extents and channels of at least 1", f"it is {facts.output}", help)
    if len(facts.drops) not in (0, subject.shapes[0].rank) or any(count < 0 for count in facts.drops):
        yield Failure(
            "drops", "none, or one count for each spatial axis", f"they are {facts.drops}", "see leftovers() of spatial.py"
        )
    yield from _check_macs(subject)


def _check_macs(subject: Subject) -> Findings:
    kernels = {param.name: param.count for param in subject.facts.params if param.role == "kernel"}
    macs = subject.facts.macs
    help = "count positions × inputs of a unit × filters; zero without a kernel, fixed filters and pooling included"
    if not kernels and macs != 0 and not len(subject.shapes) > 1:
        yield Failure("multiply-accumulates", "0 where there is no array of role kernel", f"they are {macs}", help)
    for name, count in kernels.items():
        if not isinstance(macs, int) or macs < count:
            stated = f"at least {count:,}, as each weight of {name} is used"
            yield Failure("multiply-accumulates", stated, f"they are {macs}", help)


def check_keras(subject: Subject) -> Findings:
    """A layer that Keras lacks says so, in phrases that complete “Keras does not have …”."""
    phrases = cast(object, subject.layer.incompatible())  # what another package returns may be anything
    if not (is_list(phrases) and all(isinstance(phrase, str) and phrase.strip() for phrase in phrases)):
        help = "return a tuple: (self.kind,)"
        yield Failure("incompatible()", "a tuple of phrases", f"it is {phrases!r}", help)
    elif not phrases and not subject.keras:
        help = "return (self.kind,) from incompatible(); if Keras has the layer, call check_layer(…, keras=True)"
        yield Failure("incompatible()", "what Keras does not have of it", "it is empty", help)
