"""The pictures in a run's folder: its curves, what its test came to, and how its first filters became what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from cnnspec.render.run.records import Mistake, Tile
from cnnspec.train.batches import Samples
from cnnspec.train.kernels import first_kernel, tile_of
from cnnspec.train.run_folder import PLOTS, RunFolder
from cnnspec.train.session import Session
from cnnspec.train.state import State
from cnnspec.train.verdicts import Verdicts

# What draws is imported when there is something to draw: no training waits for it.
if TYPE_CHECKING:
    from cnnspec.render.display import Picture

#: Snapshots of the first filters that are kept; of more, every second one goes, and from then on every second is taken.
MOST_SNAPSHOTS = 24
#: The first filters that are drawn.
MOST_FILTERS = 16


class FirstFilters:
    """The filters of the first layer with kernels, before the first epoch and after each: copies of a few hundred numbers.

    A part of the training, so that a run that goes on still has those of its beginning.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.path, self._read = first_kernel(session.network, session.module, session.preparation.image) or ("", None)
        self.epochs: list[int] = []
        self.taken: list[Tensor] = []
        self.every = 1

    def take(self, epoch: int) -> None:
        """Keep the filters as they are after so many epochs."""
        if self._read is None or epoch % self.every or epoch in self.epochs:
            return
        self.epochs.append(epoch)
        self.taken.append(self._read()[..., :MOST_FILTERS].contiguous())
        if len(self.epochs) > MOST_SNAPSHOTS:
            self.every *= 2
            kept = [at for at, epoch in enumerate(self.epochs) if epoch % self.every == 0]
            self.epochs, self.taken = [self.epochs[at] for at in kept], [self.taken[at] for at in kept]

    def state(self) -> State:
        """The epochs, and their filters as one tensor."""
        filters = {"filters": torch.stack(self.taken)} if self.taken else {}
        return {"epochs": list(self.epochs), "every": self.every, **filters}

    def restore(self, state: State) -> None:
        """Take up the snapshots of the beginning."""
        self.epochs, self.every = [int(epoch) for epoch in state["epochs"]], max(1, int(state["every"]))
        taken: Any = state["filters"] if self.epochs else ()
        if len(taken) != len(self.epochs):
            raise ValueError(f"{len(taken)} snapshots of {len(self.epochs)} epochs")
        self.taken = [filters.clone() for filters in taken]

    def draw(self) -> Picture | None:
        """The snapshots and the filters as they are now; None where there is nothing to draw."""
        from cnnspec.render.run.growth import growth_picture

        if self._read is None:
            return None
        epochs, taken = list(self.epochs), list(self.taken)
        if self.session.epoch not in epochs:
            epochs.append(self.session.epoch)
            taken.append(self._read()[..., :MOST_FILTERS])
        tiles = [_tiles(filters) for filters in taken]
        return growth_picture(self.session.network.name, self.path, epochs, tiles)


def _tiles(filters: Tensor) -> list[list[Tile]]:
    """Per filter, a tile for each of its input channels."""
    array = filters.double().numpy()
    return [[tile_of(array[..., channel, at]) for channel in range(array.shape[-2])] for at in range(array.shape[-1])]


def write_plots(session: Session, filters: FirstFilters) -> None:
    """Write what is known while training goes on: the curves and the first filters."""
    from cnnspec.render.run.curves import curves_picture

    if session.folder is None or not session.history:
        return
    _write(session.folder, "curves", curves_picture(session.network.name, session.history))
    growth = filters.draw()
    if growth is not None:
        _write(session.folder, "filters", growth)


def write_verdicts(session: Session, verdicts: Verdicts, samples: Samples, data: str) -> None:
    """Write what the test came to: the confusion matrix and the worst mistakes."""
    if session.folder is not None:
        for name, picture in verdict_pictures(session.network.name, verdicts, samples, data).items():
            _write(session.folder, name, picture)


def verdict_pictures(model: str, verdicts: Verdicts, samples: Samples, data: str) -> dict[str, Picture]:
    """``confusion`` and ``mistakes`` of the samples that were tested."""
    from cnnspec.render.run.confusion import confusion_picture
    from cnnspec.render.run.mistakes import mistakes_picture

    wrong, total = len(verdicts.wrong), len(verdicts.labels)
    return {
        "confusion": confusion_picture(model, verdicts.confusion(), data),
        "mistakes": mistakes_picture(model, worst_mistakes(verdicts, samples), wrong, total, data),
    }


def worst_mistakes(verdicts: Verdicts, samples: Samples) -> list[Mistake]:
    """The worst mistakes with their pictures."""
    worst = torch.tensor(verdicts.worst, dtype=torch.int64, device=samples.images.device)
    return verdicts.mistakes(samples.images[worst].cpu().numpy())


def _write(folder: RunFolder, name: str, picture: Picture) -> None:
    from cnnspec.render.palette import PALETTES
    from cnnspec.render.svg import write_svg

    folder.write(f"{PLOTS}/{name}.svg", write_svg(picture, PALETTES["colour"]).encode())
