"""Data sets: found, fetched, checked and read; and how their bytes become a network's input."""

from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.errors import DataError, DataUnavailable
from cnnspec.train.data.load import load_dataset
from cnnspec.train.data.prepare import Preparation, prepare

__all__ = ["DataError", "DataUnavailable", "Dataset", "Preparation", "load_dataset", "prepare"]
