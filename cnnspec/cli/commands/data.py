"""``cnnspec data NAME``"""

from __future__ import annotations

import json

import click

from cnnspec.cli.files import check_output, write_output
from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats
from cnnspec.cli.process import SOUND, settle
from cnnspec.cli.terminal import Terminal


@click.command("data", cls=Command, example="cnnspec data mnist\ncnnspec data digits --preview digits.svg")
@click.argument("name")
@click.option("--data-dir", metavar="DIR", help="Where MNIST lies: its four IDX files, or Keras's mnist.npz.")
@click.option("--offline", is_flag=True, help="Download nothing.")
@click.option("--preview", metavar="OUT", help="Draw the first image of each class: svg, png, pdf.")
@formats("text", "json")
@common
def command(name: str, data_dir: str | None, offline: bool, preview: str | None, format_: str) -> int:
    """Say where a data set is and what it holds; verify its content, and fetch it if it is not there.

    NAME is mnist, fashion_mnist, kmnist, digits, or a folder of pictures.
    """
    settle()
    from cnnspec import api
    from cnnspec.diagnostics.suggest import listing

    terminal = Terminal.current()
    if preview is not None:
        check_output(preview)
    dataset = api.fetch(name, data_dir=data_dir, download=not offline, talk=not terminal.quiet)
    if preview is not None:
        from cnnspec.cli.commands.render import format_of
        from cnnspec.render.render import write_picture
        from cnnspec.train.picturing import draw_classes

        write_output(preview, write_picture(draw_classes(dataset), format_of(preview) or "svg"))
        terminal.log(f"wrote {preview}")
    height, width, channels = dataset.shape
    found = {
        "name": dataset.name,
        "origin": dataset.origin,
        "train": len(dataset.train_images),
        "test": len(dataset.test_images),
        "shape": [height, width, channels],
        "classes": list(dataset.class_names),
        "sha256": dataset.checksum,
    }
    if format_ == "json":
        terminal.write(json.dumps(found, indent=2) + "\n")
        return SOUND
    lines = (
        f"{dataset.name} in {dataset.origin}",
        f"{found['train']:,} images to train, {found['test']:,} to test, {height}×{width}×{channels}",
        f"{len(dataset.class_names)} classes: {listing(dataset.class_names, 20)}",
        f"SHA-256 {dataset.checksum}",
    )
    terminal.write("".join(f"{terminal.out.line(line)}\n" for line in lines))
    return SOUND
