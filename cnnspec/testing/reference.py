"""What a reader finds of a layer: its name, its page, its place in the list."""

from __future__ import annotations

import re

from cnnspec.layers.registry import UnknownLayer, announced_kinds, layer_class, own_name, page_of
from cnnspec.testing.subject import Failure, Findings, Subject


def check_announced(subject: Subject) -> Findings:
    """Files can call it by its kind, and mean this class; ``cnnspec layers`` lists it."""
    cls, kind = type(subject.layer), subject.kind
    line = f'[project.entry-points."cnnspec.layers"] {kind} = "{cls.__module__}:{cls.__qualname__}"'
    try:
        found = layer_class(kind)
    except UnknownLayer:
        help = f"announce it in pyproject.toml and install the package: {line}"
        yield Failure("entry point", f"files can call {kind}", "no installed package announces it", help)
        return
    if found is not cls:
        help = f"rename yours, or correct the entry point: {line}"
        yield Failure("entry point", f"{kind} means {cls.__module__}.{cls.__qualname__}", f"it means {found!r}", help)
    elif not own_name(kind) and kind not in announced_kinds():
        yield Failure("cnnspec layers", f"it lists {kind}", "it does not", f"announce it: {line}")


def check_page(subject: Subject) -> Findings:
    """There is a page, its title names the kind, and each of its examples is sound; one uses the layer."""
    from cnnspec.render.text_reference import shipped_page

    cls, name = type(subject.layer), page_of(subject.kind)
    page = shipped_page(cls)
    if page is None:
        module = cls.__module__.rpartition(".")[0] or cls.__module__
        help = f"write pages/{name}.md in the package {module}, beside the module of the class, and ship it with the wheel"
        yield Failure("page", f"explain {subject.kind} has one to show", "the package ships none", help)
        return
    title = page.partition("\n")[0]
    if subject.kind not in re.findall(r"\w+", title) or not title.startswith("# "):
        yield Failure(
            "page", f"its first line is a title that names {subject.kind}", f"it is {title!r}", f"write # {subject.kind}"
        )
    yield from _check_examples(subject, page)


def _check_examples(subject: Subject, page: str) -> Findings:
    from cnnspec.api import load
    from cnnspec.diagnostics import Severity

    used: set[str] = set()
    for example in re.findall(r"^```cnn\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        report = load(example).report
        for diagnostic in report.diagnostics:
            if diagnostic.severity is not Severity.INFO:
                found = f"check says {diagnostic.code}: {diagnostic.message}"
                yield Failure("page", "its example is sound", found, "correct the example, or the layer")
        used |= {row.kind for model in report.models for row in model.rows}
    if not any(page_of(kind) == page_of(subject.kind) for kind in used):
        help = "add a block ```cnn with a model that uses the layer, and claims of shapes (:: 4x4x3)"
        yield Failure("page", f"an example uses {subject.kind}", "none does", help)
