"""``cnnspec cost``: options, statuses, and what goes where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import BROKEN, SOUND, run


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "a.cnn"
    file.write_text(SOUND, encoding="utf-8")
    return str(file)


def test_text(path: str) -> None:
    done = run("cost", path, "--batch", "16", "--memory", "1 MiB", "--device", "t4")
    assert (done.status, done.err) == (0, "")
    for heading in ("M · cost", "Memory of training", "In 1 MiB of memory", "Time of a step of training on NVIDIA T4, at least"):
        assert heading in done.out
    assert "\x1b" not in done.out


def test_json_and_markdown(path: str) -> None:
    data = json.loads(run("cost", path, "--format", "json", "--peak", "1TFLOPS", "--bandwidth", "10GB/s").out)
    assert (data["model"], data["device"]["bandwidth"], data["memory"]) == ("M", 10**10, None)
    assert run("cost", path, "--format", "markdown").out.startswith("# M · cost\n")


def test_all_rows_with_v(path: str) -> None:
    specs = ("cost", "specs/resnet18.cnn", "--device", "h200")
    assert "; -v lists all." in run(*specs).out
    assert "-v lists all" not in run(*specs, "-v").out


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--memory", "8 apples"], "'8 apples' is not memory such as 8GiB or 80GB"),
        (["--peak", "10TFLOPS"], "--peak and --bandwidth belong together"),
        (["--device", "h200", "--peak", "10TFLOPS"], "give --device, or --peak and --bandwidth, not both"),
        (["--peak", "fast", "--bandwidth", "500GB/s"], "'fast' is not a peak such as 10TFLOPS"),
        (["--batch", "0"], "0 is not in the range"),
        (["--device", "h20"], "did you mean h200?"),
    ],
)
def test_wrong_usage(path: str, options: list[str], reason: str) -> None:
    done = run("cost", path, *options)
    assert done.status == 2
    assert reason in " ".join(done.err.split())


def test_an_optimizer_that_there_is_not(path: str) -> None:
    done = run("cost", path, "--optimizer", "adm")
    assert done.status == 1
    assert "did you mean Adam?" in done.err


def test_a_broken_file(tmp_path: Path) -> None:
    file = tmp_path / "b.cnn"
    file.write_text(BROKEN, encoding="utf-8")
    done = run("cost", str(file))
    assert (done.status, done.out) == (1, "")
    assert done.err.count("error[") == 1


def test_the_other_models_are_named() -> None:
    assert "taking model ResNet18; --model takes another: ResNet34" in run("cost", "specs/resnet.cnn").err
    assert run("cost", "specs/resnet.cnn", "--model", "ResNet18").err == ""
