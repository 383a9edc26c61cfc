"""The optimizers against transcriptions of the published rules in float64."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import pytest
import torch

from cnnspec.recipe.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, Lion, Nadam, RMSprop, optimizers
from cnnspec.schema.choice import Choice
from cnnspec.train.optimizers import Optimizer, make_optimizer

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


def nadam(beta_1: float, beta_2: float, epsilon: float = 1e-7) -> Rule:
    def rule(w, g, s, t, lr):
        now, following = (beta_1 * (1 - 0.5 * 0.96**at) for at in (t, t + 1))
        s["p"] = s.get("p", 1) * now
        s["m"] = s.get("m", 0) + (1 - beta_1) * (g - s.get("m", 0))
        s["v"] = s.get("v", 0) + (1 - beta_2) * (g**2 - s.get("v", 0))
        mean = following * s["m"] / (1 - s["p"] * following) + (1 - now) * g / (1 - s["p"])
        return w - lr * mean / (np.sqrt(s["v"] / (1 - beta_2**t)) + epsilon)

    return rule


def adamax(beta_1: float, beta_2: float, epsilon: float = 1e-7) -> Rule:
    def rule(w, g, s, t, lr):
        s["m"] = beta_1 * s.get("m", 0) + (1 - beta_1) * g
        s["u"] = np.maximum(beta_2 * s.get("u", 0), np.abs(g))
        return w - lr / (1 - beta_1**t) * s["m"] / (s["u"] + epsilon)

    return rule


def adagrad(start: float, epsilon: float = 1e-7) -> Rule:
    def rule(w, g, s, t, lr):
        s["a"] = s.get("a", start) + g**2
        return w - lr * g / np.sqrt(s["a"] + epsilon)

    return rule


def adadelta(rho: float, epsilon: float = 1e-7) -> Rule:
    def rule(w, g, s, t, lr):
        s["v"] = rho * s.get("v", 0) + (1 - rho) * g**2
        step = np.sqrt(s.get("x", 0) + epsilon) / np.sqrt(s["v"] + epsilon) * g
        s["x"] = rho * s.get("x", 0) + (1 - rho) * step**2
        return w - lr * step

    return rule


def lion(beta_1: float, beta_2: float) -> Rule:
    def rule(w, g, s, t, lr):
        step = np.sign(beta_1 * s.get("m", 0) + (1 - beta_1) * g)
        s["m"] = beta_2 * s.get("m", 0) + (1 - beta_2) * g
        return w - lr * step

    return rule


def decayed(rule: Rule, decay: float) -> Rule:
    return lambda w, g, s, t, lr: rule(w - lr * decay * w, g, s, t, lr)


def clipped(rule: Rule, clip: Callable[[np.ndarray], np.ndarray]) -> Rule:
    return lambda w, g, s, t, lr: rule(w, clip(g), s, t, lr)


def shortened(limit: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda g: g * limit / max(limit, float(np.sqrt((g**2).sum())))


CASES: dict[str, tuple[Choice, Rule]] = {
    "sgd": (SGD(), sgd(0, False)),
    "sgd_momentum": (SGD(momentum=0.9), sgd(0.9, False)),
    "sgd_nesterov": (SGD(momentum=0.9, nesterov=True), sgd(0.9, True)),
    "sgd_decay": (SGD(momentum=0.5, weight_decay=0.1), decayed(sgd(0.5, False), 0.1)),
    "sgd_clipnorm": (SGD(clipnorm=0.5), clipped(sgd(0, False), shortened(0.5))),
    "sgd_global_clipnorm": (SGD(global_clipnorm=2.0), clipped(sgd(0, False), shortened(2.0))),
    "sgd_clipvalue": (SGD(clipvalue=0.01), clipped(sgd(0, False), lambda g: np.clip(g, -0.01, 0.01))),
    "rmsprop": (RMSprop(), rmsprop(0.9, 0, False)),
    "rmsprop_momentum": (RMSprop(momentum=0.5), rmsprop(0.9, 0.5, False)),
    "rmsprop_centered": (RMSprop(centered=True), rmsprop(0.9, 0, True)),
    "rmsprop_centered_momentum": (RMSprop(rho=0.8, momentum=0.9, centered=True), rmsprop(0.8, 0.9, True)),
    "adam": (Adam(), adam(0.9, 0.999, False)),
    "adam_amsgrad": (Adam(beta_1=0.8, beta_2=0.99, amsgrad=True), adam(0.8, 0.99, True)),
    "adamw": (AdamW(), decayed(adam(0.9, 0.999, False), 0.004)),
    "adamw_amsgrad_clipnorm": (
        AdamW(weight_decay=0.5, amsgrad=True, clipnorm=1.0),
        clipped(decayed(adam(0.9, 0.999, True), 0.5), shortened(1.0)),
    ),
    "nadam": (Nadam(), nadam(0.9, 0.999)),
    "nadam_other": (Nadam(learning_rate=0.01, beta_1=0.7, beta_2=0.9, weight_decay=0.1), decayed(nadam(0.7, 0.9), 0.1)),
    "adamax": (Adamax(), adamax(0.9, 0.999)),
    "adamax_other": (Adamax(beta_1=0.5, beta_2=0.7), adamax(0.5, 0.7)),
    "adagrad": (Adagrad(), adagrad(0.1)),
    "adagrad_from_nothing": (Adagrad(learning_rate=0.01, initial_accumulator_value=0.0), adagrad(0.0)),
    "adadelta": (Adadelta(), adadelta(0.95)),
    "adadelta_of_the_paper": (Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-6), adadelta(0.9, 1e-6)),
    "lion": (Lion(), lion(0.9, 0.99)),
    "lion_decay": (Lion(learning_rate=1e-4, beta_1=0.5, weight_decay=1.0), decayed(lion(0.5, 0.99), 1.0)),
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
    declaration, rule = CASES[name]
    series = gradients(100, (8, 3, 5, 5))
    # From zero, so that the distance travelled is not lost in the rounding of the weight itself.
    parameter = torch.zeros(8, 3, 5, 5).to(memory_format=torch.channels_last)
    run(make_optimizer(declaration, [("w", parameter)]), parameter, series)
    expected = published(rule, np.zeros((8, 3, 5, 5)), series, declaration.learning_rate)
    scale = np.abs(expected).max()
    assert np.abs(parameter.numpy() - expected).max() <= 1e-6 * max(1.0, scale)
    # Also relative to each step's own size, so that an epsilon in the wrong place would show.
    assert np.median(np.abs(parameter.numpy() - expected) / (np.abs(expected) + 1e-12)) < 1e-4


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
    optimizer = make_optimizer(SGD(learning_rate=1.0, momentum=0.5), [("w", parameter)])
    parameter.grad = torch.ones(1)
    optimizer.step()
    optimizer.learning_rate = 0.1
    optimizer.step()
    assert parameter.item() == pytest.approx(-1 + (-0.5 - 0.1))


@pytest.mark.parametrize("name", CASES)
def test_state_travels(name: str) -> None:
    declaration, _ = CASES[name]
    series = gradients(20, (4, 2, 3, 3))
    whole = torch.zeros(4, 2, 3, 3)
    run(make_optimizer(declaration, [("w", whole)]), whole, series)

    part = torch.zeros(4, 2, 3, 3)
    first = make_optimizer(declaration, [("w", part)])
    run(first, part, series[:10])
    rest = part.clone()
    second = make_optimizer(declaration, [("w", rest)])
    second.restore(copy.deepcopy(first.state()))
    run(second, rest, series[10:])
    assert torch.equal(whole, rest)


def test_a_state_can_go_back() -> None:
    """Nadam's product of momenta follows from the number of steps, whichever way that changes."""
    series, weights = gradients(20, (2, 2, 3, 3)), torch.zeros(2, 2, 3, 3)
    optimizer = make_optimizer(Nadam(), [("w", weights)])
    run(optimizer, weights, series[:10])
    kept, state = weights.clone(), copy.deepcopy(optimizer.state())
    run(optimizer, weights, series[10:])
    ended = weights.clone()
    optimizer.restore(state)
    weights.copy_(kept)
    run(optimizer, weights, series[10:])
    assert torch.equal(weights, ended)


@pytest.mark.parametrize("word", list(dict.fromkeys(member.word for member in optimizers().values())))
def test_a_parameter_without_gradient_stays(word: str) -> None:
    """As in Keras it is left out of the step: neither momentum nor decay moves it."""
    moved, still = torch.zeros(2), torch.ones(2)
    declaration = optimizers()[word].bind((), {"weight_decay": 0.5})
    optimizer = make_optimizer(declaration, [("a", moved), ("b", still)])
    for _ in range(3):
        moved.grad = torch.ones(2)
        optimizer.step()
    assert torch.equal(still, torch.ones(2))
    assert not torch.equal(moved, torch.zeros(2))
    alone = torch.zeros(2)
    other = make_optimizer(declaration, [("a", alone)])
    for _ in range(3):
        alone.grad = torch.ones(2)
        other.step()
    assert torch.equal(alone, moved)


def test_one_norm_of_all_gradients() -> None:
    first, second = torch.zeros(3), torch.zeros(1)
    for declaration, clip_norm in ((SGD(learning_rate=1.0, global_clipnorm=6.5), None), (SGD(learning_rate=1.0), 6.5)):
        first.zero_(), second.zero_()
        optimizer = make_optimizer(declaration, [("a", first), ("b", second)], clip_norm)
        first.grad, second.grad = torch.tensor([3.0, 4.0, 0.0]), torch.tensor([12.0])
        optimizer.step()
        assert torch.allclose(first, torch.tensor([-1.5, -2.0, 0.0]))
        assert torch.allclose(second, torch.tensor([-6.0]))
        first.grad, second.grad = torch.tensor([1.0, float("inf"), 0.0]), torch.tensor([1.0])
        optimizer.step()
        assert torch.cat([first, second]).isnan().all(), "a norm that is not finite does not pass for a clipped one"


def test_a_steady_gradient_leaves_no_negative_variance() -> None:
    parameter = torch.zeros(64)
    optimizer = make_optimizer(RMSprop(centered=True), [("w", parameter)])
    for _ in range(300):
        parameter.grad = torch.linspace(1, 50, 64)
        optimizer.step()
    assert torch.isfinite(parameter).all()
