"""One call that trains: it finds the device, prepares network and data, opens the run's folder, and runs the loop."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.ir import Network
from cnnspec.recipe.callback import Callback as CallbackDeclaration
from cnnspec.recipe.recipe import Recipe
from cnnspec.train.batches import mix
from cnnspec.train.callbacks import Callback, ProgbarLogger, make_callbacks
from cnnspec.train.checkpoint import Checkpoint, decode_checkpoint, encode_checkpoint
from cnnspec.train.devices import choose_device, memory_named, seeded
from cnnspec.train.loop import Judge, Loop
from cnnspec.train.own_data import OwnData
from cnnspec.train.preparing import describe_run, prepare_session
from cnnspec.train.processes import Processes, joined
from cnnspec.train.progress import Progress
from cnnspec.train.result import TrainingResult
from cnnspec.train.resuming import Wanted, find_checkpoint, require_same, warn_of_rates
from cnnspec.train.room import Room
from cnnspec.train.run_folder import RunFolder
from cnnspec.train.session import Session

if TYPE_CHECKING:
    from cnnspec.train.data.dataset import Dataset


def train(
    network: Network,
    recipe: Recipe,
    dataset: Dataset | OwnData,
    *,
    device: str = "auto",
    out: Path | None = None,
    seed: int | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    callbacks: Sequence[Callback | CallbackDeclaration] = (),
    progress: Progress | None = None,
    source: str | None = None,
    arguments: Mapping[str, object] | None = None,
    threads: int | None = None,
    data_folder: Path | None = None,
    options: Mapping[str, object] | None = None,
    resume: bool = False,
    judge: Judge | None = None,
    allowed_hosts: Collection[str] = (),
    room: Room | None = None,
) -> TrainingResult:
    """Train a network as its recipe says, and test it once at the end.

    Args:
        network, recipe: of a sound file.
        dataset: what the recipe names, or data of one's own.
        device: ``auto``, ``cpu``, ``cuda``…
        out: the run's folder, new or empty, or the one that is gone on with; None keeps nothing.
        seed, epochs, batch_size: instead of the recipe's.
        callbacks: besides the recipe's: of one's own, or declared as in a recipe.
        progress: what is told how far it is; None says nothing, unless a ProgbarLogger is there.
        source: the text of the file, for ``spec.cnn`` of the folder.
        arguments: how the run was called, for ``run.json``.
        threads: of Torch on a processor; its own choice unless given.
        data_folder: from which the paths of the recipe's data count, for ``run.json``.
        options: what the same call is made from again, for ``run.json``.
        resume: go on with the run in ``out``, from its newest whole checkpoint; the weights become those of a run that
            was never broken off, bit for bit.
        judge: judges the recipe's claims by the final figures; what it returns is kept with them.
        allowed_hosts: to which callbacks may send figures.
        room: how a step stands to the memory that is free, by the network's analysis.

    Raises:
        SpecError: the loss became NaN or infinite, a callback watches what is not measured, the folder is not empty, or the
            run to go on with is another one.
        MachineError: disk, memory, device or a lock.
        TrainingInterrupted: Ctrl-C or SIGTERM; the step was finished and everything saved.
        ValueError: the network does not take the data's images.
    """
    given = {"seed": seed, "epochs": epochs, "batch_size": batch_size}
    recipe = recipe.model_copy(update={name: value for name, value in given.items() if value is not None})
    place = choose_device(device)
    with ExitStack() as stack:
        stack.enter_context(seeded(mix(recipe.seed, 0), place, threads))
        processes = stack.enter_context(joined(place))
        session, data = prepare_session(network, recipe, dataset, place, processes)
        checkpoint: Checkpoint | None = None
        if out is not None and processes.first:
            folder = session.folder = stack.enter_context(RunFolder(out, resume=resume))
            if resume:
                checkpoint = take_up(session, folder, Wanted(network, recipe, dataset.checksum, threads))
            record = describe_run(session, data, dataset, arguments or {}, data_folder)
            folder.begin({**record, "options": dict(options or {})}, source)
            session.parts["folder"] = folder
        if resume:
            checkpoint = pass_on(checkpoint, processes)
        if room is not None and not room.fits:
            session.warnings += (room.warning(network.name, recipe.batch_size),)
        stack.enter_context(memory_named(network.name, recipe.batch_size, room))
        session.allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        made = make_callbacks([*recipe.callbacks, *callbacks]) if processes.first else []
        shown = progress or _progress_of(made) if processes.first else Progress()
        loop = Loop(session, data, made, shown)
        return loop.run(dataset.name, judge, checkpoint)


def pass_on(checkpoint: Checkpoint | None, processes: Processes) -> Checkpoint | None:
    """The first process's checkpoint, in all of them."""
    if processes.size == 1:
        return checkpoint
    data = processes.send(encode_checkpoint(checkpoint) if checkpoint is not None else None)
    return decode_checkpoint(data) if data is not None else None


def take_up(session: Session, folder: RunFolder, wanted: Wanted) -> Checkpoint | None:
    """The checkpoint that a run goes on from, None for its beginning, after a look at whether it is the same run."""
    checkpoint, warnings = find_checkpoint(folder.path)
    require_same(folder.path, folder.record, checkpoint, wanted)
    done = 0.0 if checkpoint is None else int(checkpoint.metadata["step"]) / session.steps_per_epoch
    session.warnings += (*warnings, *warn_of_rates(folder.path, folder.record, done, wanted.recipe))
    session.resumed = True
    return checkpoint


def _progress_of(callbacks: Sequence[Callback]) -> Progress:
    """What a ProgbarLogger shows; nothing where there is none."""
    return next((callback.progress() for callback in callbacks if isinstance(callback, ProgbarLogger)), Progress())
