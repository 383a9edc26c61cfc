"""RemoteMonitor and what it posts with, against servers that behave and servers that do not."""

from __future__ import annotations

import gc
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from cnnspec.diagnostics import SpecError
from cnnspec.recipe import callbacks as declared
from cnnspec.recipe.remote import address_problem
from cnnspec.train import posting
from cnnspec.train.callbacks.remote_monitor import RemoteMonitor
from cnnspec.train.posting import Poster, PostError, is_loopback_address, is_public_address
from support.callback_sessions import FakeSession, attach

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

Answer = Callable[[socket.socket], None]


class Server:
    """Listens on this machine, keeps what it is sent, and answers as it is told."""

    def __init__(self, answer: Answer | bytes) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the other side may go at any moment
            self.requests.append(read_request(connection))
            if isinstance(self.answer, bytes):
                connection.sendall(self.answer)
            else:
                self.answer(connection)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(answer: Answer | bytes = OK) -> Iterator[Server]:
    server = Server(answer)
    try:
        yield server
    finally:
        server.listening.close()


def drip(connection: socket.socket) -> None:
    """A byte at a time, each in time, and never a whole line."""
    for letter in b"HTTP/1.1 200 " + b"O" * 900:
        connection.sendall(bytes([letter]))
        time.sleep(0.05)


def flood(connection: socket.socket) -> None:
    """A status line without an end."""
    for _ in range(10_000):
        connection.sendall(b"x" * 65536)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TIMEOUT", 0.4)


def failure(root: str, body: bytes = b"{}") -> str:
    with pytest.raises(PostError) as caught:
        Poster(f"{root}/x", {}).post(body)
    return str(caught.value)


def test_a_post() -> None:
    with serving() as server:
        Poster(f"{server.root}/a/b/", {"Content-Type": "application/json", "X-Key": "k"}).post(b'{"a": 1}')
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a/b/ HTTP/1.1"
    assert f"Host: 127.0.0.1:{server.port}" in lines
    assert {"Content-Type: application/json", "X-Key: k", "Content-Length: 8", "Connection: close"} <= set(lines)
    assert body == b'{"a": 1}'


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    with serving() as target:
        answer = f"HTTP/1.1 {status} Moved\r\nLocation: {target.root}/stolen\r\nContent-Length: 0\r\n\r\n".encode()
        with serving(answer) as server:
            assert failure(server.root) == f"it answered {status}, a redirect, which is not followed"
        assert not target.requests


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 500 Oh\r\n\r\n", "it answered 500"),
        (b"HTTP/1.1 404 Oh\r\n\r\n", "it answered 404"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "its answer is not HTTP"),
        (b"HTTP/1.1 2000 OK\r\n", "its answer is not HTTP"),
        (b"", "its answer is not HTTP"),
        (b"\r\n\r\n\r\n", "its answer is not HTTP"),
    ],
)
def test_other_answers(answer: bytes, reason: str) -> None:
    with serving(answer) as server:
        assert failure(server.root) == reason


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("answer", [drip, lambda connection: time.sleep(30)])
def test_a_slow_server_is_left_in_time(answer: Answer) -> None:
    with serving(answer) as server:
        started = time.perf_counter()
        assert failure(server.root) == "nothing came back within 0.4 s"
        assert time.perf_counter() - started < 5


def test_a_huge_answer_is_not_read() -> None:
    with serving(flood) as server:
        assert failure(server.root) == "its answer is not HTTP"
    with serving(OK + b"x" * 10_000_000) as server:
        Poster(f"{server.root}/x", {}).post(b"{}")


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}") == "connection refused"


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "240.0.0.1",
        "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1",
        "2002:a00:1::1", "2001:0:a00:1::1",
    ],
)  # fmt: skip
def test_a_name_that_stands_for_a_private_address_is_not_connected_to(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_public_address(place)
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        family = socket.AF_INET6 if ":" in place else socket.AF_INET
        public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))
        return [public, (family, socket.SOCK_STREAM, 6, "", (place, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("it connected"))
    assert failure("https://figures.example.org") == f"figures.example.org stands for {place}, which is not a public one"
    assert asked == ["figures.example.org"]


@pytest.mark.parametrize("place", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_public_addresses(place: str) -> None:
    assert is_public_address(place)
    assert not is_loopback_address(place)


def test_the_name_is_resolved_once_and_the_checked_address_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers otherwise the second time gains nothing."""
    with serving() as server:
        answers = iter([("127.0.0.1", server.port), ("10.0.0.1", server.port)])
        family = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(*family, next(answers))])
        poster = Poster(f"http://localhost:{server.port}/x", {})
        poster.post(b"1")
        poster.post(b"2")
        assert [request[-1:] for request in server.requests] == [b"1", b"2"]


def test_localhost_that_is_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert "stands for 93.184.216.34" in failure("http://localhost")


def test_proxies_of_the_environment_are_not_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as proxy, serving() as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.root)
        Poster(f"{server.root}/x", {}).post(b"{}")
        assert len(server.requests) == 1
        assert not proxy.requests


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which makes the certificate, is not installed")
def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "1",
         "-subj", "/CN=localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        received: list[bytes] = []

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):  # the other side does not trust it
                received.append(context.wrap_socket(connection, server_side=True).recv(100))

        threading.Thread(target=serve, daemon=True).start()
        assert "certificate" in failure(f"https://localhost:{listening.getsockname()[1]}")
    assert not received


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org", "ftp://example.org", "file:///etc/passwd", "https://", "https:///x", "example.org", "",
        "https://me:secret@example.org", "https://example.org?key=1", "https://example.org#x", "https://example.org:0",
        "https://example.org:99999", "https://exa mple.org", "https://example.org/\r\nX: y", "https://exämple.org",
        "https://example.org\\@evil.org", "http://127.0.0.1.example.org", "http://localhost.example.org", "https://[::1",
    ],
)  # fmt: skip
def test_addresses_that_nothing_is_sent_to(address: str) -> None:
    assert address_problem(address)
    with pytest.raises(ValueError, match="address"):
        Poster(address, {})


@pytest.mark.parametrize(
    "address", ["https://example.org", "https://example.org:8443/a/b", "http://localhost:1", "http://[::1]/x"]
)
def test_addresses_that_may_be(address: str) -> None:
    assert address_problem(address) is None


@pytest.mark.parametrize(
    "headers", [{"A b": "c"}, {"X": "a\r\nY: b"}, {"Host": "x"}, {"content-length": "3"}, {"": "x"}, {"X": "ä"}]
)
def test_headers_that_are_none(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="header"):
        Poster("http://localhost", headers)


# --- the callback ---------------------------------------------------------------------------------------------------


def monitor(root: str, allowed: tuple[str, ...] = ("127.0.0.1",), **arguments: Any) -> tuple[RemoteMonitor, FakeSession]:
    session = FakeSession()
    session.allowed_hosts = frozenset(allowed)
    callback = RemoteMonitor(declared.RemoteMonitor(root=root, **arguments), headers={"X-Key": "k"})
    attach(callback, session)
    return callback, session


def test_epochs_arrive_in_their_order() -> None:
    with serving() as server:
        callback, session = monitor(server.root)
        callback.on_train_begin({})
        for epoch in range(5):
            callback.on_epoch_end(epoch, {"loss": epoch / 2})
        callback.on_train_end({})
        bodies = [parse_qs(request.partition(b"\r\n\r\n")[2].decode()) for request in server.requests]
    assert [json.loads(body["data"][0]) for body in bodies] == [{"epoch": n, "loss": n / 2} for n in range(5)]
    assert all(b"X-Key: k" in request for request in server.requests)
    assert session.said == []


def test_a_failure_is_said_once_and_stops_nothing() -> None:
    with serving(b"HTTP/1.1 500 Oh\r\n\r\n") as server:
        callback, session = monitor(server.root, send_as_json=True)
        callback.on_train_begin({})
        for epoch in range(3):
            callback.on_epoch_end(epoch, {"loss": 1.0})
        callback.on_train_end({})
    assert session.said == [f"RemoteMonitor: {server.root} was not reached (it answered 500); training goes on"]


@pytest.mark.usefixtures("quick")
def test_a_server_that_hangs_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnspec.train.callbacks.remote_monitor.TIMEOUT", 0.4)
    with serving(lambda connection: time.sleep(60)) as server:
        callback, session = monitor(server.root)
        callback.on_train_begin({})
        started = time.perf_counter()
        for epoch in range(100):
            callback.on_epoch_end(epoch, {"loss": 1.0})
        assert time.perf_counter() - started < 5
        callback.on_train_end({})
        assert time.perf_counter() - started < 10
    assert len(session.said) == 1


def test_no_thread_outlives_a_run_that_is_broken_off() -> None:
    before = set(threading.enumerate())
    with serving() as server:
        callback, _ = monitor(server.root)
        callback.on_train_begin({})
        (thread,) = [new for new in set(threading.enumerate()) - before if new.name == "RemoteMonitor"]
        callback.on_epoch_end(0, {"loss": 1.0})
        del callback, _
        gc.collect()
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    ("root", "allowed", "code"),
    [
        ("http://127.0.0.1:9", (), "network-not-allowed"),
        ("http://127.0.0.1:9", ("localhost",), "network-not-allowed"),
        ("https://example.org", ("example.com", "org"), "network-not-allowed"),
        ("https://a.example.org", ("example.org",), "network-not-allowed"),
        ("http://example.org", ("example.org",), "remote-address"),
    ],
)
def test_what_is_not_allowed_is_refused_before_the_run(root: str, allowed: tuple[str, ...], code: str) -> None:
    callback, _ = monitor(root, allowed)
    with pytest.raises(SpecError) as caught:
        callback.on_train_begin({})
    assert [d.code for d in caught.value.diagnostics] == [code]
