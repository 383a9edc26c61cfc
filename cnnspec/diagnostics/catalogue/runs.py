"""Runs: their folders, their checkpoints, and training that cannot go on."""

from __future__ import annotations

from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Diagnostic, Severity
from cnnspec.diagnostics.span import Source, Span

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def _whole(path: str) -> Span:
    """The place of a folder or a file that is not a text."""
    return Source(path, "").span(0, 0)


# --- the folder -----------------------------------------------------------------------------------------------------


@code("run-folder-exists")
def run_folder_exists(path: str, *, holds: str) -> Diagnostic:
    return Diagnostic(
        "run-folder-exists",
        ERROR,
        f"{path} exists and holds {holds}; a run writes into a new or an empty folder",
        _whole(path),
        notes=("nothing in it was changed",),
        help="name another folder with --out, or leave --out away: every run then gets a folder of its own",
    )


@code("run-folder-is-file")
def run_folder_is_file(path: str) -> Diagnostic:
    return Diagnostic(
        "run-folder-is-file",
        ERROR,
        f"{path} is a file, and a run writes into a folder",
        _whole(path),
        help="name another folder with --out",
    )


@code("run-folder-locked")
def run_folder_locked(path: str, *, holder: str) -> Diagnostic:
    return Diagnostic(
        "run-folder-locked",
        ERROR,
        f"another run writes into {path}: {holder}",
        _whole(path),
        help="wait for it to end, or name another folder with --out",
    )


@code("disk-full")
def disk_full(path: str, *, needed: int, free: int | None, kept: str | None) -> Diagnostic:
    there = f", and {free:,} are free" if free is not None else ""
    return Diagnostic(
        "disk-full",
        ERROR,
        f"there is no room for {path}: it needs {needed:,} bytes{there}",
        _whole(path),
        notes=(f"the last good checkpoint is {kept}",) if kept else ("no checkpoint had been written yet",),
        help="make room, or name a folder on another disk with --out",
    )


@code("run-not-found")
def run_not_found(path: str, *, missing: str = "") -> Diagnostic:
    return Diagnostic(
        "run-not-found",
        ERROR,
        f"{path} is not the folder of a run: it has no {missing}" if missing else f"there is no folder {path}",
        _whole(path),
        help="name the folder that cnnspec train wrote, the one that holds run.json",
    )


@code("run-broken")
def run_broken(path: str, *, reason: str) -> Diagnostic:
    return Diagnostic(
        "run-broken",
        ERROR,
        f"{path} cannot be read: {reason}",
        _whole(path),
        help="train again; a run's files are not meant to be edited",
    )


@code("resume-mismatch")
def resume_mismatch(path: str, *, differences: tuple[str, ...]) -> Diagnostic:
    first, *others = differences
    return Diagnostic(
        "resume-mismatch",
        ERROR,
        f"the run in {path} cannot be gone on with, since it would be another one: {first}",
        _whole(path),
        notes=tuple(others),
        help=f"leave away what differs (cnnspec train --resume {path} takes everything from the run), "
        "or train anew into another folder with --out",
    )


@code("schedule-stretched", WARNING)
def schedule_stretched(path: str, *, schedule: str, before: int, now: int, done: float, rates: tuple[float, float]) -> Diagnostic:
    return Diagnostic(
        "schedule-stretched",
        WARNING,
        f"{schedule} runs over all epochs: with {now:,} in place of {before:,} the learning rate after {done:.6g} "
        f"is {rates[1]:.3g}, and would have been {rates[0]:.3g}",
        _whole(path),
        notes=(f"so the run is not that of {now:,} epochs from the start either, nor one that was only prolonged",),
        help=f"train anew with --epochs {now} and another --out, if that run is wanted",
    )


# --- checkpoints ----------------------------------------------------------------------------------------------------


@code("checkpoint-corrupt")
def checkpoint_corrupt(path: str, *, reason: str) -> Diagnostic:
    return Diagnostic(
        "checkpoint-corrupt",
        ERROR,
        f"no checkpoint of {path} is whole: {reason}",
        _whole(path),
        notes=("each checkpoint holds the SHA-256 of all its bytes, and it does not agree",),
        help="restore the folder from a copy, or train again",
    )


@code("checkpoint-skipped", WARNING)
def checkpoint_skipped(path: str, *, reason: str, used: str) -> Diagnostic:
    return Diagnostic(
        "checkpoint-skipped",
        WARNING,
        f"{path} is not whole ({reason}); {used}, the one before, is used",
        _whole(path),
        help="delete the broken file",
    )


@code("checkpoint-mismatch")
def checkpoint_mismatch(path: str, *, reason: str) -> Diagnostic:
    return Diagnostic(
        "checkpoint-mismatch",
        ERROR,
        f"{path} does not belong to this network: {reason}",
        _whole(path),
        help="use the run of the same spec, or train this one",
    )


# --- training that cannot go on -------------------------------------------------------------------------------------


@code("training-diverged")
def training_diverged(
    path: str, *, loss: float, epoch: int, step: int, layer: str, learning_rate: float, kept: str
) -> Diagnostic:
    where = f"; {layer}" if layer else ""
    return Diagnostic(
        "training-diverged",
        ERROR,
        f"the loss became {_number(loss)} at step {step:,} of epoch {epoch:,}{where}",
        _whole(path),
        notes=(f"the learning rate was {learning_rate:g}", f"{kept} were kept"),
        help=f"try a smaller learning rate, such as {learning_rate / 10:g}",
    )


@code("callback-needs-folder")
def callback_needs_folder(path: str, *, name: str) -> Diagnostic:
    return Diagnostic(
        "callback-needs-folder",
        ERROR,
        f"{name} writes {path} into the run's folder, and this run has none",
        _whole(path),
        help='give train a folder: out="runs/first"',
    )


@code("network-not-allowed")
def network_not_allowed(path: str, *, owner: str, host: str) -> Diagnostic:
    return Diagnostic(
        "network-not-allowed",
        ERROR,
        f"{owner} sends the figures of every epoch to {host}, and nobody has allowed it",
        _whole(path),
        notes=("a file alone never makes a run talk to another machine",),
        help=f"add --allow-network {host} (from Python allow_network=[{host!r}]), or leave {owner} out",
    )


@code("extra-missing")
def extra_missing(path: str, *, owner: str, extra: str) -> Diagnostic:
    return Diagnostic(
        "extra-missing",
        ERROR,
        f"{owner} needs the package {extra}, which is not installed",
        _whole(path),
        help=f"pip install 'cnnspec[{extra}]', or leave {owner} out",
    )


@code("out-of-memory")
def out_of_memory(
    path: str, *, batch_size: int, detail: str, needed: int | None = None, largest: int = 0, remedies: tuple[str, ...] = ()
) -> Diagnostic:
    step = () if needed is None else (f"by the network's analysis such a step takes {_amount(needed)}",)
    half = max(1, batch_size // 2)
    return Diagnostic(
        "out-of-memory",
        ERROR,
        f"there is not enough memory for batches of {batch_size:,}: {detail}",
        _whole(path),
        notes=(*step, *_others(remedies)),
        help=f"try --batch-size {min(half, largest) if largest else half}",
    )


@code("memory-short", WARNING)
def memory_short(path: str, *, batch_size: int, needed: int, free: int, largest: int, remedies: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(
        "memory-short",
        WARNING,
        f"a step with batches of {batch_size:,} takes {_amount(needed)}, and {_amount(free)} of memory are free",
        _whole(path),
        notes=_others(remedies),
        help=f"--batch-size {largest} fits" if largest else "not even a batch of 1 fits: take a smaller network or device memory",
    )


def _others(remedies: tuple[str, ...]) -> tuple[str, ...]:
    return (f"it would also fit with {', or '.join(remedies)}",) if remedies else ()


def _amount(count: int) -> str:
    """Bytes as people read them."""
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count:,} bytes"


@code("device-unavailable")
def device_unavailable(device: str, *, reason: str) -> Diagnostic:
    return Diagnostic(
        "device-unavailable",
        ERROR,
        f"the device {device} cannot be used: {reason}",
        _whole(device),
        help="--device cpu always works",
    )


@code("precision-unavailable")
def precision_unavailable(device: str, *, precision: str) -> Diagnostic:
    return Diagnostic(
        "precision-unavailable",
        ERROR,
        f"the device {device} has no arithmetic of {precision}; it would be slower than float32",
        _whole(device),
        help="train with --set train.precision=float32, or on another device",
    )


@code("precision-unsuited")
def precision_unsuited(path: str, *, precision: str, lower: list[float], full: list[float]) -> Diagnostic:
    return Diagnostic(
        "precision-unsuited",
        ERROR,
        f"in {precision} the loss of the first batches is {_list(lower)}, in float32 {_list(full)}",
        _whole(path),
        notes=("what is learned from such losses is not what the recipe means",),
        help="train with --set train.precision=float32, or give bfloat16 a try, which has float32's range",
    )


def _list(numbers: list[float]) -> str:
    return ", ".join(f"{number:.4g}" for number in numbers)


# --- applying networks ----------------------------------------------------------------------------------------------


@code("input-shape-mismatch")
def input_shape_mismatch(path: str, *, found: str, expected: str) -> Diagnostic:
    return Diagnostic(
        "input-shape-mismatch",
        ERROR,
        f"{path} is {found}, but the network takes {expected}",
        _whole(path),
        help="give an input of that shape, or change the network's input",
    )


@code("output-not-picture")
def output_not_picture(path: str, *, shape: str, reason: str) -> Diagnostic:
    return Diagnostic(
        "output-not-picture",
        ERROR,
        f"the result, {shape}, cannot be written to {path}: {reason}",
        _whole(path),
        help="give a name that ends in .npy or .txt for the numbers; .png and .jpg take maps",
    )


def _number(value: float) -> str:
    return "NaN" if value != value else ("−∞" if value < 0 else "∞") if value in (float("inf"), float("-inf")) else f"{value:g}"
