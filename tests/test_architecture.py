"""ARCHITECTURE.md speaks of what is there, and the floors are what it says."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_the_names_in_the_text_exist():
    names = set(re.findall(r"`([\w./]+/[\w./]*|[\w]+\.(?:py|md|lark))`", TEXT))
    folders = [ROOT / name for name in ("cnnspec", "grammars", "specs", "tests")]
    paths = [*ROOT.glob("*"), *(path for folder in folders for path in folder.rglob("*"))]
    known = {path.relative_to(ROOT).as_posix() for path in paths} | {path.name for path in paths}
    missing = [name for name in names if name.rstrip("/") not in known and f"cnnspec/{name.rstrip('/')}" not in known]
    assert missing == []
    assert len(names) > 25


def test_the_checker_of_names_can_fail():
    assert re.findall(r"`([\w./]+/[\w./]*|[\w]+\.(?:py|md|lark))`", "`cnnspec/nowhere.py`") == ["cnnspec/nowhere.py"]
    assert not (ROOT / "cnnspec" / "nowhere.py").exists()


def test_the_floors_hold():
    run = subprocess.run([Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    assert "Floors" in run.stdout
