"""The kernels of the lecture at work: a picture drawn by this script, and beside it what every filter makes of it."""

from math import hypot
from pathlib import Path
from tempfile import TemporaryDirectory

from cnnspec.api.figures import draw_applied
from cnnspec.render.pixels import encode_png
from cnnspec.render.render import write_picture

ROOT = Path(__file__).resolve().parents[1]
SIZE = 96


def brightness(row: int, column: int) -> int:
    """A disc and a ring, a square that grows lighter, stripes: edges of all directions, flat grounds, slopes."""
    if hypot(row - 28, column - 26) < 17:
        return 235
    if 13 < hypot(row - 68, column - 27) < 19:
        return 20
    if 12 <= row < 44 and 54 <= column < 86:
        return 60 + 5 * (row - 12)
    if 56 <= row < 84 and 54 <= column < 88:
        return 230 if (column - 54) // (2 + (row >= 70) * 3) % 2 else 40
    return 128


def picture() -> bytes:
    """The picture as a PNG file."""
    return encode_png(SIZE, SIZE, bytes(brightness(row, column) for row in range(SIZE) for column in range(SIZE)))


def main() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "shapes.png")
        path.write_bytes(picture())
        drawn = draw_applied([ROOT / "specs" / "filters", ROOT / "specs" / "sobel.cnn"], path)
    text = write_picture(drawn.picture, "svg")
    print(drawn.picture.description)
    print(f"{len(text):,} characters of SVG")


if __name__ == "__main__":
    main()
