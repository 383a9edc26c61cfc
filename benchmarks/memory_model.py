"""How far the model of training memory is off: what it says is kept for the backward pass against what Torch saves.

    python benchmarks/memory_model.py [--write]

Every packaged network of known size is built on Torch's device without memory ("meta"), where a forward pass takes no time
and autograd saves what it saves anywhere; unique storages are counted, parameters and buffers apart. The loss is a mean
squared error. Networks of up to 4 million parameters are run with values too: there flattening a map of 2-D convolutions
copies nothing, as on any device, while "meta" does not keep that order. `--write` keeps the table in
benchmarks/results/memory_model.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "memory_model.md"
sys.path.insert(0, str(ROOT / "tests"))

from cnnspec.analysis.memory.memory import analyse_memory  # noqa: E402
from cnnspec.api import load  # noqa: E402
from cnnspec.backends.torch_modules import build, build_module  # noqa: E402
from support.saved_tensors import measure_network  # noqa: E402

BATCHES = (2, 4)
#: Parameters up to which a network is run with values.
SMALL = 4_000_000
#: Bytes of values up to which it is.
LIGHT = 200_000_000


def measure(path: Path) -> Iterator[tuple[str, str, int, int, int, int]]:
    """Per model: its name, the device, and bytes of each sample and of each batch, as stated and as measured."""
    spec = load(path)
    for name, report in spec.models.items():
        model, memory = spec.resolved(name), analyse_memory(report)
        if memory is None or not memory.trainable or any(shape is None or not shape.known for shape in model.shapes):
            continue
        need = memory.activations()
        facts = [fact for fact in model.facts if fact is not None]
        device = "cpu" if memory.trainable < SMALL and int(need.each) < LIGHT else "meta"
        with torch.device(device):
            module = build_module(model.network, facts=facts)
        less, more = (measure_network(module, batch, device) for batch in BATCHES)
        each = (more - less) // (BATCHES[1] - BATCHES[0])
        yield f"{name} ({path.name})", device, int(need.each), each, int(need.fixed), less - BATCHES[0] * each


def table() -> Iterator[str]:
    yield "| network | device | kept of a sample, stated | measured | off | of a batch, stated | measured |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    errors: list[float] = []
    for path in sorted((ROOT / "specs").glob("*.cnn")):
        for name, device, stated, found, fixed, found_fixed in measure(path):
            errors.append(abs(stated - found) / found)
            off = f"{100 * (stated - found) / found:+.2f} %" if stated != found else "0"
            yield f"| {name} | {device} | {stated:,} | {found:,} | {off} | {fixed:,} | {found_fixed:,} |"
            print(name, off, file=sys.stderr)
    exact = sum(error == 0 for error in errors)
    yield ""
    yield f"{exact} of {len(errors)} to the byte; the greatest error of the others is {100 * max(errors):.2f} %."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    build.initialise = lambda module, seed=None: None  # the weights' values save nothing
    title = "# The model of training memory against measurement"
    lines = [title, "", f"Torch {torch.__version__}, bytes in float32.", "", *table()]
    text = "\n".join(lines) + "\n"
    if arguments.write:
        RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
