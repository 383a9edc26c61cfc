"""Draw the pictures that README.md and docs/pictures.md show: python tools/draw_pictures.py. A test fails where one is stale."""

from __future__ import annotations

import base64
import importlib.util
import re
import sys
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import cnnspec

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "pictures"
LECTURE = ROOT / "examples" / "lecture"


def draw_spec(name: str, style: str, **options: object) -> str:
    """A network of the library; ``compare`` names another."""
    if "compare" in options:
        options["compare"] = cnnspec.load(ROOT / "specs" / f"{options['compare']}.cnn").model()
    picture = cnnspec.load(ROOT / "specs" / f"{name}.cnn").render(style=style, **options)
    assert isinstance(picture, str)
    return picture


def draw_lecture(spec: str, given: str, **options: object) -> str:
    """A network of the lecture at work on its matrix."""
    return draw_applied([LECTURE / f"{spec}.cnn"], LECTURE / f"{given}.txt", **options)


def draw_shapes(*specs: str, **options: object) -> str:
    """Networks at work on the picture that examples/apply_filters.py draws."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "shapes.png")
        path.write_bytes(load_example("apply_filters").picture())
        return draw_applied([ROOT / "specs" / spec for spec in specs], path, **options)


def draw_applied(specs: list[Path], given: Path, **options: object) -> str:
    """Networks at work, as SVG."""
    from cnnspec.api.figures import draw_applied as draw
    from cnnspec.render.render import write_picture

    text = write_picture(draw(specs, given, **options).picture, "svg")  # type: ignore[arg-type]
    assert isinstance(text, str)
    return text


def load_example(name: str) -> object:
    """A script of the examples as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


#: Every picture, and what draws it.
PICTURES: dict[str, Callable[[], str]] = {
    "lenet5-maps.svg": partial(draw_spec, "lenet5", "maps"),
    "alexnet-volumes.svg": partial(draw_spec, "alexnet", "volumes"),
    "mnist_cnn-graph.svg": partial(draw_spec, "mnist_cnn", "graph"),
    "resnet18-graph.svg": partial(draw_spec, "resnet18", "graph"),
    "mnist_cnn-receptive-field.svg": partial(draw_spec, "mnist_cnn", "receptive-field", compare="mnist_cnn_without_pooling"),
    "lenet5-conv.svg": partial(draw_spec, "lenet5", "conv"),
    "c3d-conv.svg": partial(draw_spec, "c3d", "conv"),
    "convolve-moving.svg": partial(draw_spec, "../examples/lecture/convolve", "conv", animate=True),
    "alexnet-im2col.svg": partial(draw_spec, "alexnet", "im2col"),
    "mnist_cnn-compare.svg": partial(draw_spec, "mnist_cnn", "compare", compare="mnist_cnn_without_pooling"),
    "kernels.svg": partial(draw_shapes, "filters", "sobel.cnn"),
    "activation.svg": partial(draw_shapes, "filters/curve.cnn", style="activation"),
    "values.svg": partial(draw_lecture, "two_filters", "six_by_six", style="values"),
    "product.svg": partial(draw_lecture, "convolve", "five_by_five", style="product", at=(1, 1)),
}
#: Those that need NumPy.
AT_WORK = ("kernels.svg", "activation.svg", "values.svg", "product.svg")


def is_stale(name: str, kept: str) -> bool:
    """Whether a picture is another than what its spec gives today."""
    return _plain(kept) != _plain(PICTURES[name]())


def _plain(text: str) -> str:
    """The text with the pixels themselves in place of their PNG, which is compressed in more than one way."""
    return re.sub(r"data:image/png;base64,([A-Za-z0-9+/=]+)", lambda match: _pixels(base64.b64decode(match[1])), text)


def _pixels(png: bytes) -> str:
    at, parts = 8, [b"", b""]
    while at < len(png):
        length, kind = int.from_bytes(png[at : at + 4]), png[at + 4 : at + 8]
        data = png[at + 8 : at + 8 + length]
        parts[0 if kind == b"IHDR" else 1] += data if kind in (b"IHDR", b"IDAT") else b""
        at += 12 + length
    return parts[0].hex() + zlib.decompress(parts[1]).hex()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or PICTURES:
        (FOLDER / name).write_text(PICTURES[name](), encoding="utf-8")
        print(FOLDER / name)


if __name__ == "__main__":
    main()
