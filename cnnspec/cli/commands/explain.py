"""``cnnspec explain FILE LAYER`` · ``FILE`` · ``CODE`` · ``LayerKind`` · ``recipe`` and what one names"""

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
from cnnspec.record import record

if TYPE_CHECKING:
    from cnnspec.api import Spec

_EXAMPLE = """
cnnspec explain specs/mnist_cnn.cnn conv2d_2
cnnspec explain specs/lenet5.cnn -o lenet5.md
cnnspec explain specs/mnist_cnn.cnn specs/mnist_cnn_without_pooling.cnn --fields
cnnspec explain specs/sobel.cnn filter2d_1 --at 3,5 --input photo.png
cnnspec explain kernel-exceeds-input
cnnspec explain Conv2D
cnnspec explain AdamW
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

    With the code of a diagnostic, describe it; with a kind of layer, describe that and its arguments, and so with recipe
    and whatever a recipe names: AdamW, cosine, RandomShift. A LAYER is the end of its path, such as conv2d_2 or
    basic_1/conv2d_1. --fields takes several files, each with a layer behind it or without, and sets them side by side.
    --at with an --input that is a file writes out how that unit comes to its value.
    """
    from cnnspec import api

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

    wanted = _Wanted((subject, *others), at, model, load, output, format_)
    if fields:
        return _explain_fields(wanted)
    if len(others) > 1:
        raise click.UsageError(f"{others[1]} is one too many: explain takes a file and a layer of it")
    if isinstance(input, str):
        return _explain_unit(wanted, input, channel, run, seed)
    _refuse_without_input(at, channel, run, seed)
    return _derive(wanted)


@record
class _Wanted:
    """What is to be explained, and where that goes."""

    subjects: tuple[str, ...]
    at: tuple[int, ...] | None
    model: str | None
    load: Callable[[str], Spec]
    output: str | None
    format: str | None

    @property
    def layer(self) -> str | None:
        return self.subjects[1] if len(self.subjects) > 1 else None


def _derive(wanted: _Wanted) -> int:
    """A layer's or a model's numbers."""
    terminal = Terminal.current()
    spec = wanted.load(wanted.subjects[0])
    if not spec.models:
        spec.require_sound()
    known = wanted.layer is not None and spec.is_known(wanted.layer, model=wanted.model)
    status = _tell_errors(spec, known)
    explanation = spec.explain(wanted.layer, model=wanted.model)
    terminal.note_others("model", spec.model(wanted.model).name, tuple(spec.models), chosen=wanted.model is not None)
    write_explanation(explanation, wanted.output, wanted.format)
    return status


def _explain_fields(wanted: _Wanted) -> int:
    from cnnspec import api

    operands = _operands(wanted.subjects, wanted.model, wanted.load)
    if wanted.at is not None and len(operands) > 1:
        raise click.UsageError("--at names a unit of one layer; give one file, or leave it out")
    explanation = api.explain_fields(*operands, unit=wanted.at)
    for spec, _, name in operands:
        Terminal.current().note_others("model", spec.model(name).name, tuple(spec.models), chosen=name is not None)
    write_explanation(explanation, wanted.output, wanted.format)
    return max([_tell_errors(spec, known=True) for spec, _, _ in operands])


def _explain_unit(wanted: _Wanted, path: str, channel: int | None, run: str | None, seed: int | None) -> int:
    from cnnspec import api
    from cnnspec.cli.runs import open_run

    if wanted.layer is None:
        raise click.UsageError("an input is for a unit: name a layer, and with --at the unit")
    settle()
    terminal = Terminal.current()
    spec = wanted.load(wanted.subjects[0])
    loaded = None if run is None else open_run(run)
    explanation = api.explain_unit(
        spec,
        wanted.layer,
        wanted.at or (),
        path,
        channel=channel,
        model=wanted.model,
        run=loaded,
        seed=seed,
        full=terminal.verbose,
    )
    terminal.note_others("model", spec.model(wanted.model).name, tuple(spec.models), chosen=wanted.model is not None)
    write_explanation(explanation, wanted.output, wanted.format)
    return _tell_errors(spec, known=True)


def _tell_errors(spec: Spec, known: bool) -> int:
    """The errors; where what is explained is known all the same, only that there are some."""
    from cnnspec.diagnostics import Severity

    errors = [d for d in spec.report.diagnostics if d.severity is Severity.ERROR]
    if errors and known:
        count = "an error" if len(errors) == 1 else f"{len(errors):,} errors"
        Terminal.current().log(f"{spec.path} has {count} elsewhere: cnnspec check {spec.path}")
    else:
        write_errors(errors)
    return UNSOUND if errors else SOUND


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
            found.append((load(path), None, name or model))
        elif found[-1][1] is None:
            found[-1] = (found[-1][0], argument, found[-1][2])
        else:
            raise click.UsageError(f"{argument} is no file, and {found[-1][0].path} has the layer {found[-1][1]} already")
    return found
