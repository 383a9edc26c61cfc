"""ShuffleNet v2."""

from support.published import Figures, Published


def _of_width(width: str, published: bool) -> Published:
    twin = f"shufflenet_v2_x{width}"
    figures = (Figures(twin),) if published else ()
    return Published("shufflenet_v2.cnn", f"ShuffleNetV2x{width}", torchvision=twin, figures=figures)


MODELS = (_of_width("0_5", True), _of_width("1_0", False), _of_width("1_5", True), _of_width("2_0", True))
