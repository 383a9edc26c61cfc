"""The commands besides check: what they write where, and with which exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from support.command import BROKEN, SOUND, run, start
from support.markdown import ROOT

LENET = str(ROOT / "specs" / "lenet5.cnn")
TRAINED = SOUND.replace("8x8x1", "28x28x1") + (
    "train M {\n  data = digits\n  loss = categorical_crossentropy\n  optimizer = Adam\n"
    "  epochs = 2\n  expect accuracy >= 0.3\n}\n"
)


class TestRendering:
    def test_a_file(self, tmp_path: Path) -> None:
        out = tmp_path / "l.svg"
        done = run("render", LENET, "-o", str(out))
        assert (done.status, done.out) == (0, "")
        assert out.read_text().startswith("<svg")
        assert list(tmp_path.iterdir()) == [out]

    def test_standard_output(self) -> None:
        done = run("render", LENET, "-o", "-")
        assert done.status == 0
        assert done.out.startswith("<svg")

    def test_graphviz_source(self, tmp_path: Path) -> None:
        out = tmp_path / "l.dot"
        assert run("render", LENET, "-o", str(out)).status == 0
        assert "digraph" in out.read_text()

    @pytest.mark.parametrize("name", [".", "no/l.svg", "l", "l.xyz", "l.svg/"])
    def test_an_output_that_cannot_be(self, name: str, tmp_path: Path) -> None:
        done = run("render", LENET, "-o", f"{tmp_path}/{name}")
        assert done.status == 2
        assert list(tmp_path.iterdir()) == []

    def test_a_style_that_is_not(self, tmp_path: Path) -> None:
        done = run("render", LENET, "-o", str(tmp_path / "l.svg"), "--style", "cubist")
        assert done.status == 2
        assert "graph" in done.err
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("out", "options", "message"),
        [
            ("l.svg", ["--style", "nope"], "compare, text, mermaid, html; of a run: filters, feature-maps, curves, confusion"),
            (
                "l.html",
                ["--style", "conv", "--slides"],
                "slides are the page of a network, not one picture: leave --style away\n",
            ),
            ("l.svg", ["--slides"], "not one picture: end OUT in .html\n"),
            ("l.svg", ["--slides", "--style", "conv"], "picture: leave --style away and end OUT in .html\n"),
            ("l.svg", ["--format", "png"], "l.svg ends in .svg, and --format says png; end it in .png, or leave --format away"),
            ("l.tex", ["--format", "svg"], "l.tex ends in .tex, and --format says svg; end it in .svg"),
            ("l.txt", ["--palette", "mono"], "text has no colours; leave --palette away"),
            ("l.dot", ["--dark"], "DOT has the light look alone"),
        ],
    )
    def test_what_would_be_passed_over_is_refused(self, out: str, options: list[str], message: str, tmp_path: Path) -> None:
        done = run("render", LENET, "-o", str(tmp_path / out), *options)
        assert done.status == 2
        assert message in done.err
        assert list(tmp_path.iterdir()) == []

    def test_a_format_says_what_a_suffix_does_not(self, tmp_path: Path) -> None:
        for name, format in (("l", "svg"), ("l.out", "svg"), ("l.tex", "tikz"), ("l.SVG", "svg")):
            assert run("render", LENET, "-o", str(tmp_path / name), "--format", format).status == 0, name
        assert run("render", LENET, "-o", "-", "--format", "dot").out.startswith("digraph")
        assert run("render", LENET, "-o", str(tmp_path / "deck.html"), "--slides").status == 0

    def test_a_width_is_the_size_of_a_graph_in_dot(self) -> None:
        assert 'size="3.307,1000"' in run("render", LENET, "-o", "-", "--format", "dot", "--width", "84mm").out

    def test_a_broken_network_is_drawn_and_said_to_be(self, tmp_path: Path) -> None:
        spec = tmp_path / "b.cnn"
        spec.write_text(BROKEN)
        out = tmp_path / "b.svg"
        done = run("render", str(spec), "-o", str(out))
        assert done.status == 1
        assert "error[kernel-exceeds-input]" in done.err
        assert out.read_text().startswith("<svg")

    @pytest.mark.skipif(os.geteuid() == 0, reason="everything is writable to root")
    def test_a_folder_without_permission(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        assert run("render", LENET, "-o", str(tmp_path / "l.svg")).status == 4

    def test_a_full_disk_leaves_what_was_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        out = tmp_path / "l.svg"
        out.write_text("before")

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        done = run("render", LENET, "-o", str(out))
        assert done.status == 4
        assert "no space left on device" in done.err
        assert out.read_text() == "before"
        assert list(tmp_path.iterdir()) == [out]


class TestExplaining:
    def test_a_layer(self) -> None:
        done = run("explain", str(ROOT / "specs" / "mnist_cnn.cnn"), "conv2d_2")
        assert done.status == 0
        assert "⌊(13 + 2·0 − 3)/1⌋ + 1 = 11" in done.out
        assert "3·3·32·64 + 64 = 18,496" in done.out
        assert max(map(len, done.out.splitlines())) <= 80

    def test_a_broken_file_is_explained_as_far_as_it_goes(self) -> None:
        done = run("explain", "-", given=BROKEN)
        assert done.status == 1
        assert done.err.startswith("error[kernel-exceeds-input]")
        assert "Unknown because of an error" in done.out

    def test_every_page_and_kind(self) -> None:
        from cnnspec.layers.registry import LONG_NAMES, all_kinds
        from cnnspec.render.text_reference import diagnostic_codes

        for subject in (*diagnostic_codes(), *all_kinds(), *LONG_NAMES):
            done = run("explain", subject)
            assert done.status == 0, subject
            assert "Traceback" not in done.out
            assert "```" not in done.out

    def test_in_ascii(self) -> None:
        from cnnspec.analysis.explain import explain_model
        from cnnspec.api import load_path
        from cnnspec.diagnostics.writers.columns import Style
        from cnnspec.render.text_explain import write_explanation

        spec = load_path(LENET)
        assert write_explanation(explain_model(spec.resolved(), spec.model()), Style(unicode=False)).isascii()


class TestListing:
    def test_specs(self) -> None:
        done = run("list")
        assert done.status == 0
        assert "lenet5.cnn" in done.out
        assert "44,426" in done.out

    def test_specs_for_machines(self) -> None:
        rows = json.loads(run("list", "--format", "json").out)
        lenet = next(row for row in rows if row["model"] == "LeNet5" and row["path"].endswith("lenet5.cnn"))
        assert (lenet["params"], lenet["macs"], lenet["inputs"], lenet["ok"]) == (44_426, 281_640, [[28, 28, 1]], True)

    def test_layers(self) -> None:
        from cnnspec.layers.registry import all_kinds

        done = run("layers")
        assert {line.split(" ")[0] for line in done.out.splitlines()} >= set(all_kinds())
        assert {row["kind"] for row in json.loads(run("layers", "--format", "json").out)} == set(all_kinds())


class TestTraining:
    @pytest.fixture(autouse=True)
    def needs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("torch")
        pytest.importorskip("sklearn")
        monkeypatch.chdir(tmp_path)
        Path("m.cnn").write_text(TRAINED)

    def test_from_training_to_prediction(self) -> None:
        done = run("train", "m.cnn", "--threads", "1")
        assert done.status == 0, done.err
        assert "run in runs/M-1" in done.out
        assert "✓ accuracy >= 0.3" in done.out
        assert "epoch 2/2" in done.err
        names = {path.name for path in Path("runs/M-1").iterdir()}
        assert names == {"spec.cnn", "run.json", "metrics.csv", "checkpoints", "plots"}
        assert Path("runs/M-1/spec.cnn").read_text() == TRAINED

        done = run("evaluate", "runs/M-1", "--format", "json")
        assert done.status == 0
        evaluated = json.loads(done.out)
        assert evaluated["same_data"] is True
        assert "test  loss" in run("evaluate", "runs/M-1").out

        Path("one.txt").write_text("\n".join(" ".join("255" if 3 <= x <= 4 else "0" for x in range(8)) for _ in range(8)))
        done = run("predict", "runs/M-1", "one.txt", "--format", "json")
        assert done.status == 0
        (prediction,) = json.loads(done.out)
        assert prediction["label"] in "0123456789"
        done = run("predict", "runs/M-1", "one.txt", "-v")
        assert done.out.startswith("one.txt: ")
        assert "resized" in done.err

        done = run("apply", "m.cnn", "one.txt", "--run", "runs/M-1")
        assert done.status == 0
        assert len(done.out.split()) == 10

    def test_for_machines(self) -> None:
        done = run("train", "m.cnn", "--format", "json", "-q", "--out", "run", "--epochs", "1", "--threads", "1")
        assert done.status == 0
        assert done.err == ""
        result = json.loads(done.out)
        keys = "model data epochs train test seconds images_per_second device out claims"
        assert set(keys.split()) <= set(result)
        assert (result["model"], result["data"], result["epochs"], result["out"]) == ("M", "digits", 1, "run")
        assert result["claims"][0]["holds"] is None

    def test_a_false_claim_fails_the_command(self) -> None:
        Path("m.cnn").write_text(TRAINED.replace("accuracy >= 0.3", "accuracy > 1"))
        done = run("train", "m.cnn", "-q", "--threads", "1")
        assert done.status == 1
        assert "error[claim-false]" in done.err
        assert "✗ accuracy > 1" in done.out

    def test_the_run_keeps_what_its_claims_came_to(self) -> None:
        Path("m.cnn").write_text(TRAINED.replace("expect accuracy >= 0.3", "expect accuracy > 1\n  expect epochs == 2"))
        assert run("train", "m.cnn", "-q", "--threads", "1", "--out", "run").status == 1
        record = json.loads(Path("run/run.json").read_text())
        assert [(claim["text"], claim["holds"]) for claim in record["claims"]] == [("accuracy > 1", False), ("epochs == 2", True)]
        assert record["claims"][0]["actual"] == record["test"]["accuracy"]
        assert record["status"] == "finished"

    def test_a_run_finds_its_own_data_from_anywhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        numpy = pytest.importorskip("numpy")
        Path("project").mkdir()
        images, labels = numpy.zeros((20, 28, 28), "uint8"), numpy.arange(20) % 10
        numpy.savez("project/own.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
        text = TRAINED.replace("data = digits", 'data = npz("own.npz")').replace("  expect accuracy >= 0.3\n", "")
        Path("project/m.cnn").write_text(text)
        assert run("train", "project/m.cnn", "-q", "--threads", "1", "--out", "run").status == 0
        Path("elsewhere").mkdir()
        monkeypatch.chdir("elsewhere")
        done = run("evaluate", "../run")
        assert done.status == 0, done.err
        assert "on the 20 test images" in done.out

    def test_what_is_wrong_with_a_run_is_said(self) -> None:
        assert run("train", "m.cnn", "-q", "--threads", "1", "--out", "run").status == 0
        newest = max(Path("run/checkpoints").iterdir())
        newest.write_bytes(newest.read_bytes()[:-1])
        record = json.loads(Path("run/run.json").read_text())
        Path("run/run.json").write_text(json.dumps({**record, "status": "interrupted"}))
        done = run("evaluate", "run")
        assert done.status == 0
        assert "warning[checkpoint-skipped]" in done.err
        assert "the run was interrupted; its weights are those after 45 steps" in done.err
        assert run("evaluate", "run", "-q").err == ""

    def test_a_folder_is_judged_before_data_is_fetched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fetch(*_: object, **__: object) -> None:
            raise AssertionError

        monkeypatch.setattr("cnnspec.api.training.load_data", fetch)
        Path("file").write_text("mine")
        done = run("train", "m.cnn", "--data", "mnist", "--out", "file")
        assert done.status == 1
        assert "run-folder-is-file" in done.err

    def test_a_folder_that_is_taken(self) -> None:
        Path("run").mkdir()
        Path("run/precious.txt").write_text("mine")
        done = run("train", "m.cnn", "--out", "run")
        assert done.status == 1
        assert "run-folder-exists" in done.err
        assert [path.name for path in Path("run").iterdir()] == ["precious.txt"]

    @pytest.mark.parametrize(
        ("arguments", "status", "text"),
        [
            (["--data", "nope"], 2, "nope is no data set"),
            (["--data", "digit"], 2, "is no data set"),
            (["--data-dir", "/nope", "--data", "mnist"], 1, "/nope does not exist"),
            (["--recipe", "nope"], 2, "there is no recipe nope"),
            (["--model", "N"], 2, "there is no model N"),
            (["--set", "train.epoch=3"], 1, "unknown-setting"),
            (["--device", "quantum"], 4, "quantum"),
        ],
    )
    def test_what_cannot_be_trained(self, arguments: list[str], status: int, text: str) -> None:
        done = run("train", "m.cnn", *arguments)
        assert done.status == status, done.err
        assert text in done.err
        assert "Traceback" not in done.err
        assert not Path("runs").exists()

    @pytest.mark.parametrize("command", ["evaluate", "predict"])
    def test_what_is_no_run(self, command: str) -> None:
        more = ["x.png"] if command == "predict" else []
        for path in ("nope", ".", "m.cnn"):
            done = run(command, path, *more)
            assert done.status == 1
            assert done.err.startswith("error[run-")

    def test_fixed_filters_on_a_matrix(self) -> None:
        Path("m.txt").write_text("1 1 1 0 0\n0 1 1 1 0\n0 0 1 1 1\n0 0 1 1 0\n0 1 1 0 0\n")
        text = "model M {\n  input 5x5x1\n  Filter2D([[1,0,1],[0,1,0],[1,0,1]], padding=valid)\n}\n"
        Path("f.cnn").write_text(text)
        done = run("apply", "f.cnn", "m.txt")
        assert done.status == 0
        assert done.out == "4 3 4\n2 4 3\n2 3 4\n"
        assert run("apply", "f.cnn", "m.txt", "-o", "out.npy").status == 0
        assert Path("out.npy").is_file()
        assert run("apply", "f.cnn", "m.txt", "-o", "no/out.npy").status == 2

    def test_an_input_that_does_not_fit(self) -> None:
        Path("m.txt").write_text("1 2\n3 4\n")
        done = run("apply", "m.cnn", "m.txt")
        assert done.status == 1
        assert "error[input-shape-mismatch]" in done.err

    def test_data(self) -> None:
        done = run("data", "digits")
        assert done.status == 0
        assert "1,437 images to train, 360 to test, 28×28×1" in done.out
        assert json.loads(run("data", "digits", "--format", "json").out)["train"] == 1437
        assert run("data", "digts").status == 2

    @pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_a_signal_saves_and_ends(self, number: signal.Signals, status: int, tmp_path: Path) -> None:
        command = ["train", "m.cnn", "--epochs", "100000", "--out", "run", "--threads", "1"]
        process = start(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        metrics = tmp_path / "run" / "metrics.csv"
        deadline = time.monotonic() + 60
        while not metrics.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == status, errors
        assert b"saved in run" in errors
        assert b"Traceback" not in errors
        assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "interrupted"
        assert run("evaluate", "run").status == 0
