"""Data sets: found, fetched, checked and read; and how their bytes become a network's input."""

from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.errors import DataError, MachineError
from cnnspec.train.data.load import load_dataset
from cnnspec.train.data.prepare import Preparation, prepare

__all__ = ["DataError", "Dataset", "MachineError", "Preparation", "load_dataset", "prepare"]
