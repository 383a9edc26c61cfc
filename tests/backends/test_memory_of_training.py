"""The memory of training in mixed precision, and on a GPU: the model against Torch."""

from __future__ import annotations

import pytest
import torch

from cnnspec.analysis.memory.memory import ModelMemory, analyse_memory
from cnnspec.analysis.memory.precision import PRECISIONS
from cnnspec.backends.torch_modules import build_module
from cnnspec.backends.torch_modules.network import BuiltNetwork
from cnnspec.recipe.optimizers import Adam
from cnnspec.resources import library_root
from cnnspec.train.optimizers import make_optimizer
from support.checking import check
from support.saved_tensors import make_batch, save_all

TOLERANCE = 0.1


def take(file: str, name: str) -> tuple[ModelMemory, BuiltNetwork]:
    model, report = check((library_root() / file).read_text(encoding="utf-8")).model(name)
    memory = analyse_memory(report)
    assert memory is not None
    return memory, build_module(model.network, seed=0).train()


def loss_of(module: BuiltNetwork, inputs: list[torch.Tensor]) -> torch.Tensor:
    output = module.forward_logits(*inputs)
    return torch.nn.functional.mse_loss(output, torch.zeros_like(output))


@pytest.mark.parametrize(
    ("file", "name"),
    [("lenet5.cnn", "LeNet5"), ("mnist_cnn.cnn", "MnistCNN"), ("resnet_cifar.cnn", "ResNet20"), ("nin.cnn", "NiN")],
)
def test_half_precision_saves_half_values_and_copies_of_weights(file: str, name: str) -> None:
    memory, module = take(file, name)
    batch = 4
    inputs = [make_batch(shape, batch, "cpu") for shape in module.input_shapes]

    def step() -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss_of(module, inputs)

    saved = sum(tensor.untyped_storage().nbytes() for tensor in save_all(module, step).values())
    stated = memory.training(batch, precision=PRECISIONS["bfloat16"])
    assert stated.activations + stated.copies == pytest.approx(saved, rel=TOLERANCE)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device to measure on")
@pytest.mark.parametrize(("file", "name", "batch"), [("resnet18.cnn", "ResNet18", 64), ("vgg.cnn", "VGG11BN", 32)])
def test_a_gpu_takes_what_is_stated_and_the_gradients_of_a_few_values(file: str, name: str, batch: int) -> None:
    """The gradients of values come on top, a few of the widest maps at a time, and what the libraries work in."""
    memory, module = take(file, name)
    module.cuda()
    optimizer = make_optimizer(Adam(), list(module.named_parameters()))
    inputs = [make_batch(shape, batch, "cuda") for shape in module.input_shapes]
    for _ in range(2):
        optimizer.zero_grad()
        torch.cuda.reset_peak_memory_stats()
        loss_of(module, inputs).backward()
        optimizer.step()
    stated = memory.training(batch, "Adam", 2)
    measured = torch.cuda.max_memory_allocated()
    values = memory.inference(batch).values
    assert (1 - TOLERANCE) * (stated.total - stated.gradients) <= measured <= (1 + 2 * TOLERANCE) * (stated.total + 2 * values)
