"""cnnspec: a language for convolutional networks, with a checker, pictures and training.

    import cnnspec

    spec = cnnspec.load("specs/lenet5.cnn")
    spec.check().ok
    spec.build()                    # a torch.nn.Module
    cnnspec.train("specs/lenet5.cnn")

Everything here is imported when it is first used, so that ``import cnnspec`` costs nothing.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from cnnspec.api import Spec, apply, check, diff, evaluate, explain_fields, explain_unit, load, predict, train
    from cnnspec.diagnostics import Diagnostic, SpecError

__all__ = [
    "Diagnostic",
    "Spec",
    "SpecError",
    "__version__",
    "apply",
    "check",
    "diff",
    "evaluate",
    "explain_fields",
    "explain_unit",
    "load",
    "predict",
    "train",
]

_HOMES = {
    **dict.fromkeys(
        ("Spec", "apply", "check", "diff", "evaluate", "explain_fields", "explain_unit", "load", "predict"), "cnnspec.api"
    ),
    **dict.fromkeys(("Diagnostic", "SpecError"), "cnnspec.diagnostics"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "train":
        return import_module("cnnspec.train")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _Training(ModuleType):
    """The package ``cnnspec.train``, which is also the verb: ``cnnspec.train("lenet5.cnn")`` is :func:`cnnspec.api.train`."""

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Train a model by its recipe; see :func:`cnnspec.api.train`."""
        from cnnspec.api import train

        return train(*args, **kwargs)  # type: ignore[arg-type]


class _Package(ModuleType):
    """This package: Python binds ``cnnspec.train`` to the sub-package when that is imported, and it becomes callable then."""

    def __setattr__(self, name: str, value: object) -> None:
        if name == "train" and isinstance(value, ModuleType):
            value.__class__ = _Training
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
