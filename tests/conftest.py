"""Makes ``support`` importable from every folder of tests, and adds the option of the Markdown tests."""

import os
import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write what came out into the Markdown tests")


# A shell ignores Ctrl-C for what it starts in the background, and that is inherited; the tests of signals need it heard.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where several workers share the processors (`-n`), a thread of Torch for each would make all of them wait for each other.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
