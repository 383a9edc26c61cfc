"""RemoteMonitor: the figures of every epoch, sent to a server that was allowed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from queue import Full, Queue
from threading import Thread
from time import monotonic
from urllib.parse import urlencode
from weakref import finalize

from typing_extensions import override

from cnnspec.recipe import callbacks as declared
from cnnspec.train.callbacks.base import Callback, Logs
from cnnspec.train.callbacks.readiness import require_ready
from cnnspec.train.files import plain
from cnnspec.train.posting import TIMEOUT, Poster, PostError

#: The most messages that wait for a slow server; what comes after them is dropped, and said to be.
WAITING = 16


class RemoteMonitor(Callback):
    """Posts ``{"epoch": …, "loss": …}`` after every epoch, from a thread of its own: no server can hold training up.

    Args:
        declaration: the address, and the form of what is sent.
        headers: further header fields, from Python only: a file is no place for a password.
    """

    def __init__(self, declaration: declared.RemoteMonitor, headers: Mapping[str, str] | None = None) -> None:
        self.arguments = declaration
        self.headers = dict(headers or {})
        self.failures: list[str] = []
        self.said = False
        self._queue: Queue[bytes | None] = Queue(WAITING)
        self._thread: Thread | None = None

    @override
    def on_train_begin(self, logs: Logs) -> None:
        require_ready([self.arguments], self.session.allowed_hosts)
        self.failures = []
        self.said = False
        kind = "application/json" if self.arguments.send_as_json else "application/x-www-form-urlencoded"
        poster = Poster(self.arguments.sends_to(), {"Content-Type": kind, **self.headers})
        self._queue = Queue(WAITING)
        work = (poster, self._queue, self.failures)
        self._thread = Thread(target=_post_all, args=work, name="RemoteMonitor", daemon=True)
        self._thread.start()
        # A run that is broken off has no end that would be told: the thread goes with this object then.
        finalize(self, _end, self._queue)

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self._put(self.body(epoch, logs))
        self._say()

    def body(self, epoch: int, logs: Logs) -> bytes:
        """What is sent for an epoch (from 0, as Keras does); numbers that are not finite become null."""
        text = json.dumps(plain({"epoch": epoch, **logs}), allow_nan=False)
        return (text if self.arguments.send_as_json else urlencode({self.arguments.field: text})).encode()

    def _put(self, body: bytes | None) -> None:
        try:
            self._queue.put_nowait(body)
        except Full:
            self.failures.append(f"the server was too slow, and {WAITING} epochs were waiting")

    @override
    def on_train_end(self, logs: Logs) -> None:
        """Wait for what is on its way, but not longer than a message may take."""
        if self._thread is not None:
            deadline = monotonic() + TIMEOUT
            try:
                self._queue.put(None, timeout=TIMEOUT)
            except Full:
                self.failures.append("the server was too slow for the last epochs")
            self._thread.join(max(0.0, deadline - monotonic()))
        self._say()

    def _say(self) -> None:
        """Say once that nothing arrives: in the thread of training, which owns the terminal."""
        if self.failures and not self.said:
            self.said = True
            self.session.say(f"RemoteMonitor: {self.arguments.root} was not reached ({self.failures[0]}); training goes on")


def _post_all(poster: Poster, queue: Queue[bytes | None], failures: list[str]) -> None:
    """Post what comes, until None does."""
    while (body := queue.get()) is not None:
        try:
            poster.post(body)
        except PostError as error:
            failures.append(str(error))


def _end(queue: Queue[bytes | None]) -> None:
    with suppress(Full):  # then it has work that takes two seconds each, and the process does not wait for it
        queue.put_nowait(None)
