"""``cnnspec check --watch``: what is checked again, when, and how it ends."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnspec.api.checking import Checker
from cnnspec.cli.watching import Watched
from cnnspec.diagnostics import Diagnostic
from support.command import BROKEN, SOUND, run, start

DEADLINE_S = 60.0
USING = 'use "blocks.cnn"\nmodel M {\n  input 8x8x1\n  Two(4) -> Flatten -> Dense(10, activation=softmax)\n}\n'
BLOCKS = "block Two(n) {\n  Conv2D(n, 3x3) -> ReLU\n}\n"


class Counting(Checker):
    """A checker that knows what it was asked to check."""

    def __init__(self) -> None:
        super().__init__()
        self.checked: list[str] = []

    def check_file(self, path: str | Diagnostic):
        self.checked.append(path.code if isinstance(path, Diagnostic) else Path(path).name)
        return super().check_file(path)

    def since(self) -> list[str]:
        found, self.checked = self.checked, []
        return found


class TestLooking:
    """One look after another, in this process."""

    @pytest.fixture
    def checker(self) -> Counting:
        return Counting()

    @pytest.fixture
    def watched(self, tmp_path: Path, checker: Counting) -> Watched:
        for name in "ab":
            (tmp_path / f"{name}.cnn").write_text(SOUND)
        watched = Watched([str(tmp_path)], checker)
        watched.look()
        assert checker.since() == ["a.cnn", "b.cnn"]
        return watched

    def test_what_has_not_changed_is_not_checked_again(self, watched: Watched, checker: Counting, tmp_path: Path) -> None:
        watched.look()
        assert checker.since() == []
        (tmp_path / "b.cnn").write_text(BROKEN)
        watched.look()
        assert checker.since() == ["b.cnn"]
        assert [report.ok for report in watched.reports] == [True, False]

    def test_a_file_that_is_replaced_by_one_of_its_size_and_time(
        self, watched: Watched, checker: Counting, tmp_path: Path
    ) -> None:
        path, other = tmp_path / "a.cnn", tmp_path / "a.new"
        status = path.stat()
        other.write_text(SOUND.replace("3x3", "9x9"))
        os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
        other.replace(path)
        watched.look()
        assert checker.since() == ["a.cnn"]
        assert not watched.reports[0].ok

    def test_files_that_come_and_go(self, watched: Watched, checker: Counting, tmp_path: Path) -> None:
        (tmp_path / "c.cnn").write_text(SOUND)
        (tmp_path / "a.cnn").unlink()
        watched.look()
        assert checker.since() == ["c.cnn"]
        assert [Path(report.path).name for report in watched.reports] == ["b.cnn", "c.cnn"]

    def test_a_folder_that_is_empty_for_a_while(self, watched: Watched, checker: Counting, tmp_path: Path) -> None:
        for path in tmp_path.iterdir():
            path.unlink()
        watched.look()
        assert checker.since() == ["folder-without-specs"]
        (tmp_path / "a.cnn").write_text(SOUND)
        watched.look()
        assert [report.ok for report in watched.reports] == [True]

    def test_a_file_that_is_used(self, watched: Watched, checker: Counting, tmp_path: Path) -> None:
        (tmp_path / "a.cnn").write_text(USING)
        watched.look()
        assert set(checker.since()) == {"a.cnn"}
        assert not watched.reports[0].ok, "there is no such file yet"
        (tmp_path / "blocks.cnn").write_text(BLOCKS)
        watched.look()
        assert set(checker.since()) == {"a.cnn", "blocks.cnn"}
        assert watched.reports[0].ok
        (tmp_path / "blocks.cnn").write_text(BLOCKS.replace("3x3", "9x9"))
        watched.look()
        assert set(checker.since()) == {"a.cnn", "blocks.cnn"}
        assert not watched.reports[0].ok
        watched.look()
        assert checker.since() == []

    def test_settings_speak_of_every_file_below_them(self, watched: Watched, checker: Counting, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[project]\n")
        watched.look()
        assert checker.since() == ["a.cnn", "b.cnn"]

    def test_settings_are_read_anew(self, tmp_path: Path) -> None:
        path, project = tmp_path / "a.cnn", tmp_path / "pyproject.toml"
        path.write_text("model M {\n  input 9x9x1\n  MaxPool2D(padding=SAME)\n}\n")
        watched = Watched([str(path)], Checker())
        watched.look()
        assert [d.code for d in watched.reports[0].diagnostics] == ["word-case"]
        project.write_text('[tool.cnnspec]\nignore = ["word-case"]\n')
        watched.look()
        assert watched.reports[0].diagnostics == ()
        project.write_text("[tool.cnnspec\n")
        watched.look()
        assert [d.code for d in watched.reports[0].diagnostics] == ["project-not-toml", "word-case"]

    def test_a_file_of_settings_that_is_named(self, tmp_path: Path) -> None:
        path, config = tmp_path / "a.cnn", tmp_path / "other.toml"
        path.write_text("model M {\n  input 9x9x1\n  MaxPool2D(padding=SAME)\n}\n")
        config.write_text("[tool.cnnspec]\n")
        watched = Watched([str(path)], Checker(config=str(config)), settings=(str(config),))
        watched.look()
        config.write_text('[tool.cnnspec]\nignore = ["word-case"]\n')
        watched.look()
        assert watched.reports[0].diagnostics == ()

    def test_waiting_names_what_has_changed(self, watched: Watched, tmp_path: Path) -> None:
        def write() -> None:
            (tmp_path / "b.cnn").write_text(BROKEN)

        timer = threading.Timer(0.3, write)
        timer.start()
        assert watched.wait() == [str(tmp_path / "b.cnn")]
        timer.join()
        assert [report.ok for report in watched.reports] == [True, False]

    def test_a_file_is_checked_when_it_has_come_to_rest(self, watched: Watched, checker: Counting, tmp_path: Path) -> None:
        def write_slowly() -> None:
            with (tmp_path / "b.cnn").open("w") as stream:
                for at in range(0, len(SOUND), 8):
                    stream.write(SOUND[at : at + 8])
                    stream.flush()
                    time.sleep(0.01)

        writer = threading.Timer(0.1, write_slowly)
        writer.start()
        watched.wait()
        writer.join()
        assert checker.since() == ["b.cnn"]
        assert watched.reports[1].ok


class Process:
    """A watching process whose output is read as it comes."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        self.process = start(["check", "--watch", *arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.decode())

    def until(self, pattern: str) -> list[str]:
        """The lines up to one that matches, which must come soon."""
        found: list[str] = []
        end = time.monotonic() + DEADLINE_S
        while not found or not re.search(pattern, found[-1]):
            try:
                found.append(self.lines.get(timeout=max(end - time.monotonic(), 0.01)))
            except queue.Empty:
                raise AssertionError(f"no line matches {pattern!r} in {found}") from None
        return found

    def end(self, number: int) -> tuple[int, str]:
        """The exit status and what was written to standard error, after a signal."""
        self.process.send_signal(number)
        assert self.process.stderr is not None
        errors = self.process.stderr.read().decode()
        status = self.process.wait(DEADLINE_S)
        self.reader.join(DEADLINE_S)
        return status, errors


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    started: list[Process] = []
    yield started
    for one in started:
        one.process.kill()
        one.process.wait()
        one.reader.join(DEADLINE_S)
        for stream in (one.process.stdout, one.process.stderr):
            assert stream is not None
            stream.close()


class TestProcess:
    def test_from_the_first_look_to_the_last(self, tmp_path: Path, processes: list[Process]) -> None:
        path = tmp_path / "m.cnn"
        path.write_text(SOUND)
        watching = Process("m.cnn", cwd=tmp_path)
        processes.append(watching)
        head = watching.until("watching")
        assert re.fullmatch(r"\d\d:\d\d:\d\d  watching m\.cnn; Ctrl-C ends\n", head[-1])
        watching.until("^total ")
        path.write_text(BROKEN)
        assert re.fullmatch(r"\d\d:\d\d:\d\d  changed: m\.cnn\n", watching.until("changed")[-1])
        watching.until(r"^error\[kernel-exceeds-input\]")
        watching.until("^1 error")
        path.unlink()
        watching.until(r"^error\[file-not-found\]")
        (tmp_path / "new").write_text(SOUND)
        (tmp_path / "new").replace(path)
        assert not any("\x1b" in line for line in watching.until("^total "))
        assert watching.end(signal.SIGINT) == (130, "")

    def test_it_can_be_terminated(self, tmp_path: Path, processes: list[Process]) -> None:
        (tmp_path / "m.cnn").write_text(SOUND)
        watching = Process("-q", ".", cwd=tmp_path)
        processes.append(watching)
        watching.until("nothing is wrong")
        assert watching.end(signal.SIGTERM) == (143, "cnnspec: terminated\n")

    def test_a_model_that_is_not_there_ends_nothing(self, tmp_path: Path, processes: list[Process]) -> None:
        path = tmp_path / "m.cnn"
        path.write_text(SOUND)
        watching = Process("--model", "Other", "m.cnn", cwd=tmp_path)
        processes.append(watching)
        watching.until("there is no model Other")
        path.write_text(SOUND.replace("model M", "model Other"))
        watching.until("^Other ")
        assert watching.end(signal.SIGINT) == (130, "")

    def test_a_reader_that_leaves_ends_it(self, tmp_path: Path) -> None:
        path = tmp_path / "m.cnn"
        path.write_text(SOUND)
        process = start(["check", "--watch", "m.cnn"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        path.write_text(BROKEN)
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(DEADLINE_S) == 0
        process.stderr.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_is_cleared(tmp_path: Path) -> None:
    import pty

    (tmp_path / "m.cnn").write_text(SOUND)
    ours, theirs = pty.openpty()
    process = start(["check", "--watch", "m.cnn"], cwd=tmp_path, stdout=theirs, env={"TERM": "xterm", "NO_COLOR": "1"})
    os.close(theirs)
    seen = b""
    end = time.monotonic() + DEADLINE_S
    while b"total" not in seen and time.monotonic() < end:
        seen += os.read(ours, 4096)
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE_S) == 130
    os.close(ours)
    assert re.match(rb"\x1b\[2J\x1b\[3J\x1b\[H\d\d:\d\d:\d\d  watching", seen)


@pytest.mark.parametrize(
    "arguments", [("-",), ("--fix", "m.cnn"), ("--diff", "m.cnn"), ("--format", "json", "m.cnn"), ("--format", "sarif", "m.cnn")]
)
def test_what_does_not_go_together_is_a_wrong_use(arguments: tuple[str, ...]) -> None:
    done = run("check", "--watch", *arguments)
    assert (done.status, done.out) == (2, "")
    assert "--watch does not go with" in done.err
