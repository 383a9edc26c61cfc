"""Callbacks: Keras's hooks, and what the callbacks of a recipe do at them; one module a family."""

from __future__ import annotations

from cnnspec.train.callbacks.base import HOOKS, Callback, LazyLogs, Logs
from cnnspec.train.callbacks.forms import make_callbacks
from cnnspec.train.callbacks.lambda_callback import LambdaCallback
from cnnspec.train.callbacks.paths import inner_path
from cnnspec.train.callbacks.progbar_logger import ProgbarLogger

__all__ = ["HOOKS", "Callback", "LambdaCallback", "LazyLogs", "Logs", "ProgbarLogger", "inner_path", "make_callbacks"]
