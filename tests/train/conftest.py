"""One thread for every test that trains, and what most of them train."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from cnnspec.ir import Network
from cnnspec.train.data.dataset import Dataset
from support.training import SMALL, bars, network_of


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def small() -> Network:
    return network_of(SMALL)


@pytest.fixture
def data() -> Dataset:
    return bars()
