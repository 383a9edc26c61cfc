"""A layer written down and read again is the same layer."""

from __future__ import annotations

import json

from cnnspec.ir import Network
from cnnspec.layers.registry import known_name
from cnnspec.testing.subject import PATH, Failure, Findings, Subject, input_names, write_call


def check_call(subject: Subject) -> Findings:
    """A file with the call has no errors and holds an equal layer, of the same output shape."""
    if not known_name(subject.kind):
        return  # said already: no file can call it
    from cnnspec.api import load
    from cnnspec.diagnostics import Severity

    spec = load(write_model(subject))
    errors = [d for d in spec.report.diagnostics if d.severity is Severity.ERROR]
    call = write_call(subject.layer)
    if errors:
        help = "give its fields the types and validators of the arguments of cnnspec's own layers"
        yield Failure("call", f"{call} is accepted", f"check says {errors[0].code}: {errors[0].message}", help)
        return
    found = spec.resolved().network.nodes[-1].layer
    if found != subject.layer:
        help = "each field must accept what it holds, and validators must leave a valid value as it is"
        yield Failure("call", f"{call} makes an equal layer", f"it makes {write_call(found)}", help)


def write_model(subject: Subject) -> str:
    """A file of one model that applies the layer to its inputs."""
    names = input_names(len(subject.shapes))
    inputs = ", ".join(f"{name}: {shape}".replace("×", "x") for name, shape in zip(names, subject.shapes, strict=True))
    source = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
    return f"model Net {{\n  input {inputs}\n  {source} -> {write_call(subject.layer)}\n}}\n"


def check_json(subject: Subject) -> Findings:
    """A network of it comes back from JSON."""
    if not known_name(subject.kind):
        return
    network = subject.network
    text = json.dumps(network.to_json())
    found = Network.from_json(json.loads(text))
    if found != network:
        help = "each field must accept what it holds, lists read as tuples"
        (node,) = (node for node in found.nodes if node.path == PATH)
        yield Failure("JSON", f"{write_call(subject.layer)} comes back", f"it is {write_call(node.layer)}", help)
