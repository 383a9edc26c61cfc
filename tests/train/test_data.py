"""Data sets: found in every layout, checked, and refused when they are damaged."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("PIL")

from cnnspec.recipe.data import Digits, FashionMnist, Images, Mnist, Npz  # noqa: E402
from cnnspec.recipe.recipe import Recipe  # noqa: E402
from cnnspec.schema.values import Word  # noqa: E402
from cnnspec.train.data import DataError, Dataset, DataUnavailable, Preparation, idx, load_dataset, prepare  # noqa: E402
from cnnspec.train.data import mnist as mnist_module  # noqa: E402
from cnnspec.train.data.digits import load_digits  # noqa: E402
from cnnspec.train.data.mnist import PARTS, Part, find_parts  # noqa: E402
from cnnspec.train.data.resize import bilinear, to_bytes  # noqa: E402

# --- a small MNIST of our own, so that every check of the reader runs without the real one -------------------------


def _content(shape: tuple[int, ...], seed: int) -> bytes:
    random = np.random.RandomState(seed)
    return idx.header(shape) + random.randint(0, 10 if len(shape) == 1 else 256, shape).astype(np.uint8).tobytes()


SHAPES = {"train_images": (20, 28, 28), "train_labels": (20,), "test_images": (10, 28, 28), "test_labels": (10,)}
CONTENTS = {key: _content(shape, at) for at, (key, shape) in enumerate(SHAPES.items())}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> dict[str, Part]:
    """MNIST's four parts, made small: names and checks are the real ones."""
    parts = {
        key: Part(part.name, SHAPES[key], hashlib.md5(CONTENTS[key]).hexdigest(), hashlib.sha256(_packed(key)).hexdigest())
        for key, part in PARTS.items()
    }
    monkeypatch.setattr(mnist_module, "PARTS", parts)
    monkeypatch.setattr("cnnspec.train.data.load.PARTS", parts)
    monkeypatch.delenv("CNNSPEC_DATA", raising=False)
    return parts


def _packed(key: str) -> bytes:
    return gzip.compress(CONTENTS[key], mtime=0)


def write(folder: Path, name: str = "{part}-idx{d}-ubyte.gz", *, packed: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for key, part in PARTS.items():
        path = folder / name.format(part=part.name, d=len(part.shape))
        path.write_bytes(_packed(key) if packed else CONTENTS[key])
    return folder


def load(folder: Path) -> Dataset:
    return load_dataset(Mnist(), data_dir=folder, allow_download=False)


@pytest.mark.parametrize(
    ("below", "name", "packed"),
    [
        ("", "{part}-idx{d}-ubyte.gz", True),
        ("", "{part}-idx{d}-ubyte", False),
        ("", "{part}.idx{d}-ubyte", False),
        ("mnist", "{part}-idx{d}-ubyte.gz", True),
        ("MNIST/raw", "{part}-idx{d}-ubyte", False),
        ("raw", "{part}-idx{d}-ubyte.gz", True),
    ],
)
def test_layouts(small: dict[str, Part], tmp_path: Path, below: str, name: str, packed: bool) -> None:
    write(tmp_path / below, name, packed=packed)
    data = load(tmp_path)
    assert data.train_images.shape == (20, 28, 28, 1)
    assert data.train_images.tobytes() == CONTENTS["train_images"][16:]
    assert data.test_labels.tolist() == list(CONTENTS["test_labels"][8:])
    assert (data.class_names, data.facts.train, data.facts.test) == (tuple("0123456789"), 20, 10)


def test_a_file_packed_again_is_judged_by_its_content(small: dict[str, Part], tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(CONTENTS["train_images"], compresslevel=1))
    assert load(tmp_path).checksum == load(write(tmp_path / "again")).checksum


def test_keras_archive(small: dict[str, Part], tmp_path: Path) -> None:
    arrays = {key: np.frombuffer(CONTENTS[key], np.uint8, offset=4 + 4 * len(s)).reshape(s) for key, s in SHAPES.items()}
    names = {"x_train": "train_images", "y_train": "train_labels", "x_test": "test_images", "y_test": "test_labels"}
    np.savez_compressed(tmp_path / "mnist.npz", **{name: arrays[key] for name, key in names.items()})
    assert load(tmp_path).checksum == load(tmp_path / "mnist.npz").checksum == load(write(tmp_path / "idx")).checksum
    np.savez(tmp_path / "mnist.npz", **{name: arrays[key][::-1] for name, key in names.items()})
    with pytest.raises(DataError, match="does not hold MNIST"):
        load(tmp_path)


def test_environment(small: dict[str, Part], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "sets" / "mnist")
    monkeypatch.setenv("CNNSPEC_DATA", str(tmp_path / "sets"))
    assert load_dataset(Mnist(), allow_download=False).origin == str(tmp_path / "sets" / "mnist")
    monkeypatch.setenv("CNNSPEC_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="CNNSPEC_DATA"):
        load_dataset(Mnist(), allow_download=False)
    monkeypatch.setenv("CNNSPEC_DATA", str(tmp_path))
    with pytest.raises(DataUnavailable):
        load_dataset(Mnist(), allow_download=False, cache=tmp_path / "cache")


def test_fashion_mnist_has_its_own_folder(small: dict[str, Part], tmp_path: Path) -> None:
    write(tmp_path / "fashion_mnist")
    with pytest.raises(DataError, match="holds MNIST, not fashion_mnist"):
        load_dataset(FashionMnist(), data_dir=tmp_path)
    for key, part in PARTS.items():
        content = _content(SHAPES[key], 9)
        (tmp_path / "fashion_mnist" / f"{part.stem}.gz").write_bytes(gzip.compress(content))
    assert load_dataset(FashionMnist(), data_dir=tmp_path).class_names[0] == "T-shirt/top"
    with pytest.raises(DataUnavailable, match="Fashion-MNIST is not here, and downloading is switched off") as caught:
        load_dataset(FashionMnist(), cache=tmp_path / "cache", allow_download=False)
    assert "--data-dir" in caught.value.way_out


# --- damage ---------------------------------------------------------------------------------------------------------

IMAGES = CONTENTS["train_images"]
LABELS = CONTENTS["train_labels"]

DAMAGE = {
    "empty": (b"", "begins with nothing, not 00 00 08 03"),
    "text": (b"<html>not found</html>", "begins with 3c 68 74 6d"),
    "labels in place of images": (LABELS, "begins with 00 00 08 01, not 00 00 08 03"),
    "header cut": (IMAGES[:10], "cut off inside its header"),
    "other sizes": (idx.header((21, 28, 28)) + IMAGES[16:], "states 21×28×28 images, where 20×28×28"),
    "huge sizes": (idx.header((2**32 - 1, 2**32 - 1, 28)) + b"\0", "states 4,294,967,295×"),
    "cut": (IMAGES[:-1], "holds 15,695 bytes of 15,696"),
    "longer": (IMAGES + b"\0", "goes on after the 15,696 bytes"),
    "one bit": (IMAGES[:-1] + bytes([IMAGES[-1] ^ 1]), "does not hold MNIST: its content has MD5"),
}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_content(small: dict[str, Part], tmp_path: Path, kind: str, packed: bool) -> None:
    content, message = DAMAGE[kind]
    write(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataError) as caught:
        load(tmp_path)
    assert message in caught.value.problem
    assert caught.value.path == str(tmp_path / "train-images-idx3-ubyte.gz")
    assert caught.value.way_out


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (_packed("train_images")[:-20], "gzip data ends too early"),
        (_packed("train_images")[:100], "gzip data ends too early"),
        (_packed("train_images")[:-8] + b"\0" * 8, "does not unpack"),
        (b"\x1f\x8b" + b"\xff" * 50, "does not unpack"),
    ],
)
def test_damaged_packing(small: dict[str, Part], tmp_path: Path, packed: bytes, message: str) -> None:
    write(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(packed)
    with pytest.raises(DataError, match=message):
        load(tmp_path)


def test_bomb_is_not_unpacked(small: dict[str, Part], tmp_path: Path) -> None:
    write(tmp_path)
    bomb = tmp_path / "train-images-idx3-ubyte.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as file:
        file.write(IMAGES)
        for _ in range(64):
            file.write(bytes(2**20))
    unpacked = len(idx.read_content(bomb, len(IMAGES)))
    assert unpacked == len(IMAGES) + 1
    with pytest.raises(DataError, match="goes on after"):
        load(tmp_path)


def test_label_ten(small: dict[str, Part], tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(idx.header((10,)) + bytes([1, 2, 3, 10, 4, 5, 6, 7, 8, 9])))
    with pytest.raises(DataError, match="label 10 at position 3"):
        load(tmp_path)


def test_missing_files_are_listed(small: dict[str, Part], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="looked for train-images-idx3-ubyte") as caught:
        load(tmp_path)
    assert str(tmp_path / "MNIST" / "raw") in caught.value.problem
    assert "mnist.npz" in caught.value.problem
    with pytest.raises(DataError, match="does not exist"):
        load(tmp_path / "nowhere")
    write(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match="only part of mnist: t10k-labels-idx1-ubyte"):
        load(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="nothing is unreadable for root")
def test_unreadable(small: dict[str, Part], tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").chmod(0)
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path)


# --- the real one ---------------------------------------------------------------------------------------------------

REAL = os.environ.get("CNNSPEC_DATA")


@pytest.mark.skipif(not REAL, reason="CNNSPEC_DATA names no folder of data sets")
def test_real_mnist() -> None:
    data = load_dataset(Mnist(), allow_download=False)
    assert data.train_images.shape == (60_000, 28, 28, 1)
    assert data.test_labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(data.train_labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    made = prepare(Recipe.bind((), {**RECIPE, "normalize": Word("standard")}), data, (28, 28, 1))
    assert made.mean[0] / 255 == pytest.approx(0.1306604762738429)
    assert made.std[0] / 255 == pytest.approx(0.30810780717887876)


# --- digits ---------------------------------------------------------------------------------------------------------


def test_digits() -> None:
    data = load_dataset(Digits())
    assert data.facts == Digits().facts()
    assert (len(data.train_images), len(data.test_images)) == (1_437, 360)
    assert data.checksum == "f9e3985a3067a416e887920c17df3fb8326486125aadf1464ae9509cce43f694"
    assert data.train_images.dtype == np.uint8
    assert (data.train_images.min(), data.train_images.max()) == (0, 255)


def test_digits_by_writer_keep_their_order() -> None:
    written = load_dataset(Digits(split="writer"))
    labels = np.concatenate([written.train_labels, written.test_labels])
    assert labels[:10].tolist() == list(range(10))
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    random = load_dataset(Digits())
    assert random.checksum != written.checksum
    assert sorted(np.concatenate([random.train_labels, random.test_labels])) == sorted(labels)


def test_digits_do_not_import_scikit_learn() -> None:
    code = (
        "import sys; from cnnspec.train.data.digits import load_digits; load_digits();"
        " print([m for m in ('sklearn', 'torch', 'PIL') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    "content",
    [b"", b"not gzip", *(gzip.compress(text) for text in (b"a,b", b"1,2\n3", b"0," * 64 + b"11\n"))],
    ids=["empty", "not gzip", "letters", "two lines", "a class beyond 9"],  # a packed file says when it was packed
)
def test_damaged_digits(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "digits.csv.gz").write_bytes(content)
    with pytest.raises(DataError, match="does not hold"):
        load_digits(path=tmp_path / "digits.csv.gz")


def test_digits_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnspec.train.data.digits.find_spec", lambda name: None)
    with pytest.raises(DataUnavailable, match=r"cnnspec\[torch\]"):
        load_digits()


# --- archives -------------------------------------------------------------------------------------------------------


def arrays(**changes: object) -> dict[str, object]:
    made = {
        "x_train": np.arange(6 * 4 * 5, dtype=np.uint8).reshape(6, 4, 5),
        "y_train": np.array([0, 1, 2, 0, 1, 2]),
        "x_test": np.zeros((2, 4, 5), np.uint8),
        "y_test": np.array([1, 2], np.uint8),
    }
    return {**made, **changes}


def test_npz(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", **arrays())
    data = load_dataset(Npz(path="own.npz"), base=tmp_path)
    assert data.shape == (4, 5, 1)
    assert (data.name, data.class_names) == ('npz("own.npz")', ("0", "1", "2"))
    one_hot = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    np.savez_compressed(tmp_path / "hot.npz", **arrays(y_train=one_hot, y_test=np.array([[1], [2]])))
    assert load_dataset(Npz(path="hot.npz"), base=tmp_path).checksum == data.checksum


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": np.zeros((6, 4, 5))}, "x_train of type float64, not uint8"),
        ({"x_train": np.zeros((6, 20), np.uint8)}, "not samples × height × width"),
        ({"x_train": np.zeros((0, 4, 5), np.uint8)}, "not samples × height × width"),
        ({"x_test": np.zeros((2, 4, 6), np.uint8)}, "4×5×1 to train and of 4×6×1 to test"),
        ({"y_train": np.array([0, 1])}, "6 images but 2 labels"),
        ({"y_train": np.array([0, 1, 2, 0, 1, -2])}, "label -2"),
        ({"y_train": np.array([0, 1, 2, 0, 1, 10**9])}, "label 1,000,000,000"),
        ({"y_train": np.array([0.5] * 6)}, "not integers"),
        ({"y_train": np.ones((6, 3))}, "not one-hot"),
        ({"y_train": np.array([{}] * 6, dtype=object)}, "could run code"),
    ],
)
def test_wrong_arrays(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    np.savez(tmp_path / "own.npz", **arrays(**changes))
    with pytest.raises(DataError) as caught:
        load_dataset(Npz(path="own.npz"), base=tmp_path)
    assert message in caught.value.problem


def test_wrong_archives(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"

    def problem() -> str:
        with pytest.raises(DataError) as caught:
            load_dataset(Npz(path="own.npz"), base=tmp_path)
        return caught.value.problem

    assert "cannot be read" in problem()
    path.write_bytes(b"no archive")
    assert "no intact NumPy archive" in problem()
    np.savez(path, x_train=np.zeros(1))
    assert "lacks y_train, x_test, y_test; it holds x_train" in problem()
    np.savez(path, **arrays())
    path.write_bytes(path.read_bytes()[:-40])
    assert "no intact NumPy archive" in problem()
    with zipfile.ZipFile(path, "w") as archive:
        for key in arrays():
            archive.writestr(f"{key}.npy", b"not an array")
    assert problem() == "holds x_train, which is no array"


@pytest.mark.parametrize(("shape", "way"), [((10**12, 8, 8), "promises"), ((0, 8, 8), "promises"), ((9,), "promises")])
def test_a_header_that_lies_makes_no_room(tmp_path: Path, shape: tuple[int, ...], way: str) -> None:
    """An array of a terabyte in a header over a few bytes: refused before it is read."""
    with zipfile.ZipFile(tmp_path / "own.npz", "w") as archive:
        for name, array in arrays().items():
            stream = io.BytesIO()
            if name == "x_train":
                header = {"descr": "|u1", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(stream, header)
                stream.write(bytes(64))
            else:
                np.save(stream, array)
            archive.writestr(f"{name}.npy", stream.getvalue())
    with pytest.raises(DataError, match=way):
        load_dataset(Npz(path="own.npz"), base=tmp_path)


def test_archive_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "own.npz", **arrays())
    monkeypatch.setattr("cnnspec.train.data.npz.LARGEST", 100)
    with pytest.raises(DataError, match="100 are allowed"):
        load_dataset(Npz(path="own.npz"), base=tmp_path)


def test_paths_of_a_file_stay_in_its_folder(tmp_path: Path) -> None:
    inside = tmp_path / "specs"
    inside.mkdir()
    np.savez(tmp_path / "own.npz", **arrays())
    for path in ("../own.npz", str(tmp_path / "own.npz")):
        with pytest.raises(DataError, match=r"leaves|absolute"):
            load_dataset(Npz(path=path), base=inside)
        assert load_dataset(Npz(path=path), base=inside, confine=False).facts.train == 6
    (inside / "link.npz").symlink_to(tmp_path / "own.npz")
    with pytest.raises(DataError, match="by a link"):
        load_dataset(Npz(path="link.npz"), base=inside)


# --- folders of pictures --------------------------------------------------------------------------------------------


def write_pictures(
    folder: Path, count: int = 5, *, size: tuple[int, int] = (6, 4), mode: str = "RGB", suffix: str = "png"
) -> Path:
    from PIL import Image

    for number, name in enumerate(("cat", "dog")):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for at in range(count):
            shape = (size[0], size[1], 3) if mode == "RGB" else size
            values = np.full(shape, 20 * at + number, np.uint8)
            Image.fromarray(values).save(folder / name / f"{at}.{suffix}")
    return folder


def read(tmp_path: Path, size: tuple[int, int] | None = None) -> Dataset:
    return load_dataset(Images(path="pictures"), base=tmp_path, cache=tmp_path / "cache", size=size)


def test_folder_of_classes(tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures", 10)
    data = read(tmp_path)
    assert (data.shape, data.class_names) == ((6, 4, 3), ("cat", "dog"))
    assert (len(data.train_images), len(data.test_images)) == (16, 4)
    assert sorted(data.test_labels) == [0, 0, 1, 1]
    for images, labels in ((data.train_images, data.train_labels), (data.test_images, data.test_labels)):
        assert [int(image[0, 0, 0]) % 20 for image in images] == labels.tolist()
    assert isinstance(data.train_images, np.memmap)


def test_folder_is_decoded_once_and_again_when_it_changes(tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures")
    first = read(tmp_path)
    kept = list((tmp_path / "cache" / "images").iterdir())
    assert len(kept) == 1
    assert read(tmp_path).checksum == first.checksum
    (kept[0] / "train.npy").write_bytes((kept[0] / "train.npy").read_bytes()[:-1] + b"x")
    assert read(tmp_path).checksum == first.checksum, "a damaged cache is made again"
    shutil.copy(tmp_path / "pictures" / "cat" / "0.png", tmp_path / "pictures" / "cat" / "1.png")
    assert read(tmp_path).checksum != first.checksum
    assert len(list((tmp_path / "cache" / "images").iterdir())) == 2


def test_train_and_test_folders(tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures" / "train", 3, mode="L")
    write_pictures(tmp_path / "pictures" / "test", 2, mode="L", suffix="jpg")
    data = read(tmp_path)
    assert (data.shape, data.facts.train, data.facts.test) == ((6, 4, 1), 6, 4)
    shutil.rmtree(tmp_path / "pictures" / "test" / "cat")
    (tmp_path / "pictures" / "test" / "cow").mkdir()
    with pytest.raises(DataError, match="other classes in test than in train: cat, cow"):
        read(tmp_path)


def test_pictures_of_several_sizes(tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures")
    write_pictures(tmp_path / "pictures", 1, size=(8, 8))
    with pytest.raises(DataError, match="resize"):
        read(tmp_path)
    assert read(tmp_path, (5, 5)).shape == (5, 5, 3)


def test_wrong_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "pictures"

    def problem() -> str:
        with pytest.raises(DataError) as caught:
            read(tmp_path)
        return caught.value.problem

    assert problem() == "does not exist"
    folder.mkdir()
    assert "has 0 sub-folders" in problem()
    (folder / "cat").mkdir()
    (folder / "dog").mkdir()
    assert "holds no .png" in problem()
    write_pictures(folder, 1)
    assert "too few pictures" in problem()
    write_pictures(folder)
    (folder / "dog" / "0.png").write_bytes(b"no picture")
    assert problem() == "is no PNG or JPEG picture"
    whole = (folder / "dog" / "1.png").read_bytes()
    (folder / "dog" / "0.png").write_bytes(whole[:-26])
    assert "cannot be decoded" in problem()
    assert not (tmp_path / "cache" / "images").exists() or not list((tmp_path / "cache" / "images").iterdir())
    monkeypatch.setattr("cnnspec.train.data.decode.MOST_PIXELS", 20)
    assert "would unpack to 6×4 pixels" in problem()


def test_links_out_of_the_folder(tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures")
    secret = write_pictures(tmp_path / "elsewhere") / "cat" / "0.png"
    (tmp_path / "pictures" / "cat" / "9.png").symlink_to(secret)
    with pytest.raises(DataError, match="link out of the folder"):
        read(tmp_path)


def test_no_room_for_decoded_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pictures(tmp_path / "pictures")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("cnnspec.train.data.folder.shutil.disk_usage", lambda path: usage._replace(free=100))
    with pytest.raises(DataUnavailable, match="where 100 are free"):
        read(tmp_path)


# --- preparation ----------------------------------------------------------------------------------------------------

RECIPE: dict[str, object] = {"data": Word("mnist"), "loss": Word("mse"), "optimizer": Word("sgd"), "epochs": 1}


def data_of(images: object) -> Dataset:
    stored = np.asarray(images, np.uint8)
    labels = np.zeros(len(stored), np.int64)
    return Dataset("own", stored, labels, stored[:1], labels[:1], ("0",))


def prepared(data: Dataset, shape: tuple[int | None, ...], **changes: object) -> Preparation:
    return prepare(Recipe.bind((), {**RECIPE, **changes}), data, shape)


def test_unit_and_none() -> None:
    data = data_of(np.arange(256).reshape(1, 16, 16, 1))
    assert np.array_equal(prepared(data, (16, 16, 1)).apply(data.train_images).ravel(), (np.arange(256) / 255).astype(np.float32))
    assert np.array_equal(prepared(data, (256,), normalize=None).apply(data.train_images)[0], np.arange(256))


def test_standard_is_of_what_is_trained_on() -> None:
    random = np.random.RandomState(0)
    data = data_of(random.randint(0, 256, (50, 4, 4, 3)))
    data.train_images[..., 2] = 7
    made = prepared(data, (4, 4, 3), normalize=Word("standard"), validation=10)
    kept = data.train_images[:40].reshape(-1, 3).astype(float)
    assert made.mean == pytest.approx(kept.mean(axis=0))
    assert made.std == pytest.approx((*kept.std(axis=0)[:2], 1.0))
    values = made.apply(data.train_images[:40])
    assert np.abs(values.mean(axis=(0, 1, 2))).max() < 1e-5
    assert values[..., 2].tolist() == np.zeros((40, 4, 4)).tolist()


def test_padding_is_black_before_it_is_normalised() -> None:
    data = data_of(np.full((2, 2, 2, 1), 100))
    made = prepared(data, (4, 4, 1), normalize=Word("standard"), pad=1)
    values = made.apply(data.train_images)[0, :, :, 0]
    assert values.tolist() == [[-100] * 4, [-100, 0, 0, -100], [-100, 0, 0, -100], [-100] * 4]


def test_flattened_row_by_row_and_symbolic_inputs() -> None:
    data = data_of(np.arange(24).reshape(1, 4, 3, 2))
    assert prepared(data, (24,), normalize=None).apply(data.train_images)[0].tolist() == list(range(24))
    assert prepared(data, (None, None, 2)).shape == (4, 3, 2)
    assert prepared(data, (4, 6)).shape == (4, 6)
    with pytest.raises(ValueError, match="does not take"):
        prepared(data, (25,))


def test_preparation_survives_json() -> None:
    data = data_of(np.arange(24).reshape(1, 4, 3, 2))
    made = prepared(data, (None, None, 2), resize=(8, 8), pad=2, normalize=Word("standard"))
    assert made.image == made.shape == (12, 12, 2)
    import json

    assert Preparation.from_json(json.loads(json.dumps(made.to_json()))) == made


@pytest.mark.parametrize("size", [(3, 9), (8, 8), (28, 28), (5, 1), (13, 4)])
def test_bilinear_is_torchs(size: tuple[int, int]) -> None:
    torch = pytest.importorskip("torch")
    images = np.random.RandomState(1).randint(0, 256, (2, 8, 8, 3)).astype(np.uint8)
    ours = bilinear(images, *size)
    tensor = torch.tensor(images, dtype=torch.float64).permute(0, 3, 1, 2)
    theirs = torch.nn.functional.interpolate(tensor, size=size, mode="bilinear", align_corners=False)
    assert np.allclose(ours, theirs.permute(0, 2, 3, 1).numpy(), atol=1e-9)


def test_bytes_are_rounded_half_up() -> None:
    assert to_bytes(np.array([0.5, 1.5, 2.5, 0.49999, -3, 300])).tolist() == [1, 2, 3, 0, 0, 255]


def test_checksum_tells_data_apart() -> None:
    one, two = data_of(np.zeros((2, 3, 4, 1))), data_of(np.zeros((2, 4, 3, 1)))
    assert one.checksum != two.checksum
    assert one.checksum == data_of(np.zeros((2, 3, 4, 1))).checksum


def test_idx_header() -> None:
    assert idx.header((60_000, 28, 28)) == struct.pack(">IIII", 2051, 60_000, 28, 28)
    assert idx.header((10_000,)) == struct.pack(">II", 2049, 10_000)
    assert idx.content_size((60_000, 28, 28)) == 47_040_016


def test_errors_are_diagnostics() -> None:
    (damaged,) = DataError("a.npz", "is damaged", "get it again").diagnostics
    assert (damaged.code, damaged.message, damaged.help) == ("data-unusable", "a.npz is damaged", "get it again")
    (machine,) = DataUnavailable("no network", "use --data digits", ("mirror: timeout",)).diagnostics
    assert (machine.code, machine.notes, machine.help) == ("data-unavailable", ("mirror: timeout",), "use --data digits")


def test_find_parts_of_no_folder(tmp_path: Path) -> None:
    assert find_parts(tmp_path / "nowhere") == {}
