"""One HTTP POST to an address that is checked after it was resolved, without redirects, within two seconds.

Nothing of the answer is used but its status, so nothing else of it is read. Environment variables that name proxies are
not heeded: the connection goes where the checked address says.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from urllib.parse import urlsplit

from cnnspec.recipe.remote import address_problem, is_loopback

#: Seconds for all of it: connecting, encrypting, sending, and the status line.
TIMEOUT = 2.0

#: The most bytes that are waited for before the end of the status line.
LONGEST_STATUS = 1024

#: IPv6 addresses that stand for IPv4 addresses, private ones among them.
_TUNNELS = tuple(IPv6Network(prefix) for prefix in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
#: Header fields that belong to the connection.
_OWN = ("host", "content-length", "connection", "transfer-encoding")


class PostError(Exception):
    """Nothing was accepted; the text is the reason, for use inside a sentence."""


class Poster:
    """Posts to one address; the host is resolved once, and what it resolved to is kept.

    Args:
        address: an https address, or http of this machine.
        headers: header fields besides those of the connection.

    Raises:
        ValueError: the address or a header is none that is sent to or sent.
    """

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        problem = address_problem(address)
        if problem is not None:
            raise ValueError(f"the address {address!r} {problem}")
        for name, value in headers.items():
            if not _HEADER_NAME.match(name) or name.lower() in _OWN or not value.isprintable() or not value.isascii():
                raise ValueError(f"the header {name!r} cannot be sent")
        parts = urlsplit(address)
        self.encrypted = parts.scheme == "https"
        self.host = parts.hostname or ""
        self.port = parts.port or (443 if self.encrypted else 80)
        self.path = parts.path or "/"
        self.netloc = parts.netloc
        self.headers = dict(headers)
        self._place: tuple[socket.AddressFamily, str] | None = None

    def post(self, body: bytes) -> None:
        """Send a body, and see that the server accepts it.

        Raises:
            PostError: it could not be sent, or the answer is anything but success.
        """
        deadline = monotonic() + TIMEOUT
        try:
            family, place = self._resolve()
            with socket.socket(family, socket.SOCK_STREAM) as plain_socket:
                plain_socket.settimeout(_left(deadline))
                plain_socket.connect((place, self.port))
                with self._wrap(plain_socket, deadline) as connection:
                    connection.settimeout(_left(deadline))
                    connection.sendall(self._request(body))
                    status = _read_status(connection, deadline)
        except TimeoutError:
            raise PostError(f"nothing came back within {TIMEOUT:g} s") from None
        except ssl.SSLError as error:
            raise PostError(f"its certificate or encryption is not sound: {error.reason or error}") from None
        except OSError as error:
            raise PostError((error.strerror or str(error)).lower()) from None
        if not 200 <= status < 300:
            raise PostError(f"it answered {status}" + (", a redirect, which is not followed" if 300 <= status < 400 else ""))

    def _resolve(self) -> tuple[socket.AddressFamily, str]:
        """The checked address to connect to.

        Raises:
            PostError: the name stands for a private address, or for this machine without saying so.
        """
        if self._place is None:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            places = [(family, str(address[0])) for family, _, _, _, address in found]
            allowed = is_loopback_address if is_loopback(self.host) else is_public_address
            wrong = next((place for _, place in places if not allowed(place)), None)
            if wrong is not None or not places:
                raise PostError(f"{self.host} stands for {wrong or 'no address'}, which is not a public one")
            self._place = places[0]
        return self._place

    def _wrap(self, connection: socket.socket, deadline: float) -> socket.socket:
        if not self.encrypted:
            return connection
        connection.settimeout(_left(deadline))
        return ssl.create_default_context().wrap_socket(connection, server_hostname=self.host)

    def _request(self, body: bytes) -> bytes:
        fields = {"Host": self.netloc, "Content-Length": str(len(body)), "Connection": "close", **self.headers}
        lines = [f"POST {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        return "\r\n".join(lines).encode("ascii") + body


def _left(deadline: float) -> float:
    """The seconds until a deadline.

    Raises:
        TimeoutError: there are none.
    """
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _read_status(connection: socket.socket, deadline: float) -> int:
    """The status of an answer, from its first line; however slowly it comes, and however long it is."""
    answer = b""
    while b"\n" not in answer and len(answer) < LONGEST_STATUS:
        connection.settimeout(_left(deadline))
        part = connection.recv(LONGEST_STATUS - len(answer))
        if not part:
            break
        answer += part
    match = re.match(rb"HTTP/1\.[01] ([1-5][0-9]{2})[ \r\n]", answer)
    if match is None:
        raise PostError("its answer is not HTTP")
    return int(match.group(1))


def is_loopback_address(text: str) -> bool:
    """Whether an address is this machine."""
    return _unmapped(text).is_loopback


def is_public_address(text: str) -> bool:
    """Whether an address is one of the whole internet: not private, not of this machine or network, not of a tunnel."""
    address = _unmapped(text)
    if isinstance(address, IPv6Address) and any(address in tunnel for tunnel in _TUNNELS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _unmapped(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text.partition("%")[0])
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
