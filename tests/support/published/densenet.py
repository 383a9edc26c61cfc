"""DenseNets: torchvision's and Keras's."""

from support.published import Application, Figures, Published

FILE = "densenet.cnn"
KERAS = "keras.applications include_top, weights=None"
#: At which inputs the values are compared: the shortest network's and the deepest one's, for the blocks are the same.
SIZES = {121: (64, 75), 201: (64,)}


def _torchvision(depth: int) -> Published:
    figures = (Figures("densenet121"),) if depth == 121 else ()
    return Published(FILE, f"DenseNet{depth}", torchvision=f"densenet{depth}", figures=figures)


def _keras(depth: int) -> Published:
    name = f"DenseNet{depth}"
    sizes = SIZES.get(depth)
    twin = Application(name, sizes) if sizes else None
    return Published(FILE, f"{name}Keras", figures=(Figures(name, KERAS),), application=twin)


MODELS = (*map(_torchvision, (121, 161, 169, 201)), *map(_keras, (121, 169, 201)))
