"""The pictures of README.md and docs/pictures.md are those that the specs give today."""

import importlib.util
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("draw_pictures", ROOT / "tools" / "draw_pictures.py")
assert SPEC is not None
assert SPEC.loader is not None
draw_pictures = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(draw_pictures)

README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "pictures.md").read_text(encoding="utf-8")


def kept(name: str) -> str:
    return (draw_pictures.FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", draw_pictures.PICTURES)
def test_a_picture_is_not_stale(name: str):
    if name in draw_pictures.AT_WORK:
        pytest.importorskip("numpy")
    assert not draw_pictures.is_stale(name, kept(name)), "stale: run python tools/draw_pictures.py"


def test_a_stale_picture_is_noticed():
    assert draw_pictures.is_stale("lenet5-maps.svg", kept("lenet5-maps.svg").replace("6@24×24", "6@23×23"))
    assert draw_pictures.is_stale("lenet5-maps.svg", kept("mnist_cnn-graph.svg"))


def test_a_pixel_that_changed_is_noticed():
    pytest.importorskip("numpy")
    from cnnspec.render.pixels import encode_png

    text = kept("activation.svg")
    uri = re.search(r"data:image/png;base64,[A-Za-z0-9+/=]+", text)
    assert uri is not None
    assert draw_pictures._plain(text) != draw_pictures._plain(text.replace(uri[0], png_uri(encode_png(1, 1, b"\0"))))


def test_another_compression_is_no_change():
    import zlib

    from cnnspec.render.pixels import _chunk, encode_png

    made = encode_png(2, 2, bytes(range(4)))
    loose = zlib.compress(b"\0\0\1\0\2\3", 0)
    other = made[:33] + _chunk(b"IDAT", loose) + _chunk(b"IEND", b"")
    assert other != made
    assert draw_pictures._plain(png_uri(made)) == draw_pictures._plain(png_uri(other))


def png_uri(data: bytes) -> str:
    import base64

    return "data:image/png;base64," + base64.b64encode(data).decode()


def test_the_readme_shows_three_and_the_guide_all():
    shown = set(re.findall(r"docs/pictures/([\w.-]+)", README))
    assert shown <= set(draw_pictures.PICTURES)
    assert len(shown) == 3
    assert set(re.findall(r"\(pictures/([\w.-]+\.svg)\)", GUIDE)) == set(draw_pictures.PICTURES)


def test_nothing_else_lies_there():
    assert {path.name for path in draw_pictures.FOLDER.iterdir()} == set(draw_pictures.PICTURES)


def test_the_guide_names_every_style_and_format():
    from cnnspec.api.figures import STYLES as AT_WORK
    from cnnspec.render.render import FORMATS, STYLES, TEXTS

    for name in (*STYLES, *TEXTS, *AT_WORK):
        assert f"`{name}`" in GUIDE, name
    for name in FORMATS:
        assert f"`.{ {'tikz': 'tex'}.get(name, name) }`" in GUIDE, name


@pytest.mark.parametrize("name", draw_pictures.PICTURES)
def test_a_picture_is_sound_and_small(name: str):
    assert ElementTree.fromstring(kept(name)).tag.endswith("svg")
    assert len(kept(name)) < 120_000
