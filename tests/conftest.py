"""Makes ``support`` importable from every folder of tests: pytest puts the folder of a conftest on the path."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write what came out into the Markdown tests")
