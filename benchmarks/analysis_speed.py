"""How long it takes to know a network: cnnspec beside torchinfo, fvcore and ONNX's shape inference, in one run.

    pip install --no-deps torchvision==0.28.0 && pip install torchinfo fvcore onnx
    python benchmarks/analysis_speed.py [--write]

Every tool works in a process of its own, with its imports and the network at hand: cnnspec has the text of the file, the
others a module of torchvision (torchinfo on the meta device; fvcore cannot trace there and runs on the CPU) or an ONNX
graph exported before. What is timed is what each needs to tell shapes and operations; cnnspec tells receptive fields and
judges the claims of the file as well. The tools take turns, so that a machine that slows down slows all; each figure is
the median over the turns of a process's own median. `--write` keeps the table in benchmarks/results/analysis_speed.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "analysis_speed.md"
TURNS = 3

#: Network: file and model here, input extent.
NETWORKS = {
    "ResNet-152": ("resnet.cnn", "ResNet152", 224),
    "DenseNet-264": ("densenet.cnn", "DenseNet264", 224),
    "EfficientNet-B7": ("efficientnet.cnn", "EfficientNetB7", 600),
}
TOOLS = ("cnnspec", "torchinfo", "fvcore", "onnx")


def prepare_cnnspec(network: str) -> Callable[[], object]:
    """One model of a packaged file, checked from its text; what the file's other models need is cut away."""
    from cnnspec.analysis.check import check_source
    from cnnspec.diagnostics import Source

    file, model, _ = NETWORKS[network]
    path = ROOT / "specs" / file
    source = Source(str(path), only(path.read_text(encoding="utf-8"), model))

    def check() -> object:
        checked = check_source(source)
        assert checked.report.ok, checked.report.diagnostics
        assert [report.name for report in checked.report.models] == [model]
        return checked

    return check


def only(text: str, model: str) -> str:
    """The text without the other models, and without the blocks that only they use."""
    parts = ["".join(lines) for lines in split(text)]
    kept = [part for part in parts if not part.startswith(("model ", "train ")) or re.match(rf"model {model}\b", part)]
    while unused := [part for part in kept if is_unused(part, kept)]:
        kept = [part for part in kept if part not in unused]
    return "".join(kept)


def split(text: str) -> Iterator[list[str]]:
    """The lines of each definition, and those between them."""
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.startswith(("model ", "train ", "block ")) and lines:
            yield lines
            lines = []
        lines.append(line)
        if line == "}\n":
            yield lines
            lines = []
    yield lines


def is_unused(part: str, parts: list[str]) -> bool:
    """Whether a part defines a block that no other names."""
    block = re.match(r"block (\w+)", part)
    return block is not None and not any(re.search(rf"\b{block[1]}\b", other) for other in parts if other is not part)


def make_module(network: str, device: str) -> object:
    """torchvision's module; DenseNet-264 with the paper's numbers of layers."""
    sys.path.insert(0, str(ROOT / "tests"))
    import torch

    from support.torchvision_models import torchvision_models

    models = torchvision_models()
    with torch.device(device):
        if network == "ResNet-152":
            return models.resnet152().eval()
        if network == "DenseNet-264":
            return models.DenseNet(32, (6, 12, 64, 48), 64).eval()
        return models.efficientnet_b7().eval()


def prepare_torchinfo(network: str) -> Callable[[], object]:
    """torchinfo on the meta device."""
    from torchinfo import summary

    module, size = make_module(network, "meta"), NETWORKS[network][2]
    return lambda: summary(module, input_size=(1, 3, size, size), device="meta", verbose=0)


def prepare_fvcore(network: str) -> Callable[[], object]:
    """fvcore's count; a new analysis each time, since it keeps its result."""
    import logging

    import torch
    from fvcore.nn import FlopCountAnalysis

    logging.getLogger("fvcore").setLevel(logging.ERROR)
    module, size = make_module(network, "cpu"), NETWORKS[network][2]
    image = torch.zeros(1, 3, size, size)
    return lambda: FlopCountAnalysis(module, image).unsupported_ops_warnings(False).total()


def prepare_onnx(network: str) -> Callable[[], object]:
    """ONNX's shape inference alone, on a graph that has been exported before."""
    import io
    import warnings

    import onnx
    import torch

    module, size = make_module(network, "cpu"), NETWORKS[network][2]
    graph = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (torch.zeros(1, 3, size, size),), graph, dynamo=False)
    model = onnx.load_from_string(graph.getvalue())
    return lambda: onnx.shape_inference.infer_shapes(model, strict_mode=True)


PREPARE = {"cnnspec": prepare_cnnspec, "torchinfo": prepare_torchinfo, "fvcore": prepare_fvcore, "onnx": prepare_onnx}


def time_tool(tool: str, network: str) -> float:
    """Median seconds of processor time of a few runs in this process, the first not counted."""
    run = PREPARE[tool](network)
    run()
    times: list[float] = []
    for _ in range(7 if tool == "cnnspec" else 3):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return statistics.median(times)


def in_a_process(tool: str, network: str) -> float:
    """The same, in a process of its own on one thread."""
    command = [sys.executable, __file__, "--tool", tool, "--network", network]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment).stdout)


def table() -> str:
    """All networks and tools."""
    lines = [
        "# Knowing a network",
        "",
        f"Python {platform.python_version()}, one thread, {time.strftime('%Y-%m-%d')}; processor seconds after imports, medians.",
        "",
        "| network | cnnspec check | torchinfo, meta | fvcore, CPU | ONNX shape inference | cnnspec / torchinfo |",
        "|---|---|---|---|---|---|",
    ]
    for network in NETWORKS:
        turns = [{tool: in_a_process(tool, network) for tool in TOOLS} for _ in range(TURNS)]
        cells = [f"{statistics.median(turn[tool] for turn in turns):.3f}" for tool in TOOLS]
        ratio = statistics.median(turn["cnnspec"] / turn["torchinfo"] for turn in turns)
        lines.append(f"| {network} | {' | '.join(cells)} | {ratio:.2f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"keep the table in {RESULTS.relative_to(ROOT)}")
    parser.add_argument("--tool", choices=TOOLS, help="time one tool in this process and print the seconds")
    parser.add_argument("--network", choices=NETWORKS)
    arguments = parser.parse_args()
    if arguments.tool:
        print(time_tool(arguments.tool, arguments.network))
        return
    text = table()
    print(text)
    if arguments.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
