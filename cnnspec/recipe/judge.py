"""Whether a recipe is sound: its files, its watched figures, and how it suits its data and its model.

Everything here runs without Torch and without reading data; :meth:`~cnnspec.recipe.data.DataSource.facts` says what is
known. Where the data has been read, the same judgement is made again with its facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isqrt, prod

from cnnspec.diagnostics.catalogue import recipes as catalogue
from cnnspec.recipe.data import DataFacts, Images, Npz
from cnnspec.recipe.finding import Finding
from cnnspec.recipe.losses import BinaryCrossentropy, CategoricalCrossentropy, Loss
from cnnspec.recipe.paths import path_problem
from cnnspec.recipe.recipe import Recipe

#: Dimensions of one input or output, channels last, None where unknown.
Dims = tuple[int | None, ...]
Image = tuple[int, int, int]


def judge_recipe(
    recipe: Recipe,
    *,
    input_shapes: Sequence[Dims | None],
    output_shapes: Sequence[Dims | None],
    final_activation: str | None,
    facts: DataFacts | None = None,
) -> list[Finding]:
    """Everything that is wrong with a recipe for a model.

    Args:
        recipe: the recipe.
        input_shapes, output_shapes: of the model; a shape is None where an error has made it unknown.
        final_activation: the word of the last layer's activation (``softmax``); None or ``linear`` for none.
        facts: of the data, where they are better known than by the recipe.
    """
    known = facts or recipe.data.facts()
    found = [*judge_alone(recipe), *judge_sizes(recipe, known)]
    if len(input_shapes) != 1 or len(output_shapes) != 1:
        values = {"inputs": len(input_shapes), "outputs": len(output_shapes)}
        return [*found, Finding("", catalogue.model_not_trainable, values, "input")]
    found += judge_input(recipe, input_shapes[0], known)
    found += judge_output(recipe, output_shapes[0], known)
    found += judge_activation(recipe.loss, final_activation, output_shapes[0], known)
    found += judge_metrics(recipe, output_shapes[0], known)
    return found


# --- the model's input ----------------------------------------------------------------------------------------------


def image_shape(recipe: Recipe, stored: Image) -> Image:
    """The shape of an image after resize and pad: height and width gain 2·pad."""
    height, width = recipe.resize or stored[:2]
    return (height + 2 * recipe.pad, width + 2 * recipe.pad, stored[2])


def accepts(expects: Dims, image: Image) -> bool:
    """Whether an input takes such images: as they are, or flattened row by row where it has as many values."""
    if len(expects) == 3:
        return all(want is None or want == have for want, have in zip(expects, image, strict=True))
    if None in expects:
        return len(expects) == 1
    return prod(dim for dim in expects if dim is not None) == prod(image)


def judge_input(recipe: Recipe, expects: Dims | None, facts: DataFacts) -> Iterator[Finding]:
    """The data's images against the model's input, with the values of resize and pad that would help."""
    if expects is None or facts.shape is None:
        return
    image = image_shape(recipe, facts.shape)
    if accepts(expects, image):
        return
    repairs = tuple(_repairs(recipe, expects, facts.shape))
    values = {"data": facts.name, "stored": facts.shape, "image": image, "expects": expects, "repairs": repairs}
    yield Finding("data", catalogue.data_shape_mismatch, values, "input")


def _repairs(recipe: Recipe, expects: Dims, stored: Image) -> Iterator[str]:
    """Changes of resize and pad after which the input takes the images, each tried."""
    wanted = _wanted_size(expects, stored[2])
    if wanted is None:
        return
    height, width = wanted
    inner = (height - 2 * recipe.pad, width - 2 * recipe.pad)
    if min(inner) >= 1 and accepts(expects, image_shape(recipe.model_copy(update={"resize": inner}), stored)):
        yield f"resize = {inner[0]}x{inner[1]}"
    before = recipe.resize or stored[:2]
    pad = (height - before[0]) // 2
    if pad >= 0 and pad != recipe.pad and accepts(expects, image_shape(recipe.model_copy(update={"pad": pad}), stored)):
        yield f"pad = {pad}"


def _wanted_size(expects: Dims, channels: int) -> tuple[int, int] | None:
    """The height and width that an input asks for; of a vector, those of the square image that fills it."""
    if len(expects) == 3:
        height, width = expects[0], expects[1]
        return (height, width) if height is not None and width is not None else None
    if None in expects:
        return None
    count = prod(dim for dim in expects if dim is not None)
    side = isqrt(count // channels)
    return (side, side) if side * side * channels == count else None


# --- the model's output ---------------------------------------------------------------------------------------------


def judge_output(recipe: Recipe, output: Dims | None, facts: DataFacts) -> Iterator[Finding]:
    """The output's units against the classes."""
    if output is None or facts.classes is None:
        return
    if len(output) != 1:
        yield Finding("loss", catalogue.output_not_classes, {"output": output, "classes": facts.classes}, "output")
        return
    units = output[0]
    if units is None or recipe.loss.fits_units(units, facts.classes):
        return
    values = {"data": facts.name, "classes": facts.classes, "units": units}
    if units > facts.classes:
        yield Finding("data", catalogue.classes_unused, values, "output")
    else:
        yield Finding("data", catalogue.classes_mismatch, {**values, "loss": recipe.loss.word}, "output")


def judge_activation(loss: Loss, final: str | None, output: Dims | None, facts: DataFacts) -> Iterator[Finding]:
    """The loss against the final activation: logits, probabilities, or the wrong kind of probabilities."""
    if not loss.activation:
        return
    ends = final or "linear"
    probabilities = ends in ("softmax", "sigmoid")
    if loss.takes_logits:
        if probabilities:
            yield Finding("loss", catalogue.loss_expects_logits, {"loss": loss.word, "final": ends, "edits": True}, "output")
    elif not probabilities:
        values = {"loss": loss.word, "final": ends, "activation": loss.activation, "edits": True}
        yield Finding("loss", catalogue.loss_expects_probabilities, values, "output")
    elif ends != loss.activation:
        other: Loss = CategoricalCrossentropy() if ends == "softmax" else BinaryCrossentropy()
        if _fits(other, output, facts):
            values = {"loss": loss.word, "final": ends, "activation": loss.activation, "other": other.word, "edits": True}
            yield Finding("loss", catalogue.activation_unsuited, values, "output")


def _fits(loss: Loss, output: Dims | None, facts: DataFacts) -> bool:
    """Whether the loss could be trained with the model's units, as far as they and the classes are known."""
    units = output[0] if output is not None and len(output) == 1 else None
    return units is None or facts.classes is None or loss.fits_units(units, facts.classes)


def judge_metrics(recipe: Recipe, output: Dims | None, facts: DataFacts) -> Iterator[Finding]:
    """Metrics that say nothing for the model's units."""
    units = output[0] if output is not None and len(output) == 1 else None
    for at, metric in enumerate(recipe.metrics):
        misfit = metric.misfit(units, facts.classes)
        if misfit is not None:
            yield Finding(f"metrics[{at}]", catalogue.metric_unsuited, {"metric": metric.name, "reason": misfit}, "output")


# --- sizes ----------------------------------------------------------------------------------------------------------


def judge_sizes(recipe: Recipe, facts: DataFacts) -> Iterator[Finding]:
    """The sizes of validation and batch against the data."""
    if facts.train is None:
        return
    kept = recipe.validation_size(facts.train)
    if recipe.validation is not None and not 0 < kept < facts.train:
        values = {"data": facts.name, "train": facts.train, "validation": recipe.validation, "kept": kept}
        yield Finding("validation", catalogue.validation_too_large, values)
    elif recipe.batch_size > facts.train - kept:
        values = {"data": facts.name, "train": facts.train - kept, "batch_size": recipe.batch_size}
        yield Finding("batch_size", catalogue.batch_exceeds_data, values)


# --- the recipe on its own -------------------------------------------------------------------------------------------


def judge_alone(recipe: Recipe) -> Iterator[Finding]:
    """What can be said without a model: where the paths lead, and whether the figures that are watched are measured."""
    if isinstance(recipe.data, (Images, Npz)):
        yield from judge_path(recipe.data.path, recipe.data.word, "data", "the folder of the file that names it")
    yield from judge_conflicts(recipe)
    yield from judge_schedule(recipe)
    yield from judge_columns(recipe)
    if recipe.callbacks:
        from cnnspec.recipe.judge_callbacks import judge_callbacks  # few files have any

        yield from judge_callbacks(recipe)


def judge_conflicts(recipe: Recipe) -> Iterator[Finding]:
    """Two settings for one thing, or a setting for something that cannot take it."""
    if recipe.clip_norm is not None and recipe.optimizer.clips:
        clip = recipe.optimizer.clips[0]
        why = f"clip_norm shortens all gradients together, as {recipe.optimizer.word}(global_clipnorm=…) does"
        values = {"first": "clip_norm", "second": f"{clip} of {recipe.optimizer.word}", "why": why, "way_out": "keep one of them"}
        yield Finding("clip_norm", catalogue.recipe_conflict, values, "optimizer")
    if recipe.label_smoothing:
        own, word = recipe.loss.smoothing, recipe.loss.word
        if own is None:
            why = f"{word} compares with the label itself, and has no targets that could be spread"
            way_out = "leave label_smoothing out, or choose categorical_crossentropy or binary_crossentropy"
            values = {"first": "label_smoothing", "second": word, "why": why, "way_out": way_out}
            yield Finding("label_smoothing", catalogue.recipe_conflict, values, "loss")
        elif own:
            values = {"first": "label_smoothing", "second": f"label_smoothing of {word}", "way_out": "keep one of them"}
            yield Finding("label_smoothing", catalogue.recipe_conflict, {**values, "why": "both spread the targets"}, "loss")
    for at, callback in enumerate(recipe.callbacks):
        if callback.sets_learning_rate and not recipe.schedule.still:
            why = f"{recipe.schedule.word} sets the learning rate anew before each step"
            values = {"first": callback.word, "second": f"schedule = {recipe.schedule.word}", "why": why}
            way_out = f"leave out {callback.word} or the schedule"
            yield Finding(f"callbacks[{at}]", catalogue.recipe_conflict, {**values, "way_out": way_out}, "schedule")


def judge_schedule(recipe: Recipe) -> Iterator[Finding]:
    """What of a schedule lies beyond the last epoch."""
    late = recipe.schedule.first_beyond(recipe.epochs)
    if late is not None:
        values = {"schedule": recipe.schedule.word, "what": late, "epochs": recipe.epochs}
        yield Finding("schedule", catalogue.schedule_unreached, values, "epochs")


def judge_columns(recipe: Recipe) -> Iterator[Finding]:
    """Metrics with the name of an earlier one, whose column they would overwrite."""
    first: dict[str, int] = {}
    for at, metric in enumerate(recipe.metrics):
        if metric.name in first:
            values = {"first": metric.word, "second": f"another metric called {metric.name}", "way_out": "keep one of them"}
            why = f"both would be the column {metric.name} of the run's table"
            yield Finding(f"metrics[{at}]", catalogue.recipe_conflict, {**values, "why": why}, f"metrics[{first[metric.name]}]")
        first.setdefault(metric.name, at)


def judge_path(path: str, owner: str, key: str, folder: str, shown: str = "") -> Iterator[Finding]:
    """Whether a path stays inside its folder; ``shown`` is how it is written, where that differs."""
    problem = path_problem(path)
    if problem:
        values = {"owner": owner, "path": shown or path, "reason": problem, "folder": folder}
        yield Finding(key, catalogue.path_leaves_folder, values)
