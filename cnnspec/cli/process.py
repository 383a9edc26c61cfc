"""From a command's arguments to its exit status: whatever happens, one clear message and the right number.

0 sound; 1 the file, a claim or the data; 2 usage; 3 our fault; 4 the machine (disk, memory, network, lock, a missing
extra); 130 and 143 signals. No traceback reaches a user unless ``CNNSPEC_DEBUG=1``.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from types import FrameType

import click

from cnnspec.api import UnknownNameError
from cnnspec.cli.group import root
from cnnspec.cli.terminal import Terminal, say, write_errors
from cnnspec.diagnostics import MachineError, SpecError

SOUND, UNSOUND, USAGE, OUR_FAULT, MACHINE, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 4, 130, 143

#: Modules of the extra ``torch``, by the name they are imported under.
EXTRA_MODULES = frozenset({"torch", "numpy", "PIL", "platformdirs", "safetensors", "sklearn"})


class Terminated(BaseException):
    """SIGTERM arrived: unwind, so that no half-written file stays behind."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command; every failure ends here."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    with _terminable():
        try:
            with root.make_context("cnnspec", arguments) as context:
                status = root.invoke(context)
        except BaseException as error:
            if os.environ.get("CNNSPEC_DEBUG") == "1" and not isinstance(error, _EXPECTED):
                raise
            status = _report(error)
    return max(status or SOUND, _flush())


def settle() -> None:
    """Prepare for a command that runs for long: collect garbage as usual."""
    import gc

    gc.enable()


@contextmanager
def _terminable() -> Generator[None]:
    """Turn SIGTERM into an exception while a command runs."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Terminated

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread: nobody sends it signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


_EXPECTED = (click.exceptions.Exit, click.ClickException, click.Abort, SpecError, UnknownNameError, KeyboardInterrupt, Terminated)


def _report(error: BaseException) -> int:
    """Say what happened and give the exit status for it."""
    known = _status_of(error)
    if known is not None:
        say(str(error))
        return known
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.ClickException():
            return _report_usage(error)
        case SpecError():
            write_errors(error.diagnostics)
            return MACHINE if isinstance(error, MachineError) else UNSOUND
        case UnknownNameError():
            say(str(error))
            return USAGE
        case KeyboardInterrupt() | click.Abort():
            say(str(error) or "interrupted")
            return getattr(error, "exit_status", INTERRUPTED)
        case Terminated():
            say("terminated")
            return TERMINATED
        case SystemExit():
            return error.code if isinstance(error.code, int) else SOUND if error.code is None else OUR_FAULT
        case ModuleNotFoundError() if (error.name or "").partition(".")[0] in EXTRA_MODULES:
            module = (error.name or "").partition(".")[0]
            say(f'this needs {module}, which is not installed: pip install "cnnspec[torch]"')
            return MACHINE
        case MemoryError():
            say("there is not enough memory for this")
            return MACHINE
        case OSError():
            return _report_machine(error)
        case _:
            return _report_fault(error)


#: Exceptions of upper floors by their full names (importing them here would cost a start), with their exit status.
_STATUS = {
    "cnnspec.train.checkpoint.CheckpointError": UNSOUND,
    "cnnspec.backends.torch_modules.table.NotLowered": UNSOUND,
    "cnnspec.layers.registry.UnusableLayer": MACHINE,
    "cnnspec.render.errors.RenderError": USAGE,
}


def _status_of(error: BaseException) -> int | None:
    for kind in type(error).__mro__:
        status = _STATUS.get(f"{kind.__module__}.{kind.__qualname__}")
        if status is not None:
            return MACHINE if getattr(error, "missing", False) else status
    return None


def _report_usage(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        sys.stderr.write(f"{error.format_message()}\n")
        return USAGE
    say(error.format_message().rstrip())
    context = getattr(error, "ctx", None)
    if context is not None:
        say(f"try: {context.command_path} --help")
    return USAGE


def _report_machine(error: OSError) -> int:
    place = f"{error.filename}: " if error.filename else ""
    say(f"{place}{(error.strerror or str(error) or type(error).__name__).lower()}")
    return MACHINE


def _report_fault(error: BaseException) -> int:
    text = " ".join(str(error).split())
    shown = text if len(text) <= 200 else f"{text[:200]}…"
    kind = type(error).__name__
    say(f"this is a fault of cnnspec, not of your file: {kind}{': ' + shown if shown else ''} (CNNSPEC_DEBUG=1 shows where)")
    return OUR_FAULT


def _flush() -> int:
    """Write out what is buffered; a reader that went away is no fault, a full disk is the machine's."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        Terminal.silence(sys.stdout)
    except OSError as error:
        Terminal.silence(sys.stdout)
        return _report_machine(error)
    try:
        sys.stderr.flush()
    except OSError:
        Terminal.silence(sys.stderr)
    return SOUND
