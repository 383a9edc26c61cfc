"""Memory of training: what is kept for the backward pass against what Torch saves, and the sums."""

from __future__ import annotations

from random import Random

import pytest

from cnnspec.analysis.check import Checked
from cnnspec.analysis.memory.kept import TARGETS
from cnnspec.analysis.memory.memory import ModelMemory, analyse_memory
from cnnspec.analysis.memory.precision import PRECISIONS
from cnnspec.analysis.memory.terms import TrainingTerms
from cnnspec.layers.extent import Extent
from cnnspec.recipe.optimizers import Adam, optimizers
from cnnspec.resources import library_root
from cnnspec.schema.values import CallValue, Word
from support.checking import check
from support.hand_built import Build, layer, mnist_cnn

#: What the contract allows the model to be off.
TOLERANCE = 0.1

#: Models on a device without memory, by file: residual, dense, separable, gated, shuffled, normalised by layer, in 1-D and 3-D.
MODELS = [
    ("resnet.cnn", "ResNet50"), ("resnet.cnn", "ResNet152"), ("densenet.cnn", "DenseNet121"), ("vgg.cnn", "VGG16BN"),
    ("googlenet.cnn", "GoogLeNetWithHeads"), ("inception_v3.cnn", "InceptionV3"), ("mobilenet_v2.cnn", "MobileNetV2"),
    ("mobilenet_v3.cnn", "MobileNetV3Large"), ("efficientnet.cnn", "EfficientNetB0"), ("convnext.cnn", "ConvNeXtTiny"),
    ("shufflenet_v2.cnn", "ShuffleNetV2x1_0"), ("attention_resnet.cnn", "CBAMResNet50"), ("xception.cnn", "Xception"),
    ("unet_2015.cnn", "UNetBilinear"), ("unet_3d.cnn", "UNet3D"), ("fcn.cnn", "FCN8s"), ("c3d.cnn", "C3D"), ("tcn.cnn", "TCN"),
    ("alexnet.cnn", "AlexNet"), ("nin.cnn", "NiN"), ("squeezenet.cnn", "SqueezeNet1_1"), ("highway.cnn", "HighwayMNIST"),
]  # fmt: skip
#: Small ones, run with values; flattening copies nothing only there.
SMALL = [
    ("lenet5.cnn", "LeNet5"), ("lenet5_1998_original.cnn", "LeNet5"), ("mnist_cnn.cnn", "MnistCNN"), ("mlp.cnn", "MLP"),
    ("mnist_cnn_without_pooling.cnn", "MnistCNNWithoutPooling"), ("mnist_examples.cnn", "CaffeLeNet"), ("siamese.cnn", "Siamese"),
    ("mnist_examples.cnn", "PyTorchMNIST"), ("signal_1d.cnn", "Signal"), ("volume_3d.cnn", "Volume"),
]  # fmt: skip


def checked(file: str) -> Checked:
    return check((library_root() / file).read_text(encoding="utf-8"))


def memory_of(build: Build) -> ModelMemory:
    memory = analyse_memory(build.report())
    assert memory is not None
    return memory


@pytest.mark.parametrize(("file", "name"), MODELS, ids=[name for _, name in MODELS])
def test_what_a_step_keeps_is_what_torch_saves(file: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    from support.saved_tensors import build_without_memory, measure_network

    model, report = checked(file).model(name)
    memory = analyse_memory(report)
    assert memory is not None
    module = build_without_memory(model.network, [facts for facts in model.facts if facts is not None], monkeypatch)
    for batch in (2, 5):
        assert memory.activations().at(batch) == pytest.approx(measure_network(module, batch), rel=TOLERANCE)


@pytest.mark.parametrize(("file", "name"), SMALL, ids=[file.removesuffix(".cnn") for file, _ in SMALL])
def test_small_networks_keep_it_to_the_byte(file: str, name: str) -> None:
    """As written; training itself pools before a ReLU, and keeps what is pooled where a dropout reads it."""
    pytest.importorskip("torch")
    from cnnspec.backends.torch_modules import build_module
    from support.saved_tensors import measure_network

    model, report = checked(file).model(name)
    memory = analyse_memory(report)
    assert memory is not None
    module = build_module(model.network, seed=0)
    found = {batch: measure_network(module, batch, "cpu") for batch in (2, 3)}
    assert {batch: memory.activations().at(batch) for batch in found} == found
    module.pool_first()
    assert memory.activations().at(2) == pytest.approx(measure_network(module, 2, "cpu"), rel=TOLERANCE)


def test_of_random_networks_most_are_exact_and_none_takes_much_more() -> None:
    """What is off: inputs that need no gradient are not always saved, and what is flattened or multiplied may be copied."""
    pytest.importorskip("torch")
    from cnnspec.backends.torch_modules import build_module
    from support.random_files import RandomFiles
    from support.saved_tensors import measure_network

    shares: list[float] = []
    for seed in range(40):
        model, report = check(RandomFiles(Random(seed)).draw().text).model()
        memory = analyse_memory(report)
        assert memory is not None
        if memory.kept:
            shares.append(memory.activations().at(3) / measure_network(build_module(model.network, seed=0), 3, "cpu"))  # type: ignore[operator]
    assert len(shares) > 20
    assert sum(share == 1 for share in shares) > 0.8 * len(shares)
    assert min(shares) > 1 - TOLERANCE


def test_the_lecture_s_network_by_hand() -> None:
    """Per sample: the digit, four ReLUs' results that the next layer reads too, two maxima's places, probabilities, targets."""
    values = 28 * 28 + 26 * 26 * 32 + 13 * 13 * 32 + 11 * 11 * 64 + 5 * 5 * 64 + 3 * 3 * 64 + 64 + 10 + 10
    places = 13 * 13 * 32 + 5 * 5 * 64
    memory = memory_of(mnist_cnn())
    assert memory.activations().at(3) == 3 * (4 * values + 8 * places)
    need = memory.training(batch=64, optimizer="Adam", slots=2)
    assert (need.parameters, need.gradients, need.slots, need.copies) == (4 * 93_322, 4 * 93_322, 8 * 93_322, 0)
    assert need.total == 16 * 93_322 + 64 * (4 * values + 8 * places)


def test_half_precision_keeps_master_weights() -> None:
    memory = memory_of(mnist_cnn())
    full, half = memory.training(batch=8, slots=2), memory.training(batch=8, slots=2, precision=PRECISIONS["bfloat16"])
    places = 8 * (13 * 13 * 32 + 5 * 5 * 64)
    assert (half.parameters, half.gradients, half.slots) == (full.parameters, full.gradients, full.slots)
    assert half.copies == 2 * 93_322
    assert half.activations == (full.activations - 8 * places) // 2 + 8 * places  # type: ignore[operator]


def test_a_value_that_several_keep_counts_once() -> None:
    build = Build()
    build.input(8, 8, 3)
    source = build.add(layer("Conv2D", 4, 3, activation="relu"))
    branches = [build.add(layer("Conv2D", 4, 1), source) for _ in range(3)]
    build.add("Multiply", *branches)
    kept = memory_of(build).kept
    assert [item.index for item in kept if item.array.what == "output"] == [0, source, *branches, branches[-1] + 1]
    assert next(item.keepers for item in kept if item.index == source) == (source, *branches)


def test_what_is_not_trained_keeps_nothing() -> None:
    build = Build()
    build.input(8, 8, 3)
    build.chain(layer("Conv2D", 4, 3, trainable=False), "ReLU", "MaxPool2D")
    memory = memory_of(build)
    assert memory.kept == ()
    assert memory.training(batch=9, slots=2).total == 4 * (27 * 4 + 4)


def test_a_penalty_on_values_keeps_them() -> None:
    build = Build()
    build.input(6)
    penalised = build.add(layer("Dense", 5, activity_regularizer="l2"))
    build.chain("Softmax")
    assert [item.keepers for item in memory_of(build).kept if item.index == penalised] == [(penalised,)]


def test_the_loss_keeps_outputs_and_targets() -> None:
    build = Build()
    build.input(6)
    dense = build.add(layer("Dense", 5))
    output, targets = (item for item in memory_of(build).kept if item.index == dense)
    assert (output.array.what, targets.array.what) == ("output", TARGETS)
    assert output.array.elements == targets.array.elements == 5


@pytest.mark.parametrize("seed", range(3))
def test_open_sizes_are_formulas_that_hold_for_every_size(seed: int) -> None:
    def made(*shape: int | str) -> Build:
        build = Build()
        build.input(*shape)
        build.chain(layer("Conv2D", 4, 3, activation="relu"), "MaxPool2D", "BatchNorm", layer("Conv2D", 2, 1), "GlobalAvgPool2D")
        return build

    formula = memory_of(made("h", "w", 2)).training(batch=7, slots=1).total
    assert isinstance(formula, Extent)
    h, w = 20 + seed, 31 - 2 * seed
    assert formula.evaluate({"h": h, "w": w}) == memory_of(made(h, w, 2)).training(batch=7, slots=1).total


def test_nothing_is_said_of_a_broken_model() -> None:
    assert analyse_memory(mnist_cnn().report(first_unknown=3)) is None


@pytest.mark.parametrize(
    ("optimizer", "slots", "name"),
    [
        (Word("sgd"), 0, "SGD"), (CallValue("SGD", (), (("momentum", 0.9),)), 1, "SGD(momentum=0.9)"),
        (Word("RMSprop"), 1, "RMSprop"),
        (CallValue("rmsprop", (), (("momentum", 0.5), ("centered", True))), 3, "RMSprop(momentum=0.5, centered=true)"),
        (Word("adam"), 2, "Adam"), (CallValue("Adam", (), (("amsgrad", True),)), 3, "Adam(amsgrad=true)"), (Adam(), 2, "Adam"),
        (Word("adamw"), 2, "AdamW"), (Word("Nadam"), 2, "Nadam"), (Word("adagrad"), 1, "Adagrad"), (Word("Lion"), 1, "Lion"),
    ],
)  # fmt: skip
def test_slots_of_optimizers(optimizer: object, slots: int, name: str) -> None:
    terms = TrainingTerms.bind((), {"optimizer": optimizer})
    assert (terms.slots, terms.optimizer_name) == (slots, name)


@pytest.mark.parametrize("word", list(dict.fromkeys(cls.word for cls in optimizers().values())))
@pytest.mark.parametrize("options", [{}, {"momentum": 0.5}, {"amsgrad": True}, {"centered": True}])
def test_slots_are_those_that_training_keeps(word: str, options: dict[str, object]) -> None:
    torch = pytest.importorskip("torch")
    from cnnspec.train.optimizers import make_optimizer

    fitting = {name: value for name, value in options.items() if name in optimizers()[word].model_fields}
    terms = TrainingTerms.bind((), {"optimizer": CallValue(word, (), tuple(fitting.items()))})
    made = make_optimizer(terms.optimizer, [("w", torch.zeros(3))])
    assert terms.optimizer.slots == tuple(made.slots)
