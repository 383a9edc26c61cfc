"""A layer that calls itself linear is: f(x + y) − f(0) = (f(x) − f(0)) + (f(y) − f(0)); of the others none is, always."""

from collections import Counter
from random import Random

import torch

from cnnspec.backends.torch_modules import build_module
from cnnspec.layers.base import Layer, LayerError
from cnnspec.layers.registry import all_kinds, layer_class
from cnnspec.layers.shape import Shape
from cnnspec.schema.declaration import BindError
from support.networks import Builder, make
from support.random_layers import draw_layer


def test_the_kinds_that_call_themselves_linear() -> None:
    linear = {kind for kind in all_kinds() if layer_class(kind).linear}
    assert {"Conv2D", "Dense", "BatchNorm", "AvgPool2D", "Add", "Flatten", "UpSampling2D", "Dropout", "Filter2D"} <= linear
    assert not linear & {"ReLU", "Softmax", "MaxPool2D", "LRN", "RBF", "LayerNorm", "Multiply", "Maximum", "GlobalMaxPool2D"}


def test_linear_layers_are_linear() -> None:
    random = Random(0)
    linear, curved = Counter[str](), Counter[str]()
    for seed in range(500):
        shape = Shape((*(random.randint(3, 7) for _ in range(random.randint(0, 2))), random.randint(2, 4)))
        try:
            layer = draw_layer(random, shape)
            output = layer.facts(shape).output
        except (BindError, LayerError):
            continue
        if layer.last_function not in (None, "linear") or output.elements == 0:
            continue
        holds = _is_linear(layer, shape, seed)
        (linear if holds else curved)[layer.kind] += 1
        assert holds or not type(layer).linear, layer
    assert len(linear) > 20, linear
    assert {"MaxPool2D"} <= set(curved)


def test_merges() -> None:
    for kind in ("Add", "Subtract", "Average", "Concat", "Multiply", "Maximum", "Minimum"):
        layer = make(kind)
        assert _is_linear(layer, Shape((4, 5, 3)), 0, inputs=2) == type(layer).linear, kind


def _is_linear(layer: Layer, shape: Shape, seed: int, inputs: int = 1) -> bool:
    builder = Builder("Linear")
    sources = [builder.input(*shape.dims, name=f"input{at}") for at in range(inputs)]  # type: ignore[arg-type]
    builder.add(layer, *sources)
    module = build_module(builder.network(), seed=seed).double().eval()
    generator = torch.Generator().manual_seed(seed)
    size = (2, shape.channels, *shape.extents)
    x, y = ([3 * torch.randn(size, generator=generator, dtype=torch.float64) for _ in sources] for _ in range(2))  # type: ignore[arg-type]
    with torch.no_grad():
        both = module(*(a + b for a, b in zip(x, y, strict=True)))
        one, other, none = module(*x), module(*y), module(*(torch.zeros_like(a) for a in x))
    return torch.allclose(both - none, (one - none) + (other - none), atol=1e-9)
