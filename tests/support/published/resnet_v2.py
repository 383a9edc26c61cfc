"""ResNets with pre-activation: Keras's, and TF-Slim's at the ends of their blocks."""

from support.published import Application, Figures, Published

FILE = "resnet_v2.cnn"
KERAS = "keras.applications include_top, weights=None"
#: At which inputs the values are compared: the shortest network's and the deepest one's, for the blocks are the same.
SIZES = {50: (64, 75), 152: (64,)}


def _keras(depth: int) -> Published:
    name = f"ResNet{depth}V2"
    sizes = SIZES.get(depth)
    twin = Application(name, sizes) if sizes else None
    return Published(FILE, f"{name}Keras", figures=(Figures(name, KERAS),), application=twin)


def _slim(depth: int) -> Published:
    name = f"resnet_v2_{depth}"
    blocks = [f"block{number}" for number in (1, 2, 3, 4)]
    figures = tuple(Figures(name, f"TF-Slim endpoint {name}/{block}", f"features/{block}", resize="?") for block in blocks)
    return Published(FILE, f"ResNet{depth}V2Slim", figures=figures)


MODELS = (*map(_keras, (50, 101, 152)), *map(_slim, (50, 101, 152, 200)))
