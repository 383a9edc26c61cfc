"""Learning rates."""

import pytest

from cnnspec.analysis.check import check_source
from cnnspec.analysis.lint_settings import Limits, LintSettings
from cnnspec.diagnostics import Source
from support.linting import repaired, said

TEXT = """
model Net {
  input 28x28x1
  Flatten -> Dense(10, activation=softmax)
}
train Net {
  data       = mnist
  loss       = categorical_crossentropy
  optimizer  = OPTIMIZER
  batch_size = BATCH
  epochs     = 5
}
"""


def text(optimizer: str, batch: int = 32) -> str:
    return TEXT.replace("OPTIMIZER", optimizer).replace("BATCH", str(batch))


@pytest.mark.parametrize(
    ("optimizer", "batch", "unusual"),
    [
        ("adam", 32, False),
        ("Adam(0.001)", 32, False),
        ("Adam(0.01)", 32, False),
        ("Adam(0.1)", 32, True),
        ("Adam(learning_rate=1e-8)", 32, True),
        ("RMSprop(learning_rate=0.5, rho=0.9)", 32, True),
        ("SGD(0.1, momentum=0.9)", 32, False),
        ("SGD(3.2)", 1024, False),
        ("SGD(3.2)", 256, True),
        ("SGD(learning_rate=1e-7)", 32, True),
    ],
)
def test_rates(optimizer: str, batch: int, unusual: bool) -> None:
    found = said(text(optimizer, batch), "learning-rate-unusual")
    assert bool(found) is unusual
    if unusual:
        assert said(repaired(text(optimizer, batch), "learning-rate-unusual"), "learning-rate-unusual") == []


def test_a_project_may_use_others() -> None:
    settings = LintSettings(limits=Limits(learning_rates={"adam": (1e-5, 0.2)}))
    found = check_source(Source("net.cnn", text("Adam(0.1)")), lints=settings).report.diagnostics
    assert "learning-rate-unusual" not in [d.code for d in found]
    found = check_source(Source("net.cnn", text("Adam(1e-6)")), lints=settings).report.diagnostics
    assert "learning-rate-unusual" in [d.code for d in found]


def test_a_replaced_optimizer_has_no_place_to_fix() -> None:
    (found,) = said(text("adam"), "learning-rate-unusual", replace={"train.optimizer": "Adam(0.5)"})
    assert found.fix == ()
