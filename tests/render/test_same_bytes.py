"""Every style in every format is the same to the byte, whatever seed Python hashes by."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]

#: Prints a digest for everything that is drawn; a style or format that comes later is among it.
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from hashlib import sha256
from cnnspec.api.gallery import draw_gallery
from cnnspec.api.loading import load_path
from cnnspec.render.errors import RenderError
from cnnspec.render.render import DIRECTIONS, FORMATS, STYLES, TEXTS, render
from cnnspec.resources import library_root
from support.drawn_networks import ALL, report

def tell(data, *names):
    print(*names, sha256(data if isinstance(data, bytes) else data.encode()).hexdigest())

def drawn(name, **options):
    try:
        tell(render(report(name), **options), name, *options.values())
    except RenderError as refused:
        print(name, *options.values(), refused)

few = [name for name in ALL if name != "densenet"]
for name in few:
    for direction in DIRECTIONS:
        drawn(name, style="graph", format="svg", direction=direction)
    for style in STYLES:
        for format in ("svg", "tikz", "dot") if name in ("lenet5", "inception", "volume_3d") else ("svg",):
            if style != "compare":
                drawn(name, style=style, format=format)
    for style, (_, _, formats) in TEXTS.items():
        for format in formats:
            drawn(name, style=style, format=format)
for before, after in (("lenet5", "lenet5_1998"), ("resnet18", "inception"), ("unet", "deep_unet")):
    for format in ("svg", "tikz"):
        tell(render(report(before), style="compare", compare=report(after), format=format), before, after, format)
for name in ("lenet5", "resnet18", "unet", "mnist_cnn"):
    tell(load_path(library_root() / f"{name}.cnn").render(style="html"), name, "html")
for path, content in draw_gallery(library_root() / "filters", library_root() / "lenet5.cnn").files.items():
    tell(content, path)
"""


def digests(seed: str) -> dict[str, str]:
    root = str(TESTS.parent)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(TESTS)],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    ).stdout
    return dict(line.rsplit(" ", 1) for line in done.splitlines())  # type: ignore[misc]


def test_the_same_bytes_on_every_hash_seed() -> None:
    first = digests("0")
    assert len(first) > 300
    for style in ("graph", "maps", "volumes", "receptive-field", "conv", "im2col", "text", "mermaid"):
        assert any(f"lenet5 {style} " in name for name in first), style
    assert digests("4242") == first
