"""Callbacks that guard a training's state."""

from cnnspec.recipe.callback import Callback
from cnnspec.recipe.callbacks.watching import SaveFreq


class BackupAndRestore(Callback):
    """Back up the whole state of the training after every epoch, or every ``save_freq`` steps.

    Every run keeps backups in its folder; this says how often at least. ``cnnspec train --resume DIR`` goes on from the last
    one and comes to the same weights, bit for bit, as if it had never been broken off.
    """

    word = "BackupAndRestore"

    save_freq: SaveFreq = "epoch"


class TerminateOnNaN(Callback):
    """Stop when a batch's loss is not a finite number. It is on in every run, stated or not."""

    word = "TerminateOnNaN"
