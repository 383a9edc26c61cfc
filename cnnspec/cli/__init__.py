"""The command line: the verbs of :mod:`cnnspec.api` for the shell, with no logic of their own.

Start-up is a feature: this module imports nothing but what says where a command is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


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


def _start_quickly() -> None:
    """Spare a short command what it does not need: plug-ins of pydantic and rounds of garbage collection.

    Commands that run for long turn collection on again (:func:`cnnspec.cli.process.settle`).
    """
    import gc

    gc.disable()
    if os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__") == "__all__":
        _spare_plugin_loader()


def _spare_plugin_loader() -> None:
    """Answer pydantic's question for plug-ins, which are off, without the module that would search for them.

    That module imports importlib.metadata and with it mail, sockets and archives: a tenth of a check. Whatever else is
    asked of it comes from the real one.
    """
    from types import ModuleType

    name = "pydantic.plugin._loader"

    def load(attribute: str) -> object:
        if attribute.startswith("__"):  # the import system asks for __path__
            raise AttributeError(attribute)
        from importlib import import_module

        sys.modules.pop(name, None)
        return getattr(import_module(name), attribute)

    stand_in = ModuleType(name)
    stand_in.__dict__.update(get_plugins=lambda: (), __getattr__=load)
    sys.modules[name] = stand_in


def _leave_quickly(status: int) -> None:
    """End the process without taking its modules apart, which takes as long as a check; only where nothing heavy runs."""
    threading = sys.modules.get("threading")
    if "torch" not in sys.modules and (threading is None or threading.active_count() == 1):
        os._exit(status)
