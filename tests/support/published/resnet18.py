"""The teaching file of one residual network."""

from support.published import Figures, Published

MODELS = (Published("resnet18.cnn", "ResNet18", torchvision="resnet18", figures=(Figures("resnet18", at="last"),)),)
