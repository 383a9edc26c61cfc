"""``cnnspec explain``: what it takes, where it writes, how it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command import BROKEN, run
from support.markdown import ROOT

MNIST = str(ROOT / "specs" / "mnist_cnn.cnn")
PLAIN = str(ROOT / "specs" / "mnist_cnn_without_pooling.cnn")


class TestFields:
    def test_of_two_files_for_machines(self) -> None:
        done = run("explain", MNIST, "last", PLAIN, "--fields", "--format", "json")
        rows = json.loads(done.out)["sections"][0]["lines"][0]["rows"]
        assert [row[1] for row in rows] == ["1", "3", "6", "8", "16", "18"]
        assert done.status == 0

    def test_of_a_model_by_its_name(self) -> None:
        done = run("explain", f"{ROOT}/specs/resnet.cnn:ResNet34", "--fields")
        assert done.out.startswith("ResNet34: ")
        assert done.err == ""
        assert "--model takes another" in run("explain", f"{ROOT}/specs/resnet.cnn", "--fields").err

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ((MNIST, "last", "--fields", "--at", "3,0"), "height 0 to 2, width 0 to 2"),
            ((MNIST, "last", "--fields", "--at", "x"), "no position such as 3,5"),
            ((MNIST, "dense_1", "--fields", "--at", "3"), "leave --at out"),
            ((MNIST, PLAIN, "--fields", "--at", "0,0"), "one layer"),
            ((MNIST, "last", "dense_1", "--fields"), "has the layer last already"),
            ((MNIST, "nothing", "--fields"), "there is no layer nothing"),
            ((MNIST, "last", "dense_1"), "one too many"),
        ],
    )
    def test_what_cannot_be(self, arguments: tuple[str, ...], words: str) -> None:
        done = run("explain", *arguments)
        assert done.status == 2
        assert words in done.err
        assert done.out == ""

    def test_of_a_file_with_errors(self) -> None:
        done = run("explain", "-", "--fields", given=BROKEN)
        assert done.status == 1
        assert "kernel-exceeds-input" in done.err


class TestSubjects:
    @pytest.mark.parametrize(
        ("subject", "meant"),
        [
            ("maxpool", "MaxPool2D, MaxPool1D or MaxPool3D"),
            ("Linear", "Dense"),
            ("dropped-rows", "rows-dropped"),
            ("kernel_exceeds_input", "kernel-exceeds-input"),
            ("rows", "rows-dropped"),
            ("lenet5", "specs/lenet5.cnn"),
            ("conv", "Conv2D, Conv2DTranspose or Conv1D"),
        ],
    )
    def test_what_may_have_been_meant(self, subject: str, meant: str) -> None:
        done = run("explain", subject)
        assert done.status == 2
        assert f"is no file, no code of a diagnostic and no kind of layer; did you mean {meant}" in done.err

    def test_what_nobody_can_guess(self) -> None:
        assert "cnnspec layers lists the kinds" in run("explain", "E001").err

    def test_arguments_stand_below_their_meaning_where_there_is_no_room(self) -> None:
        narrow, wide = run("explain", "Conv2D").out, run("explain", "ReLU", COLUMNS="160").out
        assert "filters               number of filters: channels of the output\n" in narrow
        assert "                      must be given; at least 1\n" in narrow
        assert max(map(len, narrow.partition("Arguments of")[2].splitlines())) <= 80
        assert ["argument", "default", "may", "be", "meaning"] in [line.split() for line in wide.splitlines()]


class TestFilesWithErrors:
    TEXT = "model M {\n  input 8x8x1\n  Conv2D(2, 3x3) -> MaxPool2D\n  Conv2D(2, 9x9) -> Conv2D(4, 3x3)\n}\n"

    def test_a_layer_that_no_error_touches(self) -> None:
        done = run("explain", "-", "max_pool2d_1", given=self.TEXT)
        assert done.status == 1
        assert done.err == "cnnspec: - has an error elsewhere: cnnspec check -\n"
        assert "⌊(6 + 2·0 − 2)/2⌋ + 1 = 3" in done.out

    def test_a_layer_behind_an_error(self) -> None:
        done = run("explain", "-", "conv2d_3", given=self.TEXT)
        assert done.status == 1
        assert done.err.startswith("error[kernel-exceeds-input]")
        assert "An error makes this layer's figures unknown" in done.out

    def test_fields(self) -> None:
        done = run("explain", "-", "max_pool2d_1", "--fields", given=self.TEXT)
        assert done.status == 1
        assert "elsewhere" in done.err
        assert "(2 − 1)·1 + 3 = 4" in done.out

    def test_a_unit(self, tmp_path: Path) -> None:
        path = tmp_path / "image.txt"
        path.write_text("\n".join(["1 2 3 4 5 6 7 8"] * 8))
        done = run("explain", "-", "max_pool2d_1", "--at", "2,2", "--input", str(path), given=self.TEXT)
        assert done.status == 1
        assert "elsewhere" in done.err
        assert "The greatest is" in done.out
        assert run("explain", "-", "conv2d_3", "--at", "0,0", "--input", str(path), given=self.TEXT).out == ""


class TestWriting:
    @pytest.mark.parametrize(("suffix", "start"), [("md", "# "), ("json", "{"), ("txt", "last · Conv2D")])
    def test_the_suffix_says_the_form(self, suffix: str, start: str, tmp_path: Path) -> None:
        out = tmp_path / f"last.{suffix}"
        done = run("explain", MNIST, "last", "-o", str(out))
        assert (done.status, done.out, done.err) == (0, "", f"cnnspec: wrote {out}\n")
        assert out.read_text().startswith(start)

    def test_a_page(self, tmp_path: Path) -> None:
        out = tmp_path / "page.md"
        assert run("explain", "Conv2D", "-o", str(out)).status == 0
        assert out.read_text().startswith("# Conv1D")
