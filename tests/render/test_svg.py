"""The writer: strict XML, nothing that converters choke on, nothing that a name can break, the same bytes every time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.analysis.check import check_source
from cnnspec.diagnostics import Source
from cnnspec.record import replace
from cnnspec.render.display import Box, Group, Paint, Picture, Polygon, Rectangle, Text
from cnnspec.render.errors import RenderError
from cnnspec.render.palette import PALETTES
from cnnspec.render.render import render
from cnnspec.render.svg import clean, escape, identifier, number, write_svg
from support.drawn_networks import ALL, report
from support.hostile import hostile

NAMESPACE = "{http://www.w3.org/2000/svg}"
SHAPES = {NAMESPACE + tag for tag in ("rect", "ellipse", "polygon", "path")}
CHAINS = ("lenet5", "lenet5_1998", "mnist_cnn", "alexnet", "mlp", "signal_1d")
DRAWN = [(name, "graph") for name in ALL] + [(name, "maps") for name in CHAINS]
DRAWN += [
    (name, "receptive-field") for name in ("lenet5", "resnet18", "inception", "deep_unet", "signal_1d", "volume_3d", "gates")
]
DRAWN += [(name, "volumes") for name in (*CHAINS, "resnet18", "inception", "volume_3d", "densenet", "repeats")]
DRAWN += [(name, style) for style in ("conv", "im2col") for name in ("lenet5", "alexnet", "mnist_cnn", "signal_1d", "volume_3d")]


def svg(name: str, style: str = "graph", **options: object) -> str:
    text = render(report(name), style=style, **options)  # type: ignore[arg-type]
    assert isinstance(text, str)
    return text


def parse(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


@pytest.mark.parametrize(("name", "style"), DRAWN)
def test_every_picture_is_strict_xml_in_which_every_shape_says_what_it_is(name: str, style: str) -> None:
    root = parse(svg(name, style))
    ids = [element.get("id") for element in root.iter() if element.get("id") is not None]
    assert len(ids) == len(set(ids))
    shapes = [element for element in root.iter() if element.tag in SHAPES]
    assert len(shapes) > 3
    for shape in shapes:
        assert shape.get("id"), ElementTree.tostring(shape)
        assert shape.get("data-layer")
        title = shape.find(NAMESPACE + "title")
        assert title is not None
        assert title.text


@pytest.mark.parametrize(("name", "style"), DRAWN)
def test_the_root_is_an_image_with_a_title_and_one_sentence(name: str, style: str) -> None:
    root = parse(svg(name, style))
    assert root.get("role") == "img"
    title, description = root.find(NAMESPACE + "title"), root.find(NAMESPACE + "desc")
    assert title is not None
    assert description is not None
    assert description.text
    assert description.text.endswith(".")
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


@pytest.mark.parametrize(("name", "style"), DRAWN)
def test_only_what_every_converter_reads(name: str, style: str) -> None:
    text = svg(name, style)
    for forbidden in ("var(", "foreignObject", "<marker", "marker-", "style=", "<script", "url(", "<!", "<?"):
        assert forbidden not in text
    ids = set(re.findall(r' id="([^"]+)"', text))
    assert text.count("href") == text.count("<use ") == len(re.findall(r'<use [^>]*xlink:href="#', text))
    assert ids.issuperset(re.findall(r'href="#([^"]+)"', text))
    assert text.count("<style>") == text.count("@media (prefers-color-scheme:dark)") == 1


@pytest.mark.parametrize(("name", "style"), DRAWN)
def test_numbers_have_at_most_two_decimals(name: str, style: str) -> None:
    root = parse(svg(name, style))
    for element in root.iter():
        for key, value in element.attrib.items():
            if key not in ("id", "data-layer", "data-from", "data-into", "font-family", "aria-labelledby"):
                assert not re.search(r"\d\.\d{3}", value), (key, value)
                assert "e-" not in value or element.tag.endswith("style")


def test_dark_mode_changes_only_classes_that_are_used() -> None:
    text = svg("lenet5")
    rules = re.findall(r"\.(\w+)\{", text.partition("</style>")[0])
    used = {name for names in re.findall(r'class="([^"]+)"', text) for name in names.split()}
    assert set(rules) == used
    assert "<style>" not in svg("lenet5", dark=False)
    night = svg("lenet5", dark=True)
    assert "<style>" not in night
    assert PALETTES["colour"].dark["paper"] in night


@pytest.mark.parametrize(
    ("width", "attribute"), [("84mm", 'width="84mm"'), ("17.4 cm", 'width="17.4cm"'), ("3in", 'width="3in"')]
)
def test_a_width_on_paper(width: str, attribute: str) -> None:
    text = svg("lenet5", width=width)
    assert attribute in text
    root = parse(text)
    _, _, w, h = map(float, (root.get("viewBox") or "").split())
    height = float(re.sub("[a-z]", "", root.get("height") or ""))
    assert height / float(re.match(r"[\d.]+", width)[0]) == pytest.approx(h / w, abs=0.01)  # type: ignore[index]


@pytest.mark.parametrize("width", ["", "wide", "84", "0mm", "-3mm", "84 furlongs", "1e9mm", "nanmm"])
def test_a_width_that_is_none_is_refused(width: str) -> None:
    with pytest.raises(RenderError, match="is no width"):
        svg("lenet5", width=width)


def picture_of(text: str) -> Picture:
    box = Box(0, 0, 10, 10)
    shape = Rectangle(box, Paint("card"), text, text, text)
    arrow = Polygon(((0, 0), (1, 1), (2, 0)), Paint("line"), text, text, text)
    words = Text(1, 1, text, lead=text)
    return Picture(text, 10, 10, text, text, (Group("card", text, text, text, (shape, arrow, words), box, {"from": text}),))


def test_ten_thousand_hostile_names_stay_text() -> None:
    for seed in range(10_000):
        text = hostile(seed)
        written = write_svg(picture_of(text), PALETTES["colour"])
        written.encode()
        root = parse(written)
        tags = [element.tag.removeprefix(NAMESPACE) for element in root.iter()]
        assert tags.count("script") == 0
        assert tags.count("g") == 1
        titles = [element.text or "" for element in root.iter(NAMESPACE + "title")]
        assert set(titles) == {clean(text)}
        group = next(root.iter(NAMESPACE + "g"))
        assert group.get("data-layer") == clean(text)
        assert re.fullmatch(r"[A-Za-z0-9_./-]*", group.get("id") or "")


@given(st.text())
def test_escaping_is_undone_by_a_parser(text: str) -> None:
    assert (parse(f"<a>{escape(text)}</a>").text or "") == clean(text)
    assert parse(f'<a b="{escape(text)}"/>').get("b") == clean(text)


@given(st.floats(-1e7, 1e7))
def test_a_number_is_within_half_a_hundredth(value: float) -> None:
    text = number(value)
    assert float(text) == pytest.approx(value, abs=0.00501)
    assert re.fullmatch(r"-?\d+(\.\d{1,2})?", text)
    assert text != "-0"


def test_an_id_has_no_blanks_and_differs_where_names_differ() -> None:
    assert identifier("basic_1/conv2d_2") == "basic_1/conv2d_2"
    assert identifier("a b") != identifier("a-b")
    assert not re.search(r"\s", identifier("a b\tc\u2003"))


def test_a_hand_built_network_with_hostile_names_is_drawn() -> None:
    from cnnspec.analysis.report import ModelReport
    from cnnspec.ir import Network

    good = check_source(Source("t.cnn", "model M {\n  input 8x8x1\n  Conv2D(2, 3x3)\n  Flatten\n}\n")).report.models[0]
    for seed in range(200):
        name = hostile(seed)
        nodes = tuple(
            node.model_copy(update={"path": f"{name}{at}" if at else node.path}) for at, node in enumerate(good.network.nodes)
        )
        network = Network(name=name, nodes=nodes, outputs=good.network.outputs)
        rows = tuple(replace(row, path=f"{name}/{node.path}", name=node.path) for row, node in zip(good.rows, nodes, strict=True))
        hostile_report = ModelReport(name, True, network, rows, good.totals)
        for style in ("graph", "maps", "volumes", "receptive-field", "conv", "im2col"):
            parse(str(render(hostile_report, style=style)))
        str(render(hostile_report, format="dot")).encode()
