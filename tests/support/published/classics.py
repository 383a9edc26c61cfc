"""The networks of one straight line, up to SqueezeNet."""

from support.published import Figures, Published

_ALEXNET_V2 = tuple(
    Figures("alexnet_v2", f"TF-Slim endpoint alexnet_v2/{name}", at=name, resize="size")
    for name in ("conv1", "pool1", "conv2", "conv3", "conv4", "conv5", "pool5")
)

MODELS = (
    Published(
        "alexnet.cnn",
        "AlexNet",
        figures=(Figures("AlexNet", "2012 two-GPU grouping (groups=2 in conv2,4,5), 227 input", at="last"),),
    ),
    Published("alexnet.cnn", "AlexNetOneTower", figures=(Figures("AlexNet", "ungrouped, 227 input", at="last"),)),
    Published(
        "alexnet.cnn",
        "AlexNetTorchvision",
        torchvision="alexnet",
        figures=(Figures("alexnet", at="last"), Figures("alexnet", "backward FLOPs (2/MAC), batch 1")),
    ),
    Published("alexnet.cnn", "AlexNetV2", figures=_ALEXNET_V2),
    Published("zfnet.cnn", "ZFNet", figures=(Figures("ZFNet", "7x7/2 pad1, pool 3/2 pad1, conv2 5x5/2 pad0"),)),
    Published("nin.cnn", "NiN", figures=(Figures("NiN", "CIFAR-10, ceil-mode pools"),)),
    Published("all_cnn.cnn", "AllCNNC", figures=(Figures("All-CNN-C", "CIFAR-10, last 3x3 unpadded"),)),
    Published("squeezenet.cnn", "SqueezeNet1_0", torchvision="squeezenet1_0", figures=(Figures("squeezenet1_0"),)),
    Published("squeezenet.cnn", "SqueezeNet1_1", torchvision="squeezenet1_1"),
    Published("mnist_examples.cnn", "CaffeLeNet", figures=(Figures("LeNet", "Caffe MNIST example 20-50-500"),)),
    Published("mnist_examples.cnn", "PyTorchMNIST", figures=(Figures("pytorch/examples MNIST", "32-64-pool-128-10"),)),
)
