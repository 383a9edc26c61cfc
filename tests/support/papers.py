"""The networks whose pictures must be fit for a paper, with sizes for those that leave theirs open."""

from __future__ import annotations

from functools import cache

from cnnspec import api
from cnnspec.analysis.report import ModelReport
from cnnspec.resources import library_root

#: Spec, model, and an input where the spec states none.
PAPERS: dict[str, tuple[str, str, tuple[int, ...] | None]] = {
    "LeNet-5": ("lenet5", "LeNet5", None),
    "AlexNet": ("alexnet", "AlexNet", None),
    "VGG-16": ("vgg", "VGG16", None),
    "ResNet-50": ("resnet", "ResNet50", None),
    "GoogLeNet": ("googlenet", "GoogLeNet", None),
    "DenseNet-121": ("densenet", "DenseNet121", None),
    "U-Net": ("unet", "UNet", (128, 128, 1)),
    "U-Net 2015": ("unet_2015", "UNet2015", None),
    "signal": ("signal_1d", "Signal", None),
    "TCN": ("tcn", "TCN", None),
    "WaveNet": ("wavenet", "WaveNet", (4096, 256)),
    "volume": ("volume_3d", "Volume", None),
    "C3D": ("c3d", "C3D", None),
    "3-D U-Net": ("unet_3d", "UNet3D", None),
}


@cache
def paper(name: str) -> ModelReport:
    """The model of one of the networks."""
    spec, model, shape = PAPERS[name]
    models = api.load_path(str(library_root() / f"{spec}.cnn"), input=shape).report.models
    return next(found for found in models if found.name == model)
