"""DenseNets: torchvision's, and with another epsilon Keras's."""

from support.library import Figures, Published

FILE = "densenet.cnn"
KERAS = "keras.applications include_top, weights=None"
#: The depths that Keras has.
OF_KERAS = (121, 169, 201)


def _torchvision(depth: int) -> Published:
    figures = (Figures("densenet121"),) if depth == 121 else ()
    return Published(FILE, f"DenseNet{depth}", torchvision=f"densenet{depth}", figures=figures)


def _keras(depth: int) -> Published:
    settings = {"norm": "BatchNorm(epsilon=1.001e-5)"}
    return Published(FILE, f"DenseNet{depth}", settings=settings, figures=(Figures(f"DenseNet{depth}", KERAS),))


MODELS = (*map(_torchvision, (121, 161, 169, 201)), *map(_keras, OF_KERAS))
