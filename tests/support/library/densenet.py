"""DenseNets: torchvision's and Keras's."""

from support.library import Figures, Published

FILE = "densenet.cnn"
KERAS = "keras.applications include_top, weights=None"


def _torchvision(depth: int) -> Published:
    figures = (Figures("densenet121"),) if depth == 121 else ()
    return Published(FILE, f"DenseNet{depth}", torchvision=f"densenet{depth}", figures=figures)


def _keras(depth: int) -> Published:
    name = f"DenseNet{depth}"
    return Published(FILE, f"{name}Keras", figures=(Figures(name, KERAS),))


MODELS = (*map(_torchvision, (121, 161, 169, 201)), *map(_keras, (121, 169, 201)))
