"""How large pictures are and how long they take to draw, after import, from a report that is at hand.

    python benchmarks/pictures.py [--write]

``--write`` keeps the table in benchmarks/results/pictures.md. Long chains show how the time grows.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from cnnspec.analysis.check import check_source
from cnnspec.analysis.report import ModelReport
from cnnspec.diagnostics import Source
from cnnspec.render.render import render
from cnnspec.resources import library_root

RESULTS = Path(__file__).resolve().parent / "results" / "pictures.md"
ROUNDS = 5

RESNET50 = """
block Neck(f, strides = 1) {
  Add {
    | Conv2D(f, 1x1, use_bias=false) -> BatchNorm -> ReLU
      Conv2D(f, 3x3, strides=strides, padding=1, use_bias=false) -> BatchNorm -> ReLU
      Conv2D(4 * f, 1x1, use_bias=false) -> BatchNorm
    | Side(f, strides)
  }
  ReLU
}
block Side(f, strides) {
  if strides != 1 or in.channels != 4 * f { Conv2D(4 * f, 1x1, strides=strides, use_bias=false) -> BatchNorm }
}
model ResNet50 {
  input 224x224x3
  Conv2D(64, 7x7, strides=2, padding=3, use_bias=false) -> BatchNorm -> ReLU -> MaxPool2D(3x3, strides=2, padding=1)
  Neck(64) -> Neck(64) -> Neck(64)
  Neck(128, strides=2)
  Neck(128) * 3
  Neck(256, strides=2)
  Neck(256) * 5
  Neck(512, strides=2)
  Neck(512) * 2
  GlobalAvgPool2D -> Dense(1000)
}
"""
DENSENET121 = """
block Layer(growth) {
  Concat {
    |
    | BatchNorm -> ReLU -> Conv2D(4 * growth, 1x1, use_bias=false) -> BatchNorm -> ReLU
      Conv2D(growth, 3x3, padding=same, use_bias=false)
  }
}
block Transition { BatchNorm -> ReLU -> Conv2D(in.channels // 2, 1x1, use_bias=false) -> AvgPool2D }
model DenseNet121 {
  input 224x224x3
  Conv2D(64, 7x7, strides=2, padding=3, use_bias=false) -> BatchNorm -> ReLU -> MaxPool2D(3x3, strides=2, padding=1)
  Layer(32) * 6
  Transition
  Layer(32) * 12
  Transition
  Layer(32) * 24
  Transition
  Layer(32) * 16
  BatchNorm -> ReLU -> GlobalAvgPool2D -> Dense(1000)
}
"""


def first_model(text: str) -> ModelReport:
    return check_source(Source("benchmark.cnn", text)).report.models[0]


def library(name: str) -> ModelReport:
    return first_model((library_root() / f"{name}.cnn").read_text(encoding="utf-8"))


def chain(n: int) -> ModelReport:
    layers = "  Conv2D(4, 3x3, padding=same, activation=relu)\n" * n
    return first_model(f"model Chain {{\n  input 32x32x4\n{layers}}}\n")


def residual(n: int) -> ModelReport:
    block = "block R { Add { | Conv2D(4, 3x3, padding=same) -> Conv2D(4, 3x3, padding=same) | } }\n"
    return first_model(block + "model Residual {\n  input 32x32x4\n" + "  R\n" * n + "}\n")


def measure(draws: Sequence[Callable[[], str]]) -> list[tuple[int, float]]:
    """Per picture its bytes, and the median processor time in milliseconds of rounds in which all take turns."""
    sizes = [0] * len(draws)
    times: list[list[float]] = [[] for _ in draws]
    for _ in range(ROUNDS):
        for at, draw in enumerate(draws):
            before = time.process_time()
            sizes[at] = len(draw().encode())
            times[at].append(1000 * (time.process_time() - before))
    return [(size, median(found)) for size, found in zip(sizes, times, strict=True)]


def rows() -> list[tuple[str, int, float]]:
    lenet, resnet, densenet = library("lenet5"), first_model(RESNET50), first_model(DENSENET121)
    pictures: list[tuple[str, ModelReport, dict[str, str]]] = [
        ("LeNet-5, graph", lenet, {}),
        ("LeNet-5, maps", lenet, {"style": "maps"}),
        ("LeNet-5, volumes", lenet, {"style": "volumes"}),
        ("ResNet-50, collapsed", resnet, {}),
        ("ResNet-50, expanded", resnet, {"expand": "all"}),
        ("ResNet-50, maps", resnet, {"style": "maps"}),
        ("ResNet-50, volumes", resnet, {"style": "volumes"}),
        ("ResNet-50, volumes on 84 mm", resnet, {"style": "volumes", "width": "84mm"}),
        ("DenseNet-121, collapsed", densenet, {}),
        ("DenseNet-121, expanded", densenet, {"expand": "all"}),
        *((f"chain of {n:,}", chain(n), {}) for n in (1_000, 2_000, 4_000, 8_000)),
        *((f"{n:,} residual blocks, expanded", residual(n), {"expand": "all"}) for n in (500, 1_000, 2_000)),
    ]
    found = measure([lambda r=report, o=options: str(render(r, **o)) for _, report, options in pictures])  # type: ignore[arg-type,misc]
    return [(name, *one) for (name, _, _), one in zip(pictures, found, strict=True)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the table")
    arguments = parser.parse_args()
    found = rows()
    unit = found[0][2]
    lines = ["| picture | bytes | ms | times the first |", "|---|--:|--:|--:|"]
    lines += [f"| {name} | {size:,} | {ms:,.1f} | {ms / unit:,.1f} |" for name, size, ms in found]
    table = "\n".join(lines)
    print(table)
    if arguments.write:
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        where = f"Python {platform.python_version()}, {platform.machine()}, processor time, median of {ROUNDS} rounds in turn"
        RESULTS.write_text(f"# Pictures\n\n{where}; SVG, after import, from a report at hand.\n\n{table}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
