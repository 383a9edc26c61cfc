"""``cnnspec cost FILE``"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from cnnspec.cli.group import Command
from cnnspec.cli.options import common, formats, network_options
from cnnspec.cli.process import SOUND, UNSOUND
from cnnspec.cli.terminal import Terminal, write_errors

if TYPE_CHECKING:
    from cnnspec.analysis.cost.devices import Device

_EXAMPLE = """
cnnspec cost specs/mnist_cnn.cnn
cnnspec cost specs/resnet.cnn --model ResNet50 --batch 256 --optimizer adam --memory 16GiB
cnnspec cost specs/vgg.cnn --batch 64 --precision bfloat16 --device h200
cnnspec cost specs/lenet5.cnn --peak 500GFLOPS --bandwidth 50GB/s
"""


def _amount(read: str) -> Callable[[click.Context, click.Parameter, str | None], int | None]:
    """A callback that reads an amount with its unit, by the name of the function that does."""

    def convert(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
        from cnnspec.analysis.cost import units

        try:
            return None if value is None else getattr(units, read)(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return convert


@click.command("cost", cls=Command, example=_EXAMPLE)
@click.argument("file")
@click.option("--batch", type=click.IntRange(min=1), metavar="N", help="Samples at a time; else the recipe's, or 32.")
@click.option("--optimizer", metavar="NAME", help="adam, 'SGD(momentum=0.9)', …; else the recipe's, or SGD.")
@click.option("--precision", type=click.Choice(["float32", "float16", "bfloat16"]), default="float32", show_default=True)
@click.option("--memory", metavar="SIZE", callback=_amount("read_bytes"), help="What there is: 8GiB, 80GB.")
@click.option("--device", metavar="NAME", help="Times on h200, h100, a100, v100, l4, t4, rtx4090, rtx3090, m2, …")
@click.option("--peak", metavar="RATE", callback=_amount("read_peak"), help="Of a device of your own: 10TFLOPS.")
@click.option("--bandwidth", metavar="RATE", callback=_amount("read_bandwidth"), help="Of the same device: 500GB/s.")
@network_options
@formats("text", "markdown", "json")
@common
def command(
    file: str,
    batch: int | None,
    optimizer: str | None,
    precision: str,
    memory: int | None,
    device: str | None,
    peak: int | None,
    bandwidth: int | None,
    model: str | None,
    settings: Mapping[str, str],
    input: tuple[int, ...] | None,
    max_nodes: int | None,
    format_: str,
) -> int:
    """Say how much memory a network takes, what batch fits, what would help if it does not, and how long it takes at least.

    Memory is worked out for inference and for training. With --memory (or a device's own) the largest batch is found; with
    --device, or --peak and --bandwidth, the least time of each layer. With -v, tables list every layer.
    """
    from cnnspec import api
    from cnnspec.api.costing import find_cost
    from cnnspec.diagnostics import Severity

    machine = _device(device, peak, bandwidth, memory)
    spec = api.load_path(file, settings=settings, input=input, max_nodes=max_nodes)
    terminal = Terminal.current()
    name = spec.model(model).name
    cost, sources = find_cost(spec, name, batch, optimizer, precision, memory, machine)
    write_errors([d for d in spec.report.diagnostics if d.severity is Severity.ERROR])
    terminal.note_others("model", name, tuple(spec.models), chosen=model is not None)
    if format_ == "json":
        import json

        from cnnspec.analysis.cost.to_json import cost_to_json

        terminal.write(json.dumps(cost_to_json(cost, spec.path, sources), indent=2, allow_nan=False) + "\n")
    else:
        from cnnspec.analysis.cost.explain import explain_cost
        from cnnspec.render.text_explain import write_explanation, write_markdown

        found = explain_cost(cost, sources=sources, full=terminal.verbose)
        terminal.write(write_markdown(found) if format_ == "markdown" else write_explanation(found, terminal.out))
    return SOUND if spec.report.ok else UNSOUND


def _device(name: str | None, peak: int | None, bandwidth: int | None, memory: int | None) -> Device | None:
    """The device that was named, or the one whose figures were given."""
    from cnnspec.analysis.cost.devices import by_hand
    from cnnspec.api.costing import find_device

    if name is not None and (peak is not None or bandwidth is not None):
        raise click.UsageError("give --device, or --peak and --bandwidth, not both")
    if (peak is None) != (bandwidth is None):
        raise click.UsageError("--peak and --bandwidth belong together")
    if peak is not None and bandwidth is not None:
        return by_hand(peak, bandwidth, memory)
    return None if name is None else find_device(name)
