"""Markdown files that are tests: what they show is run, and what comes out must be what they say.

A file is prose with fenced blocks:

``cnn [NAME]``
    A spec. It is written to NAME (``spec.cnn`` without one) in the file's temporary folder. Unless the block says
    ``wrong`` (it has an error) or ``fragment`` (it is no whole file), it must be free of errors.
``console [norun]``
    Lines ``$ command`` with the output expected below each, standard output and standard error together. ``cnnspec``
    runs in this process, anything else in a shell. An exit status other than 0 is a last line ``[1]``. A line ``...``
    stands for any lines, ``[..]`` inside a line for any text. The width is 80 columns, without colours.
``text NAME``
    A file of any other kind.

``pytest --update`` (or ``CNNSPEC_UPDATE=1``) rewrites what was expected to what came out. ``specs`` is a link to the
library, so that the commands are those a reader of the repository would type.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from cnnspec.cli import main

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^(```+)(\w*)[ \t]*(.*)$")


@dataclass
class Command:
    """``$ …`` with the output that is expected: where its lines stand in the file, and what they say."""

    text: str
    line: int
    expected: list[str] = field(default_factory=list)
    output: list[str] | None = None


@dataclass
class Block:
    """A fenced block: its language, the words behind it, its lines and the line (from 0) at which they begin."""

    language: str
    words: list[str]
    lines: list[str]
    start: int


@dataclass
class Failure:
    """What did not come out as the file says."""

    line: int
    text: str


def read_blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a Markdown text."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        if opening is None:
            at += 1
            continue
        end = next((n for n in range(at + 1, len(lines)) if lines[n].startswith(opening[1])), len(lines))
        yield Block(opening[2], opening[3].split(), lines[at + 1 : end], at + 1)
        at = end + 1


def read_commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    commands: list[Command] = []
    for number, line in enumerate(block.lines):
        if line.startswith("$ "):
            commands.append(Command(line[2:], block.start + number))
        elif commands:
            commands[-1].expected.append(line)
    return commands


def run_file(path: Path, folder: Path, *, update: bool = False) -> list[Failure]:
    """Run a Markdown file in a folder; rewrite what it expects where ``update``."""
    text = path.read_text(encoding="utf-8")
    (folder / "specs").symlink_to(ROOT / "specs")
    failures: list[Failure] = []
    commands: list[Command] = []
    for block in read_blocks(text):
        match block.language:
            case "cnn":
                failures += _spec(block, folder)
            case "text" if block.words:
                (folder / block.words[0]).write_text("\n".join(block.lines) + "\n", encoding="utf-8")
            case "console" if "norun" not in block.words:
                for command in read_commands(block):
                    command.output = run_command(command.text, folder)
                    commands.append(command)
                    if not matches(command.expected, command.output):
                        failures.append(Failure(command.line + 1, _compare(command)))
            case _:
                pass
    if update and failures:
        path.write_text(rewrite(text, commands), encoding="utf-8")
        return [failure for failure in failures if not failure.text.startswith("$ ")]
    return failures


def _spec(block: Block, folder: Path) -> list[Failure]:
    from cnnspec.api import load_path

    names = [word for word in block.words if word not in ("wrong", "fragment")]
    if "fragment" in block.words:
        return []
    path = folder / (names[0] if names else "spec.cnn")
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(block.lines) + "\n", encoding="utf-8")
    report = load_path(path).check()
    if report.ok == ("wrong" in block.words):
        found = "; ".join(d.message for d in report.diagnostics) or "no errors"
        return [Failure(block.start, f"the spec was to be {'wrong' if report.ok else 'sound'}: {found}")]
    return []


def run_command(text: str, folder: Path) -> list[str]:
    """The lines that a command writes, and ``[status]`` where it does not end with 0."""
    words = shlex.split(text, comments=True)
    if words and words[0] == "cnnspec" and not {"|", "&&", ";"} & set(words):
        status, output = _run_here(words[1:], folder)
    else:
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=folder,
            env={**os.environ, **_ENVIRONMENT},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        status, output = done.returncode, done.stdout.decode()
    lines = output.split("\n")
    if lines[-1] == "":
        lines.pop()
    lines = [line.rstrip().replace(str(folder), "FOLDER") for line in lines]
    return [*lines, f"[{status}]"] if status else lines


_ENVIRONMENT = {"COLUMNS": "80", "NO_COLOR": "1", "GITHUB_WORKSPACE": ""}


def _run_here(words: list[str], folder: Path) -> tuple[int, str]:
    """Run ``cnnspec`` in this process, ``< FILE`` and ``> FILE`` included."""
    given, taken = b"", None
    for sign in ("<", ">"):
        if sign in words:
            at = words.index(sign)
            if sign == "<":
                given = (folder / words[at + 1]).read_bytes()
            else:
                taken = folder / words[at + 1]
            del words[at : at + 2]
    output = io.BytesIO()
    errors = output if taken is None else io.BytesIO()
    with redirected(given, output, errors), mock.patch.dict(os.environ, _ENVIRONMENT), _inside(folder):
        status = main(words)
        sys.stdout.flush()
        sys.stderr.flush()
    if taken is not None:
        taken.write_bytes(output.getvalue())
        return status, errors.getvalue().decode()
    return status, output.getvalue().decode()


@contextmanager
def redirected(given: bytes, output: io.BytesIO, errors: io.BytesIO) -> Iterator[None]:
    """Standard streams in memory, with bytes below text as a process has them."""
    streams = {
        "stdin": io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"),
        "stdout": io.TextIOWrapper(output, encoding="utf-8", write_through=True),
        "stderr": io.TextIOWrapper(errors, encoding="utf-8", write_through=True),
    }
    with mock.patch.multiple(sys, **streams):
        try:
            yield
        finally:
            for name in ("stdout", "stderr"):
                streams[name].detach()


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def matches(expected: Sequence[str], output: Sequence[str]) -> bool:
    """Whether the output is what was expected: ``...`` is any lines, ``[..]`` any text within one."""
    while expected and not expected[-1].strip():
        expected = expected[:-1]
    while output and not output[-1].strip():
        output = output[:-1]
    reach = {0}  # how many lines of the output the lines so far can have used up
    for line in expected:
        if line.strip() == "...":
            reach = set(range(min(reach), len(output) + 1)) if reach else reach
        else:
            reach = {at + 1 for at in reach if at < len(output) and _same(line, output[at])}
    return len(output) in reach


def _same(expected: str, line: str) -> bool:
    if "[..]" not in expected:
        return expected.rstrip() == line.rstrip()
    pattern = ".*".join(re.escape(part) for part in expected.rstrip().split("[..]"))
    return re.fullmatch(pattern, line.rstrip()) is not None


def _compare(command: Command) -> str:
    from difflib import unified_diff

    lines = unified_diff(command.expected, command.output or [], "expected", "came out", lineterm="")
    return "\n".join([f"$ {command.text}", *lines])


def rewrite(text: str, commands: Sequence[Command]) -> str:
    """The text with the output of every command that did not match put in place."""
    lines = text.split("\n")
    for command in sorted(commands, key=lambda command: -command.line):
        if command.output is not None and not matches(command.expected, command.output):
            trailing = len(command.expected) - len(_without_trailing_blanks(command.expected))
            start = command.line + 1
            lines[start : start + len(command.expected)] = [*command.output, *[""] * trailing]
    return "\n".join(lines)


def _without_trailing_blanks(lines: list[str]) -> list[str]:
    count = len(lines)
    while count and not lines[count - 1].strip():
        count -= 1
    return lines[:count]
