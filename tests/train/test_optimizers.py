"""The optimizers against transcriptions of the published rules in float64."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch

from cnnspec.train.optimizers import SGD, Adam, Optimizer, RMSprop

Rule = Callable[[np.ndarray, np.ndarray, dict, int, float], np.ndarray]


def sgd(momentum: float, nesterov: bool) -> Rule:
    def rule(w, g, s, t, lr):
        s["v"] = momentum * s.get("v", 0) - lr * g
        return w + (momentum * s["v"] - lr * g if nesterov else s["v"])

    return rule


def rmsprop(rho: float, momentum: float, centered: bool, epsilon: float = 1e-7) -> Rule:
    def rule(w, g, s, t, lr):
        s["v"] = rho * s.get("v", 0) + (1 - rho) * g**2
        s["a"] = rho * s.get("a", 0) + (1 - rho) * g
        step = lr * g / np.sqrt(s["v"] - (s["a"] ** 2 if centered else 0) + epsilon)
        s["m"] = momentum * s.get("m", 0) + step
        return w - s["m"]

    return rule


def adam(beta_1: float, beta_2: float, amsgrad: bool, epsilon: float = 1e-7) -> Rule:
    def rule(w, g, s, t, lr):
        s["m"] = beta_1 * s.get("m", 0) + (1 - beta_1) * g
        s["v"] = beta_2 * s.get("v", 0) + (1 - beta_2) * g**2
        s["x"] = np.maximum(s.get("x", 0), s["v"])
        rate = lr * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        return w - rate * s["m"] / (np.sqrt(s["x"] if amsgrad else s["v"]) + epsilon)

    return rule


CASES = {
    "sgd": (lambda p: SGD(p, 0.01), sgd(0, False), 0.01),
    "sgd_momentum": (lambda p: SGD(p, 0.01, momentum=0.9), sgd(0.9, False), 0.01),
    "sgd_nesterov": (lambda p: SGD(p, 0.01, momentum=0.9, nesterov=True), sgd(0.9, True), 0.01),
    "rmsprop": (lambda p: RMSprop(p), rmsprop(0.9, 0, False), 0.001),
    "rmsprop_momentum": (lambda p: RMSprop(p, momentum=0.5), rmsprop(0.9, 0.5, False), 0.001),
    "rmsprop_centered": (lambda p: RMSprop(p, centered=True), rmsprop(0.9, 0, True), 0.001),
    "rmsprop_centered_momentum": (lambda p: RMSprop(p, 0.001, 0.8, 0.9, centered=True), rmsprop(0.8, 0.9, True), 0.001),
    "adam": (lambda p: Adam(p), adam(0.9, 0.999, False), 0.001),
    "adam_amsgrad": (lambda p: Adam(p, 0.001, 0.8, 0.99, amsgrad=True), adam(0.8, 0.99, True), 0.001),
}


def gradients(steps: int, shape: tuple[int, ...]) -> np.ndarray:
    """Gradients whose sizes run from 1e-8 to 1, each element staying near its own size."""
    rng = np.random.default_rng(0)
    size = 10.0 ** rng.uniform(-8, 0, shape)
    return (rng.normal(size=(steps, *shape)) * size).astype(np.float32)


def run(optimizer: Optimizer, parameter: torch.Tensor, series: np.ndarray) -> None:
    for gradient in series:
        parameter.grad = torch.from_numpy(gradient).to(memory_format=torch.channels_last)
        optimizer.step()


def published(rule: Rule, start: np.ndarray, series: np.ndarray, rate: float) -> np.ndarray:
    weights, state = start.astype(np.float64), {}
    for t, gradient in enumerate(series.astype(np.float64), start=1):
        weights = rule(weights, gradient, state, t, rate)
    return weights


@pytest.mark.parametrize("name", CASES)
def test_a_hundred_steps_equal_the_published_rule(name: str) -> None:
    make, rule, rate = CASES[name]
    series = gradients(100, (8, 3, 5, 5))
    # From zero, so that the distance travelled is not lost in the rounding of the weight itself.
    parameter = torch.zeros(8, 3, 5, 5).to(memory_format=torch.channels_last)
    run(make([("w", parameter)]), parameter, series)
    expected = published(rule, np.zeros((8, 3, 5, 5)), series, rate)
    scale = np.abs(expected).max()
    assert np.abs(parameter.numpy() - expected).max() <= 1e-6 * max(1.0, scale)
    # Also relative to each step's own size, so that an epsilon in the wrong place would show.
    assert np.median(np.abs(parameter.numpy() - expected) / np.abs(expected)) < 1e-4


def test_torchs_own_rmsprop_is_another_rule() -> None:
    """The comparison above can fail: Torch's epsilon, outside the root, moves small gradients a thousandfold."""
    series = gradients(100, (8, 3, 5, 5)) * 1e-3
    parameter = torch.zeros(8, 3, 5, 5, requires_grad=True)
    optimizer = torch.optim.RMSprop([parameter], lr=0.001, alpha=0.9, eps=1e-7)
    for gradient in series:
        parameter.grad = torch.from_numpy(gradient)
        optimizer.step()
    expected = published(rmsprop(0.9, 0, False), np.zeros((8, 3, 5, 5)), series, 0.001)
    assert np.abs(parameter.detach().numpy() - expected).max() > 1e-3


def test_a_changed_learning_rate_acts_at_once() -> None:
    """Keras keeps the rate inside the velocity; a rule that keeps bare gradients would differ after a change."""
    parameter = torch.zeros(1)
    optimizer = SGD([("w", parameter)], 1.0, momentum=0.5)
    parameter.grad = torch.ones(1)
    optimizer.step()
    optimizer.learning_rate = 0.1
    optimizer.step()
    assert parameter.item() == pytest.approx(-1 + (-0.5 - 0.1))


@pytest.mark.parametrize("name", CASES)
def test_state_travels(name: str) -> None:
    make, _, _ = CASES[name]
    series = gradients(20, (4, 2, 3, 3))
    whole = torch.zeros(4, 2, 3, 3)
    run(make([("w", whole)]), whole, series)

    part = torch.zeros(4, 2, 3, 3)
    first = make([("w", part)])
    run(first, part, series[:10])
    rest = part.clone()
    second = make([("w", rest)])
    second.restore(copy.deepcopy(first.state()))
    run(second, rest, series[10:])
    assert torch.equal(whole, rest)


def test_a_parameter_without_gradient_stays() -> None:
    moved, still = torch.zeros(2), torch.ones(2)
    for make in (SGD, RMSprop, Adam):
        optimizer = make([("a", moved), ("b", still)])
        moved.grad = torch.ones(2)
        optimizer.step()
        assert torch.equal(still, torch.ones(2))


def test_a_steady_gradient_leaves_no_negative_variance() -> None:
    parameter = torch.zeros(64)
    optimizer = RMSprop([("w", parameter)], centered=True)
    for _ in range(300):
        parameter.grad = torch.linspace(1, 50, 64)
        optimizer.step()
    assert torch.isfinite(parameter).all()
