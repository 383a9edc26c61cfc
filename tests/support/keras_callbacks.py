"""What Keras's own callbacks decide on the series, played to them with a model that does nothing.

``python tests/support/keras_callbacks.py`` writes tests/train/figures/keras_callbacks.json: facts about Keras, with its
version. A test records them again where Keras is installed.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")
if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import callback_series as series

FIGURES = Path(__file__).resolve().parents[1] / "train" / "figures" / "keras_callbacks.json"


class Model:
    """What callbacks see of a model: its weights are the number of the epoch."""

    def __init__(self) -> None:
        keras = import_module("keras")
        wrapped = import_module("keras.src.trainers.compile_utils").MetricsList
        self.metrics = [wrapped([keras.metrics.CategoricalAccuracy(name="accuracy")])]
        self.optimizer = keras.optimizers.SGD(learning_rate=series.RATE)
        self.built, self.stop_training, self.epoch = True, False, 0
        self.restored: int | None = None
        self.saved: list[str] = []

    def get_weights(self) -> int:
        return self.epoch

    def set_weights(self, weights: int) -> None:
        self.restored = weights

    def save(self, path: str, overwrite: bool = True) -> None:
        self.saved.append(Path(path).name)

    def save_weights(self, filepath: str, overwrite: bool = True) -> None:
        self.saved.append(Path(filepath).name)

    @property
    def rate(self) -> float:
        return float(f"{float(self.optimizer.learning_rate.numpy()):.7g}")


def play(callback: Any, values: list[float], *, batches: int = 0, after: Callable[[int], None] | None = None) -> Model:
    """Run a callback through a series: an epoch a value, and so many batches with the same value in each."""
    model = Model()
    callback.set_model(model)
    callback.set_params({"epochs": len(values), "steps": batches, "verbose": 0})
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        model.epoch = epoch
        callback.on_epoch_begin(epoch)
        for batch in range(batches):
            callback.on_train_batch_begin(batch)
            callback.on_train_batch_end(batch, {"accuracy": value, "loss": value})
        callback.on_epoch_end(epoch, series.logs_of(value))
        if after is not None:
            after(epoch)
        if model.stop_training:
            break
    callback.on_train_end()
    return model


def early_stopping(arguments: dict[str, Any], values: list[float]) -> object:
    """Epochs that were run, whether it stopped, and the epoch whose weights came back."""
    model = play(import_module("keras").callbacks.EarlyStopping(**arguments), values)
    return [model.epoch + 1, model.stop_training, model.restored]


def model_checkpoint(arguments: dict[str, Any], values: list[float]) -> object:
    """The names of the files, without their suffix; or the error that it ended in."""
    given = dict(arguments)
    suffix = ".weights.h5" if given.get("save_weights_only") else ".keras"
    callback = import_module("keras").callbacks.ModelCheckpoint(given.pop("path") + suffix, **given)
    try:
        model = play(callback, values, batches=series.BATCHES if "save_freq" in given else 0)
    except TypeError as error:
        return {"error": type(error).__name__}
    return [name.removesuffix(suffix) for name in model.saved]


def reduce_rate(arguments: dict[str, Any], values: list[float]) -> object:
    """The learning rate after each epoch."""
    rates: list[float] = []
    callback = import_module("keras").callbacks.ReduceLROnPlateau(**arguments)
    play(callback, values, after=lambda _: rates.append(callback.model.rate))
    return rates


def schedule(name: str) -> object:
    """The learning rate of each epoch."""
    rates: list[float] = []
    callback = import_module("keras").callbacks.LearningRateScheduler(series.SCHEDULES[name])
    play(callback, [0.5] * series.EPOCHS, after=lambda _: rates.append(callback.model.rate))
    return rates


def terminate(values: list[float]) -> int | None:
    """The first batch after which it stops, of batches with these losses."""
    callback, model = import_module("keras").callbacks.TerminateOnNaN(), Model()
    callback.set_model(model)
    for batch, value in enumerate(values):
        callback.on_train_batch_end(batch, {"loss": value})
        if model.stop_training:
            return batch
    return None


def csv_logger(values: list[float], *, validates: bool, separator: str = ",", times: int = 1) -> str:
    """The text of the file; with ``times`` the same again, appended."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        for _ in range(times):
            callback = import_module("keras").callbacks.CSVLogger(str(path), separator=separator, append=times > 1)
            callback.set_model(Model())
            callback.on_train_begin()
            for epoch, value in enumerate(values):
                logs = series.logs_of(value)
                callback.on_epoch_end(epoch, {k: v for k, v in logs.items() if validates or not k.startswith("val_")})
            callback.on_train_end()
        return path.read_bytes().decode()


def backups(save_freq: str | int) -> list[list[int]]:
    """After which steps it saves: [epoch, steps of it that are done]."""
    with tempfile.TemporaryDirectory() as folder:
        callback, model = import_module("keras").callbacks.BackupAndRestore(f"{folder}/b", save_freq=save_freq), Model()
        callback.set_model(model)
        saved: list[list[int]] = []
        callback.on_train_begin()
        for epoch in range(series.EPOCHS):
            callback.on_epoch_begin(epoch)
            for batch in range(series.BATCHES):
                callback.on_train_batch_end(batch, {"loss": 1.0})
                saved += [[epoch, batch + 1]] * len(model.saved)
                model.saved.clear()
            callback.on_epoch_end(epoch, {"loss": 1.0})
            saved += [[epoch + 1, 0]] * len(model.saved)
            model.saved.clear()
        callback.on_train_end()
        return saved


def remote_monitor(values: list[float], *, send_as_json: bool) -> list[list[str]]:
    """Each message: where it goes, and what is in it."""
    module, sent = import_module("keras.src.callbacks.remote_monitor"), list[list[str]]()

    def post(url: str, data: Any = None, json: Any = None, headers: Any = None) -> None:
        sent.append([url, dump(json) if send_as_json else data["field"]])

    with _replaced(module, "requests", SimpleNamespace(post=post)):
        callback = module.RemoteMonitor(root="http://localhost:1", path="/figures/", field="field", send_as_json=send_as_json)
        play(callback, values)
    return sent


def dump(value: Any) -> str:
    return json.dumps(value)


def swaps(swap_on_epoch: bool) -> list[list[str]]:
    """At each moment of two epochs with validation: whether the model holds its own weights or the averages."""
    keras = import_module("keras")
    callback = keras.callbacks.SwapEMAWeights(swap_on_epoch=swap_on_epoch)
    own, average = keras.Variable(0.0), keras.Variable(1.0)
    optimizer = SimpleNamespace(_trainable_variables=[own], _model_variables_moving_average=[average], use_ema=True)
    callback.set_model(SimpleNamespace(optimizer=optimizer))
    callback.set_params({"epochs": 2})
    found: list[list[str]] = []

    def note(moment: str) -> None:
        found.append([moment, "average" if float(own.numpy()) == 1.0 else "own"])

    for epoch in range(2):
        callback.on_epoch_begin(epoch)
        note(f"epoch {epoch} begins")
        callback.on_test_begin()
        note(f"validation {epoch} begins")
        callback.on_test_end()
        note(f"validation {epoch} is over")
        callback.on_epoch_end(epoch)
        note(f"epoch {epoch} is over")
    return found


def hooks() -> list[str]:
    """The order of the hooks in two epochs of two batches with validation by one."""
    keras, numpy = import_module("keras"), import_module("numpy")
    found: list[str] = []
    names = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]

    def note(name: str) -> Callable[..., None]:
        def hook(self: Any, *arguments: Any, **named: Any) -> None:
            found.append(" ".join([name, *(str(value) for value in arguments if isinstance(value, int))]))

        return hook

    # The older names are called by the newer ones, which are replaced here.
    replaced = {name: note(name) for name in names if name not in ("on_batch_begin", "on_batch_end")}
    callback = type("Note", (keras.callbacks.Callback,), replaced)()
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = numpy.zeros((4, 2)), numpy.zeros((4, 1))
    model.fit(x, y, batch_size=2, epochs=2, verbose=0, callbacks=[callback], validation_data=(x, y), validation_batch_size=4)
    return found


def faults() -> dict[str, Any]:
    """What Keras's callbacks do where its page promises something else; the other ones do what the page promises."""
    return {
        "a figure that is not measured": _unmeasured(),
        "after a loss that is no number": _after_nan(),
        "steps after a stop within an epoch": _after_stop(),
    }


def _unmeasured() -> dict[str, Any]:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        model = play(import_module("keras").callbacks.EarlyStopping(monitor="val_top_5", mode="max"), [1.0] * 5)
    return {"warnings": len(found), "epochs": model.epoch + 1}


def _fit(model: Any, callbacks: list[Any], epochs: int = 3) -> None:
    """Fit to eight samples in four batches."""
    numpy = import_module("numpy")
    x = numpy.arange(8.0).reshape(8, 1) + 1
    model.fit(x, numpy.zeros((8, 1)), batch_size=2, epochs=epochs, verbose=0, callbacks=callbacks)


def _model(rate: float) -> Any:
    keras = import_module("keras")
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


def _after_nan() -> dict[str, bool]:
    """Whether the weights are numbers and the backup is there, after TerminateOnNaN has ended training."""
    keras, numpy = import_module("keras"), import_module("numpy")
    with tempfile.TemporaryDirectory() as folder:
        model = _model(1e30)
        _fit(model, [keras.callbacks.BackupAndRestore(f"{folder}/b", save_freq=1), keras.callbacks.TerminateOnNaN()])
        sound = all(bool(numpy.isfinite(weight).all()) for weight in model.get_weights())
        return {"weights are numbers": sound, "backup is there": Path(f"{folder}/b").exists()}


def _after_stop() -> dict[str, int]:
    """How many steps are taken in all where training stops after six of twelve, a backup after each, and goes on."""
    keras, steps = import_module("keras"), list[int]()

    class Stop(keras.callbacks.Callback):  # type: ignore[name-defined, misc]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            steps.append(batch)
            if len(steps) == 6:
                raise KeyboardInterrupt

    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            # The stop comes after the backup of its step.
            callbacks = [keras.callbacks.BackupAndRestore(f"{folder}/b", save_freq=1), Stop()]
            with suppress(KeyboardInterrupt):
                _fit(_model(0.001), callbacks)
    return {"needed": 12, "taken": len(steps)}


@contextmanager
def _replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _table(one: Callable[[dict[str, Any], list[float]], object], arguments: list[dict[str, Any]]) -> list[dict[str, object]]:
    every = series.SERIES.items()
    return [{"arguments": given, "found": {name: one(given, values) for name, values in every}} for given in arguments]


def record() -> dict[str, Any]:
    """All of it, as JSON holds it; numbers that it does not have as text."""
    every = series.SERIES.items()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {
            "keras": import_module("keras").__version__,
            "early_stopping": _table(early_stopping, series.EARLY_STOPPING),
            "model_checkpoint": _table(model_checkpoint, series.MODEL_CHECKPOINT),
            "reduce_rate": _table(reduce_rate, series.REDUCE_RATE),
            "schedule": {name: schedule(name) for name in series.SCHEDULES},
            "terminate": {name: terminate(values) for name, values in every},
            "csv_logger": {name: csv_logger(values, validates=True) for name, values in every},
            "csv_without_validation": {name: csv_logger(values, validates=False, separator=";") for name, values in every},
            "csv_appended": {name: csv_logger(values[:3], validates=True, times=2) for name, values in every},
            "backups": {str(freq): backups(freq) for freq in series.BACKUPS},
            "remote_monitor": {name: remote_monitor(values, send_as_json=False) for name, values in every},
            "remote_monitor_json": {name: remote_monitor(values[:2], send_as_json=True) for name, values in every},
            "swaps": {str(epochs): swaps(epochs) for epochs in (False, True)},
            "hooks": hooks(),
            "faults": faults(),
        }
    return json.loads(json.dumps(found))


def write(found: dict[str, Any]) -> str:
    """JSON with a line for each row, so that a difference can be read."""
    lines: list[str] = []
    for key, value in found.items():
        rows = value if isinstance(value, list) else None
        if rows is not None and rows and isinstance(rows[0], dict):
            inner = ",\n".join(f"    {json.dumps(row)}" for row in rows)
            lines.append(f"  {json.dumps(key)}: [\n{inner}\n  ]")
        elif isinstance(value, dict):
            inner = ",\n".join(f"    {json.dumps(name)}: {json.dumps(item)}" for name, item in value.items())
            lines.append(f"  {json.dumps(key)}: {{\n{inner}\n  }}")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(write(record()), encoding="utf-8")
    print(f"wrote {FIGURES}")
