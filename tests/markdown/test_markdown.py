"""Every Markdown test, the README and the documentation: what they show is what happens."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from support.markdown import ROOT, Block, Command, matches, read_blocks, read_commands, rewrite, run_file
from support.packages import BLUR_POOL, visible

HERE = Path(__file__).parent


def documents() -> list[Path]:
    """The files of this folder and everything that is written for readers."""
    found = [*HERE.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    found += [path for name in ("README.md", "ARCHITECTURE.md", "specs/README.md") if (path := ROOT / name).is_file()]
    return sorted(found)


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_document(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    update = bool(request.config.getoption("--update", False) or os.environ.get("CNNSPEC_UPDATE"))
    (folder := tmp_path / "folder").mkdir()
    with visible(BLUR_POOL, tmp_path) if path.name == "third_party_layers.md" else nullcontext():
        failures = run_file(path, folder, update=update)
    assert not failures, "\n\n".join(f"{path.name}:{failure.line}: {failure.text}" for failure in failures)


def test_there_are_documents() -> None:
    assert len(documents()) >= 2


class TestRunner:
    """The runner itself can fail."""

    def run(self, tmp_path: Path, text: str, *, update: bool = False) -> tuple[list[str], str]:
        path = tmp_path / "page.md"
        path.write_text(text, encoding="utf-8")
        folder = tmp_path / "folder"
        folder.mkdir()
        failures = run_file(path, folder, update=update)
        return [failure.text for failure in failures], path.read_text(encoding="utf-8")

    def test_a_wrong_output_fails(self, tmp_path: Path) -> None:
        failures, _ = self.run(tmp_path, "```console\n$ cnnspec --version\ncnnspec 0.0.0\n```\n")
        assert len(failures) == 1
        assert "-cnnspec 0.0.0" in failures[0]

    def test_a_missing_output_fails(self, tmp_path: Path) -> None:
        assert self.run(tmp_path, "```console\n$ cnnspec --version\n```\n")[0]

    def test_an_exit_status_must_be_told(self, tmp_path: Path) -> None:
        failures, _ = self.run(tmp_path, "```console\n$ false\n```\n")
        assert "+[1]" in failures[0]

    def test_a_spec_with_an_error_fails(self, tmp_path: Path) -> None:
        failures, _ = self.run(tmp_path, "```cnn\nmodel M {\n  input 8x8x1\n  Nope\n}\n```\n")
        assert "was to be sound" in failures[0]

    def test_a_wrong_spec_that_is_sound_fails(self, tmp_path: Path) -> None:
        failures, _ = self.run(tmp_path, "```cnn wrong\nmodel M {\n  input 8x8x1\n  Flatten\n}\n```\n")
        assert "was to be wrong" in failures[0]

    def test_update_writes_what_came_out_and_keeps_the_rest(self, tmp_path: Path) -> None:
        text = "before\n\n```console\n$ cnnspec --version\nold\n\n$ true\n```\n\nafter\n"
        failures, rewritten = self.run(tmp_path, text, update=True)
        assert failures == []
        assert rewritten == text.replace("old", "cnnspec 0.1.0")

    def test_files_are_named_by_their_blocks(self, tmp_path: Path) -> None:
        text = "```cnn small.cnn\nmodel M {\n  input 8x8x1\n  Flatten\n}\n```\n```console\n$ cat small.cnn\nmodel M {\n...\n```\n"
        assert self.run(tmp_path, text)[0] == []

    def test_input_and_output_of_a_command_can_be_files(self, tmp_path: Path) -> None:
        text = "```console\n$ cnnspec --version > v.txt\n$ cat v.txt\ncnnspec 0.1.0\n```\n"
        assert self.run(tmp_path, text)[0] == []


class TestMatching:
    @pytest.mark.parametrize(
        ("expected", "output", "same"),
        [
            (["a"], ["a"], True),
            (["a"], ["b"], False),
            (["a"], ["a", "b"], False),
            (["a", "..."], ["a", "b", "c"], True),
            (["...", "c"], ["a", "b", "c"], True),
            (["...", "b", "..."], ["a", "b", "c"], True),
            (["...", "x", "..."], ["a", "b", "c"], False),
            (["a", "...", "c"], ["a", "c"], True),
            (["took [..] s"], ["took 3.1 s"], True),
            (["took [..] s"], ["took 3.1 min"], False),
            (["a", ""], ["a"], True),
            ([], [], True),
            ([], ["a"], False),
        ],
    )
    def test_elision(self, expected: list[str], output: list[str], same: bool) -> None:
        assert matches(expected, output) is same

    def test_blocks_and_commands_are_found_with_their_lines(self) -> None:
        (block,) = read_blocks("text\n```console\n$ one\nout\n$ two\n```\n")
        assert block == Block("console", [], ["$ one", "out", "$ two"], 2)
        assert read_commands(block) == [Command("one", 2, ["out"]), Command("two", 4)]

    def test_rewriting_leaves_a_matching_command_alone(self) -> None:
        text = "```console\n$ one\n...\n```"
        command = Command("one", 1, ["..."], ["anything"])
        assert rewrite(text, [command]) == text
