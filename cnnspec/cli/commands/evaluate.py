"""``cnnspec evaluate RUN``"""

from __future__ import annotations

import json

import click

from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats
from cnnspec.cli.process import SOUND, settle
from cnnspec.cli.runs import open_run
from cnnspec.cli.terminal import Terminal


@click.command("evaluate", cls=Command, example="cnnspec evaluate runs/LeNet5-1")
@click.argument("run")
@click.option("--data", metavar="NAME|FOLDER", help="Other data than the run's: mnist, digits, … or a folder of pictures.")
@click.option("--data-dir", metavar="DIR", help="Where MNIST lies: its four IDX files, or Keras's mnist.npz.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, …")
@formats("text", "json")
@common
def command(run: str, data: str | None, data_dir: str | None, device: str, format_: str) -> int:
    """Test a trained run: loss and metrics of its weights on the test images.

    RUN is the folder of a run, or one of its checkpoints.
    """
    settle()
    from cnnspec import api
    from cnnspec.train.progress import describe

    terminal = Terminal.current()
    found = api.evaluate(open_run(run), data=data, data_dir=data_dir, device=device, talk=not terminal.quiet)
    if format_ == "json":
        terminal.write(json.dumps(found.to_json(), indent=2, allow_nan=False) + "\n")
        return SOUND
    same = "" if found.same_data else ", which are not the data of the run"
    lines = (
        f"{found.model} of {found.checkpoint.as_posix()}, epoch {found.epoch:,}",
        f"on the {found.samples:,} test images of {found.data}{same}",
        f"test  {describe(found.test)}",
    )
    terminal.write("".join(f"{terminal.out.plain(line)}\n" for line in lines))
    return SOUND
