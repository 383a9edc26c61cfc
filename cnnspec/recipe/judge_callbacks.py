"""Whether the callbacks of a recipe are sound: the files they write, and the figures they watch."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.diagnostics.catalogue import recipes as catalogue
from cnnspec.recipe.callbacks import Callback, CSVLogger, EarlyStopping, ModelCheckpoint
from cnnspec.recipe.finding import Finding
from cnnspec.recipe.judge import judge_path
from cnnspec.recipe.metrics import TopK
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.template import fields, stray_brace

#: Files of a run's folder that belong to the run itself.
RESERVED = ("spec.cnn", "run.json", "metrics.csv", "checkpoints", "plots")


def judge_callbacks(recipe: Recipe) -> Iterator[Finding]:
    """Everything that is wrong with the callbacks, whatever the model."""
    writers: dict[str, int] = {}
    for at, callback in enumerate(recipe.callbacks):
        if isinstance(callback, (ModelCheckpoint, CSVLogger)):
            yield from _judge_written(recipe, callback, at, writers)
    yield from _judge_monitors(recipe)


def _judge_written(recipe: Recipe, callback: ModelCheckpoint | CSVLogger, at: int, writers: dict[str, int]) -> Iterator[Finding]:
    key, path = f"callbacks[{at}]", callback.path
    plain = path
    if isinstance(callback, ModelCheckpoint):
        yield from _judge_fields(recipe, callback, key)
        for field in fields(path):
            plain = plain.replace("{" + field.text + "}", field.name or "field")
    problems = list(judge_path(plain, callback.word, key, "the run's folder", shown=path))
    yield from problems
    if problems:
        return
    folded = plain.lower()
    if folded.split("/")[0] in RESERVED:
        yield Finding(key, catalogue.path_taken, {"owner": callback.word, "path": path, "by": "the run itself"})
    elif folded in writers:
        other = writers[folded]
        values = {"owner": callback.word, "path": path, "by": f"{recipe.callbacks[other].word} too"}
        yield Finding(key, catalogue.path_taken, values, f"callbacks[{other}]")
    writers.setdefault(folded, at)


def _judge_fields(recipe: Recipe, callback: ModelCheckpoint, key: str) -> Iterator[Finding]:
    names = ("epoch", *recipe.metric_names)
    values = {"path": callback.path, "choices": names}
    if stray_brace(callback.path):
        yield Finding(key, catalogue.path_field, {**values, "field": "", "reason": "is not closed or not opened"})
    for field in fields(callback.path):
        if field.problem:
            yield Finding(key, catalogue.path_field, {**values, "field": field.text, "reason": field.problem})
        elif field.name != "epoch":
            yield from _judge_figure(recipe, field.name, callback.word, key)


def _judge_monitors(recipe: Recipe) -> Iterator[Finding]:
    """The figures that callbacks watch."""
    for at, callback in enumerate(recipe.callbacks):
        monitor = _watched(callback)
        if monitor is not None:
            yield from _judge_figure(recipe, monitor, callback.word, f"callbacks[{at}]")


def _watched(callback: Callback) -> str | None:
    """The figure a callback depends on; a checkpoint that keeps everything only watches what is stated."""
    if isinstance(callback, EarlyStopping):
        return callback.monitor
    if isinstance(callback, ModelCheckpoint) and (callback.save_best_only or "monitor" in callback.model_fields_set):
        return callback.monitor
    return None


def _judge_figure(recipe: Recipe, name: str, owner: str, key: str) -> Iterator[Finding]:
    """Whether a run of the recipe measures the figure ``name``, which ``owner`` at ``key`` asks for."""
    if name in recipe.metric_names:
        return
    if name.startswith("val_") and name.removeprefix("val_") in recipe.metric_names:
        yield Finding(key, catalogue.monitor_needs_validation, {"owner": owner, "name": name})
        return
    metric = metric_of(name.removeprefix("val_")) if recipe.validates or not name.startswith("val_") else ""
    values = {"owner": owner, "name": name, "choices": recipe.metric_names, "metric": metric}
    yield Finding(key, catalogue.monitor_unknown, values)


def metric_of(name: str) -> str:
    """What to add to ``metrics`` so that the figure is measured: ``top_k(3)`` for ``top_3``; "" where nothing does."""
    if name == "accuracy":
        return name
    k = name.removeprefix("top_")
    return f"top_k({int(k)})" if k != name and k.isdecimal() and TopK(k=max(int(k), 1)).name == name else ""
