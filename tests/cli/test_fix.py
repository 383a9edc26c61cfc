"""``cnnspec check --fix``: what it writes where, and with which exit status."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from support.command import BROKEN, SOUND, run

SLIPS = "model M {\n  input 8 x 8 x 1;  # the picture\n  Conv2D(2, (3, 3)) -> Flaten -> Dense(10, actvation=softmax)\n}\n"
MENDED = "model M {\n  input 8x8x1  # the picture\n  Conv2D(2, 3x3) -> Flatten -> Dense(10, activation=softmax)\n}\n"
BOTH = SLIPS.replace("(3, 3)", "(9, 9)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "m.cnn"
    path.write_text(SLIPS)
    return path


class TestInPlace:
    def test_a_file(self, path: Path) -> None:
        path.chmod(0o640)
        done = run("check", "--fix", str(path))
        assert done.status == 0
        assert done.err == f"cnnspec: fixed {path}: 2 malformed-dims, 1 semicolon, 1 unknown-layer, 1 unknown-argument\n"
        assert done.out.startswith(f"M ({path})\n")
        assert done.out.endswith("5 fixed\n")
        assert path.read_text() == MENDED
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert list(path.parent.iterdir()) == [path]

    def test_what_remains_is_told_and_decides(self, path: Path) -> None:
        path.write_text(BOTH)
        done = run("check", "--fix", "-q", str(path))
        assert done.status == 1
        assert done.out.startswith("error[kernel-exceeds-input]")
        assert done.out.endswith("\n5 fixed; 1 error\n")
        assert done.err == ""
        assert path.read_text() == MENDED.replace("3x3", "9x9")

    def test_a_second_time_there_is_nothing_to_fix(self, path: Path) -> None:
        run("check", "--fix", str(path))
        os.utime(path, (1, 1))
        done = run("check", "--fix", str(path))
        assert (done.status, done.err) == (0, "")
        assert done.out.endswith("nothing to fix\n")
        assert path.stat().st_mtime == 1

    def test_suggested_fixes_are_left_to_the_author(self, path: Path) -> None:
        path.write_text(BROKEN)
        assert run("check", "--fix", str(path)).status == 1
        assert path.read_text() == BROKEN

    def test_through_links(self, path: Path) -> None:
        link = path.with_name("link.cnn")
        link.symlink_to(path.name)
        assert run("check", "--fix", str(link)).status == 0
        assert link.is_symlink()
        assert path.read_text() == MENDED

    def test_marks_and_ends_of_lines_stay(self, path: Path) -> None:
        path.write_bytes(b"\xef\xbb\xbf" + SLIPS.replace("\n", "\r\n").encode())
        assert run("check", "--fix", str(path)).status == 0
        assert path.read_bytes() == b"\xef\xbb\xbf" + MENDED.replace("\n", "\r\n").encode()

    def test_a_disk_that_is_full(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", refuse)
        assert run("check", "--fix", str(path)).status == 4
        assert path.read_text() == SLIPS
        assert list(path.parent.iterdir()) == [path]


class TestSeveral:
    def test_a_folder(self, path: Path) -> None:
        sound, broken = path.with_name("a.cnn"), path.with_name("b.cnn")
        sound.write_text(SOUND)
        broken.write_bytes(b"\xff")
        done = run("check", "--fix", str(path.parent), str(path.with_name("none.cnn")))
        assert done.status == 1
        assert done.out.endswith("\n4 files checked: 2 sound; 5 fixed; 2 errors\n")
        assert path.read_text() == MENDED
        assert (sound.read_text(), broken.read_bytes()) == (SOUND, b"\xff")

    def test_only_files_that_are_named(self, path: Path) -> None:
        used = path.with_name("used.cnn")
        used.write_text("block Two(n) { Conv2D(n, (3, 3)) }\n")
        path.write_text('use "used.cnn"\nmodel M {\n  input 8x8x1;\n  Two(4)\n}\n')
        assert run("check", "--fix", str(path)).status == 1
        assert path.read_text() == 'use "used.cnn"\nmodel M {\n  input 8x8x1\n  Two(4)\n}\n'
        assert "(3, 3)" in used.read_text()

    def test_what_is_mended_in_one_file_helps_the_other(self, path: Path) -> None:
        used = path.with_name("used.cnn")
        used.write_text("block Two(n) { Conv2D(n, (3, 3)) }\n")
        path.write_text('use "used.cnn"\nmodel M {\n  input 8x8x1;\n  Two(4)\n}\n')
        done = run("check", "--fix", str(path), str(used))
        assert done.status == 0
        assert done.out.endswith("\n2 files checked: all sound; 2 fixed\n")
        assert used.read_text() == "block Two(n) { Conv2D(n, 3x3) }\n"

    def test_json_says_what_was_fixed(self, path: Path) -> None:
        report = json.loads(run("check", "--fix", "--format", "json", str(path)).out)
        assert (report["ok"], report["fixed"]) == (True, 5)
        (file,) = report["files"]
        assert [d["code"] for d in file["diagnostics"] if d["severity"] != "info"] == []
        assert file["fixed"][0]["code"] == "malformed-dims"
        assert file["fixed"][0]["line"] == 2
        assert "fixed" not in json.loads(run("check", "--format", "json", str(path)).out)

    def test_json_has_the_edits_of_every_fix(self, path: Path) -> None:
        path.write_text(BOTH)
        report = json.loads(run("check", "--format", "json", str(path)).out)
        fixes = {d["code"]: d["fix"] for d in report["files"][0]["diagnostics"] if "fix" in d}
        assert fixes["unknown-argument"]["applicability"] == "safe"
        (edit,) = fixes["unknown-argument"]["edits"]
        assert edit["text"] == "activation"
        assert BOTH[edit["span"]["start"]["offset"] : edit["span"]["end"]["offset"]] == "actvation"
        path.write_text(BROKEN)
        (wrong,) = json.loads(run("check", "--format", "json", str(path)).out)["files"][0]["diagnostics"]
        assert wrong["fix"]["applicability"] == "suggested"


class TestLooking:
    def test_a_difference(self, path: Path) -> None:
        done = run("check", "--diff", str(path))
        assert (done.status, done.err) == (0, "cnnspec: 5 would be fixed\n")
        assert "-  input 8 x 8 x 1;  # the picture\n+  " not in done.out
        assert "+  input 8x8x1  # the picture\n" in done.out
        assert path.read_text() == SLIPS
        assert run("check", "--fix", "--diff", str(path)) == done

    @pytest.mark.skipif(shutil.which("patch") is None, reason="there is no patch on this machine")
    def test_a_difference_is_a_patch(self, path: Path) -> None:
        done = run("check", "--diff", "-q", str(path))
        assert done.err == ""
        subprocess.run(["patch", "-s", str(path)], input=done.out.encode(), check=True)
        assert path.read_text() == MENDED

    def test_what_would_remain(self, path: Path) -> None:
        path.write_text(BOTH)
        done = run("check", "--diff", str(path))
        assert (done.status, done.err) == (1, "cnnspec: 5 would be fixed; 1 error would remain\n")

    def test_a_file_without_slips_has_no_difference(self, path: Path) -> None:
        path.write_text(BROKEN)
        assert run("check", "--diff", str(path)).out == ""


class TestStandardInput:
    def test_to_standard_output(self) -> None:
        done = run("check", "--fix", "-", given=SLIPS)
        assert (done.status, done.out) == (0, MENDED)
        assert done.err.startswith("cnnspec: fixed standard input: 2 malformed-dims")

    def test_what_remains_is_told_beside_it(self) -> None:
        done = run("check", "--fix", "-q", "-", given=BOTH)
        assert (done.status, done.out) == (1, MENDED.replace("3x3", "9x9"))
        assert done.err.startswith("error[kernel-exceeds-input]")

    def test_a_text_without_slips_is_copied(self) -> None:
        assert run("check", "--fix", "-", given=SOUND).out == SOUND

    def test_two_things_on_standard_output_are_a_wrong_use(self, path: Path) -> None:
        done = run("check", "--fix", "--format", "json", "-", given=SLIPS)
        assert (done.status, done.out) == (2, "")
        assert "--format json" in done.err
        assert run("check", "--diff", "--format", "json", str(path)).status == 2


def test_a_check_says_how_much_could_be_fixed(path: Path) -> None:
    path.write_text(BOTH)
    assert run("check", "-q", str(path)).out.endswith("\n4 errors (4 fixable with --fix)\n")
    path.write_text(BROKEN)
    assert run("check", "-q", str(path)).out.endswith("\n1 error\n")
