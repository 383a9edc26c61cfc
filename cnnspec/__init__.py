"""cnnspec: a language for convolutional networks, with a checker, pictures and training.

    import cnnspec

    spec = cnnspec.load("specs/lenet5.cnn")
    spec.check().ok
    spec.build()                    # a torch.nn.Module
    cnnspec.train("specs/lenet5.cnn")

Everything here is imported when it is first used, so that ``import cnnspec`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from cnnspec.api import Spec, check, evaluate, load, train
    from cnnspec.diagnostics import Diagnostic, SpecError

__all__ = ["Diagnostic", "Spec", "SpecError", "__version__", "check", "evaluate", "load", "train"]

_HOMES = {
    "Spec": "cnnspec.api",
    "check": "cnnspec.api",
    "evaluate": "cnnspec.api",
    "load": "cnnspec.api",
    "train": "cnnspec.api",
    "Diagnostic": "cnnspec.diagnostics",
    "SpecError": "cnnspec.diagnostics",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
