"""Callbacks that guard or exchange a training's state."""

from typing import Annotated

from pydantic import Field

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


class SwapEMAWeights(Callback):
    """Validate with the averages of the weights that the recipe's ``ema`` keeps; training goes on with its own.

    With ``swap_on_epoch`` the averages also stay in the network from the end of an epoch to the start of the next, so that
    a ModelCheckpoint after this callback saves them.
    """

    word = "SwapEMAWeights"
    needs_average = True

    swap_on_epoch: Annotated[bool, Field(description="leave them in place between epochs")] = False
