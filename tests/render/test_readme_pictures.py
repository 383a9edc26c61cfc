"""The README's pictures are those that the specs give today."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("draw_pictures", ROOT / "tools" / "draw_pictures.py")
assert SPEC is not None
assert SPEC.loader is not None
draw_pictures = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(draw_pictures)


@pytest.mark.parametrize("name", draw_pictures.PICTURES)
def test_a_picture_is_not_stale(name: str):
    kept = (draw_pictures.FOLDER / name).read_text(encoding="utf-8")
    assert kept == draw_pictures.draw(name), "stale: run python tools/draw_pictures.py"


def test_the_readme_shows_them():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"docs/pictures/{name}" in text for name in draw_pictures.PICTURES)
