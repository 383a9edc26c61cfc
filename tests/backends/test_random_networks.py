"""Random networks: what the facts say against what was built, and Torch's values against the NumPy reference's."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnnspec.backends import numpy_reference
from cnnspec.backends.torch_modules import BuiltNetwork, build_module, facts_of, load_keras_weights, weights_keras
from cnnspec.ir import Network
from cnnspec.layers.input import Input
from support.networks import RandomNetworks

SETTINGS = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck), print_blob=True)
# Every choice of the generator is one of Hypothesis's, so that it can shrink a network that fails.
networks = st.randoms(use_true_random=False).map(lambda random: RandomNetworks(random).draw())


def batch_for(network: Network, seed: int = 0, count: int = 2) -> np.ndarray:
    layer = network.nodes[0].layer
    assert isinstance(layer, Input)
    return np.random.default_rng(seed).normal(size=(count, *layer.shape))


def channels_first(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1)))


def channels_last(x: torch.Tensor) -> np.ndarray:
    return np.moveaxis(x.detach().numpy(), 1, -1)


def with_random_statistics(module: BuiltNetwork, seed: int = 0) -> dict[str, np.ndarray]:
    """Moving statistics that are not the identity, so that they are tested too."""
    random = np.random.default_rng(seed)
    weights = weights_keras(module)
    for name, array in weights.items():
        if "moving" in name or name.endswith(("/mean", "/variance")):
            weights[name] = random.uniform(0.5, 2, array.shape)
        elif "gamma" in name or "beta" in name:
            weights[name] = random.normal(size=array.shape)
    load_keras_weights(module, weights)
    return weights


@SETTINGS
@given(networks)
def test_facts_are_what_is_built(network: Network) -> None:
    facts = facts_of(network)
    module = build_module(network, seed=0, facts=facts).eval()
    values = module.trace(channels_first(batch_for(network)).float())
    for node, fact in zip(network.nodes, facts, strict=True):
        assert values[node.path].shape[0] == 2
        assert channels_last(values[node.path]).shape[1:] == fact.output.dims, node
    owned = [fact for node, fact in zip(network.nodes, facts, strict=True) if node.shares is None]
    params = [param for fact in owned for param in fact.params]
    assert sum(p.count for p in params) == sum(t.numel() for t in module.state_dict().values())
    assert sum(p.count for p in params if p.trainable) == sum(t.numel() for t in module.parameters() if t.requires_grad)


@SETTINGS
@given(networks)
def test_names_are_the_paths(network: Network) -> None:
    module = build_module(network, seed=0)
    owners = {node.path.replace("/", ".") for node in network.nodes if node.shares is None and not isinstance(node.layer, Input)}
    assert {name.rpartition(".")[0] for name in module.state_dict()} <= owners
    assert owners == {name for name, _ in module.named_modules() if name}


@SETTINGS
@given(networks)
def test_values_are_the_reference_s(network: Network) -> None:
    compare_with_reference(network)


def test_values_of_many_seeds_are_the_reference_s() -> None:
    """Hypothesis likes small networks; these are of all sizes."""
    for seed in range(300):
        compare_with_reference(RandomNetworks(Random(seed)).draw())


def compare_with_reference(network: Network) -> None:
    module = build_module(network, seed=0).double().eval()
    weights = with_random_statistics(module)
    batch = batch_for(network)
    ours = module.trace(channels_first(batch))
    reference = numpy_reference.forward(network, weights, batch)
    for path, expected in reference.items():
        np.testing.assert_allclose(channels_last(ours[path]), expected, rtol=1e-10, atol=1e-10, err_msg=path)


@SETTINGS
@given(networks)
def test_plans_give_the_same(network: Network) -> None:
    """The run that frees values, the one with pooling first and the one of logits against the plain trace."""
    module = build_module(network, seed=0).eval()
    x = channels_first(batch_for(network)).float()
    expected = module.trace(x)[network.nodes[network.outputs[0]].path]
    assert torch.equal(module(x), expected)
    module.pool_first()
    assert torch.equal(module(x), expected)
    logits = module.forward_logits(x)
    end = {"softmax": lambda v: v.softmax(1), "sigmoid": torch.sigmoid, None: lambda v: v}[module.probabilities[0]]
    assert torch.equal(end(logits), expected)


@pytest.fixture(scope="module")
def kinds_drawn() -> Counter[str]:
    return Counter(node.layer.kind for seed in range(400) for node in RandomNetworks(Random(seed)).draw().nodes)


@pytest.mark.parametrize(
    "kind",
    ["Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose",
     "MaxPool1D", "MaxPool2D", "MaxPool3D", "AvgPool1D", "AvgPool2D", "AvgPool3D", "BatchNorm", "LRN", "PReLU", "Softmax",
     "Permute", "Reshape", "Flatten", "Dense", "Add", "Concat", "Multiply", "UpSampling2D", "ZeroPad3D", "Filter2D"],
)  # fmt: skip
def test_the_generator_draws(kind: str, kinds_drawn: Counter[str]) -> None:
    """The properties above would hold emptily for a kind that is never drawn."""
    assert kinds_drawn[kind] >= 3
