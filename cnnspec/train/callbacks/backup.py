"""BackupAndRestore: how often at least the run can be gone on from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from cnnspec.recipe import callbacks as declared
from cnnspec.train.callbacks.base import Callback, Logs
from cnnspec.train.callbacks.decisions import EverySteps

if TYPE_CHECKING:
    from cnnspec.train.state import State


class BackupAndRestore(Callback):
    """Has the run's own checkpoint written after every epoch, or every so many steps.

    Keras's own repeats the steps of an epoch that was broken off, and shuffles it anew. Here the whole state is kept, the
    place in the epoch's order and the random generators with it, and the last two backups stay when training is through.
    """

    def __init__(self, declaration: declared.BackupAndRestore) -> None:
        self.arguments = declaration
        self.steps = EverySteps(declaration.save_freq if isinstance(declaration.save_freq, int) else 1)

    @override
    def hooks_batches(self) -> bool:
        return self.arguments.save_freq != "epoch"

    @override
    def on_train_begin(self, logs: Logs) -> None:
        self.steps.since = 0

    @override
    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.steps.due():
            self.session.ask_to_save()

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        if self.arguments.save_freq == "epoch":
            self.session.ask_to_save()

    @override
    def state(self) -> State:
        return {"since": self.steps.since}

    @override
    def restore(self, state: State) -> None:
        self.steps.since = int(state["since"])
