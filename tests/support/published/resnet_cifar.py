"""ResNets for CIFAR-10 with the paper's option A."""

from support.published import Figures, Published


def _of_depth(depth: int) -> Published:
    return Published("resnet_cifar.cnn", f"ResNet{depth}", figures=(Figures(f"ResNet-{depth}", "CIFAR-10, option A shortcuts"),))


MODELS = tuple(map(_of_depth, (20, 32, 44, 56, 110)))
