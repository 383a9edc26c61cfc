"""``cnnspec predict RUN IMAGE…``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats
from cnnspec.cli.process import SOUND, settle
from cnnspec.cli.runs import open_run
from cnnspec.cli.terminal import Terminal

if TYPE_CHECKING:
    from cnnspec.train.predict import Prediction


@click.command("predict", cls=Command, example="cnnspec predict runs/LeNet5-1 seven.png")
@click.argument("run")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE…")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, …")
@formats("text", "json")
@common
def command(run: str, images: tuple[str, ...], device: str, format_: str) -> int:
    """Classify pictures with a trained run.

    An IMAGE is PNG, JPEG, a .npy array or a text matrix; it is brought to the form of the images the run was trained on,
    and -v says what was done to it.
    """
    settle()
    from cnnspec import api

    terminal = Terminal.current()
    found = api.predict(open_run(run), images, device=device)
    if format_ == "json":
        terminal.write(json.dumps([prediction.to_json() for prediction in found], indent=2, allow_nan=False) + "\n")
        return SOUND
    for prediction in found:
        terminal.write(terminal.out.line(f"{prediction.path.as_posix()}: {_describe(prediction)}") + "\n")
        if terminal.verbose:
            for step in prediction.done:
                terminal.log(step)
    return SOUND


def _describe(prediction: Prediction) -> str:
    if prediction.confidence is None:
        return prediction.label
    others = [f"{label} {share:.1%}" for label, share in list(prediction.probabilities.items())[1:3] if share >= 0.001]
    return f"{prediction.label} ({prediction.confidence:.1%}{'; ' if others else ''}{', '.join(others)})"
