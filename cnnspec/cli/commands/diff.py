"""``cnnspec diff A B``"""

from __future__ import annotations

from collections.abc import Mapping

import click

from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats, network_options
from cnnspec.cli.process import SOUND, UNSOUND
from cnnspec.cli.terminal import Terminal

_EXAMPLE = """
cnnspec diff old.cnn new.cnn
cnnspec diff specs/resnet.cnn:ResNet50 specs/resnet.cnn:ResNet101
git show HEAD:net.cnn | cnnspec diff - net.cnn
"""


@click.command("diff", cls=Command, example=_EXAMPLE)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@network_options
@formats("text", "json")
@common
def command(
    before: str,
    after: str,
    model: str | None,
    settings: Mapping[str, str],
    input: tuple[int, ...] | None,
    max_nodes: int | None,
    format_: str,
) -> int:
    """Show what changed from one architecture to another, and what it does to the figures.

    A and B are files, or models of files as FILE:Model; one of them may be - for standard input. Names, layout and the
    order of branches are no difference. The exit status is 1 where there is one. With -v, every layer is listed whose
    figures follow from a change before it.
    """
    import json

    from cnnspec import api
    from cnnspec.analysis.diff.to_json import diff_to_json
    from cnnspec.render.text_diff import write_diff

    ours, theirs = _operand(before, model), _operand(after, model)
    if ours[0] == theirs[0] == "-":
        raise click.UsageError("only one of the two can be standard input")
    loaded = {path: api.load_path(path, settings=settings, input=input, max_nodes=max_nodes) for path in (ours[0], theirs[0])}
    found = api.compare_specs(loaded[ours[0]], ours[1], loaded[theirs[0]], theirs[1])
    terminal = Terminal.current()
    if format_ == "json":
        terminal.write(json.dumps(diff_to_json(found), indent=2, allow_nan=False) + "\n")
    elif not terminal.quiet:
        terminal.write(write_diff(found, terminal.out, verbose=terminal.verbose))
    return SOUND if found.same else UNSOUND


def _operand(text: str, model: str | None) -> tuple[str, str | None]:
    """A path and the model to take of it."""
    from cnnspec import api

    path, name = api.read_operand(text)
    if name is not None and model is not None:
        raise click.UsageError(f"{text} names its model; leave out --model, or name a model of each file")
    return path, name or model
