"""``cnnspec explain FILE LAYER`` · ``FILE`` · ``CODE`` · ``LayerKind``"""

from __future__ import annotations

from collections.abc import Mapping

import click

from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats, network_options
from cnnspec.cli.process import SOUND, UNSOUND
from cnnspec.cli.terminal import Terminal, write_errors

_EXAMPLE = """
cnnspec explain specs/mnist_cnn.cnn conv2d_2
cnnspec explain specs/lenet5.cnn
cnnspec explain kernel-exceeds-input
cnnspec explain Conv2D
"""


@click.command("explain", cls=Command, example=_EXAMPLE)
@click.argument("subject", metavar="FILE|CODE|KIND")
@click.argument("layer", required=False)
@network_options
@formats("text", "markdown", "json")
@common
def command(
    subject: str,
    layer: str | None,
    model: str | None,
    settings: Mapping[str, str],
    input: tuple[int, ...] | None,
    max_nodes: int | None,
    format_: str,
) -> int:
    """Derive every number of a layer, or of a model.

    With the code of a diagnostic, describe it; with a kind of layer, describe that and its arguments. A LAYER is the end
    of its path, such as conv2d_2 or basic_1/conv2d_1.
    """
    from cnnspec import api
    from cnnspec.diagnostics import Severity
    from cnnspec.diagnostics.writers.text import write_diagnostics

    terminal = Terminal.current()
    page = api.find_page(subject) if layer is None else None
    if page is not None:
        terminal.write(_page(page, format_, terminal))
        return SOUND
    api.check_subject(subject)
    spec = api.load_path(subject, settings=settings, input=input, max_nodes=max_nodes)
    errors = [d for d in spec.report.diagnostics if d.severity is Severity.ERROR]
    write_errors(errors)
    explanation = spec.explain(layer, model=model)
    terminal.note_others("model", spec.model(model).name, tuple(spec.models), chosen=model is not None)
    terminal.write(_explanation(explanation, format_, terminal))
    remarks = [d for d in spec.remarks(layer, model=model) if d.severity is not Severity.ERROR]
    if remarks and format_ == "text":
        terminal.write("\n" + write_diagnostics(remarks, terminal.out))
    return UNSOUND if errors else SOUND


def _page(markdown: str, format_: str, terminal: Terminal) -> str:
    import json

    from cnnspec.render.text_page import write_page

    if format_ == "json":
        return json.dumps({"page": markdown}, indent=2) + "\n"
    return markdown if format_ == "markdown" else write_page(markdown, terminal.out)


def _explanation(explanation: object, format_: str, terminal: Terminal) -> str:
    import json

    from cnnspec.analysis.explain.lines import Explanation
    from cnnspec.render.text_explain import explanation_to_json, write_explanation, write_markdown

    assert isinstance(explanation, Explanation)
    if format_ == "json":
        return json.dumps(explanation_to_json(explanation), indent=2) + "\n"
    return write_markdown(explanation) if format_ == "markdown" else write_explanation(explanation, terminal.out)
