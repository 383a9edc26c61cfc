"""ProgbarLogger: the progress of training, shown also where nobody asked for it by the command."""

from __future__ import annotations

from cnnspec.recipe import callbacks as declared
from cnnspec.train.callbacks.base import Callback
from cnnspec.train.progress import Progress, progress_for


class ProgbarLogger(Callback):
    """Has the loop show its progress on standard error, unless its caller has already decided what is shown.

    The loop asks for it between steps, at most five times a second, so that it costs no look at the device at every step.
    """

    def __init__(self, declaration: declared.ProgbarLogger | None = None) -> None:
        self.arguments = declaration or declared.ProgbarLogger()

    def progress(self) -> Progress:
        """What is to be shown: a bar where standard error is a terminal, else a line an epoch."""
        return progress_for()
