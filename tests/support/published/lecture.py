"""The networks that a lecture on convolutional networks draws; of one its table counts the convolutional part alone."""

from support.published import Figures, Published

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
        "lenet5_1998_original.cnn",
        "LeNet5",
        figures=(
            Figures(
                "LeNet-5",
                "1998 original: 32x32, C3 partial table (6x3,6x4,3x4,1x6), trainable subsampling, fixed RBF output",
            ),
        ),
    ),
    Published(
        "mnist_cnn.cnn",
        "MnistCNN",
        figures=(
            Figures("Chollet MNIST CNN", "full, the lecture"),
            Figures("Chollet MNIST CNN", "conv base, the lecture", at="last", part=True),
        ),
    ),
    Published(
        "mnist_cnn_without_pooling.cnn",
        "MnistCNNWithoutPooling",
        figures=(Figures("Chollet MNIST CNN", "without pooling, the lecture", at="last", part=True),),
    ),
)
