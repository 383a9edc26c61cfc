"""LeNet-5 and the lecture's CNN as people write them by hand, in Torch and in Keras, and MNIST's images."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np

NETWORKS = ("lenet5", "mnist_cnn")


def read_images(folder: Path) -> tuple[Any, Any]:
    """MNIST's training images (60000, 28, 28), bytes, and labels."""

    def read(name: str, header: int) -> Any:
        return np.frombuffer(gzip.decompress((folder / name).read_bytes()), np.uint8, offset=header)

    images = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
    return images, read("train-labels-idx1-ubyte.gz", 8).astype(np.int64)


def torch_network(name: str) -> Any:
    from torch import nn

    if name == "lenet5":
        return nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        )  # fmt: skip
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(),
        nn.Flatten(),
        nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


def torch_optimizer(name: str, parameters: Any) -> Any:
    import torch

    if name == "lenet5":
        return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
    return torch.optim.RMSprop(parameters, lr=0.001, alpha=0.9)


def keras_network(name: str) -> Any:
    """Compiled, with the optimizer of the spec's recipe."""
    import keras
    from keras import layers

    if name == "lenet5":
        body = [
            layers.Conv2D(6, 5, activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(16, 5, activation="relu"), layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(120, activation="relu"), layers.Dense(84, activation="relu"), layers.Dense(10, activation="softmax"),
        ]  # fmt: skip
        optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
    else:
        body = [
            layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax"),
        ]  # fmt: skip
        optimizer = keras.optimizers.RMSprop(0.001)
    network = keras.Sequential([keras.Input((28, 28, 1)), *body])
    network.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return network
