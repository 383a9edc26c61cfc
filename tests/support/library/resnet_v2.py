"""ResNets with pre-activation: Keras's, and TF-Slim's at the ends of their blocks."""

from support.library import Figures, Published

FILE = "resnet_v2.cnn"
KERAS = "keras.applications include_top, weights=None"


def _keras(depth: int) -> Published:
    name = f"ResNet{depth}V2"
    return Published(FILE, f"{name}Keras", figures=(Figures(name, KERAS),))


def _slim(depth: int) -> Published:
    name = f"resnet_v2_{depth}"
    blocks = [f"block{number}" for number in (1, 2, 3, 4)]
    figures = tuple(Figures(name, f"TF-Slim endpoint {name}/{block}", f"features/{block}", resize="?") for block in blocks)
    return Published(FILE, f"ResNet{depth}V2Slim", figures=figures)


MODELS = (*map(_keras, (50, 101, 152)), *map(_slim, (50, 101, 152, 200)))
