"""Exit statuses, signals, pipes: whatever happens, one clear message and the right number."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from cnnspec import api
from cnnspec.cli import process
from cnnspec.cli.group import COMMANDS, root
from cnnspec.cli.terminal import say
from support.command import BROKEN, SOUND, finish, run, start
from support.markdown import ROOT


def test_help_of_everything_has_an_example() -> None:
    for words in ([], *([name] for name in COMMANDS)):
        done = run(*words, "--help")
        assert done.status == 0
        assert "Example:\n  " in done.out, words
        assert f"    cnnspec {' '.join(words)}".rstrip() in done.out


def test_the_help_lists_every_command_with_its_own_words() -> None:
    done = run("--help")
    for name in COMMANDS:
        assert f"\n  {name}" in done.out


def test_every_command_has_the_common_options() -> None:
    with click.Context(root) as context:
        for name in COMMANDS:
            command = root.get_command(context, name)
            assert command is not None
            options = {option for parameter in command.params for option in parameter.opts}
            assert {"--color", "--quiet", "-q", "--verbose", "-v"} <= options, name


def test_no_command_is_no_success() -> None:
    done = run()
    assert done.status == 2
    assert "Usage:" in done.err
    assert done.out == ""


def test_the_version() -> None:
    import cnnspec

    assert run("--version").out == f"cnnspec {cnnspec.__version__}\n"


def test_the_version_is_that_of_the_package() -> None:
    import tomllib

    import cnnspec
    from support.markdown import ROOT

    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == cnnspec.__version__


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chek"], "Did you mean check?"),
        (["lenet.cnn"], "To check a file: cnnspec check lenet.cnn"),
        (["check"], "FILE"),
        (["check", "-", "--nope"], "--nope"),
        (["check", "-", "--format", "yaml"], "yaml"),
        (["check", "-", "--set", "x"], "'x' is not name=value"),
        (["explain", "conv2d"], "did you mean Conv2D?"),
        (["explain", "kernel-exceeds"], "did you mean kernel-exceeds-input?"),
        (["train", "-", "--epochs", "0"], "epochs"),
        (["render", "-"], "--output"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.status == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


@pytest.mark.parametrize("command", ["explain", "render", "train", "fmt"])
def test_commands_on_a_missing_file(command: str, tmp_path: Path) -> None:
    more = ["-o", str(tmp_path / "x.svg")] if command == "render" else []
    done = run(command, str(tmp_path / "no.cnn"), *more)
    assert done.status == 1
    assert done.err.startswith("error[file-not-found]")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["explain", "render", "train"])
def test_commands_on_a_folder(command: str, tmp_path: Path) -> None:
    more = ["-o", str(tmp_path / "x.svg")] if command == "render" else []
    done = run(command, f"{tmp_path}/", *more)
    assert done.status == 1
    assert done.err.startswith("error[file-is-folder]")


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"", b"\x00\x01\x02", b"\x7fELF", "модель".encode()])
def test_bytes_that_are_no_spec(data: bytes) -> None:
    done = run("check", "-", given=data)
    assert done.status == 1
    assert done.out.startswith("error[")
    assert done.err == ""


class TestFaults:
    def fail(self, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object, **__: object) -> object:
            raise error

        monkeypatch.setattr(api, "check", broken)

    def test_our_fault_is_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fail(ZeroDivisionError("by\nzero"), monkeypatch)
        done = run("check", "-")
        assert done.status == 3
        assert done.err == (
            "cnnspec: this is a fault of cnnspec, not of your file: ZeroDivisionError: by zero (CNNSPEC_DEBUG=1 shows where)\n"
        )

    def test_a_traceback_on_demand(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fail(ZeroDivisionError("by zero"), monkeypatch)
        with pytest.raises(ZeroDivisionError):
            run("check", "-", CNNSPEC_DEBUG="1")

    def test_a_long_message_is_cut(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fail(RuntimeError("x" * 10_000), monkeypatch)
        assert len(run("check", "-").err) < 400

    @pytest.mark.parametrize(
        ("error", "status", "message"),
        [
            (KeyboardInterrupt(), 130, "interrupted"),
            (process.Terminated(), 143, "terminated"),
            (MemoryError(), 4, "not enough memory"),
            (OSError(28, "No space left on device", "out.svg"), 4, "out.svg: no space left on device"),
            (ModuleNotFoundError("No module named 'torch'", name="torch"), 4, 'pip install "cnnspec[torch]"'),
            (ModuleNotFoundError("No module named 'PIL.Image'", name="PIL.Image"), 4, "needs PIL"),
            (ModuleNotFoundError("No module named 'cnnspec.nope'", name="cnnspec.nope"), 3, "fault of cnnspec"),
            (RecursionError("too deep"), 3, "fault of cnnspec"),
            (api.UnknownNameError("there is no model X"), 2, "there is no model X"),
        ],
    )
    def test_each_kind_has_its_status(
        self, error: BaseException, status: int, message: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.fail(error, monkeypatch)
        done = run("check", "-")
        assert done.status == status
        assert message in done.err
        assert done.err.count("\n") == 1

    def test_names_of_exceptions_that_have_a_status_exist(self) -> None:
        pytest.importorskip("torch")
        from importlib import import_module

        for name in process._STATUS:
            module, _, kind = name.rpartition(".")
            assert issubclass(getattr(import_module(module), kind), Exception)


class TestProcesses:
    """What needs a process of its own."""

    def test_a_reader_that_goes_away(self, tmp_path: Path) -> None:
        path = tmp_path / "m.cnn"
        path.write_text(SOUND.replace("Flatten", "ReLU * 5000 -> Flatten"))
        process = start(["check", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        assert process.wait(60) == 0
        assert errors == b""

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_a_full_disk(self) -> None:
        with Path("/dev/full").open("wb") as full:
            process = start(["check", "-"], stdin=subprocess.PIPE, stdout=full, stderr=subprocess.PIPE)
            _, errors = process.communicate(SOUND.encode(), timeout=60)
        assert process.returncode == 4
        assert b"no space left on device" in errors
        assert b"Traceback" not in errors

    @pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_signals(self, number: signal.Signals, status: int) -> None:
        process = start(["check", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(1.5)  # it waits for a text that never comes
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == status
        assert b"Traceback" not in errors

    def test_an_encoding_without_the_signs(self, tmp_path: Path) -> None:
        path = tmp_path / "m.cnn"
        path.write_text(BROKEN)
        done = finish(["check", str(path)], PYTHONIOENCODING="ascii")
        assert done.status == 1
        assert done.out.isascii()
        assert "needs 9x9, but its input is 8x8" in done.out

    def test_a_path_that_is_no_text(self, tmp_path: Path) -> None:
        path = os.fsencode(tmp_path) + b"/\xff\xfe.cnn"
        Path(os.fsdecode(path)).write_text(SOUND)
        done = finish(["check", os.fsdecode(path)])
        assert done.status == 0
        assert "Traceback" not in done.err

    def test_the_exit_status_reaches_the_shell(self) -> None:
        assert finish(["check", "-"], given=SOUND.encode()).status == 0
        assert finish(["check", "-"], given=BROKEN.encode()).status == 1
        assert finish(["check"]).status == 2

    def test_a_missing_extra_is_one_line(self, tmp_path: Path) -> None:
        """Torch hidden from the command: the line that names the extra, and exit status 4."""
        (tmp_path / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n")
        spec = tmp_path / "m.cnn"
        recipe = "train M {\n  data = digits\n  loss = categorical_crossentropy\n  optimizer = SGD\n  epochs = 1\n}\n"
        spec.write_text(SOUND.replace("8x8x1", "28x28x1") + recipe)
        code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from cnnspec.cli import main; sys.exit(main())"
        done = subprocess.run(
            [sys.executable, "-c", code, "train", str(spec)],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
            check=False,
        )
        assert done.returncode == 4
        assert 'pip install "cnnspec[torch]"' in done.stderr
        assert "Traceback" not in done.stderr


# --- messages ---------------------------------------------------------------------------------------------------------


class Screen(io.StringIO):
    """A stream that is a terminal."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_a_message_is_wrapped_at_the_width_of_a_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", str(columns))
    words = "taking model UNet2015; --model takes another: " + ", ".join(f"Network{number}" for number in range(12))
    say(words)
    first, *others = screen.getvalue().splitlines()
    assert first.startswith("cnnspec: taking")
    assert others
    assert all(line.startswith(" " * 9) and line[9] != " " for line in others)
    assert max(map(len, (first, *others))) <= columns
    assert " ".join([first, *(line.strip() for line in others)]) == f"cnnspec: {words}"


def test_a_message_in_a_pipe_stays_on_one_line() -> None:
    done = run("render", str(ROOT / "specs/unet.cnn"), "-o", "-", "--style", "conv", COLUMNS="40")
    assert next(line for line in done.err.splitlines() if "positions are counted" in line).endswith("as in 28x28")
