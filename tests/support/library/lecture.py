"""The networks that a lecture on convolutional networks draws; of one its table counts the convolutional part alone."""

from support.library import Figures, Published

_FIELD = ("rf", "rf_stride", "rf_pad")

MODELS = (
    Published("mlp.cnn", "MLP", figures=(Figures("MLP 784-8-10", "the lecture"),)),
    Published(
        "lenet5.cnn",
        "LeNet5",
        figures=(Figures("LeNet-5", "Keras lecture version, 28x28 valid, max pool (the lecture)", at="last"),),
    ),
    Published(
        "lenet5_1998.cnn",
        "LeNet5",
        figures=(Figures("LeNet-5", "modern: 32x32 (or 28 pad 2), full C3, parameterless pooling", at="s4"),),
    ),
    Published(
        "mnist_cnn.cnn",
        "MnistCNN",
        figures=(
            Figures("Chollet MNIST CNN", "full, the lecture"),
            Figures("Chollet MNIST CNN", "conv base, the lecture", at="last", only=_FIELD),
        ),
    ),
    Published(
        "mnist_cnn_without_pooling.cnn",
        "MnistCNNWithoutPooling",
        figures=(Figures("Chollet MNIST CNN", "without pooling, the lecture", at="last", only=_FIELD),),
    ),
)
