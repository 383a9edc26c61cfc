"""Fetching MNIST from a server on this machine: whole or not at all, checked, capped, by one process at a time."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")

from cnnspec.recipe.data import Mnist, data_sources  # noqa: E402
from cnnspec.train.data import DataError, DataUnavailable, download, idx, load_dataset  # noqa: E402
from cnnspec.train.data import mnist as mnist_module  # noqa: E402
from cnnspec.train.data.mnist import PARTS, Part  # noqa: E402
from support.torchvision_models import torchvision_models  # noqa: E402

SHAPES = {"train_images": (4, 28, 28), "train_labels": (4,), "test_images": (2, 28, 28), "test_labels": (2,)}
CONTENTS = {key: idx.header(shape) + bytes(int(np.prod(shape))) for key, shape in SHAPES.items()}
PACKED = {key: gzip.compress(content, mtime=0) for key, content in CONTENTS.items()}
STEMS = {key: part.stem for key, part in PARTS.items()}


class Server(ThreadingHTTPServer):
    """Serves /good/, and below other names answers that are wrong in one way each."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.agents: set[str] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.agents.add(self.headers["User-Agent"])
        _, way, name = self.path.split("/")
        content = next(PACKED[key] for key, stem in STEMS.items() if name == f"{stem}.gz")
        if way == "forbidden":
            self.send_error(403)
            return
        if way == "redirect":
            self.send_response(302)
            self.send_header("Location", "ftp://127.0.0.1/x")
            self.end_headers()
            return
        self.send_response(200)
        if way == "liar":
            self.send_header("Content-Length", str(10**12))
        elif way in ("short", "good"):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if way == "wrong":
            content = content[:-1] + b"?"
        if way == "endless":
            content = bytes(download.LARGEST + 1)
        self.wfile.write(content[:20] if way == "short" else content)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    parts = {
        key: Part(PARTS[key].name, shape, hashlib.md5(CONTENTS[key]).hexdigest(), hashlib.sha256(PACKED[key]).hexdigest())
        for key, shape in SHAPES.items()
    }
    monkeypatch.setattr(mnist_module, "PARTS", parts)
    monkeypatch.setattr("cnnspec.train.data.load.PARTS", parts)
    monkeypatch.setattr("cnnspec.train.data.download.LARGEST", 100_000)
    for name in ("CNNSPEC_DATA", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def fetch(server: Server, folder: Path, *ways: str, **options: object) -> dict[str, Path]:
    mirrors = [f"{server.address}/{way}/" for way in ways]
    return download.fetch_parts(folder, mirrors=mirrors, allow_http=True, parts=mnist_module.PARTS, **options)  # type: ignore[arg-type]


def test_fetches_into_the_cache_once(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnspec.train.data.load.fetch_parts", lambda folder, name, **options: fetch(server, folder, "good"))
    seen = load_dataset(Mnist(), cache=tmp_path)
    assert seen.facts.train == 4
    assert len(server.asked) == 4
    assert load_dataset(Mnist(), cache=tmp_path).checksum == seen.checksum
    assert len(server.asked) == 4, "the second time it is read from the cache"
    assert all(agent.startswith("cnnspec") for agent in server.agents)
    (tmp_path / "mnist" / "t10k-labels-idx1-ubyte.gz").write_bytes(b"damaged")
    assert load_dataset(Mnist(), cache=tmp_path).checksum == seen.checksum
    assert len(server.asked) == 5, "only what is damaged is fetched again"


def test_progress_is_told(server: Server, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    fetch(server, tmp_path, "good", progress=lambda *values: told.append(values))
    assert {name for name, _, _ in told} == {f"{stem}.gz" for stem in STEMS.values()}
    assert all(done == total for name, done, total in told)


WRONG = {
    "forbidden": "HTTP 403",
    "redirect": "redirects to ftp://127.0.0.1/x",
    "wrong": "with SHA-256",
    "short": "the connection",
    "liar": "1,000,000,000,000 bytes; at most",
    "endless": "more than 100,000 bytes",
}


@pytest.mark.parametrize("way", WRONG)
def test_a_bad_mirror_leaves_nothing_and_the_next_is_asked(server: Server, tmp_path: Path, way: str) -> None:
    with pytest.raises(DataUnavailable) as caught:
        fetch(server, tmp_path / "alone", way)
    assert WRONG[way] in caught.value.details[0]
    assert "--data digits" in caught.value.way_out
    assert "--data-dir" in caught.value.way_out
    assert sorted(path.name for path in (tmp_path / "alone").iterdir()) == [".lock"]
    files = fetch(server, tmp_path / "both", way, "good")
    assert {key: path.read_bytes() for key, path in files.items()} == PACKED


def labelled(key: str) -> bytes:
    """Content that is not MNIST's."""
    return CONTENTS[key][:-1] + b"\x01"


@pytest.mark.parametrize("word", ["fashion_mnist", "kmnist"])
def test_others_are_fetched_by_the_checksum_of_their_files(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    packed = {key: gzip.compress(labelled(key), mtime=0) for key in CONTENTS}
    monkeypatch.setitem(globals(), "PACKED", packed)
    sums = {key: hashlib.md5(content).hexdigest() for key, content in packed.items()}
    monkeypatch.setattr(mnist_module, "PACKED_MD5", {word: sums})
    source = data_sources()[word].bind()
    options = {"cache": tmp_path, "mirrors": [f"{server.address}/good/"], "allow_http": True}
    seen = load_dataset(source, **options)
    assert (seen.name, seen.facts.train, seen.train_images[-1, -1, -1, 0]) == (word, 4, 1)
    assert load_dataset(source, **options).checksum == seen.checksum
    assert len(server.asked) == 4
    changed = tmp_path / word / "train-images-idx3-ubyte.gz"
    changed.write_bytes(gzip.compress(CONTENTS["train_images"][:-1] + b"\x02", mtime=0))
    with pytest.raises(DataError, match="with MD5"):
        load_dataset(source, **options, allow_download=False)
    assert load_dataset(source, **options).checksum == seen.checksum
    assert len(server.asked) == 5, "what was changed in the cache is fetched again"


def test_the_checksums_are_those_of_torchvision() -> None:
    torchvision_models()
    mnist: Any = import_module("torchvision.datasets.mnist")
    for word, made in (("fashion_mnist", mnist.FashionMNIST), ("kmnist", mnist.KMNIST)):
        assert {(f"{part.stem}.gz", part.packed_md5) for part in mnist_module.parts_of(word).values()} == set(made.resources)
        assert mnist_module.CLASS_NAMES[word] == tuple(made.classes)


def test_only_https(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailable) as caught:
        download.fetch_parts(tmp_path, mirrors=[f"{server.address}/good/", "file:///etc/"], parts=mnist_module.PARTS)
    assert [detail.rpartition(": ")[2] for detail in caught.value.details] == ["the address is not https"] * 2
    assert server.asked == []
    assert all(mirror.startswith("https://") for mirrors in download.MIRRORS.values() for mirror in mirrors)


def test_no_network(tmp_path: Path) -> None:
    mirrors = ["http://127.0.0.1:9/", "http://127.0.0.1:1/"]
    with pytest.raises(DataUnavailable, match="MNIST is not here") as caught:
        download.fetch_parts(tmp_path, mirrors=mirrors, allow_http=True)
    assert len(caught.value.details) == 2


def test_downloading_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CNNSPEC_DATA", raising=False)
    with pytest.raises(DataUnavailable, match="switched off") as caught:
        load_dataset(Mnist(), cache=tmp_path, allow_download=False)
    assert caught.value.way_out == download.WAY_OUT


def test_a_folder_that_cannot_be_made(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataUnavailable, match="cannot write to"):
        fetch(server, tmp_path / "file" / "below", "good")


def test_full_disk(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cnnspec.train.data.download.os.fsync", fail)
    with pytest.raises(DataUnavailable, match="no space left"):
        fetch(server, tmp_path, "good")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock"]


def test_one_at_a_time(server: Server, tmp_path: Path) -> None:
    with download.lock(tmp_path / ".lock"):
        with pytest.raises(DataUnavailable, match="another process holds"), download.lock(tmp_path / ".lock", patience=0.15):
            pass
        thread = threading.Thread(target=fetch, args=(server, tmp_path, "good"))
        thread.start()
        thread.join(0.3)
        assert server.asked == []
    thread.join(10)
    assert len(server.asked) == 4


def test_printed_progress(capsys: pytest.CaptureFixture[str]) -> None:
    for done in (10, 50, 100):
        download.print_progress("x.gz", done, 100)
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "x.gz 100 bytes\n")
