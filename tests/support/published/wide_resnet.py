"""Wide ResNets, torchvision's; those of the paper are not in its table of models."""

from support.published import Figures, Published

FILE = "wide_resnet.cnn"

MODELS = (
    Published(FILE, "WideResNet50_2", torchvision="wide_resnet50_2"),
    Published(FILE, "WideResNet101_2", torchvision="wide_resnet101_2", figures=(Figures("wide_resnet101_2"),)),
)
