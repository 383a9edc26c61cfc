"""Whether the callbacks of a recipe are sound: the files they write, the figures they watch, where they send them."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.diagnostics.catalogue import recipes as catalogue
from cnnspec.recipe.callback import Callback
from cnnspec.recipe.callbacks.pace import LearningRateScheduler
from cnnspec.recipe.callbacks.watching import SUFFIX
from cnnspec.recipe.finding import Finding
from cnnspec.recipe.judge import judge_path
from cnnspec.recipe.metrics import TopK, metrics
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.remote import address_problem
from cnnspec.recipe.schedule import Schedule
from cnnspec.recipe.template import COUNTERS, fields, fill, stray_brace

#: Files of a run's folder that belong to the run itself.
RESERVED = ("spec.cnn", "run.json", "metrics.csv", "checkpoints", "plots")

#: A figure with as many digits as float32 can have, so that a path that could become too long is found before the run.
LONGEST_FIGURE = -3.4e38


def judge_callbacks(recipe: Recipe) -> Iterator[Finding]:
    """Everything that is wrong with the callbacks, whatever the model."""
    writers: dict[str, int] = {}
    for at, callback in enumerate(recipe.callbacks):
        found: list[list[Finding]] = [[*_judge_written(recipe, path, at, writers)] for path in callback.writes()]
        yield from next(filter(None, found), ())  # of a folder, what is wrong with it once
    for at, callback in enumerate(recipe.callbacks):
        for name in callback.watches():
            yield from _judge_figure(recipe, name, callback, f"callbacks[{at}]")
        yield from _judge_address(callback, f"callbacks[{at}]")
        if callback.needs_average and recipe.ema is None:
            values = {"first": callback.word, "second": "ema = none", "why": "without ema there are no averages of the weights"}
            yield Finding(f"callbacks[{at}]", catalogue.recipe_conflict, {**values, "way_out": "add `ema = 0.999`"}, "ema")
    yield from _judge_rates(recipe)


def _judge_rates(recipe: Recipe) -> Iterator[Finding]:
    """Callbacks that set the learning rate, where one of them sets it whatever the others did."""
    setters = [at for at, callback in enumerate(recipe.callbacks) if callback.sets_learning_rate]
    first = next((at for at in setters if isinstance(recipe.callbacks[at], LearningRateScheduler)), None)
    for at in setters:
        if first is not None and at != first:
            values = {"first": recipe.callbacks[at].word, "second": LearningRateScheduler.word}
            why = f"{LearningRateScheduler.word} sets the learning rate anew before each epoch, whatever it was"
            values |= {"why": why, "way_out": "keep one of them"}
            yield Finding(f"callbacks[{at}]", catalogue.recipe_conflict, values, f"callbacks[{first}]")
    schedule = getattr(recipe.callbacks[first], "schedule", None) if first is not None else None
    late = schedule.first_beyond(recipe.epochs) if isinstance(schedule, Schedule) else None
    if isinstance(schedule, Schedule) and late is not None:
        values = {"schedule": schedule.word, "what": late, "epochs": recipe.epochs}
        yield Finding(f"callbacks[{first}]", catalogue.schedule_unreached, values, "epochs")


def _judge_written(recipe: Recipe, path: str, at: int, writers: dict[str, int]) -> Iterator[Finding]:
    """A path that a callback writes: its fields, its place, and whether someone else writes there."""
    key, callback, plain = f"callbacks[{at}]", recipe.callbacks[at], path
    yield from _judge_fields(recipe, callback, path, key)
    for field in fields(path):
        plain = plain.replace("{" + field.text + "}", field.name or "field")
    problems = list(judge_path(plain, callback.word, key, "the run's folder", shown=path))
    if not problems and not any(field.problem for field in fields(path)):
        longest = fill(path, {field.name: LONGEST_FIGURE for field in fields(path)})
        problems = list(judge_path(longest, callback.word, key, "the run's folder", shown=path))
    yield from problems
    if problems:
        return
    folded = plain.lower()
    other = next((number for taken, number in writers.items() if _collide(folded, taken)), None)
    if folded.split("/")[0].removesuffix(SUFFIX) in RESERVED:
        yield Finding(key, catalogue.path_taken, {"owner": callback.word, "path": path, "by": "the run itself"})
    elif other is not None:
        values = {"owner": callback.word, "path": path, "by": f"{recipe.callbacks[other].word} too"}
        yield Finding(key, catalogue.path_taken, values, f"callbacks[{other}]")
    writers.setdefault(folded, at)


def _collide(path: str, other: str) -> bool:
    """Whether two paths are the same, or one would have to be a file and a folder at once."""
    return path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/")


def _judge_fields(recipe: Recipe, callback: Callback, path: str, key: str) -> Iterator[Finding]:
    counters = ("epoch", "batch") if callback.acts_between_epochs() else ("epoch",)
    values = {"path": path, "choices": (*counters, *_figures(recipe, callback))}
    if stray_brace(path):
        yield Finding(key, catalogue.path_field, {**values, "field": "", "reason": "is not closed or not opened"})
    for field in fields(path):
        if field.problem:
            yield Finding(key, catalogue.path_field, {**values, "field": field.text, "reason": field.problem})
        elif field.name in COUNTERS and field.name not in counters:
            reason = "is known between epochs only, which save_freq=100 would save at"
            yield Finding(key, catalogue.path_field, {**values, "field": field.text, "reason": reason})
        elif field.name not in COUNTERS:
            yield from _judge_figure(recipe, field.name, callback, key)


def _figures(recipe: Recipe, callback: Callback) -> tuple[str, ...]:
    """What is measured where the callback looks: between epochs, only figures of training."""
    names = recipe.metric_names
    return tuple(name for name in names if not name.startswith("val_")) if callback.acts_between_epochs() else names


def _judge_figure(recipe: Recipe, name: str, callback: Callback, key: str) -> Iterator[Finding]:
    """Whether a run of the recipe measures the figure ``name`` where the callback at ``key`` looks at it."""
    known, plain = _figures(recipe, callback), name.removeprefix("val_")
    if name in known:
        return
    if name in recipe.metric_names or (name != plain and callback.acts_between_epochs() and plain in recipe.metric_names):
        yield Finding(key, catalogue.monitor_between_epochs, {"owner": callback.word, "name": name})
        return
    if name != plain and plain in recipe.metric_names:
        yield Finding(key, catalogue.monitor_needs_validation, {"owner": callback.word, "name": name})
        return
    metric = metric_of(plain) if recipe.validates or name == plain else ""
    yield Finding(key, catalogue.monitor_unknown, {"owner": callback.word, "name": name, "choices": known, "metric": metric})


def _judge_address(callback: Callback, key: str) -> Iterator[Finding]:
    """Where a callback sends figures to."""
    address = callback.sends_to()
    reason = address_problem(address) if address is not None else None
    if reason is not None:
        yield Finding(key, catalogue.remote_address, {"owner": callback.word, "address": address, "reason": reason})


def metric_of(name: str) -> str:
    """What to add to ``metrics`` so that the figure is measured: ``top_k(3)`` for ``top_3``; "" where nothing does."""
    found = metrics().get(name)
    if found is not None and found.word == name and not issubclass(found, TopK):
        return name
    k = name.removeprefix("top_")
    return f"top_k({int(k)})" if k != name and k.isdecimal() and TopK(k=max(int(k), 1)).name == name else ""
