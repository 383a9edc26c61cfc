"""``cnnspec fmt``: what it writes where, and with which exit status."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from support.command import run
from support.markdown import ROOT, read_blocks

UNTIDY = "model  M{\n input 8x8x1\nFlatten }"
TIDY = "model M {\n  input 8x8x1\n  Flatten\n}\n"
WRONG = "model M {\n  input 8x8x1\n  Flatten(\n}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "m.cnn"
    path.write_text(UNTIDY)
    return path


class TestInPlace:
    def test_a_file(self, path: Path) -> None:
        path.chmod(0o640)
        done = run("fmt", str(path))
        assert (done.status, done.out, done.err) == (0, "", f"cnnspec: formatted {path}\n")
        assert path.read_bytes() == TIDY.encode()
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert list(path.parent.iterdir()) == [path]

    def test_a_tidy_file_is_not_touched(self, path: Path) -> None:
        path.write_text(TIDY)
        os.utime(path, (1, 1))
        done = run("fmt", str(path))
        assert (done.status, done.out, done.err) == (0, "", "")
        assert path.stat().st_mtime == 1

    def test_lines_that_end_as_on_windows(self, path: Path) -> None:
        path.write_bytes(TIDY.replace("\n", "\r\n").encode())
        assert run("fmt", "--check", str(path)).status == 1
        assert run("fmt", str(path)).status == 0
        assert path.read_bytes() == TIDY.encode()

    def test_through_links(self, path: Path) -> None:
        (path.parent / "folder").mkdir()
        near, far = path.with_name("near.cnn"), path.parent / "folder" / "far.cnn"
        near.symlink_to(path.name)
        far.symlink_to("../near.cnn")
        assert run("fmt", str(far)).status == 0
        assert near.is_symlink()
        assert far.is_symlink()
        assert path.read_text() == TIDY

    def test_a_link_to_nothing_makes_nothing(self, path: Path) -> None:
        link = path.with_name("link.cnn")
        link.symlink_to("nothing.cnn")
        done = run("fmt", str(link))
        assert done.status == 1
        assert "link.cnn?" not in done.err, "no file is its own nearest"
        assert sorted(entry.name for entry in path.parent.iterdir()) == ["link.cnn", "m.cnn"]

    def test_a_file_that_does_not_parse_stays(self, path: Path) -> None:
        path.write_text(WRONG)
        os.utime(path, (1, 1))
        done = run("fmt", str(path))
        assert (done.status, done.out) == (1, "")
        assert done.err.startswith("error[")
        assert path.read_text() == WRONG
        assert path.stat().st_mtime == 1

    def test_a_mistake_of_meaning_is_no_obstacle(self, path: Path) -> None:
        path.write_text(UNTIDY.replace("Flatten", "Flaten( 3 )"))
        assert run("fmt", str(path)).status == 0
        assert path.read_text() == TIDY.replace("Flatten", "Flaten(3)")

    def test_a_folder_that_cannot_be_written_to(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", refuse)
        assert run("fmt", str(path)).status == 4
        assert path.read_text() == UNTIDY
        assert list(path.parent.iterdir()) == [path]


class TestSeveral:
    def test_a_folder_whose_files_are_not_all_sound(self, path: Path) -> None:
        (path.parent / "deep").mkdir()
        deep = path.parent / "deep" / "d.cnn"
        deep.write_text(UNTIDY)
        path.with_name("a.cnn").write_text(WRONG)
        done = run("fmt", str(path.parent))
        assert done.status == 1
        assert path.read_text() == deep.read_text() == TIDY
        assert path.with_name("a.cnn").read_text() == WRONG

    def test_each_is_told_once(self, path: Path) -> None:
        tidy = path.with_name("tidy.cnn")
        tidy.write_text(TIDY)
        assert run("fmt", "--check", str(tidy), str(path)).err == f"cnnspec: {path} is not in canonical form\n"
        assert run("fmt", "-q", "--check", str(tidy), str(path)).err == ""
        assert run("fmt", str(tidy), str(path)).err == f"cnnspec: formatted {path}\n"

    def test_no_file_is_a_wrong_use(self) -> None:
        assert run("fmt").status == 2


class TestLooking:
    def test_check(self, path: Path) -> None:
        assert run("fmt", "--check", str(path)).status == 1
        assert path.read_text() == UNTIDY
        path.write_text(TIDY)
        assert run("fmt", "--check", str(path)).status == 0

    def test_check_of_a_file_that_does_not_parse(self, path: Path) -> None:
        path.write_text(WRONG)
        assert run("fmt", "--check", str(path)).status == 1
        assert path.read_text() == WRONG

    def test_diff(self, path: Path) -> None:
        done = run("fmt", "--diff", str(path))
        assert done.status == 0
        assert "-model  M{\n" in done.out
        assert "+model M {\n" in done.out
        assert path.read_text() == UNTIDY
        path.write_text(TIDY)
        assert run("fmt", "--diff", str(path)).out == ""

    def test_both(self, path: Path) -> None:
        done = run("fmt", "--check", "--diff", str(path))
        assert done.status == 1
        assert "+model M {\n" in done.out
        assert path.read_text() == UNTIDY

    @pytest.mark.skipif(shutil.which("patch") is None, reason="there is no patch on this machine")
    def test_a_difference_is_a_patch(self, path: Path) -> None:
        path.write_text(UNTIDY.replace("Flatten", "Flatten# one\u2028line\n"))
        done = run("fmt", "--diff", str(path))
        subprocess.run(["patch", "-s", str(path)], input=done.out.encode(), check=True)
        assert path.read_text() == TIDY.replace("Flatten", "Flatten  # one\u2028line")


class TestStandardInput:
    def test_to_standard_output(self) -> None:
        done = run("fmt", "-", given=UNTIDY)
        assert (done.status, done.out, done.err) == (0, TIDY, "")

    def test_a_tidy_text_too(self) -> None:
        assert run("fmt", "-", given=TIDY).out == TIDY
        assert run("fmt", "-", given="").out == ""

    def test_a_text_that_does_not_parse_gives_nothing(self) -> None:
        done = run("fmt", "-", given=WRONG)
        assert (done.status, done.out) == (1, "")

    def test_check_and_diff(self) -> None:
        done = run("fmt", "--check", "-", given=UNTIDY)
        assert (done.status, done.out) == (1, "")
        assert run("fmt", "--diff", "-", given=UNTIDY).out.startswith("--- standard input\n")


def test_the_library_and_the_examples_are_in_canonical_form() -> None:
    done = run("fmt", "--check", str(ROOT / "specs"), str(ROOT / "examples"))
    assert (done.status, done.err) == (0, "")


def test_the_readme_shows_the_canonical_form() -> None:
    shown = ["\n".join(block.lines) + "\n" for block in read_blocks((ROOT / "README.md").read_text()) if block.language == "cnn"]
    assert len(shown) > 2
    for text in shown:
        assert run("fmt", "-", given=text).out == text


class TestAnnotate:
    """``--annotate`` goes with everything else."""

    ANNOTATED = "model M {\n  input 8x8x1\n  Flatten  :: 64\n}\n"

    def test_in_place_and_no_second_time(self, path: Path) -> None:
        assert run("fmt", "--annotate", str(path)).status == 0
        assert path.read_text() == self.ANNOTATED
        assert run("fmt", "--annotate", str(path)).err == ""
        assert run("fmt", "--check", str(path)).status == 0

    def test_check_and_diff(self, path: Path) -> None:
        path.write_text(TIDY)
        assert run("fmt", "--check", str(path)).status == 0
        assert run("fmt", "--check", "--annotate", str(path)).status == 1
        assert "+  Flatten  :: 64" in run("fmt", "--diff", "--annotate", str(path)).out
        assert path.read_text() == TIDY

    def test_standard_input(self) -> None:
        assert run("fmt", "--annotate", "-", given=UNTIDY).out == self.ANNOTATED
