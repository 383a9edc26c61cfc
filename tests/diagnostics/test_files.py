"""Files that cannot be read as a spec: each is a diagnostic, with its place and the right exit status."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cnnspec import api
from cnnspec.diagnostics import Diagnostic, Source
from cnnspec.syntax.limits import MAX_FILE_BYTES
from cnnspec.syntax.reading import decode, expand, find_specs, read_source

SOUND = "model M {\n  input 8x8x1\n  Flatten -> Dense(10, activation=softmax)\n}\n"


def read(path: Path | str) -> Diagnostic:
    found = read_source(str(path))
    assert isinstance(found, Diagnostic)
    return found


def test_a_missing_file_names_its_nearest_neighbour(tmp_path: Path) -> None:
    (tmp_path / "lenet5.cnn").write_text(SOUND)
    (tmp_path / "other.cnn").write_text(SOUND)
    found = read(tmp_path / "lenet.cnn")
    assert found.code == "file-not-found"
    assert found.help == f"did you mean {tmp_path / 'lenet5.cnn'}?"
    assert read(tmp_path / "lenet5").help == f"did you mean {tmp_path / 'lenet5.cnn'}?"


def test_a_missing_file_of_the_library_names_it(tmp_path: Path) -> None:
    found = read(tmp_path / "lenet5.cnn")
    assert found.help is not None
    assert found.help.endswith("specs/lenet5.cnn?")


@pytest.mark.parametrize("path", ["no/such/folder/x.cnn", "a\0b", "x" * 300, "lenet\udcff.cnn"])
def test_odd_paths(path: str) -> None:
    assert read(path).code in ("file-not-found", "file-unreadable")


def test_a_file_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(SOUND)
    assert read(tmp_path / "x" / "y.cnn").code == "file-not-found"


def test_a_folder_instead_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.cnn").write_text(SOUND)
    found = read(tmp_path)
    assert found.code == "file-is-folder"
    assert "holds 1 .cnn file" in found.message


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is readable to root")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "x.cnn"
    path.write_text(SOUND)
    path.chmod(0)
    assert read(path).code == "file-unreadable"


def test_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "x.cnn").symlink_to(tmp_path / "y.cnn")
    (tmp_path / "y.cnn").symlink_to(tmp_path / "x.cnn")
    assert read(tmp_path / "x.cnn").code == "file-unreadable"


def test_a_large_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.cnn"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    monkeypatch.setattr("cnnspec.syntax.reading._read_up_to", lambda *_: pytest.fail("it was read"))
    found = read(path)
    assert found.code == "file-too-large"
    assert "100,000,000 bytes" in found.message


def test_a_file_that_hides_its_size_is_read_up_to_the_limit() -> None:
    found = read_source("/dev/zero", limit=1000)
    assert isinstance(found, Diagnostic)
    assert found.code == "file-too-large"


def test_a_file_of_the_greatest_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.cnn"
    path.write_bytes(b"#" * MAX_FILE_BYTES)
    assert isinstance(read_source(str(path)), Source)
    path.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    assert read(path).code == "file-too-large"


@pytest.mark.parametrize(
    ("data", "byte", "line", "column", "offset"),
    [
        (b"# caf\xe9\n", 0xE9, 1, 6, 5),
        ("# café\n".encode() + b"\xff", 0xFF, 2, 1, 8),
        (b"\xef\xbb\xbfmodel \xc3(", 0xC3, 1, 7, 9),
        (b"model\xed\xa0\x80", 0xED, 1, 6, 5),
        (b"model \xf0\x9f", 0xF0, 1, 7, 6),
    ],
)
def test_the_first_byte_that_is_not_utf8_is_marked(data: bytes, byte: int, line: int, column: int, offset: int) -> None:
    found = decode("x.cnn", data)
    assert isinstance(found, Diagnostic)
    assert found.code == "file-not-utf8"
    assert f"0x{byte:02X} at offset {offset} " in found.message
    assert found.span.begin[:2] == (line, column)


def test_utf16_is_recognised() -> None:
    found = decode("x.cnn", "model".encode("utf-16"))
    assert isinstance(found, Diagnostic)
    assert "looks like UTF-16" in (found.help or "")


def test_a_byte_order_mark_is_passed_over() -> None:
    found = decode("x.cnn", b"\xef\xbb\xbfmodel")
    assert isinstance(found, Source)
    assert found.text == "model"


def test_an_empty_file_is_an_error_of_check(tmp_path: Path) -> None:
    for text in ("", " \n\n\t\n"):
        path = tmp_path / "x.cnn"
        path.write_text(text)
        report = api.check(path)
        assert not report.ok
        assert [d.code for d in report.diagnostics] == ["file-empty"]


def test_a_folder_stands_for_its_specs(tmp_path: Path) -> None:
    for name in ("b.cnn", "a.cnn", "sub/c.cnn", ".hidden/d.cnn", ".draft.cnn", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(SOUND)
    names = [os.path.relpath(path, tmp_path) for path in find_specs(str(tmp_path))]
    assert names == ["a.cnn", "b.cnn", os.path.join("sub", "c.cnn")]  # noqa: PTH118
    assert [Path(file.path).name for file in api.check(tmp_path).files] == ["a.cnn", "b.cnn", "c.cnn"]


def test_a_folder_without_specs_is_no_success(tmp_path: Path) -> None:
    (found,) = expand(str(tmp_path))
    assert isinstance(found, Diagnostic)
    assert found.code == "folder-without-specs"
    assert not api.check(tmp_path).ok


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "a.cnn").write_text(SOUND)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert len(list(find_specs(str(tmp_path)))) == 1


def test_a_folder_that_cannot_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.cnn").write_text(SOUND)
    (tmp_path / "closed").mkdir()
    scan = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = api.check(tmp_path)
    assert [file.ok for file in report.files] == [True, False]
    (wrong,) = report.diagnostics
    assert wrong.code == "file-unreadable"
    assert wrong.message == f"{tmp_path / 'closed'} cannot be read: permission denied"
