"""Pictures that somebody has looked at, byte for byte; ``--update`` writes them anew (then look at them again)."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.render.render import render
from support.drawn_networks import report

FOLDER = Path(__file__).parents[1] / "golden" / "pictures"
PICTURES = {
    "lenet5.graph.svg": ("lenet5", {}),
    "lenet5_1998.maps.svg": ("lenet5_1998", {"style": "maps"}),
    "mnist_cnn.receptive-field.svg": ("mnist_cnn", {"style": "receptive-field"}),
    "alexnet.im2col.svg": ("alexnet", {"style": "im2col"}),
    "lenet5.conv.svg": ("lenet5", {"style": "conv"}),
    "lenet5.volumes.svg": ("lenet5", {"style": "volumes"}),
    "mnist_cnn.compare.svg": ("mnist_cnn", {"style": "compare", "compare": report("mnist_cnn_without_pooling")}),
    "resnet18.graph.svg": ("resnet18", {"expand": "basic_3"}),
    "siamese.graph.svg": ("siamese", {"direction": "LR", "palette": "mono"}),
    "unet.text.txt": ("unet", {"style": "text"}),
    "resnet18.mermaid.mmd": ("resnet18", {"style": "mermaid"}),
    "unet.graph.dot": ("unet", {"format": "dot"}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_stay_as_they_are(name: str, request: pytest.FixtureRequest) -> None:
    network, options = PICTURES[name]
    text = str(render(report(network), **options))  # type: ignore[arg-type]
    if request.config.getoption("--update"):
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    assert text == (FOLDER / name).read_text(encoding="utf-8"), f"{name} changed: look at it, then run with --update"
