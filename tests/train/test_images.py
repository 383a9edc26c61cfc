"""Pictures and matrices from a user's hand."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
Image = pytest.importorskip("PIL.Image")

from cnnspec.train.data import DataError  # noqa: E402
from cnnspec.train.images import as_digit, parse_matrix, read_image, read_values  # noqa: E402


def picture(path: Path, values: object) -> Path:
    Image.fromarray(np.asarray(values, np.uint8)).save(path)
    return path


def problem(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_image(path)
    assert caught.value.way_out
    return caught.value.problem


def test_pictures(tmp_path: Path) -> None:
    gray = np.arange(12).reshape(3, 4)
    assert read_image(picture(tmp_path / "a.png", gray))[..., 0].tolist() == gray.tolist()
    colours = np.arange(36).reshape(3, 4, 3)
    assert read_image(picture(tmp_path / "b.PNG", colours)).tolist() == colours.tolist()
    assert read_image(picture(tmp_path / "c.jpg", np.full((8, 8), 77))).tolist() == np.full((8, 8, 1), 77).tolist()
    Image.new("P", (4, 3)).save(tmp_path / "p.png")
    assert read_image(tmp_path / "p.png").shape == (3, 4, 3)
    Image.new("1", (4, 3), 1).save(tmp_path / "one.png")
    assert read_image(tmp_path / "one.png").tolist() == np.full((3, 4, 1), 255).tolist()


def test_transparent_parts_are_white_as_paper(tmp_path: Path) -> None:
    """Black ink on nothing, as drawing programs save it."""
    ink = np.array([[0, 255], [128, 255]], np.uint8)
    for mode, name in (("RGBA", "a.png"), ("LA", "b.png")):
        image = Image.new(mode, (2, 2), 0)
        image.putalpha(Image.fromarray(ink))
        image.save(tmp_path / name)
        assert read_image(tmp_path / name)[..., 0].tolist() == [[255, 0], [127, 0]]


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 257, 32_896, 65_535]], np.uint16)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png")[..., 0].tolist() == [[0, 1, 128, 255]]


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    from cnnspec.train.data.decode import look

    image = Image.fromarray(np.repeat(np.array([[0, 255]], np.uint8), 16, axis=1).repeat(16, axis=0))
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise
    image.save(tmp_path / "a.jpg", exif=exif, quality=100)
    upright = read_image(tmp_path / "a.jpg")[..., 0]
    assert upright.shape == (32, 16)
    assert look(tmp_path / "a.jpg")[:2] == (32, 16)
    assert upright[2, 8] < 20
    assert upright[-3, 8] > 235


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    """Pillow alone decodes what it can."""
    whole = picture(tmp_path / "w.png", np.random.RandomState(0).randint(0, 256, (40, 40))).read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    (tmp_path / "w.png").write_bytes(damaged)
    assert "cannot be decoded" in problem(tmp_path / "w.png")


def test_numbers(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[-1.5, 2]]))
    assert read_values(tmp_path / "a.npy").tolist() == [[-1.5, 2]]
    assert "values from -1.5 to 2" in problem(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.array([[0.5, 1]]))
    assert read_image(tmp_path / "b.npy")[..., 0].tolist() == [[128, 255]]
    np.save(tmp_path / "c.npy", np.array([[0, 1]]))
    assert read_image(tmp_path / "c.npy")[..., 0].tolist() == [[0, 1]]
    (tmp_path / "d.txt").write_text("0 0 30\n0 30 0\n")
    assert read_values(tmp_path / "d.txt").tolist() == [[0, 0, 30], [0, 30, 0]]


@pytest.mark.parametrize(
    "text",
    [
        "1 2\n3 4",
        "1,2;3,4",
        "[[1, 2], [3, 4]]",
        "[1 2; 3 4]",
        "\ufeff1\t2\r\n\r\n3\t4\r\n",
        "# rows\n1 2 # one\n3 4",
        "1, 2,\n3, 4,",
    ],
)
def test_matrices(text: str) -> None:
    assert parse_matrix(text).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no numbers"),
        ("1 2\n3", "row 2 has 1 values, row 1 has 2"),
        ("1 x", "'x' in row 1 is no number"),
        ("1 nan", "not finite"),
        ("1e999", "not finite"),
        ("1" * 5000 + "x", "'11111111111111111111…'"),
    ],
)
def test_wrong_matrices(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_matrix(text)


def test_wrong_files(tmp_path: Path) -> None:
    assert problem(tmp_path / "nowhere.png") == "does not exist"
    assert problem(tmp_path) == "is a folder"
    for name in ("a.png", "a.npy", "a.txt"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00 no such thing")
    assert problem(tmp_path / "a.png") == "is no PNG or JPEG picture"
    assert "no intact .npy file" in problem(tmp_path / "a.npy")
    assert "no picture (.png, .jpg)" in problem(tmp_path / "a.txt")
    (tmp_path / "empty.png").write_bytes(b"")
    assert problem(tmp_path / "empty.png") == "is no PNG or JPEG picture"
    whole = picture(tmp_path / "w.png", np.random.RandomState(0).randint(0, 256, (40, 40))).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    assert "cannot be decoded" in problem(tmp_path / "cut.png")
    gif = io.BytesIO()
    Image.new("L", (3, 3)).save(gif, "GIF")
    (tmp_path / "gif.png").write_bytes(gif.getvalue())
    assert problem(tmp_path / "gif.png") == "is no PNG or JPEG picture"


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object))
    assert "no intact .npy file" in problem(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.array([["a"]]))
    assert "of numbers" in problem(tmp_path / "b.npy")
    np.save(tmp_path / "c.npy", np.zeros(4))
    assert "height × width" in problem(tmp_path / "c.npy")
    np.savez(tmp_path / "d.npz", np.zeros((2, 2)))
    (tmp_path / "d.npz").rename(tmp_path / "d.npy")
    assert "archive" in problem(tmp_path / "d.npy")


def png_header(width: int, height: int) -> bytes:
    """A PNG that states a huge size and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8_000, 10_000, 30_000])
def test_bombs(tmp_path: Path, side: int) -> None:
    (tmp_path / "bomb.png").write_bytes(png_header(side, side))
    assert "would unpack to" in problem(tmp_path / "bomb.png")


def test_header_of_a_huge_array(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    content = (tmp_path / "a.npy").read_bytes().replace(b"(2, 2), }    ", b"(20000, 2), }")
    (tmp_path / "a.npy").write_bytes(content)
    assert "no intact .npy file" in problem(tmp_path / "a.npy")


def test_a_digit_of_the_data_is_left_alone() -> None:
    image = np.zeros((28, 28, 1), np.uint8)
    image[10:18, 14] = 255
    made, done = as_digit(image, (28, 28, 1))
    assert done == ()
    assert np.array_equal(made, image)


def test_dark_on_light_is_inverted_and_said() -> None:
    image = np.full((28, 28, 1), 250, np.uint8)
    image[10:18, 14] = 5
    made, done = as_digit(image, (28, 28, 1))
    assert made[0, 0, 0] == 5
    assert made[12, 14, 0] == 250
    assert len(done) == 1
    assert done[0].startswith("inverted, because its border is light")
    assert as_digit(image, (28, 28, 1), invert=False)[1] == ()


def test_colours_and_sizes_are_said() -> None:
    photo = np.full((300, 200, 3), 255, np.uint8)
    photo[100:200, 95:105] = (255, 0, 0)
    made, done = as_digit(photo, (28, 28, 1))
    assert made.shape == (28, 28, 1)
    assert [phrase.split()[0] for phrase in done] == ["colours", "inverted,", "filled", "resized"]
    assert made[0, 0, 0] == 0
    assert made[14, 14, 0] > 60, "a thin line survives"
    assert as_digit(photo, (32, 32, 3), invert=False)[0].shape == (32, 32, 3)
    assert as_digit(made, (28, 28, 3))[1] == ("gray repeated for 3 channels",)


@pytest.mark.parametrize("shape", [(1, 1_000_000, 1), (1_000_000, 1, 1), (1, 1, 3), (27, 29, 4), (3000, 3000, 1)])
def test_any_proportion(shape: tuple[int, int, int]) -> None:
    image = np.zeros(shape, np.uint8)
    image[0, 0] = 255
    assert as_digit(image, (28, 28, 1))[0].shape == (28, 28, 1)
