from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnspec import api
from cnnspec.analysis.report import FileReport, Report
from cnnspec.diagnostics import Diagnostic, Severity, Source
from support.command import BROKEN, SOUND, run
from support.markdown import ROOT

LENET = str(ROOT / "specs" / "lenet5.cnn")


@pytest.fixture
def sound(tmp_path: Path) -> str:
    path = tmp_path / "sound.cnn"
    path.write_text(SOUND)
    return str(path)


@pytest.fixture
def broken(tmp_path: Path) -> str:
    path = tmp_path / "broken.cnn"
    path.write_text(BROKEN)
    return str(path)


def test_a_sound_file(sound: str) -> None:
    done = run("check", sound)
    assert done.status == 0
    assert done.err == ""
    assert "conv2d_1" in done.out


def test_a_broken_file(broken: str) -> None:
    done = run("check", broken)
    assert done.status == 1
    assert done.out.startswith("error[kernel-exceeds-input]")
    assert done.out.endswith("1 error\n")
    assert done.err == ""


def test_the_table_fits_eighty_columns() -> None:
    for name in ("lenet5", "mnist_cnn", "alexnet", "resnet18", "unet", "siamese"):
        done = run("check", str(ROOT / "specs" / f"{name}.cnn"))
        title, *lines = done.out.splitlines()
        assert title.endswith(f"{name}.cnn)")
        assert max(map(len, lines)) <= 80


def test_a_wide_terminal_shows_more() -> None:
    assert "Conv2D" not in run("check", LENET).out.split("total")[0]
    wide = run("check", LENET, COLUMNS="120")
    assert "Conv2D 5×5, 6" in wide.out


def test_json_has_the_keys_of_the_contract() -> None:
    done = run("check", LENET, "--format", "json")
    report = json.loads(done.out)
    assert report["schema"] == 1
    assert report["ok"] is True
    (file,) = report["files"]
    assert file["path"] == LENET
    assert file["diagnostics"] == [d for d in file["diagnostics"] if d["severity"] == "info"]
    (model,) = file["models"]
    assert model["totals"]["params"] == 44_426
    first = model["layers"][1]
    assert {k: first[k] for k in ("name", "kind", "path", "inputs", "output_shape", "params", "macs")} == {
        "name": "conv2d_1",
        "kind": "Conv2D",
        "path": "LeNet5/conv2d_1",
        "inputs": ["input"],
        "output_shape": [24, 24, 6],
        "params": {"trainable": 156, "non_trainable": 0},
        "macs": 86_400,
    }
    assert first["receptive_field"] == {"size": [5, 5], "jump": [1, 1], "start": [0, 0]}
    assert first["im2col"] == [25, 576]
    claim = next(claim for claim in model["claims"] if claim["text"] == "params == 44_426")
    assert (claim["holds"], claim["actual"]) == (True, 44_426)


def test_json_of_a_broken_file(broken: str) -> None:
    done = run("check", broken, "--format", "json")
    assert done.status == 1
    report = json.loads(done.out)
    (diagnostic,) = [d for d in report["files"][0]["diagnostics"] if d["severity"] == "error"]
    assert report["ok"] is False
    assert diagnostic["code"] == "kernel-exceeds-input"
    assert diagnostic["span"]["start"] == {"line": 3, "column": 13, "offset": 36}
    assert diagnostic["span"]["end"] == {"line": 3, "column": 16, "offset": 39}


def test_json_of_a_file_that_is_not_there() -> None:
    done = run("check", "no.cnn", "--format", "json")
    assert done.status == 1
    report = json.loads(done.out)
    assert [d["code"] for d in report["files"][0]["diagnostics"]] == ["file-not-found"]


def test_several_files_and_folders(sound: str, broken: str) -> None:
    folder = str(Path(sound).parent)
    assert run("check", sound, broken).status == 1
    done = run("check", folder)
    assert done.status == 1
    assert done.out.endswith("2 files checked: 1 sound; 1 error\n")
    Path(broken).write_text(SOUND)
    assert run("check", folder).out.endswith("2 files checked: all sound\n")


def test_a_file_that_is_named_twice_is_checked_once(sound: str, broken: str) -> None:
    folder = Path(sound).parent
    report = json.loads(run("check", sound, f"{folder}/./sound.cnn", str(folder), "--format", "json").out)
    assert [file["path"] for file in report["files"]] == [sound, broken]


@pytest.mark.parametrize("options", [("-q",), ("--format", "github"), ("-q", "--format", "github"), ()])
def test_what_makes_a_check_fail_is_told(options: tuple[str, ...]) -> None:
    text = "model M {\n  input 9x9x1\n  MaxPool2D\n  Flatten -> Dense(2)\n}\n"
    done = run("check", "-", *options, given=text)
    assert done.status == 0
    assert "rows-dropped" not in done.out
    done = run("check", "-", "--fail-on", "info", *options, given=text)
    assert done.status == 1
    assert "rows-dropped" in done.out


class TestFilesThatUseOne:
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("blocks.cnn").write_text("block Two(n) {\n  Conv2D(n, 3x3) -> Relu\n}\n")
        for name in "abc":
            Path(f"{name}.cnn").write_text('use "blocks.cnn"\nmodel M {\n  input 8x8x1\n  Two(4)\n}\n')

    def test_what_is_wrong_there_is_said_once(self) -> None:
        done = run("check", "-q", ".")
        assert done.out.count("error[") == 1
        assert done.out.endswith("4 files checked: 0 sound; 1 error (1 fixable with --fix)\n")
        assert run("check", "-q", "--format", "github", "a.cnn", "./blocks.cnn", "b.cnn").out.count("::error") == 1

    def test_json_says_it_of_every_file(self) -> None:
        files = json.loads(run("check", "--format", "json", ".").out)["files"]
        assert [[d["code"] for d in file["diagnostics"]] for file in files] == [["unknown-layer"]] * 4

    def test_only_files_that_are_named_can_be_fixed(self) -> None:
        assert run("check", "-q", "a.cnn").out.endswith("\n1 error\n")


class TestManyFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for name in "abcde":
            (tmp_path / f"{name}.cnn").write_text(SOUND)
        return tmp_path

    def test_have_one_table_together(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(folder)
        (folder / "c.cnn").write_text(SOUND.replace("}", "  expect params == 750\n  expect macs == 1\n}"))
        (folder / "d.cnn").write_text("block Two(n) {\n  Conv2D(n, 3x3) -> ReLU\n}\n")
        (folder / "f.cnn").write_bytes(b"\xff")
        done = run("check", ".")
        assert done.status == 1
        table, libraries, false, unreadable, summary = done.out.split("\n\n")
        assert table.splitlines() == [
            "spec   input  parameters   MACs       claims",
            "a.cnn  8×8×1         750  1,368            –",
            "b.cnn  8×8×1         750  1,368            –",
            "c.cnn  8×8×1         750  1,368  1 of 2 hold",
            "e.cnn  8×8×1         750  1,368            –",
        ]
        assert libraries == "blocks to use\n  d.cnn"
        assert false.startswith("error[claim-false]")
        assert unreadable.startswith("error[file-not-utf8]")
        assert summary == "6 files checked: 4 sound; 2 errors\n"

    def test_a_table_each_where_more_is_asked_for(self, folder: Path) -> None:
        assert run("check", "-v", str(folder)).out.count("conv2d_1") == 5
        (folder / "a.cnn").unlink()
        assert run("check", str(folder)).out.count("conv2d_1") == 4

    def test_quiet_says_nothing_of_sound_files(self, folder: Path) -> None:
        assert run("check", "-q", str(folder)).out == ""


def test_standard_input() -> None:
    assert run("check", "-", given=SOUND).status == 0
    done = run("check", "-", given=BROKEN)
    assert done.status == 1
    assert "--> -:3:13" in done.out


def test_quiet_says_only_what_is_wrong(sound: str, broken: str) -> None:
    assert run("check", "-q", sound).out == ""
    done = run("check", "-q", broken)
    assert done.out.startswith("error[")
    assert "conv2d_1" not in done.out


def test_verbose_shows_infos(sound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    span = Source(sound, SOUND).span(8, 13)
    info = Diagnostic("rows-dropped", Severity.INFO, "the last row reaches no window", span)
    monkeypatch.setattr(api, "check", lambda *_, **__: Report((FileReport(sound, (info,)),)))
    assert run("check", sound).out == ""
    done = run("check", "-v", sound)
    assert done.out.startswith("info[rows-dropped]")
    assert done.status == 0


def test_one_model_of_several() -> None:
    sobel = str(ROOT / "specs" / "sobel.cnn")
    done = run("check", sobel, "--model", "SobelX")
    assert "SobelX" in done.out
    assert "SobelY" not in done.out
    done = run("check", sobel, "--model", "SobelZ")
    assert done.status == 2
    assert "did you mean Sobel" in done.err


def test_one_recipe_of_several() -> None:
    done = run("check", LENET, "--recipe", "lecture")
    assert done.status == 0
    assert run("check", LENET, "--recipe", "nope").status == 2


def test_a_parameter_can_be_set() -> None:
    done = run("check", LENET, "--set", "classes=12", "--format", "json")
    model = json.loads(done.out)["files"][0]["models"][0]
    assert model["layers"][-1]["output_shape"] == [12]
    claim = next(claim for claim in model["claims"] if claim["text"] == "params == 44_426")
    assert claim["holds"] is None
    assert claim["reason"]
    assert done.status == 0


def test_a_parameter_that_is_not_there_cannot_be_set() -> None:
    done = run("check", LENET, "--set", "klasses=7")
    assert done.status == 1
    assert "unknown-setting" in done.out


def test_an_unknown_extent_can_be_given() -> None:
    spec = str(ROOT / "specs" / "unet.cnn")
    done = run("check", spec, "--input", "64x64", "--format", "json")
    layers = json.loads(done.out)["files"][0]["models"][0]["layers"]
    assert layers[0]["output_shape"] == [64, 64, 1]
    assert run("check", spec, "--input", "64xx").status == 2


def test_the_number_of_layers_is_limited() -> None:
    text = "model M {\n  input 8x8x1\n  repeat 500 { ReLU }\n  Flatten\n}\n"
    assert run("check", "-q", "-", given=text).status == 0
    done = run("check", "-q", "-", "--max-nodes", "100", given=text)
    assert done.status == 1
    assert "too-many-nodes" in done.out
    assert run("check", "-", "--max-nodes", "0").status == 2


def test_colours(broken: str) -> None:
    assert "\x1b[" not in run("check", broken).out
    assert "\x1b[1;31m" in run("check", broken, "--color", "always").out
    assert "\x1b[1;31m" in run("check", broken, "--color", "always", NO_COLOR="1").out
    assert "\x1b[" not in run("check", broken, "--color", "never").out


def test_no_text_of_a_file_reaches_the_terminal_unescaped() -> None:
    text = "model M {\n  input 8x8x1\n  \x1b[2J\x9b31m\u202e\n  Flatten\n}\n"
    done = run("check", "-v", "-", given=text)
    assert done.status == 1
    assert all(char.isprintable() or char == "\n" for char in done.out)
