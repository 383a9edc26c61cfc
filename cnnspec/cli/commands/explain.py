"""``cnnspec explain FILE LAYER`` · ``FILE`` · ``CODE`` · ``LayerKind``"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from cnnspec.cli.explaining import input_option, read_place, write_explanation, write_page
from cnnspec.cli.files import check_output
from cnnspec.cli.group import Command
from cnnspec.cli.options import common, max_nodes_option, model_option, set_option
from cnnspec.cli.process import SOUND, UNSOUND, settle
from cnnspec.cli.terminal import Terminal, write_errors

if TYPE_CHECKING:
    from cnnspec.api import Spec
    from cnnspec.train.run import Run

_EXAMPLE = """
cnnspec explain specs/mnist_cnn.cnn conv2d_2
cnnspec explain specs/lenet5.cnn -o lenet5.md
cnnspec explain specs/mnist_cnn.cnn specs/mnist_cnn_without_pooling.cnn --fields
cnnspec explain specs/sobel.cnn filter2d_1 --at 3,5 --input photo.png
cnnspec explain kernel-exceeds-input
cnnspec explain Conv2D
"""


@click.command("explain", cls=Command, example=_EXAMPLE)
@click.argument("subject", metavar="FILE|CODE|KIND")
@click.argument("others", metavar="[LAYER]", nargs=-1)
@click.option("--fields", is_flag=True, help="What one unit sees of every layer below it, from the top down.")
@click.option("--at", metavar="ROW,COLUMN", callback=read_place, help="A unit of the layer, by its position from 0.")
@click.option("-o", "--output", metavar="OUT", help="Write to a file: .md is Markdown, .json JSON, all else text.")
@click.option("--format", "format_", type=click.Choice(["text", "markdown", "json"]), help="How results are written.")
@click.option("--channel", metavar="C", type=click.IntRange(min=0), help="With --at and an input: the channel of the unit.")
@click.option("--run", metavar="RUN", help="With --at and an input: the run whose weights are taken.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="The seed of weights that no run gives.")
@model_option
@set_option
@input_option
@max_nodes_option
@common
def command(
    subject: str,
    others: tuple[str, ...],
    fields: bool,
    at: tuple[int, ...] | None,
    output: str | None,
    format_: str | None,
    channel: int | None,
    run: str | None,
    seed: int | None,
    model: str | None,
    settings: Mapping[str, str],
    input: tuple[int, ...] | str | None,
    max_nodes: int | None,
) -> int:
    """Derive every number of a layer, or of a model.

    With the code of a diagnostic, describe it; with a kind of layer, describe that and its arguments. A LAYER is the end
    of its path, such as conv2d_2 or basic_1/conv2d_1. --fields takes several files, each with a layer behind it or
    without, and sets them side by side. --at with an --input that is a file writes out how that unit comes to its value.
    """
    from cnnspec import api
    from cnnspec.diagnostics import Severity
    from cnnspec.diagnostics.writers.text import write_diagnostics

    if output is not None:
        check_output(output)
    page = api.find_page(subject) if not others else None
    if page is not None:
        write_page(page, output, format_)
        return SOUND
    api.check_subject(subject)

    def load(path: str) -> Spec:
        size = None if isinstance(input, str) else input
        return api.load_path(path, settings=settings, input=size, max_nodes=max_nodes)

    if fields:
        operands = _operands((subject, *others), model, load)
        if at is not None and len(operands) > 1:
            raise click.UsageError("--at names a unit of one layer; give one file, or leave it out")
        for spec, _, name in operands:
            Terminal.current().note_others("model", spec.model(name).name, tuple(spec.models), chosen=name is not None)
        write_explanation(api.explain_fields(*operands, unit=at), output, format_)
        return SOUND
    if len(others) > 1:
        raise click.UsageError(f"{others[1]} is one too many: explain takes a file and a layer of it")
    layer = others[0] if others else None
    if isinstance(input, str):
        if layer is None:
            raise click.UsageError("an input is for a unit: name a layer, and with --at the unit")
        spec, terminal = load(subject), Terminal.current()
        if spec.models:
            terminal.note_others("model", spec.model(model).name, tuple(spec.models), chosen=model is not None)
        weights = _load_run(run)
        explanation = api.explain_unit(
            spec, layer, at or (), input, channel=channel, model=model, run=weights, seed=seed, full=terminal.verbose
        )
        write_explanation(explanation, output, format_)
        return SOUND
    _refuse_without_input(at, channel, run, seed)
    spec = load(subject)
    errors = [d for d in spec.report.diagnostics if d.severity is Severity.ERROR]
    write_errors(errors)
    explanation = spec.explain(layer, model=model)
    terminal = Terminal.current()
    terminal.note_others("model", spec.model(model).name, tuple(spec.models), chosen=model is not None)
    write_explanation(explanation, output, format_)
    remarks = [d for d in spec.remarks(layer, model=model) if d.severity is not Severity.ERROR]
    if remarks and output is None and format_ in (None, "text"):
        terminal.write("\n" + write_diagnostics(remarks, terminal.out))
    return UNSOUND if errors else SOUND


def _load_run(run: str | None) -> Run | None:
    from cnnspec.cli.runs import open_run

    settle()
    return None if run is None else open_run(run)


def _refuse_without_input(at: object, channel: object, run: object, seed: object) -> None:
    """The options of a unit's value mean nothing without an input."""
    given = {"--at": at, "--channel": channel, "--run": run, "--seed": seed}
    idle = [name for name, value in given.items() if value is not None]
    if idle:
        raise click.UsageError(f"{idle[0]} needs an input: --input FILE" + (", or --fields" if idle[0] == "--at" else ""))


def _operands(
    arguments: Sequence[str], model: str | None, load: Callable[[str], Spec]
) -> list[tuple[Spec, str | None, str | None]]:
    """Specs with the layers that stand behind them; ``FILE:Model`` names a model."""
    from cnnspec import api

    found: list[tuple[Spec, str | None, str | None]] = []
    for argument in arguments:
        path, name = api.read_operand(argument)
        if not found or path.endswith(".cnn") or os.path.lexists(path):
            spec = load(path)
            spec.require_sound()
            found.append((spec, None, name or model))
        elif found[-1][1] is None:
            found[-1] = (found[-1][0], argument, found[-1][2])
        else:
            raise click.UsageError(f"{argument} is no file, and {found[-1][0].path} has the layer {found[-1][1]} already")
    return found
