"""Pages in a real browser: Debian's Chromium without a window, driven by Playwright.

``from support.browser import Opened, browser, open_page`` in a test module makes the fixtures known there; a machine
without Chromium or Playwright skips the tests with the reason.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Opened:
    """A page that was opened from disk, with all that it wrote to the console and asked the network for."""

    page: Any
    folder: Path
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def show(self, text: str, hash: str = "") -> None:
        """Open another text in the same window."""
        file = self.folder / f"page-{len(list(self.folder.iterdir()))}.html"
        file.write_text(text, encoding="utf-8")
        self.page.goto(file.as_uri() + hash)

    def check(self) -> None:
        """Nothing was complained about, and nothing but the file itself was asked for."""
        assert self.said == []
        assert self.asked == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for the tests of a module."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Opens the text of a page from a file: at a size, in the dark, with still pictures, without scripts, at a place in it."""
    contexts: list[Any] = []

    def open_text(
        text: str,
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        still: bool = False,
        script: bool = True,
        hash: str = "",
    ) -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if still else "no-preference",
            java_script_enabled=script,
        )
        contexts.append(context)
        opened = Opened(context.new_page(), tmp_path)
        opened.page.on("console", lambda message: opened.said.append(f"{message.type}: {message.text}"))
        opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
        own = tmp_path.as_uri()
        opened.page.on("request", lambda request: opened.asked.append(request.url) if not request.url.startswith(own) else None)
        opened.show(text, hash)
        return opened

    yield open_text
    for context in contexts:
        context.close()
