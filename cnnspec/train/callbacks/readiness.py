"""Whether callbacks can do their work here, asked before anything is fetched or written."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib.util import find_spec
from urllib.parse import urlsplit

from cnnspec.diagnostics import MachineError, SpecError
from cnnspec.diagnostics.catalogue.recipes import remote_address
from cnnspec.diagnostics.catalogue.runs import extra_missing, network_not_allowed
from cnnspec.diagnostics.span import Source
from cnnspec.recipe.callback import Callback
from cnnspec.recipe.remote import address_problem, host_of


def require_ready(declarations: Iterable[Callback], allowed_hosts: Collection[str]) -> None:
    """Refuse callbacks that need a package that is not there, or send to a host that was not allowed.

    Raises:
        MachineError: a package is missing.
        SpecError: a host was not allowed, or the address is none that is sent to.
    """
    allowed = {host.lower() for host in allowed_hosts}
    for declaration in declarations:
        if declaration.extra and find_spec(declaration.extra) is None:
            problem = extra_missing(declaration.word, owner=declaration.word, extra=declaration.extra)
            raise MachineError((problem,))
        if (address := declaration.sends_to()) is not None:
            _require_host(declaration.word, address, allowed)


def _require_host(owner: str, address: str, allowed: Collection[str]) -> None:
    problem, host = address_problem(address), host_of(address)
    if problem is not None:
        raise SpecError((remote_address(Source(address, "").span(0, 0), owner=owner, address=address, reason=problem),))
    if host not in allowed:
        raise SpecError((network_not_allowed(urlsplit(address).netloc, owner=owner, host=host),))
