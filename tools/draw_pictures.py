"""Draw the pictures that the README shows: python tools/draw_pictures.py. A test fails where one of them is stale."""

from __future__ import annotations

from pathlib import Path

import cnnspec

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "pictures"

#: Picture: spec and style.
PICTURES = {
    "alexnet-volumes.svg": ("alexnet", "volumes"),
    "lenet5-maps.svg": ("lenet5", "maps"),
    "mnist_cnn-graph.svg": ("mnist_cnn", "graph"),
    "resnet18-graph.svg": ("resnet18", "graph"),
}


def draw(name: str) -> str:
    """One picture as SVG."""
    spec, style = PICTURES[name]
    picture = cnnspec.load(ROOT / "specs" / f"{spec}.cnn").render(style=style)
    assert isinstance(picture, str)
    return picture


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in PICTURES:
        (FOLDER / name).write_text(draw(name), encoding="utf-8")
        print(FOLDER / name)


if __name__ == "__main__":
    main()
