"""Addresses that figures may be sent to: https, or this machine itself."""

from __future__ import annotations


def host_of(address: str) -> str:
    """The host of an address, in lower case; "" where there is none."""
    from urllib.parse import urlsplit

    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or number."""
    from ipaddress import ip_address

    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def address_problem(address: str) -> str | None:
    """Why nothing may be sent to an address, as the end of a sentence; None if it may."""
    from urllib.parse import urlsplit

    if any(ord(letter) <= 32 or ord(letter) >= 127 for letter in address):
        return "holds a blank, or a letter that no address has"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        return f"is no address ({error})"
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or "\\" in address:
        return "is no https address"
    if parts.username is not None or parts.password is not None:
        return "holds a name or a password, which a file is no place for"
    if parts.query or parts.fragment:
        return "has a query or a fragment"
    if port == 0:
        return "has the port 0"
    if parts.scheme == "http" and not is_loopback(host):
        return "is not encrypted: http is for this machine alone, https for others"
    return None
