"""Files that are no ordinary text, and what is said of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.command import SOUND, run


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_named_pipe_that_nothing_writes_to_is_empty_and_holds_nothing_up(tmp_path: Path) -> None:
    path = tmp_path / "pipe.cnn"
    os.mkfifo(path)
    done = run("check", str(path))
    assert done.status == 1
    assert done.out.startswith("error[file-empty]")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_named_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe.cnn"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY)
    os.write(writer, SOUND.encode())
    child = os.fork()
    if child == 0:  # writes the rest only after the checker has begun to read
        os.close(reader)
        os.write(writer, b"# the end\n")
        os._exit(0)
    os.close(writer)
    done = run("check", "-q", str(path))
    os.close(reader)
    os.waitpid(child, 0)
    assert (done.status, done.out) == (0, "")


def test_a_file_without_models_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "blocks.cnn"
    path.write_text("block Two(n) {\n  Conv2D(n, 3x3) -> ReLU\n}\n", encoding="utf-8")
    assert run("check", "-q", str(path)).out == ""
    assert run("check", str(path)).out.startswith(f"{path} states no model")


def test_an_engine_that_does_not_exist_is_a_wrong_use(tmp_path: Path) -> None:
    path = tmp_path / "m.cnn"
    path.write_text(SOUND, encoding="utf-8")
    done = run("render", str(path), "-o", str(tmp_path / "m.svg"), "--engine", "neato")
    assert done.status == 2
    assert "neato" in done.err
    assert run("render", str(path), "-o", str(tmp_path / "m.svg"), "--engine", "own").status == 0


@pytest.mark.skipif(os.name == "nt", reason="no name of a file holds a break here")
@pytest.mark.parametrize("options", [(), ("-q",), ("--format", "github"), ("--fix",)])
def test_a_name_with_a_break_in_it_makes_no_line_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """A log may act on what stands at the start of a line."""
    name = "a\n::error::b.cnn"
    monkeypatch.chdir(tmp_path)
    for text in (SOUND, SOUND.replace("3x3", "9x9"), "block Two(n) { ReLU }\n", SOUND.replace("3x3", "(3, 3)")):
        (tmp_path / name).write_text(text)
        done = run("check", *options, name)
        lines = (done.out + done.err).splitlines()
        assert not any(line.lstrip().startswith("::error::") for line in lines), lines
    for at in range(5):
        (tmp_path / f"{at}{name}").write_text(SOUND)
    done = run("check", ".")
    assert not any(line.lstrip().startswith("::error::") for line in done.out.splitlines())
