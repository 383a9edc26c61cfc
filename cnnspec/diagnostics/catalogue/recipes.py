"""Recipes: their keys, what they name, and whether they suit the model that they train."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.diagnostics.aliases import KEYS
from cnnspec.diagnostics.catalogue import code
from cnnspec.diagnostics.diagnostic import Applicability, Diagnostic, Edit, Label, Severity
from cnnspec.diagnostics.span import Span
from cnnspec.diagnostics.suggest import closest, is_slip, listing

ERROR, WARNING = Severity.ERROR, Severity.WARNING

#: What is written for each key that must be there.
EXAMPLES = {
    "data": "data = mnist",
    "loss": "loss = categorical_crossentropy",
    "optimizer": "optimizer = RMSprop(learning_rate=0.001)",
    "epochs": "epochs = 5",
}


def _shape(dims: Iterable[int | None]) -> str:
    return "×".join("?" if dim is None else str(dim) for dim in dims)


def _label(span: Span | None, text: str) -> tuple[Label, ...]:
    return (Label(span, text),) if span is not None else ()


# --- keys -----------------------------------------------------------------------------------------------------------


def meant_key(key: str, choices: Iterable[str]) -> str | None:
    """The key that was meant: what another library calls so, or the most similar one."""
    alias = KEYS.get(key)
    if alias is not None:
        return alias.targets[0] if alias.targets else None
    return closest(key, choices)


@code("recipe-key-unknown")
def recipe_key_unknown(span: Span, *, key: str, choices: Iterable[str], related: Span | None = None) -> Diagnostic:
    names = list(choices)
    nearest, hint = meant_key(key, names), KEYS[key].hint if key in KEYS else ""
    return Diagnostic(
        "recipe-key-unknown",
        ERROR,
        f"a recipe has no key {key}",
        span,
        help=f"did you mean {nearest}?" if nearest else hint or f"the keys are {listing(names, 20)}",
        fix=(Edit(span, nearest),) if nearest and span.text == key else (),
        labels=_label(related, "in this recipe"),
        applicability=Applicability.safe_if(is_slip(key, nearest, names)),
    )


@code("recipe-key-missing")
def recipe_key_missing(span: Span, *, keys: tuple[str, ...], related: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "recipe-key-missing",
        ERROR,
        f"the recipe does not state {listing(keys)}",
        span,
        notes=("data, loss, optimizer and epochs have no default",),
        help=f"add {listing([f'`{EXAMPLES[key]}`' for key in keys])}",
        labels=_label(related, "in this recipe"),
    )


@code("recipe-key-repeated")
def recipe_key_repeated(span: Span, *, key: str, related: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "recipe-key-repeated",
        ERROR,
        f"{key} is set twice in this recipe",
        span,
        labels=_label(related, "first set here"),
        help="keep one of the two",
    )


@code("callback-needs-python")
def callback_needs_python(span: Span, *, name: str, related: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "callback-needs-python",
        ERROR,
        f"{name} holds code, and a file never names code",
        span,
        help="leave it out here, and pass a callback of your own to cnnspec.train from Python",
        labels=_label(related, "in this recipe"),
    )


@code("recipe-conflict")
def recipe_conflict(span: Span, *, first: str, second: str, why: str, way_out: str, related: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "recipe-conflict",
        ERROR,
        f"{first} does not go with {second}",
        span,
        notes=(why,),
        help=way_out,
        labels=_label(related, "the other one"),
    )


@code("schedule-unreached", WARNING)
def schedule_unreached(span: Span, *, schedule: str, what: str, epochs: int, related: Span | None = None) -> Diagnostic:
    plural = "s" if epochs != 1 else ""
    return Diagnostic(
        "schedule-unreached",
        WARNING,
        f"training ends after {epochs:,} epoch{plural}, before it comes to {what}, of {schedule}",
        span,
        notes=("a schedule counts in epochs, not in steps",),
        help="train for more epochs, or give smaller numbers of them",
        labels=_label(related, f"{epochs:,} epoch{plural}"),
    )


# --- paths ----------------------------------------------------------------------------------------------------------


@code("path-leaves-folder")
def path_leaves_folder(span: Span, *, owner: str, path: str, reason: str, folder: str, related: Span | None = None) -> Diagnostic:
    shown = path if len(path) <= 60 else f"{path[:57]}…"
    return Diagnostic(
        "path-leaves-folder",
        ERROR,
        f"the path {shown!r} of {owner} {reason}",
        span,
        notes=(f"a path in a file stays inside {folder}, so that nothing else can be read or overwritten",),
        help='give a plain relative path, such as "best" or "logs/log.csv"',
        labels=_label(related, "in this recipe"),
    )


@code("path-taken")
def path_taken(span: Span, *, owner: str, path: str, by: str, related: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "path-taken",
        ERROR,
        f"{owner} would write {path}, which is written by {by}",
        span,
        labels=_label(related, "the other one"),
        help="give it another name",
    )


@code("path-field")
def path_field(
    span: Span, *, path: str, field: str, reason: str, choices: tuple[str, ...], related: Span | None = None
) -> Diagnostic:
    names = listing([f"{{{name}}}" for name in choices], 20)
    subject = f"{{{field}}} in the path" if field else "a brace in the path"
    return Diagnostic(
        "path-field",
        ERROR,
        f"{subject} {path!r} {reason}",
        span,
        help=f"the fields are {names}, with a format such as {{epoch:02d}} or {{loss:.2f}}",
        labels=_label(related, "in this recipe"),
    )


# --- figures that are watched ---------------------------------------------------------------------------------------


@code("monitor-unknown")
def monitor_unknown(
    span: Span, *, owner: str, name: str, choices: tuple[str, ...], metric: str = "", related: Span | None = None
) -> Diagnostic:
    nearest = closest(name, choices)
    if metric:
        way_out = f"add {metric} to metrics"
    else:
        way_out = f"did you mean {nearest}?" if nearest else f"one of {listing(choices, 20)}"
    return Diagnostic(
        "monitor-unknown",
        ERROR,
        f"{owner} watches {name}, which this recipe does not measure",
        span,
        notes=(f"it measures {listing(choices, 20)}",),
        help=way_out,
        labels=_label(related, "in this recipe"),
    )


@code("monitor-needs-validation")
def monitor_needs_validation(span: Span, *, owner: str, name: str, related: Span | None = None) -> Diagnostic:
    plain = name.removeprefix("val_")
    return Diagnostic(
        "monitor-needs-validation",
        ERROR,
        f"{owner} watches {name}, but the recipe keeps nothing to validate",
        span,
        notes=("validation = none is the default; the test set is used once, at the end",),
        help=f"add `validation = 0.1`, or watch {plain}",
        labels=_label(related, "in this recipe"),
    )


@code("monitor-between-epochs")
def monitor_between_epochs(span: Span, *, owner: str, name: str, related: Span | None = None) -> Diagnostic:
    plain = name.removeprefix("val_")
    return Diagnostic(
        "monitor-between-epochs",
        ERROR,
        f"{owner} asks for {name} after a number of steps, and validation comes after each epoch",
        span,
        notes=(f"between epochs only the figures of training are known, such as {plain}: the mean of the epoch so far",),
        help=f"leave save_freq out to save after epochs, or ask for {plain}",
        labels=_label(related, "in this recipe"),
    )


@code("remote-address")
def remote_address(span: Span, *, owner: str, address: str, reason: str, related: Span | None = None) -> Diagnostic:
    shown = address if len(address) <= 60 else f"{address[:57]}…"
    return Diagnostic(
        "remote-address",
        ERROR,
        f"the address {shown!r} of {owner} {reason}",
        span,
        notes=("figures are sent to https addresses, and to this machine itself",),
        help='write root="https://example.org" or root="http://localhost:9000", and path="/…" for the rest',
        labels=_label(related, "in this recipe"),
    )


# --- the recipe and its model ---------------------------------------------------------------------------------------


@code("model-not-trainable")
def model_not_trainable(span: Span, *, inputs: int, outputs: int, related: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "model-not-trainable",
        ERROR,
        f"a recipe trains a model of one input and one output; this one has {inputs} and {outputs}",
        span,
        help="build the network in Python and train it there; recipes for several come in a later release",
        labels=_label(related, "the model"),
    )


@code("data-shape-mismatch")
def data_shape_mismatch(
    span: Span,
    *,
    data: str,
    stored: tuple[int, int, int],
    image: tuple[int, int, int],
    expects: tuple[int | None, ...],
    repairs: tuple[str, ...] = (),
    related: Span | None = None,
) -> Diagnostic:
    changed = f" (from {_shape(stored)} by resize and pad)" if image != stored else ""
    count = image[0] * image[1] * image[2]
    notes = [f"an image of {_shape(image)} has {image[0]}·{image[1]}·{image[2]} = {count:,} values"]
    known = [dim for dim in expects if dim is not None]
    if len(known) == len(expects) and len(expects) > 1:
        total = 1
        for dim in known:
            total *= dim
        notes.append(f"the input takes {'·'.join(str(dim) for dim in known)} = {total:,}")
    if not repairs and len(expects) == 3 and expects[2] not in (None, image[2]):
        notes.append("resize and pad change height and width, never the number of channels")
    return Diagnostic(
        "data-shape-mismatch",
        ERROR,
        f"{data} gives images of {_shape(image)}{changed}, but the model's input is {_shape(expects)}",
        span,
        notes=tuple(notes),
        help=" or ".join(f"`{repair}`" for repair in repairs) or f"make the model's input {_shape(image)}",
        labels=_label(related, f"the input is {_shape(expects)}"),
    )


@code("output-not-classes")
def output_not_classes(span: Span, *, output: tuple[int | None, ...], classes: int, related: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "output-not-classes",
        ERROR,
        f"the model gives {_shape(output)} for an image, where one value per class is compared with its label",
        span,
        help=f"end the model in GlobalAvgPool2D or Flatten, then Dense({classes}, activation=softmax)",
        labels=_label(related, f"this gives {_shape(output)}"),
    )


@code("classes-mismatch")
def classes_mismatch(span: Span, *, data: str, classes: int, units: int, loss: str, related: Span | None = None) -> Diagnostic:
    plural = "s" if units != 1 else ""
    return Diagnostic(
        "classes-mismatch",
        ERROR,
        f"{data} has {classes:,} classes, but the model has {units:,} output unit{plural}",
        span,
        notes=(f"{loss} compares one unit per class",),
        help=f"give the last Dense {classes:,} units",
        labels=_label(related, f"{units:,} output unit{plural}"),
    )


@code("classes-unused", WARNING)
def classes_unused(span: Span, *, data: str, classes: int, units: int, related: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "classes-unused",
        WARNING,
        f"the model has {units:,} output units, but {data} has only {classes:,} classes",
        span,
        notes=(f"{units:,} − {classes:,} = {units - classes:,} units can only learn to stay silent",),
        help=f"give the last Dense {classes:,} units",
        labels=_label(related, f"{units:,} output units"),
    )


@code("loss-expects-probabilities", WARNING)
def loss_expects_probabilities(
    span: Span, *, loss: str, final: str, activation: str, value_span: Span | None = None, related: Span | None = None
) -> Diagnostic:
    ends = f"in {final}" if final not in ("", "linear") else "without an activation"
    repaired = f"{loss}(from_logits=true)"
    return Diagnostic(
        "loss-expects-probabilities",
        WARNING,
        f"{loss} expects probabilities, but the model ends {ends}",
        span,
        notes=("training takes the values as logits; predict returns them as they are, not as probabilities",),
        help=f"write `loss = {repaired}`, or end the model in activation={activation}",
        fix=(Edit(value_span, repaired),) if value_span is not None else (),
        labels=_label(related, f"the model ends {ends}"),
    )


@code("loss-expects-logits", WARNING)
def loss_expects_logits(
    span: Span, *, loss: str, final: str, value_span: Span | None = None, related: Span | None = None
) -> Diagnostic:
    return Diagnostic(
        "loss-expects-logits",
        WARNING,
        f"{loss}(from_logits=true) expects logits, but the model already ends in {final}",
        span,
        notes=(f"the loss would apply {final} a second time, which flattens its gradient",),
        help=f"write `loss = {loss}`, or leave out the final {final}",
        fix=(Edit(value_span, loss),) if value_span is not None else (),
        labels=_label(related, f"the model ends in {final}"),
    )


@code("activation-unsuited", WARNING)
def activation_unsuited(
    span: Span, *, loss: str, final: str, activation: str, other: str, value_span: Span | None = None, related: Span | None = None
) -> Diagnostic:
    why = (
        "the outputs of a sigmoid do not sum to 1 over the classes"
        if final == "sigmoid"
        else "a softmax lets exactly one class win; binary_crossentropy judges every unit by itself"
    )
    return Diagnostic(
        "activation-unsuited",
        WARNING,
        f"{loss} goes with a final {activation}, but the model ends in {final}",
        span,
        notes=(why,),
        help=f"write `loss = {other}`, or end the model in activation={activation}",
        fix=(Edit(value_span, other),) if value_span is not None else (),
        labels=_label(related, f"the model ends in {final}"),
    )


@code("metric-unsuited")
def metric_unsuited(span: Span, *, metric: str, reason: str, related: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "metric-unsuited",
        ERROR,
        f"{metric} says nothing of this model: {reason}",
        span,
        help="leave it out, or give it other numbers",
        labels=_label(related, "the outputs it would measure"),
    )


# --- the recipe and its data ----------------------------------------------------------------------------------------


@code("validation-too-large")
def validation_too_large(
    span: Span, *, data: str, train: int, validation: int | float, kept: int, related: Span | None = None
) -> Diagnostic:
    notes = (f"{train:,}·{validation:g} = {train * validation:g}, rounded {kept:,}",) if isinstance(validation, float) else ()
    what = "nothing to validate" if kept == 0 else "nothing to train on"
    return Diagnostic(
        "validation-too-large",
        ERROR,
        f"validation = {validation:g} of the {train:,} training samples of {data} leaves {what}",
        span,
        notes=notes,
        help="`validation = 0.1` keeps a tenth",
        labels=_label(related, "in this recipe"),
    )


@code("batch-exceeds-data", WARNING)
def batch_exceeds_data(span: Span, *, data: str, train: int, batch_size: int, related: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "batch-exceeds-data",
        WARNING,
        f"batch_size = {batch_size:,} is more than the {train:,} samples that {data} leaves to train on",
        span,
        notes=("every epoch is a single step of all samples",),
        help=f"a batch_size of {train:,} or less; 32 or 64 are usual",
        labels=_label(related, "in this recipe"),
    )
