"""Figures of networks at work: every number in them is the one that the network computes, every frame where it belongs."""

from __future__ import annotations

import importlib.util
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from itertools import combinations, product
from pathlib import Path
from types import ModuleType

import pytest

np = pytest.importorskip("numpy")

from cnnspec.api import UnknownNameError, load, load_path  # noqa: E402
from cnnspec.api.figures import Figure, draw_applied  # noqa: E402
from cnnspec.diagnostics import SpecError  # noqa: E402
from cnnspec.layers.filter import KERNELS  # noqa: E402
from cnnspec.render.display import Group, Image, Picture, Rectangle, Text  # noqa: E402
from cnnspec.render.errors import RenderError  # noqa: E402
from cnnspec.render.figure import around_all  # noqa: E402
from cnnspec.render.lecture.cells import show_number, take_factor  # noqa: E402
from cnnspec.render.pixels import encode_png  # noqa: E402
from cnnspec.render.render import write_picture  # noqa: E402
from cnnspec.train.lecture import shrink  # noqa: E402
from support.command import run  # noqa: E402
from support.markdown import ROOT  # noqa: E402

EXAMPLES = ROOT / "examples"
LECTURE = EXAMPLES / "lecture"
FILTERS = ROOT / "specs" / "filters"
SIX = (LECTURE / "two_filters.cnn", LECTURE / "six_by_six.txt")
FIVE = (LECTURE / "convolve.cnn", LECTURE / "five_by_five.txt")
DIAGONAL = [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]
UPRIGHT = [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]]


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shapes") / "shapes.png"
    path.write_bytes(example("apply_filters").picture())
    return path


@pytest.fixture(scope="module")
def kernels(shapes: Path) -> Figure:
    return draw_applied([FILTERS, ROOT / "specs" / "sobel.cnn"], shapes)


def numbers(group: Group) -> list[list[float]]:
    """The numbers of a matrix as they can be read in the picture."""
    columns = int(group.data["columns"])
    found = [float(text.text.replace("−", "-").replace(",", "")) for text in group.items if isinstance(text, Text)]
    assert len(found) == int(group.data["rows"]) * columns
    return [found[at : at + columns] for at in range(0, len(found), columns)]


def matrices(picture: Picture) -> dict[str, list[list[float]]]:
    return {group.key: numbers(group) for group in picture.groups("matrix")}


def image_of(picture: Picture, name: str) -> Image:
    return next(item for item, _ in picture.walk() if isinstance(item, Image) and item.key == f"{name}.pixels")


def pixels(picture: Picture, name: str) -> np.ndarray:
    found = image_of(picture, name)
    return np.frombuffer(found.pixels, np.uint8).reshape(found.rows, found.columns, -1)


def correlate(image: Sequence[Sequence[float]], kernel: Sequence[Sequence[float]]) -> list[list[float]]:
    """By hand, without padding: what every place of the kernel adds up to."""
    down, across = len(image) - len(kernel) + 1, len(image[0]) - len(kernel[0]) + 1
    return [
        [
            sum(image[r + a][c + b] * kernel[a][b] for a in range(len(kernel)) for b in range(len(kernel[0])))
            for c in range(across)
        ]
        for r in range(down)
    ]


def read(path: Path) -> list[list[float]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [[float(word) for word in line.split()] for line in lines]


# --- values -----------------------------------------------------------------------------------------------------------


def test_the_lecture_s_two_filters_in_numbers() -> None:
    found = matrices(draw_applied([SIX[0]], SIX[1], style="values").picture)
    assert found["input.map0"] == read(SIX[1])
    assert found["diagonal.map0"] == DIAGONAL
    assert found["upright.map0"] == UPRIGHT
    assert (found["max_pool2d_1.map0"], found["max_pool2d_1.map1"]) == ([[3, 0], [3, 1]], [[-1, 1], [0, 3]])
    assert found["diagonal.kernel"] == [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
    assert found["upright.kernel"] == [[-1, 1, -1]] * 3
    assert len(found) == 7


def test_arrows_lead_from_what_is_read() -> None:
    picture = draw_applied([SIX[0]], SIX[1], style="values").picture
    keys = {getattr(item, "key", "") for item, _ in picture.walk()}
    assert {"input-diagonal", "input-upright", "diagonal-max_pool2d_1", "upright-max_pool2d_1"} <= keys
    assert not any("concat" in key for key in keys)


def test_pooling_of_the_lecture(tmp_path: Path) -> None:
    given = "8 7 5 3\n12 9 5 7\n13 2 10 3\n9 4 5 14\n"
    (tmp_path / "p.txt").write_text(given)
    (tmp_path / "p.cnn").write_text("model P {\n  input 4x4x1\n  MaxPool2D\n}\n")
    found = matrices(draw_applied([tmp_path / "p.cnn"], tmp_path / "p.txt", style="values").picture)
    assert found["max_pool2d_1.map0"] == [[12, 7], [13, 14]]


def test_what_is_too_large_for_numbers_is_refused(shapes: Path) -> None:
    with pytest.raises(RenderError, match=r"input makes 96×96×1, too much to be written in numbers"):
        draw_applied([FILTERS / "edge.cnn"], shapes, style="values")


# --- convolve and multiply ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", list(product(range(3), range(3))))
def test_a_unit_is_the_sum_of_its_products_and_a_column_of_the_matrix_product(unit: tuple[int, int]) -> None:
    picture = draw_applied([FIVE[0]], FIVE[1], style="product", at=unit).picture
    image, kernel = read(FIVE[1]), [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    made = correlate(image, kernel)
    assert made == [[4, 3, 4], [2, 4, 3], [2, 3, 4]]
    found = {key.removeprefix("filter2d_1."): value for key, value in matrices(picture).items()}
    patch = [row[unit[1] : unit[1] + 3] for row in image[unit[0] : unit[0] + 3]]
    assert found["patch0"] == found["left"] == patch
    assert found["kernel0"] == found["right"] == kernel
    assert found["products0"] == [[a * b for a, b in zip(x, y, strict=True)] for x, y in zip(patch, kernel, strict=True)]
    assert found["other"] == (np.array(patch) @ np.array(kernel)).tolist()
    assert found["w-row"] == [[1, 0, 1, 0, 1, 0, 1, 0, 1]]
    assert [row[unit[0] * 3 + unit[1]] for row in found["x-col"]] == [value for row in patch for value in row]
    assert found["sums"] == [[value for row in made for value in row]]
    texts = [item.text for item, _ in picture.walk() if isinstance(item, Text)]
    assert f"Σ = {made[unit[0]][unit[1]]:.0f}" in texts
    written = next(text for text in texts if text.startswith(("1·", "0·")))
    said, _, total = written.partition(" = ")
    assert sum(float(a) * float(b) for a, b in (term.split("·") for term in said.split(" + "))) == float(total)


def test_the_unit_s_column_row_and_sum_are_marked() -> None:
    picture = draw_applied([FIVE[0]], FIVE[1], style="product", at=(1, 2)).picture
    marked = {
        group.key: sorted(item.key.rpartition(".")[2] for item in group.items if isinstance(item, Rectangle))[:-1]
        for group in picture.groups("matrix")
    }
    assert marked["filter2d_1.x-col"] == sorted(f"{row}-5" for row in range(9))
    assert marked["filter2d_1.sums"] == ["0-5"]


def test_a_convolution_with_channels_padding_and_a_bias(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    (tmp_path / "c.cnn").write_text(
        "model C {\n  input 4x4x2\n  Conv2D(3, 2x2, strides=2, padding=same, bias_initializer=ones)\n}\n"
    )
    sample = np.arange(32, dtype=np.float64).reshape(4, 4, 2) % 5
    np.save(tmp_path / "x.npy", sample)
    picture = draw_applied([tmp_path / "c.cnn"], tmp_path / "x.npy", style="product", at=(1, 1), filter=2, seed=3).picture
    found = matrices(picture)
    module = load_path(tmp_path / "c.cnn").build(seed=3)
    with torch.no_grad():
        made = module.double()(torch.as_tensor(sample).movedim(-1, 0)[None])[0, 2, 1, 1].item()
    shown = sum(np.multiply(found[f"conv2d_1.patch{c}"], found[f"conv2d_1.kernel{c}"]).sum() for c in (0, 1))
    assert shown + 1 == pytest.approx(made, abs=0.1)  # three digits are written
    sums = found["conv2d_1.sums"]
    assert sums[2][3] + 1 == pytest.approx(made, abs=0.01)
    assert any("(bias)" in item.text for item, _ in picture.walk() if isinstance(item, Text))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"style": "product", "at": (3, 0)}, "has no unit there; positions: 0 to 2, 0 to 2"),
        ({"style": "product", "filter": 1}, "has no filter 1; filters: 0 to 0"),
        ({"style": "values", "layer": "filter2d_1"}, "values draws whole networks, not one layer"),
        ({"style": "kernels", "at": (0, 0)}, "kernels draws whole networks, not one layer"),
        ({"style": "activation", "at": (3, 3)}, "has no unit there"),
        ({"style": "cubist"}, "there is no style 'cubist'"),
        ({"style": "activation", "layer": "input"}, "is an input"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(RenderError, match=re.escape(message)):
        draw_applied([FIVE[0]], FIVE[1], **options)  # type: ignore[arg-type]


def test_one_network_where_one_is_drawn() -> None:
    with pytest.raises(RenderError, match="values draws one network"):
        draw_applied([FILTERS], FIVE[1], style="values")
    with pytest.raises(UnknownNameError):
        draw_applied([FILTERS], FIVE[1], model="None")


# --- one filter's map ---------------------------------------------------------------------------------------------------


def frames(picture: Picture) -> dict[str, tuple[float, float, float, float]]:
    """Framed rows and columns, first and one past the last, as they are measured in the picture."""
    found = {}
    for item, _ in picture.walk():
        if isinstance(item, Rectangle) and item.key.endswith(".window"):
            image = image_of(picture, item.key.removesuffix(".panel.window"))
            scale = image.box.width / image.columns
            box = item.box
            edges = (box.top - image.box.top, box.bottom - image.box.top, box.left - image.box.left, box.right - image.box.left)
            found[item.key] = tuple(edge / scale for edge in edges)
    return found


def test_the_curve_detector_answers_6600_where_the_curve_is(tmp_path: Path) -> None:
    curve = np.array(read(LECTURE / "curve.txt"))
    wide = np.zeros((20, 24))
    wide[5:12, 9:16] = curve
    np.save(tmp_path / "wide.npy", wide)
    picture = draw_applied([FILTERS / "curve.cnn"], tmp_path / "wide.npy", at=(5, 9)).picture
    assert "the unit at row 5, column 9" in " ".join(item.text for item, _ in picture.walk() if isinstance(item, Text))
    assert "answers 6,600" in picture.description
    found = frames(picture)
    assert found["input.panel.window"] == pytest.approx((5, 12, 9, 16), abs=1e-6)
    assert found["filter2d_1.panel.window"] == pytest.approx((5, 6, 9, 10), abs=1e-6)
    alone = draw_applied([FILTERS / "curve.cnn"], LECTURE / "curve.txt", style="activation").picture
    assert "answers 6,600" in alone.description


def test_the_strongest_unit_sees_what_is_framed_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from cnnspec.train.apply import apply_network

    rng = np.random.default_rng(0)
    sample = rng.uniform(0, 1, (28, 28, 1))
    np.save(tmp_path / "x.npy", sample)
    path = ROOT / "specs" / "lenet5.cnn"
    figure = draw_applied([path], tmp_path / "x.npy", layer="conv2d_2", filter=3, seed=1)
    assert figure.notes == ("the weights of conv2d_1 to dense_3 are drawn at random with seed 1: nothing was trained",)
    top, bottom, left, right = map(round, frames(figure.picture)["input.panel.window"])
    row, column = map(int, re.findall(r"at row (\d+), column (\d+)", figure.picture.description)[0])
    from cnnspec.train.unit import part_below

    network = load_path(path).model().network
    part = part_below(network, network.index["conv2d_2"])

    def value(image: np.ndarray) -> float:
        return float(apply_network(part, image, seed=1)[row, column, 3])

    made = apply_network(part, sample, seed=1)[..., 3]
    assert made[row, column] == made.max()
    outside = rng.uniform(0, 1, (28, 28, 1))
    outside[top:bottom, left:right] = sample[top:bottom, left:right]
    assert value(outside) == value(sample)
    for edge in (np.s_[top, left:right], np.s_[bottom - 1, left:right], np.s_[top:bottom, left], np.s_[top:bottom, right - 1]):
        changed = sample.copy()
        changed[edge] += 5
        assert value(changed) != value(sample)


def test_a_window_that_reaches_over_the_border_is_dashed_there() -> None:
    spec = "model M {\n  input 5x5x1\n  Filter2D(box_blur)\n}\n"
    corner = np.zeros((5, 5))
    corner[0, 0] = 9
    picture = peak_of(spec, corner)
    assert any(getattr(item, "key", "").endswith(".padding") for item, _ in picture.walk())
    assert frames(picture)["input.panel.window"] == pytest.approx((0, 2, 0, 2), abs=1e-6)
    assert "padding included" in picture.description


def test_the_map_goes_from_the_smallest_answer_to_the_greatest() -> None:
    picture = peak_of("model M {\n  input 3x3x1\n  Filter2D(identity)\n}\n", np.arange(9.0).reshape(3, 3))
    shown = pixels(picture, "filter2d_1")
    assert shown[0, 0].tolist() == [0x44, 0x01, 0x54]
    assert shown[2, 2].tolist() == [0xFD, 0xE7, 0x25]
    assert "3×3, 0 dark, 8 light" in [item.text for item, _ in picture.walk() if isinstance(item, Text)]


def peak_of(text: str, values: np.ndarray) -> Picture:
    from cnnspec.render.lecture.peak import peak_picture
    from cnnspec.train.apply import Prepared
    from cnnspec.train.lecture import find_peak

    report = load(text).model()
    return peak_picture("M", find_peak(report, 1, 0, Prepared(values[..., None], None, False, ())))


# --- kernels at work ----------------------------------------------------------------------------------------------------


def test_every_kernel_s_numbers_are_beside_its_result(kernels: Figure) -> None:
    shown = matrices(kernels.picture)
    names = {path.stem for path in FILTERS.glob("*.cnn")}
    assert len(names) == 11
    for name in names:
        model = load_path(FILTERS / f"{name}.cnn").model().name
        parts, whole = take_factor(KERNELS[name])
        assert shown[f"{model}.kernel0"] == [list(row) for row in whole]
        assert (np.array(whole) / parts).tolist() == pytest.approx(np.array(KERNELS[name]))
    assert shown["Sobel.kernel0"] == [list(row) for row in KERNELS["sobel_x"]]
    assert shown["Sobel.kernel1"] == [list(row) for row in KERNELS["sobel_y"]]


def test_results_are_those_of_the_definition(kernels: Figure, shapes: Path) -> None:
    drawn = example("apply_filters")
    image = [[float(drawn.brightness(row, column)) for column in range(drawn.SIZE)] for row in range(drawn.SIZE)]
    assert pixels(kernels.picture, "original")[..., 0].tolist() == image
    assert pixels(kernels.picture, "Identity")[..., 0].tolist() == image
    for model, name in (("Laplacian", "laplacian"), ("SobelX", "sobel_x"), ("Edge", "edge")):
        made = np.array(correlate(image, KERNELS[name]))
        padded = np.pad(np.array(image), 1)
        whole = np.array(correlate(padded.tolist(), KERNELS[name]))
        bound = np.abs(whole).max()
        grey = np.rint((made / bound + 1) / 2 * 255)
        assert np.abs(pixels(kernels.picture, model)[1:-1, 1:-1, 0] - grey).max() <= 1
    blurred = np.array(correlate(image, KERNELS["box_blur"]))
    assert np.abs(pixels(kernels.picture, "BoxBlur")[1:-1, 1:-1, 0] - np.rint(blurred)).max() <= 1


def test_what_the_greys_stand_for_is_said(kernels: Figure) -> None:
    texts = [item.text for item, _ in kernels.picture.walk() if isinstance(item, Text)]
    assert texts.count("0 black, 255 white") == 4  # the original, identity and the blurs
    assert "0 black, 255 white, cut" in texts
    assert "0 grey, ±760" in texts  # Sobel's largest answer here is 4·190
    assert "times 1/9" in texts
    assert "times 1/16" in texts


def test_a_colour_picture_is_made_grey_and_a_large_one_smaller(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)
    (tmp_path / "c.png").write_bytes(encode_png(10, 8, colours.tobytes()))
    figure = draw_applied([FILTERS / "identity.cnn"], tmp_path / "c.png")
    assert any("colours to gray" in note for note in figure.notes)
    grey = colours @ np.array([0.299, 0.587, 0.114])
    assert np.abs(pixels(figure.picture, "original")[..., 0] - grey).max() <= 0.51
    large = np.arange(7 * 5, dtype=float).reshape(7, 5, 1)
    small = shrink(large, 3)
    assert small.shape == (2, 1, 1)
    assert small[0, 0, 0] == large[:3, :3].mean()
    assert shrink(large, 7) is large


def test_a_large_picture_is_said_to_have_been_made_smaller(tmp_path: Path) -> None:
    (tmp_path / "l.png").write_bytes(encode_png(1030, 4, bytes(4120)))
    figure = draw_applied([FILTERS / "identity.cnn"], tmp_path / "l.png")
    assert any("smaller" in note for note in figure.notes)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.cnn").write_text("model D {\n  input 5x5x1\n  MaxPool2D -> Flatten\n}\n")
    with pytest.raises(RenderError, match="D makes 4, which is no picture"):
        draw_applied([tmp_path / "d.cnn"], FIVE[1])
    with pytest.raises(SpecError):
        draw_applied([FIVE[0]], SIX[1])


# --- the pictures themselves --------------------------------------------------------------------------------------------

DRAWN: dict[str, Callable[[Path], Picture]] = {
    "kernels": lambda shapes: draw_applied([FILTERS, ROOT / "specs" / "sobel.cnn"], shapes).picture,
    "one kernel": lambda shapes: draw_applied([FILTERS / "curve.cnn"], shapes).picture,
    "activation": lambda shapes: draw_applied([FILTERS / "edge.cnn"], shapes, style="activation").picture,
    "values": lambda _: draw_applied([SIX[0]], SIX[1], style="values").picture,
    "product": lambda _: draw_applied([FIVE[0]], FIVE[1], style="product").picture,
}


@pytest.mark.parametrize("name", DRAWN)
def test_nothing_overlaps_and_everything_is_inside(name: str, shapes: Path) -> None:
    picture = DRAWN[name](shapes)
    items = [item for item, _ in picture.walk() if not isinstance(item, Group)]
    assert all(picture.box.contains(item.box, slack=0.6) for item in items)
    texts = [item.box for item in items if isinstance(item, Text)]
    assert [pair for pair in combinations(texts, 2) if pair[0].overlaps(pair[1], slack=0.6)] == []
    for kind in ("panel", "stage", "section", "matrix"):
        boxes = [around_all(group) for group in picture.groups(kind)]
        assert not any(a.overlaps(b) for a, b in combinations(boxes, 2)), kind
    for group in picture.groups("matrix"):
        cell = (around_all(group).width / int(group.data["columns"]), around_all(group).height / int(group.data["rows"]))
        assert all(text.box.width <= cell[0] for text in group.items if isinstance(text, Text))


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_sound_file_every_time(name: str, shapes: Path) -> None:
    text = write_picture(DRAWN[name](shapes), "svg")
    assert text == write_picture(DRAWN[name](shapes), "svg")
    root = ElementTree.fromstring(text)
    ids = [element.get("id") for element in root.iter() if element.get("id") is not None]
    assert len(ids) == len(set(ids))
    if name != "kernels":  # too many pixels
        assert "\\begin{tikzpicture}" in str(write_picture(DRAWN[name](shapes), "tikz"))


def test_numbers_are_written_with_three_digits() -> None:
    assert [show_number(value) for value in (0, -1, 6600, 1 / 9, -2.5, float("inf"))] == [
        "0",
        "−1",
        "6,600",
        "0.111",
        "−2.5",
        "∞",
    ]
    assert take_factor(((0.1, 0.2),)) == (10, ((1.0, 2.0),))
    assert take_factor(((2**0.5, 1.0),)) == (1, ((2**0.5, 1.0),))


class TestTheCommand:
    def test_a_folder_gives_a_figure(self, shapes: Path, tmp_path: Path) -> None:
        out = tmp_path / "k.svg"
        done = run("apply", str(FILTERS), str(shapes), "-o", str(out))
        assert done.status == 0, done.err
        assert "11 filters applied" in out.read_text(encoding="utf-8")

    def test_a_file_alone_gives_its_result_as_before(self, shapes: Path, tmp_path: Path) -> None:
        out = tmp_path / "k.png"
        assert run("apply", str(FILTERS / "identity.cnn"), str(shapes), "-o", str(out)).status == 0
        from PIL import Image as Pillow

        with Pillow.open(out) as made, Pillow.open(shapes) as given:
            assert made.tobytes() == given.tobytes()

    def test_a_layer_gives_its_map(self, tmp_path: Path) -> None:
        out = tmp_path / "m.svg"
        done = run("apply", str(FIVE[0]), str(FIVE[1]), "--layer", "filter2d_1", "--filter", "0", "-o", str(out))
        assert done.status == 0, done.err
        assert "strongest unit" in out.read_text(encoding="utf-8")

    def test_a_product_at_a_unit(self, tmp_path: Path) -> None:
        out = tmp_path / "p.tex"
        done = run("apply", str(FIVE[0]), str(FIVE[1]), "--style", "product", "--at", "1,1", "-o", str(out), "--width", "84mm")
        assert done.status == 0, done.err
        assert "tikzpicture" in out.read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        "arguments", [["--style", "values"], ["--style", "values", "-o", "v.txt"], ["--style", "values", "-o", "v"]]
    )
    def test_a_figure_needs_a_file_for_it(self, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        done = run("apply", str(SIX[0]), str(SIX[1]), *arguments)
        assert done.status == 2
        assert "name one with -o" in done.err
        assert list(tmp_path.iterdir()) == []
