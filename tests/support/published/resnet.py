"""ResNets for ImageNet: torchvision's, Keras's, and TF-Slim's at the ends of their blocks."""

from support.published import Application, Figures, Published

FILE = "resnet.cnn"
KERAS = "keras.applications include_top, weights=None"
#: At which inputs the values are compared: the shortest network's and the deepest one's, for the blocks are the same.
SIZES = {50: (64, 75), 152: (64,)}
BACKWARD = "backward FLOPs (2/MAC), batch 1"
RESOLUTIONS = "RFA input_resolution_range (min without unproductive layers, max useful)"
#: Where rfa_toolbox reads the smallest path: behind the last convolution with a window, before the last sum.
BEFORE_LAST_SUM = {
    "resnet18": ("min-path RF at layer4.1.conv2 (before last add)", "conv5/basic_2/conv_norm_2/conv2d_1"),
    "resnet50": ("min-path RF at layer4.2 last 3x3 (before last add)", "conv5/bottleneck_3/conv_norm_2/conv2d_1"),
}


def _torchvision(depth: int) -> Published:
    twin = f"resnet{depth}"
    figures = () if depth == 101 else (Figures(twin),)
    if twin in BEFORE_LAST_SUM:
        variant, at = BEFORE_LAST_SUM[twin]
        figures += (Figures(twin, variant, at), Figures(twin, BACKWARD), Figures(twin, RESOLUTIONS))
    if depth == 18:
        figures += (Figures(twin, "per-tool total, batch 1, 224"),)
    return Published(FILE, f"ResNet{depth}", torchvision=twin, figures=figures)


def _keras(depth: int) -> Published:
    name = f"ResNet{depth}"
    sizes = SIZES.get(depth)
    twin = Application(name, sizes) if sizes else None
    return Published(FILE, f"{name}Keras", figures=(Figures(name, KERAS),), application=twin)


def _slim(depth: int) -> Published:
    name = f"resnet_v1_{depth}"
    blocks = [f"block{number}" for number in (1, 2, 3, 4)]
    figures = tuple(Figures(name, f"TF-Slim endpoint {name}/{block}", f"features/{block}", resize="?") for block in blocks)
    return Published(FILE, f"ResNet{depth}Slim", figures=figures)


MODELS = (
    *map(_torchvision, (18, 34, 50, 101, 152)),
    *map(_keras, (50, 101, 152)),
    *map(_slim, (50, 101, 152, 200)),
)
