"""A gallery: the style that suits a network, the index that shows it, the folder that is whole or as it was."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cnnspec.api.gallery import MANIFEST, Gallery, draw_gallery, file_name, read_about
from cnnspec.diagnostics import SpecError
from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.errors import RenderError
from cnnspec.render.gallery.choose import best_style
from support.command import BROKEN, SOUND, run
from support.drawn_networks import report
from support.markdown import ROOT

SPECS = ROOT / "specs"
FEW = [str(SPECS / name) for name in ("lenet5.cnn", "alexnet.cnn", "unet.cnn", "filters")]


class Page(HTMLParser):
    """The elements of a page, strictly nested, with their attributes and texts."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def links(self) -> list[str]:
        return [value for _, attributes in self.elements for name, value in attributes.items() if name in ("href", "src")]


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    return draw_gallery(*FEW)


def index_of(gallery: Gallery) -> Page:
    return Page(gallery.files["index.html"].decode())


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("lenet5", "maps"), ("mnist_cnn", "maps"), ("alexnet", "volumes"), ("volume_3d", "volumes"), ("signal_1d", "volumes"),
        ("deep_unet", "volumes"), ("resnet18", "graph"), ("inception", "graph"), ("unet", "graph"), ("mlp", "graph"),
        ("wrong", "graph"), ("sobel", "graph"), ("outputs", "graph"),
    ],
)  # fmt: skip
def test_the_style_follows_from_the_facts(name: str, style: str) -> None:
    assert best_style(report(name)) == style


def test_every_file_is_reached_from_the_index(gallery: Gallery) -> None:
    linked = {link for link in index_of(gallery).links() if not link.startswith("#")}
    assert linked | {"index.html", MANIFEST} == set(gallery.files)
    for name in linked:
        if name.endswith(".html"):
            back = Page(gallery.files[name].decode()).links()
            assert {os.path.normpath(Path(name).parent / link) for link in back} == {"index.html"}


def test_what_a_family_links_to_is_there(gallery: Gallery) -> None:
    page = index_of(gallery)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.links() if link.startswith("#")} <= set(ids)


def test_files_of_a_folder_are_a_family_of_their_own(tmp_path: Path) -> None:
    found = draw_gallery(str(SPECS / "filters"), str(SPECS / "lenet5.cnn"))
    assert [family.name for family in found.families][-1] == "lenet5"
    shutil.copytree(SPECS / "filters", tmp_path / "filters")
    shutil.copy(SPECS / "lenet5.cnn", tmp_path)
    below = draw_gallery(str(tmp_path))
    assert {family.name for family in below.families} == {"lenet5", "filters"}
    filters = next(family for family in below.families if family.name == "filters")
    assert len(filters.entries) == 11
    assert all(entry.picture.startswith("filters/") for entry in filters.entries)


def test_the_figures_are_those_of_the_reports(gallery: Gallery) -> None:
    texts = index_of(gallery).texts
    for family in gallery.families:
        for entry in family.entries:
            assert entry.report.name in texts
            assert group_digits(int(entry.report.totals.params or 0)) in texts
    assert "44,426" in texts
    assert "depends on size" in texts  # U-Net's


def test_the_index_needs_no_script_and_nothing_from_elsewhere(gallery: Gallery) -> None:
    text = gallery.files["index.html"].decode()
    page = Page(text)
    assert not {tag for tag, _ in page.elements} & {"script", "iframe", "object", "link", "form"}
    assert not re.search(r"https?:|//[a-z]|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text
    assert all(attributes.get("alt") for tag, attributes in page.elements if tag == "img")


def test_what_a_text_says_at_its_beginning() -> None:
    text = "# One\n# two\n#\n#   cnnspec apply this\n#\n# Three\n\n# not this\nmodel M {}\n"
    assert read_about(text) == ("One two", "Three")
    assert read_about("model M {}") == ()


def test_names_of_files_are_plain_and_different() -> None:
    assert [file_name(name) for name in ("a b/c", "..", "é", "a.cnn", "")] == ["a_b_c", "_", "_", "a.cnn", "_"]
    assert len(file_name("x" * 500)) == 80


def test_models_whose_names_differ_by_capitals_have_files_of_their_own(tmp_path: Path) -> None:
    other = SOUND.replace("model M", "model m")
    (tmp_path / "a.cnn").write_text(SOUND + other)
    found = draw_gallery(str(tmp_path / "a.cnn"))
    assert [entry.picture for entry in found.families[0].entries] == ["a/M.svg", "a/m-2.svg"]


def test_pictures_are_sound_and_the_manifest_lists_everything(gallery: Gallery) -> None:
    for name, content in gallery.files.items():
        if name.endswith(".svg"):
            assert ElementTree.fromstring(content).tag.endswith("svg")
    said = json.loads(gallery.files[MANIFEST])
    assert said["files"] == sorted(gallery.files)
    assert {model["picture"] for model in said["models"]} <= set(gallery.files)


def test_the_same_bytes_every_time(gallery: Gallery) -> None:
    assert draw_gallery(*FEW).files == gallery.files


def test_png(gallery: Gallery) -> None:
    pytest.importorskip("resvg_py")
    found = draw_gallery(FEW[0], format="png")
    assert found.files["lenet5/LeNet5.png"].startswith(b"\x89PNG")


def test_the_page_that_explains_a_file_is_linked() -> None:
    found = draw_gallery(FEW[0], FEW[1], pages=True)
    pages = [name for name in found.files if name.endswith("page.html")]
    assert pages == ["lenet5/page.html", "alexnet/page.html"]
    links = index_of(found).links()
    assert links.count("alexnet/page.html") == len(found.families[1].entries)
    assert b"LeNet5" in found.files["lenet5/page.html"]
    assert json.loads(found.files[MANIFEST])["files"] == sorted(found.files)


def test_a_style_that_does_not_suit_is_refused() -> None:
    with pytest.raises(RenderError):
        draw_gallery(str(SPECS / "unet.cnn"), style="maps")  # its size is not said


def test_a_path_that_is_no_spec_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError):
        draw_gallery(str(tmp_path / "none.cnn"))
    (tmp_path / "blocks.cnn").write_text("block B { ReLU }\n")
    with pytest.raises(SpecError):
        draw_gallery(str(tmp_path / "blocks.cnn"))


class TestTheCommand:
    @pytest.fixture(autouse=True)
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)

    def test_a_new_folder_and_the_same_again(self, tmp_path: Path) -> None:
        done = run("gallery", "g", FEW[0])
        assert (done.status, done.out) == (0, "")
        assert "wrote 1 picture; see g/index.html" in done.err
        before = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
        assert before == {"g/index.html", "g/gallery.json", "g/lenet5/LeNet5.svg", "g/lenet5/text.html"}
        assert run("gallery", "g", FEW[2]).status == 0
        after = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
        assert after == {"g/index.html", "g/gallery.json", "g/unet/UNet.svg", "g/unet/text.html"}

    def test_what_is_not_ours_is_never_replaced(self, tmp_path: Path) -> None:
        assert run("gallery", "g", FEW[0]).status == 0
        mine = tmp_path / "g" / "lenet5" / "notes.txt"
        mine.write_text("mine")
        done = run("gallery", "g", FEW[0])
        assert done.status == 2
        assert "lenet5/notes.txt" in done.err
        assert mine.read_text() == "mine"
        Path("h").mkdir()
        Path("h/gallery.json").write_text('{"files": ["gallery.json"]}')
        assert run("gallery", "h", FEW[0]).status == 2

    @pytest.mark.parametrize(("place", "said"), [(".", "you work in"), ("no/g", "there is no folder no"), ("f", "is a file")])
    def test_a_place_that_cannot_be(self, place: str, said: str, tmp_path: Path) -> None:
        Path("f").write_text("")
        done = run("gallery", place, FEW[0])
        assert done.status == 2
        assert said in done.err
        assert [path.name for path in tmp_path.iterdir()] == ["f"]

    def test_a_full_disk_leaves_what_was_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert run("gallery", "g", FEW[0]).status == 0
        before = (tmp_path / "g" / "index.html").read_bytes()

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        assert run("gallery", "g", FEW[2]).status == 4
        assert (tmp_path / "g" / "index.html").read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["g"]

    def test_a_spec_with_errors_is_drawn_as_far_as_it_is_known(self, tmp_path: Path) -> None:
        (tmp_path / "b.cnn").write_text(BROKEN)
        done = run("gallery", "g", "b.cnn", FEW[0])
        assert done.status == 1
        assert "error[kernel-exceeds-input]" in done.err
        assert "has errors" in (tmp_path / "g" / "index.html").read_text()

    def test_nothing_is_written_for_a_path_that_is_no_spec(self, tmp_path: Path) -> None:
        assert run("gallery", "g", "none.cnn", FEW[0]).status == 1
        assert list(tmp_path.iterdir()) == []


def test_all_packaged_specs_in_seconds() -> None:
    start = time.process_time()
    found = draw_gallery()
    assert time.process_time() - start < 30  # 7 s on one core
    assert sum(len(family.entries) for family in found.families) > 140
    assert found.errors == ()
