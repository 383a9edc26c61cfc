"""ResNeXts, torchvision's."""

from support.published import Figures, Published


def _torchvision(name: str, twin: str) -> Published:
    return Published("resnext.cnn", name, torchvision=twin, figures=(Figures(twin),))


MODELS = (
    _torchvision("ResNeXt50_32x4d", "resnext50_32x4d"),
    _torchvision("ResNeXt101_32x8d", "resnext101_32x8d"),
    _torchvision("ResNeXt101_64x4d", "resnext101_64x4d"),
)
