"""The hooks for pre-commit run commands that there are, on the files of the language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.command import BROKEN, SOUND, run
from support.markdown import ROOT

HOOKS = dict(
    re.findall(r"^- id: (\S+)\n(?:  .*\n)*?  entry: cnnspec (.+)$", (ROOT / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE)
)


def test_there_are_hooks() -> None:
    assert HOOKS == {"cnnspec-check": "check -q", "cnnspec-fmt": "fmt"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`{hook}`" in readme for hook in HOOKS)


@pytest.mark.parametrize("pattern", re.findall(r"^  files: (.+)$", (ROOT / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE))
def test_hooks_see_specs_alone(pattern: str) -> None:
    assert re.search(pattern, "nets/lenet.cnn")
    assert not re.search(pattern, "nets/lenet.cnn.md")


def test_a_hook_passes_sound_files_silently_and_stops_broken_ones(tmp_path: Path) -> None:
    sound, broken = tmp_path / "sound.cnn", tmp_path / "broken.cnn"
    sound.write_text(SOUND)
    broken.write_text(BROKEN)
    for entry in HOOKS.values():
        assert run(*entry.split(), str(sound)).status == 0
    done = run(*HOOKS["cnnspec-check"].split(), str(sound), str(broken))
    assert done.status == 1
    assert run(*HOOKS["cnnspec-check"].split(), str(sound)).out == ""
