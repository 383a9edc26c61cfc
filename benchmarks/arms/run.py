"""One arm of ``benchmarks/frameworks.py``: ``python run.py ARM NETWORK BATCH THREADS MNIST_FOLDER``.

What each trains is the same network with the same optimizer, loss and accuracy on shuffled MNIST, float32; how is the
way of each framework's own documentation, with logging and checkpoints off.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from networks import keras_network, read_images, torch_network, torch_optimizer
from pacer import Pacer


def run_cnnspec(name: str, batch: int, threads: int, folder: Path, pacer: Pacer) -> None:
    """The public function with everything that a run has: a folder, checkpoints, the CSV."""
    import tempfile

    import cnnspec
    from cnnspec.resources import library_root
    from cnnspec.train.callbacks import Callback
    from cnnspec.train.memory import keep_freed_memory

    class Pace(Callback):
        def on_train_batch_end(self, batch: int, logs: Any) -> None:
            pacer.step()

    keep_freed_memory()
    with tempfile.TemporaryDirectory() as out:
        cnnspec.train(
            library_root() / f"{name}.cnn", data="mnist", data_dir=folder, batch_size=batch, epochs=100_000, threads=threads,
            callbacks=[Pace()], out=Path(out) / "run",
        )  # fmt: skip


def run_plain(name: str, batch: int, threads: int, folder: Path, pacer: Pacer, *, per_image: bool = False) -> None:
    """A loop over a ``DataLoader``: of one tensor, or of a data set that makes each image by itself."""
    import torch
    from PIL import Image
    from torch.utils.data import DataLoader, Dataset, TensorDataset

    torch.set_num_threads(threads)
    pixels, labels = read_images(folder)

    class Images(Dataset[Any]):
        def __len__(self) -> int:
            return len(pixels)

        def __getitem__(self, at: int) -> tuple[Any, int]:
            """What torchvision's MNIST with ToTensor and Normalize does with an image, step by step."""
            image = Image.fromarray(pixels[at])
            x = torch.from_numpy(np.array(image, copy=True)).view(28, 28, 1).permute(2, 0, 1).contiguous()
            x = x.to(torch.float32).div(255)
            mean, std = torch.as_tensor((0.1307,)), torch.as_tensor((0.3081,))
            return x.sub_(mean.view(-1, 1, 1)).div_(std.view(-1, 1, 1)), int(labels[at])

    whole = TensorDataset(torch.from_numpy(pixels[:, None].copy()).float() / 255, torch.from_numpy(labels))
    loader: Any = DataLoader(Images() if per_image else whole, batch_size=batch, shuffle=True)
    network = torch_network(name)
    optimizer, criterion, correct = torch_optimizer(name, network.parameters()), torch.nn.CrossEntropyLoss(), torch.zeros(())
    while True:
        for x, y in loader:
            values = network(x)
            loss = criterion(values, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            correct += (values.argmax(1) == y).sum()
            pacer.step()


def run_lightning(name: str, batch: int, threads: int, folder: Path, pacer: Pacer) -> None:
    """Lightning's Trainer without its logger, bar and checkpoints."""
    import lightning
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    torch.set_num_threads(threads)
    pixels, labels = read_images(folder)

    class Classifier(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = torch_network(name)

        def training_step(self, batch: Any, index: int) -> Any:
            x, y = batch
            values = self.network(x)
            self.log("accuracy", (values.argmax(1) == y).float().mean(), on_step=False, on_epoch=True)
            return torch.nn.functional.cross_entropy(values, y)

        def configure_optimizers(self) -> Any:
            return torch_optimizer(name, self.parameters())

    class Pace(lightning.Callback):
        def on_train_batch_end(self, *arguments: Any) -> None:
            pacer.step()

    data = TensorDataset(torch.from_numpy(pixels[:, None].copy()).float() / 255, torch.from_numpy(labels))
    trainer = lightning.Trainer(
        accelerator="cpu", devices=1, max_epochs=-1, logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=[Pace()],
    )  # fmt: skip
    trainer.fit(Classifier(), DataLoader(data, batch_size=batch, shuffle=True))


def run_keras(name: str, batch: int, threads: int, folder: Path, pacer: Pacer) -> None:
    """``Model.fit`` on arrays, with the backend that KERAS_BACKEND names."""
    if os.environ["KERAS_BACKEND"] == "torch":
        import torch

        torch.set_num_threads(threads)
    else:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    import keras

    class Pace(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            pacer.step()

    pixels, labels = read_images(folder)
    images = pixels[..., None].astype(np.float32) / 255
    keras_network(name).fit(images, labels, batch_size=batch, epochs=100_000, verbose=0, callbacks=[Pace()])


def main() -> None:
    arm, name, batch, threads, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), Path(sys.argv[5])
    pacer = Pacer(batch)
    if arm == "cnnspec":
        run_cnnspec(name, batch, threads, folder, pacer)
    elif arm in ("loader", "per_image"):
        run_plain(name, batch, threads, folder, pacer, per_image=arm == "per_image")
    elif arm == "lightning":
        run_lightning(name, batch, threads, folder, pacer)
    else:
        run_keras(name, batch, threads, folder, pacer)


if __name__ == "__main__":
    main()
