"""The command line: the verbs of :mod:`cnnspec.api` for the shell, with no logic of their own.

Start-up is a feature: this module imports nothing but what says where a command is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import ModuleType


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; ``arguments`` are those of the process unless given."""
    own_process = arguments is None
    if own_process:
        _start_quickly()
    try:
        from cnnspec.cli.process import run

        status = run(arguments)
    except KeyboardInterrupt:  # during an import, before the command itself
        status = 130
    if own_process:
        _leave_quickly(status)
    return status


#: Modules that the libraries below import and a short command never uses, with functions that are taken from them by name:
#: a module is loaded when it is first touched, or such a function first called.
_SELDOM_USED = {"importlib.metadata": ("entry_points",), "uuid": ()}


def _start_quickly() -> None:
    """Spare a short command what it does not need: plug-ins of pydantic, rounds of garbage collection, unused modules.

    Commands that run for long turn collection on again (:func:`cnnspec.cli.process.settle`).
    """
    import gc

    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    for name in _SELDOM_USED:
        sys.modules.setdefault(name, _Untouched(name))


class _Untouched(ModuleType):
    """Stands for a module until something is asked of it, then makes room for it.

    (The standard library's LazyLoader loads at the second ``import`` already, for that looks at ``__spec__``.)
    """

    def __getattr__(self, attribute: str) -> object:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        name = self.__name__
        if attribute in _SELDOM_USED[name]:
            return lambda *args, **kwargs: getattr(_load(name, self), attribute)(*args, **kwargs)  # pyright: ignore
        return getattr(_load(name, self), attribute)


def _load(name: str, placeholder: ModuleType) -> ModuleType:
    """The module itself, in place of what stands for it."""
    from importlib import import_module

    if sys.modules.get(name) is placeholder:
        del sys.modules[name]
    return import_module(name)


def _leave_quickly(status: int) -> None:
    """End the process without taking its modules apart, which takes as long as a check; only where nothing heavy runs."""
    threading = sys.modules.get("threading")
    if "torch" not in sys.modules and (threading is None or threading.active_count() == 1):
        os._exit(status)
