"""Standard output and standard error, as a command writes to them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Literal, TextIO

import click

from cnnspec.diagnostics import Diagnostic
from cnnspec.diagnostics.writers.columns import Style, takes_unicode, terminal_width, wrap
from cnnspec.record import state

Color = Literal["auto", "always", "never"]


#: The screen and what was scrolled out of it, then the cursor to its top.
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"

#: What a message begins with; the lines that go on with it are indented by as much.
_NAME = "cnnspec: "

#: Streams whose readers have gone.
_silenced: list[TextIO] = []


@state
class Terminal:
    """How this command was asked to write: colours, and how much."""

    color: Color = "auto"
    quiet: bool = False
    verbose: bool = False

    @staticmethod
    def current() -> Terminal:
        """The terminal of the running command, or one of defaults before its options are known."""
        context = click.get_current_context(silent=True)
        found = context.find_object(Terminal) if context is not None else None
        return found or _last

    def style(self, stream: TextIO) -> Style:
        """What the stream takes."""
        return Style(terminal_width(stream), self._colored(stream), takes_unicode(stream.encoding))

    def _colored(self, stream: TextIO) -> bool:
        if self.color != "auto":
            return self.color == "always"
        return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    @property
    def out(self) -> Style:
        """What standard output takes."""
        return self.style(sys.stdout)

    def write(self, text: str) -> None:
        """Data, to standard output."""
        _write(sys.stdout, text)

    def log(self, text: str) -> None:
        """A line about what is going on, to standard error; not when asked to be quiet."""
        if not self.quiet:
            say(text)

    def note_others(self, what: str, taken: str, names: Sequence[str], *, chosen: bool) -> None:
        """One line that names the models (or recipes) that were not taken, unless one was asked for by name."""
        others = [name for name in names if name != taken]
        if others and not chosen:
            self.log(
                f"taking {what} {taken}; --{what} takes another: {', '.join(others[:12])}{', …' if len(others) > 12 else ''}"
            )

    def show(self, text: str, *, cleared: bool = False) -> bool:
        """Data, to standard output at once, on a cleared terminal if it is one; whether anybody still reads it."""
        clears = cleared and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self.write(_CLEAR + text if clears else text)
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            Terminal.silence(sys.stdout)
        return sys.stdout not in _silenced

    @staticmethod
    def silence(stream: TextIO) -> None:
        """Send the rest of a stream nowhere: its reader has gone, and the command finishes all the same."""
        _silenced.append(stream)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError):
            pass
        finally:
            os.close(nowhere)


_last = Terminal()


def remember(terminal: Terminal) -> None:
    """Keep what the command's options said, for messages that are written after the command has ended."""
    _last.color, _last.quiet, _last.verbose = terminal.color, terminal.quiet, terminal.verbose


def say(text: str) -> None:
    """A message to standard error, as ``cnnspec: …``.

    On a terminal it is wrapped at the terminal's width and goes on below its first word. Elsewhere, in a pipe or a file, it
    stays on one line, so that whoever reads it need not put it together.
    """
    style = _last.style(sys.stderr)
    lines = [style.plain(text)]
    if sys.stderr.isatty():
        lines = wrap(lines[0], style.width - len(_NAME))
    _write(sys.stderr, _NAME + f"\n{' ' * len(_NAME)}".join(lines) + "\n")


def write_errors(diagnostics: Sequence[Diagnostic]) -> None:
    """Diagnostics to standard error, for commands whose data is something else."""
    from cnnspec.diagnostics.writers.text import write_diagnostics

    _write(sys.stderr, write_diagnostics(diagnostics, Terminal.current().style(sys.stderr)))


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except BrokenPipeError:
        Terminal.silence(stream)
    except UnicodeEncodeError:  # a path or a text that the stream's encoding does not have
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
