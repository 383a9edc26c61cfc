"""Workflow commands: one line each, whatever the text, with the values that GitHub decodes from them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnnspec.diagnostics import Diagnostic, Severity, Source
from cnnspec.diagnostics.writers.github import write_command, write_commands
from support.command import BROKEN, SOUND, run

HERE = Path("/repo")


def decode(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner of GitHub Actions reads it: the word, the properties, the message."""
    found = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
    assert found is not None, line
    properties = dict(part.split("=", 1) for part in found[2].split(","))
    return found[1], {name: unescape(value) for name, value in properties.items()}, unescape(found[3])


def unescape(text: str) -> str:
    for encoded, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(encoded, char)
    return text


def diagnostic(path: str, text: str, start: int, end: int, **values: object) -> Diagnostic:
    whole = {"code": "a-code", "severity": Severity.ERROR, "message": "it is wrong", **values}
    return Diagnostic(span=Source(path, text).span(start, end), **whole)  # type: ignore[arg-type]


def test_a_place_on_one_line() -> None:
    word, properties, message = decode(write_command(diagnostic("/repo/a/net.cnn", "one\ntwo three\n", 8, 13), HERE))
    assert (word, message) == ("error", "it is wrong")
    assert properties == {"file": "a/net.cnn", "line": "2", "endLine": "2", "col": "5", "endColumn": "10", "title": "a-code"}


def test_a_place_of_several_lines_has_no_columns() -> None:
    _, properties, _ = decode(write_command(diagnostic("/repo/net.cnn", "one\ntwo\nthree\n", 1, 5), HERE))
    assert properties == {"file": "net.cnn", "line": "1", "endLine": "2", "title": "a-code"}


def test_the_break_behind_a_line_is_not_the_next_line() -> None:
    _, properties, _ = decode(write_command(diagnostic("/repo/net.cnn", "one\ntwo\n", 0, 4), HERE))
    assert (properties["endLine"], properties["endColumn"]) == ("1", "4")


@pytest.mark.parametrize(("severity", "word"), [("error", "error"), ("warning", "warning"), ("info", "notice")])
def test_severities(severity: str, word: str) -> None:
    assert write_command(diagnostic("net.cnn", "x", 0, 1, severity=Severity(severity)), HERE).startswith(f"::{word} ")


def test_notes_and_help_are_lines_of_the_message() -> None:
    _, _, message = decode(write_command(diagnostic("net.cnn", "x", 0, 1, notes=("1 + 1 = 2", "so"), help="try 2"), HERE))
    assert message.split("\n") == ["it is wrong", "note: 1 + 1 = 2", "note: so", "help: try 2"]


HOSTILE = [
    "%0A::error::",
    "a\r\n::stop-commands::x",
    "::",
    "x,line=9",
    "\x1b[2J\x9b",
    "\u202e\u2028\x85\x0b\x0c",
    "100 % ü 漢 😀",
    "%25",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_its_command(text: str) -> None:
    found = diagnostic(f"/repo/{text}.cnn", text, 0, len(text), message=text, notes=(text,), help=text)
    written = write_commands([found], HERE)
    assert written.count("\n") == 1
    line = written.removesuffix("\n")
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    _, properties, message = decode(line)
    assert properties["title"] == "a-code"
    assert properties["line"] == "1"
    if not re.search(r"[^\w\s%:,.=\r\n-]", text) and text.isascii():
        assert properties["file"] == f"{text}.cnn"
        assert message.startswith(text)


def test_what_is_in_no_file_says_its_place_itself() -> None:
    _, properties, message = decode(write_command(diagnostic("-", "one\ntwo", 4, 7), HERE))
    assert (properties, message) == ({"title": "a-code"}, "-:2:1: it is wrong")
    option = Diagnostic("a-code", Severity.ERROR, "no", Source("(--set)", "a=1", is_file=False).span(0, 1))
    assert decode(write_command(option, HERE))[2] == "(--set):1:1: no"


def test_a_file_of_which_nothing_was_read_has_no_lines() -> None:
    _, properties, _ = decode(write_command(diagnostic("/repo/net.cnn", "", 0, 0), HERE))
    assert properties == {"file": "net.cnn", "title": "a-code"}


def test_a_file_elsewhere_keeps_its_path() -> None:
    assert decode(write_command(diagnostic("/other/net.cnn", "x", 0, 1), HERE))[1]["file"] == "/other/net.cnn"


class TestCommand:
    def test_paths_are_relative_to_the_checkout(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "nets").mkdir()
        (tmp_path / "nets" / "broken.cnn").write_text(BROKEN)
        (tmp_path / "sound.cnn").write_text(SOUND)
        monkeypatch.chdir(tmp_path / "nets")
        done = run("check", "--format", "github", "broken.cnn", "../sound.cnn", GITHUB_WORKSPACE=str(tmp_path))
        assert (done.status, done.err) == (1, "")
        line, summary = done.out.splitlines()
        assert decode(line)[1]["file"] == "nets/broken.cnn"
        assert summary == "2 files checked: 1 sound; 1 error"

    def test_a_false_claim_is_an_error(self) -> None:
        text = SOUND.replace("}", "  expect params == 1\n}")
        done = run("check", "--format", "github", "-", given=text)
        assert done.status == 1
        assert decode(done.out.splitlines()[0])[1]["title"] == "claim-false"

    def test_infos_are_notices_when_they_are_asked_for(self) -> None:
        text = "model M {\n  input 9x9x1\n  MaxPool2D\n  Flatten -> Dense(2)\n}\n"
        assert run("check", "--format", "github", "-", given=text).out == ""
        done = run("check", "-v", "--format", "github", "-", given=text)
        assert (done.status, decode(done.out.splitlines()[0])[0]) == (0, "notice")
        assert run("check", "-q", "--format", "github", "-", given=text).out == ""
