"""Recipes: reading settings, and judging them against data and model."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from cnnspec.diagnostics import Source
from cnnspec.recipe.callbacks import (
    CSVLogger,
    EarlyStopping,
    ModelCheckpoint,
    ReduceLROnPlateau,
    RemoteMonitor,
    SwapEMAWeights,
    TensorBoard,
    TerminateOnNaN,
    direction,
)
from cnnspec.recipe.data import DataFacts, Digits, Images, Mnist
from cnnspec.recipe.family import snake_case
from cnnspec.recipe.judge import accepts, image_shape, judge_recipe
from cnnspec.recipe.losses import BinaryCrossentropy, CategoricalCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from cnnspec.recipe.metrics import Accuracy, TopK
from cnnspec.recipe.optimizers import SGD, Adam, RMSprop
from cnnspec.recipe.paths import path_problem
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.schedule import Constant
from cnnspec.recipe.settings import read_settings
from cnnspec.recipe.template import fields, fill, stray_brace
from cnnspec.schema.declaration import BindError
from cnnspec.schema.values import CallValue, Quoted, Word

LECTURE: dict[str, object] = {
    "data": Word("mnist"),
    "loss": Word("categorical_crossentropy"),
    "optimizer": Word("rmsprop"),
    "epochs": 5,
}


def recipe(**changes: object) -> Recipe:
    return Recipe.bind((), {**LECTURE, **changes})


def codes(
    made: Recipe,
    inputs: Any = ((28, 28, 1),),
    outputs: Any = ((10,),),
    final: str | None = "softmax",
    facts: DataFacts | None = None,
) -> list[str]:
    found = judge_recipe(made, input_shapes=inputs, output_shapes=outputs, final_activation=final, facts=facts)
    span = Source("x", "").span(0, 0)
    return [finding.at({}, span).code for finding in found]


# --- the declaration ------------------------------------------------------------------------------------------------


def test_defaults_are_those_of_the_page() -> None:
    made = recipe()
    assert made.changed() == {
        "data": Mnist(),
        "loss": CategoricalCrossentropy(),
        "optimizer": RMSprop(),
        "epochs": 5,
    }
    assert (made.validation, made.normalize, made.resize, made.pad) == (None, "unit", None, 0)
    assert (made.metrics, made.batch_size, made.seed, made.callbacks) == ((Accuracy(),), 32, 0, ())
    assert (made.schedule, made.precision, made.clip_norm) == (Constant(), "float32", None)
    assert (made.label_smoothing, made.ema) == (0, None)


def test_keras_defaults() -> None:
    common = {"weight_decay": None, "clipnorm": None, "clipvalue": None, "global_clipnorm": None}
    assert SGD().model_dump() == {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False, **common}
    rms = {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False, **common}
    assert RMSprop().model_dump() == rms
    adam = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False, **common}
    assert Adam().model_dump() == adam
    assert list(RMSprop.model_fields) == list(rms)
    stopping = EarlyStopping()
    assert (stopping.monitor, stopping.min_delta, stopping.patience, stopping.mode) == ("val_loss", 0, 0, "auto")
    assert (stopping.baseline, stopping.restore_best_weights, stopping.start_from_epoch) == (None, False, 0)
    checkpoint = ModelCheckpoint(path="best")
    assert (checkpoint.monitor, checkpoint.save_best_only, checkpoint.save_freq) == ("val_loss", False, "epoch")
    assert (CSVLogger(path="x").separator, CSVLogger(path="x").append) == (",", False)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("rmsprop", RMSprop()), ("RMSprop", RMSprop()), ("sgd", SGD()), ("SGD", SGD()), ("adam", Adam()), ("Adam", Adam())],
)
def test_both_spellings_of_an_optimizer(word: str, expected: object) -> None:
    made = recipe(optimizer=Word(word))
    assert made.optimizer == expected
    assert str(made.optimizer.as_value()) == type(expected).__name__


def test_spellings() -> None:
    assert [snake_case(n) for n in ("EarlyStopping", "CSVLogger", "Adam", "TopK")] == [
        "early_stopping",
        "csv_logger",
        "adam",
        "top_k",
    ]
    assert recipe(loss=Word("mse")).loss == recipe(loss=Word("MeanSquaredError")).loss == MeanSquaredError()
    assert recipe(callbacks=(Word("terminate_on_nan"), Word("TerminateOnNaN"))).callbacks == (TerminateOnNaN(),) * 2
    named = (CallValue("ModelCheckpoint", (), (("filepath", Quoted("best")),)),)
    assert recipe(callbacks=named).callbacks == (ModelCheckpoint(path="best"),)
    assert recipe(data=CallValue("digits", (), (("split", Word("writer")),))).data == Digits(split="writer")
    assert recipe(metrics=(Word("accuracy"), CallValue("top_k", (3,)))).metric_names == ("loss", "accuracy", "top_3")


@pytest.mark.parametrize(
    "wrong",
    [
        {"validation": 0},
        {"validation": 1.0},
        {"validation": True},
        {"validation": -0.5},
        {"epochs": 0},
        {"epochs": 2.5},
        {"epochs": True},
        {"batch_size": 0},
        {"seed": -1},
        {"seed": 2**63},
        {"pad": -1},
        {"resize": (32,)},
        {"resize": (0, 32)},
        {"normalize": Word("zscore")},
        {"data": Quoted("mnist")},
        {"metrics": (Quoted("accuracy"),)},
        {"metrics": Word("accuracy")},
        {"loss": Word("entropy")},
        {"loss": CallValue("huber", (), (("delta", 0),))},
        {"label_smoothing": 1.0},
        {"augment": (CallValue("RandomShift", (-1,)),)},
        {"augment": (CallValue("RandomShift", (1.5,)),)},
        {"augment": (Word("RandomRotation"),)},
        {"augment": (CallValue("RandomErasing", (2,)),)},
        {"augment": (CallValue("ElasticDistortion", (), (("sigma", 0),)),)},
        {"augment": (CallValue("RandomFlip", (Word("sideways"),)),)},
        {"augment": CallValue("RandomShift", (2,))},
        {"clip_norm": 0},
        {"ema": 1.0},
        {"precision": Word("float8")},
        {"schedule": CallValue("piecewise", ((3, 2), (1, 1, 1)))},
        {"schedule": CallValue("piecewise", ((2, 3), (1, 1)))},
        {"schedule": CallValue("cosine", (), (("alpha", 2),))},
        {"schedule": Word("step")},
        {"schedule": None},
        {"optimizer": CallValue("SGD", (), (("learning_rate", 0),))},
        {"optimizer": CallValue("SGD", (), (("learning_rate", float("inf")),))},
        {"optimizer": CallValue("SGD", (), (("momentum", 1.5),))},
        {"optimizer": CallValue("Adam", (), (("beta_1", 1),))},
        {"optimizer": CallValue("Adam", (), (("rho", 0.9),))},
        {"optimizer": CallValue("Adam", (), (("clipnorm", 0),))},
        {"optimizer": CallValue("AdamW", (), (("weight_decay", None),))},
        {"optimizer": CallValue("Lion", (), (("beta_1", 0),))},
        {"optimizer": CallValue("SGD", (), (("clipnorm", 1), ("clipvalue", 0.5)))},
        {"optimizer": CallValue("SGD", (), (("use_ema", True),))},
        {"callbacks": (CallValue("CSVLogger", (Word("x"),)),)},
        {"callbacks": (CallValue("CSVLogger", ()),)},
        {"callbacks": (CallValue("CSVLogger", (Quoted("x"), Quoted("::"))),)},
        {"callbacks": (CallValue("EarlyStopping", (), (("patience", -1),)),)},
        {"callbacks": (CallValue("EarlyStopping", (), (("mode", Word("best")),)),)},
        {"callbacks": (CallValue("ModelCheckpoint", (Quoted("x"),), (("save_freq", 0),)),)},
    ],
)
def test_values_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(BindError) as caught:
        recipe(**wrong)
    assert [problem.argument for problem in caught.value.problems] == list(wrong)


def test_sizes() -> None:
    assert recipe(resize=32).resize == (32, 32)
    assert recipe(normalize=None).normalize is None
    assert recipe(normalize=Word("none")).normalize is None
    assert recipe(validation=5000).validation_size(60_000) == 5_000
    assert recipe(validation=0.1).validation_size(1_437) == 144
    assert recipe().validation_size(60_000) == 0
    assert direction("val_loss") == "min"
    assert direction("val_mean_squared_error") == direction("root_mean_squared_error") == "min"
    assert direction("top_5") == direction("precision_3") == direction("val_accuracy") == direction("loss", "max") == "max"


# --- settings -------------------------------------------------------------------------------------------------------


def read(**changes: object) -> list[str]:
    settings = read_settings([*{**LECTURE, **changes}.items()])
    span = Source("x", "").span(0, 0)
    assert settings.findings, "nothing was found"
    assert settings.recipe is None
    return [finding.at({}, span).code for finding in settings.findings]


def test_callbacks_that_hold_code_are_found_with_other_mistakes() -> None:
    given = (Word("LambdaCallback"), CallValue("lambda_callback"), CallValue("EarlyStopping"))
    assert read(callbacks=given) == ["callback-needs-python", "callback-needs-python", "monitor-needs-validation"]
    settings = read_settings([*{**LECTURE, "callbacks": given}.items()])
    assert [finding.key for finding in settings.findings] == [f"callbacks[{at}]" for at in range(3)]


def test_missing_unknown_and_repeated_keys() -> None:
    settings = read_settings([("data", Word("mnist")), ("data", Word("digits")), ("lr", 1)])
    span = Source("x", "").span(0, 0)
    found = [finding.at({}, span) for finding in settings.findings]
    assert [d.code for d in found] == ["recipe-key-repeated", "recipe-key-unknown", "recipe-key-missing"]
    assert "the optimizer takes it" in (found[1].help or "")
    assert "loss, optimizer and epochs" in found[2].message


# --- judging --------------------------------------------------------------------------------------------------------


def test_lecture_is_sound() -> None:
    assert codes(recipe()) == []
    assert codes(recipe(), inputs=[(784,)]) == []
    assert codes(recipe(), inputs=[(None, None, 1)]) == []
    assert codes(recipe(), inputs=[(28, 28)]) == []


@pytest.mark.parametrize(
    ("expects", "changes", "repairs"),
    [
        ((32, 32, 1), {}, ("resize = 32x32", "pad = 2")),
        ((32, 32, 1), {"pad": 1}, ("resize = 30x30", "pad = 2")),
        ((32, 32, 1), {"resize": (20, 20)}, ("resize = 32x32", "pad = 6")),
        ((33, 33, 1), {}, ("resize = 33x33",)),
        ((14, 14, 1), {}, ("resize = 14x14",)),
        ((28, 40, 1), {}, ("resize = 28x40",)),
        ((1024,), {}, ("resize = 32x32", "pad = 2")),
        ((28, 28, 3), {}, ()),
        ((1, 28, 28), {}, ()),
        ((785,), {}, ()),
    ],
)
def test_input_shapes_and_tested_repairs(expects: tuple[int, ...], changes: dict[str, Any], repairs: tuple[str, ...]) -> None:
    made = recipe(**changes)
    found = judge_recipe(made, input_shapes=[expects], output_shapes=[(10,)], final_activation="softmax")
    assert [finding.factory.__name__ for finding in found] == ["data_shape_mismatch"]
    assert found[0].values["repairs"] == repairs
    for repair in repairs:
        key, _, value = repair.partition(" = ")
        size = [int(part) for part in value.split("x")]
        repaired = recipe(**{**changes, key: tuple(size) if key == "resize" else size[0]})
        assert codes(repaired, inputs=[expects]) == []


def test_image_shape_after_resize_and_pad() -> None:
    assert image_shape(recipe(resize=(20, 30), pad=2), (28, 28, 3)) == (24, 34, 3)
    assert accepts((None, 34, 3), (24, 34, 3))
    assert not accepts((None, 35, 3), (24, 34, 3))


@pytest.mark.parametrize(
    ("loss", "final", "units", "classes", "expected"),
    [
        (CategoricalCrossentropy(), "softmax", 10, 10, []),
        (SparseCategoricalCrossentropy(), "softmax", 10, 10, []),
        (CategoricalCrossentropy(), None, 10, 10, ["loss-expects-probabilities"]),
        (CategoricalCrossentropy(), "relu", 10, 10, ["loss-expects-probabilities"]),
        (CategoricalCrossentropy(from_logits=True), None, 10, 10, []),
        (CategoricalCrossentropy(from_logits=True), "softmax", 10, 10, ["loss-expects-logits"]),
        (CategoricalCrossentropy(), "sigmoid", 10, 10, ["activation-unsuited"]),
        (BinaryCrossentropy(), "sigmoid", 10, 10, []),
        (BinaryCrossentropy(), "sigmoid", 1, 2, []),
        (BinaryCrossentropy(), "sigmoid", 1, 10, ["classes-mismatch"]),
        (BinaryCrossentropy(), "softmax", 10, 10, ["activation-unsuited"]),
        (BinaryCrossentropy(from_logits=True), "sigmoid", 10, 10, ["loss-expects-logits"]),
        (CategoricalCrossentropy(), "softmax", 9, 10, ["classes-mismatch"]),
        (CategoricalCrossentropy(), "softmax", 11, 10, ["classes-unused"]),
        (CategoricalCrossentropy(), "sigmoid", 1, 2, ["classes-mismatch", "activation-unsuited"]),
        (MeanSquaredError(), None, 10, 10, []),
        (MeanSquaredError(), "sigmoid", 1, 2, []),
        (MeanSquaredError(), None, 3, 10, ["classes-mismatch"]),
    ],
)
def test_loss_against_output(loss: Any, final: str | None, units: int, classes: int, expected: list[str]) -> None:
    facts = DataFacts("data", (28, 28, 1), classes, 60_000, 10_000)
    assert codes(recipe(loss=loss), outputs=[(units,)], final=final, facts=facts) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"clip_norm": 1.0}, []),
        ({"clip_norm": 1.0, "optimizer": CallValue("Adam", (), (("clipvalue", 1.0),))}, ["recipe-conflict"]),
        ({"label_smoothing": 0.1}, []),
        ({"label_smoothing": 0.1, "loss": Word("sparse_categorical_crossentropy")}, ["recipe-conflict"]),
        ({"label_smoothing": 0.1, "loss": Word("mse")}, ["recipe-conflict"]),
        (
            {"label_smoothing": 0.1, "loss": CallValue("categorical_crossentropy", (), (("label_smoothing", 0.2),))},
            ["recipe-conflict"],
        ),
        ({"metrics": (Word("accuracy"), Word("accuracy"))}, ["recipe-conflict"]),
        ({"metrics": (CallValue("precision", (0.5,)), CallValue("precision", (0.7,)))}, ["recipe-conflict"]),
        ({"metrics": (CallValue("precision", (), (("class_id", 9),)), Word("precision"))}, []),
        ({"metrics": (CallValue("recall", (), (("class_id", 10),)),)}, ["metric-unsuited"]),
        ({"metrics": (CallValue("top_k", (10,)),)}, ["metric-unsuited"]),
        ({"schedule": CallValue("cosine", (5,))}, ["schedule-unreached"]),
        ({"schedule": CallValue("cosine", (4,))}, []),
        ({"schedule": CallValue("step", (5,))}, ["schedule-unreached"]),
        ({"schedule": CallValue("piecewise", ((1, 5), (1, 0.1, 0.01)))}, ["schedule-unreached"]),
        ({"schedule": CallValue("piecewise", ((1, 4.9), (1, 0.1, 0.01)))}, []),
    ],
)
def test_settings_that_do_not_go_together(changes: dict[str, object], expected: list[str]) -> None:
    assert codes(recipe(**changes)) == expected


def test_a_single_unit_is_always_the_greatest() -> None:
    facts = DataFacts("data", (28, 28, 1), 2, 60_000, 10_000)
    for average, expected in (((), ["metric-unsuited"]), ((("threshold", 0.5),), [])):
        made = recipe(metrics=(CallValue("f1_score", (), average),), loss=Word("binary_crossentropy"))
        assert codes(made, outputs=[(1,)], final="sigmoid", facts=facts) == expected


def test_sizes_against_data() -> None:
    assert codes(recipe(validation=60_000)) == ["validation-too-large"]
    assert codes(recipe(validation=1e-9)) == ["validation-too-large"]
    assert codes(recipe(validation=59_999)) == ["batch-exceeds-data"]
    assert codes(recipe(data=Word("digits"), batch_size=1_437)) == []
    assert codes(recipe(data=Word("digits"), batch_size=1_438)) == ["batch-exceeds-data"]


def test_unknown_facts_say_nothing() -> None:
    made = recipe(data=CallValue("images", (Quoted("pictures"),)), batch_size=2**40)
    assert codes(made, inputs=[(5, 5, 3)], outputs=[(3,)]) == []
    assert codes(recipe(), inputs=[None], outputs=[None]) == []
    assert codes(made, inputs=[(5, 5, 3)], outputs=[(3,)], facts=DataFacts("d", (6, 5, 3), 3)) == ["data-shape-mismatch"]


def test_several_inputs_or_outputs() -> None:
    assert codes(recipe(), inputs=[(28, 28, 1)] * 2) == ["model-not-trainable"]
    assert codes(recipe(), outputs=[(10,)] * 2) == ["model-not-trainable"]
    assert codes(recipe(), outputs=[(5, 5, 10)]) == ["output-not-classes"]


def with_callbacks(*callbacks: object, **changes: object) -> list[str]:
    return codes(recipe(callbacks=callbacks, **changes))


def test_monitors() -> None:
    assert with_callbacks(EarlyStopping(monitor="loss")) == []
    assert with_callbacks(EarlyStopping()) == ["monitor-needs-validation"]
    assert with_callbacks(EarlyStopping(), validation=0.1) == []
    assert with_callbacks(EarlyStopping(monitor="acuracy")) == ["monitor-unknown"]
    assert with_callbacks(EarlyStopping(monitor="val_top_5"), validation=0.1) == ["monitor-unknown"]
    assert with_callbacks(EarlyStopping(monitor="top_2"), metrics=(TopK(k=2),)) == []
    # A checkpoint that keeps everything does not look at the figure it would watch by default.
    assert with_callbacks(ModelCheckpoint(path="all")) == []
    assert with_callbacks(ModelCheckpoint(path="best", save_best_only=True)) == ["monitor-needs-validation"]
    assert with_callbacks(ModelCheckpoint(path="all", monitor="val_loss")) == ["monitor-needs-validation"]


def test_callbacks_and_the_learning_rate() -> None:
    plateau, scheduler = (
        ReduceLROnPlateau(monitor="loss"),
        CallValue("LearningRateScheduler", (CallValue("exponential", (0.9,)),)),
    )
    assert with_callbacks(plateau) == with_callbacks(scheduler) == []
    assert with_callbacks(plateau, scheduler) == with_callbacks(scheduler, plateau) == ["recipe-conflict"]
    assert with_callbacks(scheduler, scheduler) == ["recipe-conflict"]
    assert with_callbacks(scheduler, schedule=Word("cosine")) == ["recipe-conflict"]
    assert with_callbacks(CallValue("LearningRateScheduler", (CallValue("step", (5,)),))) == ["schedule-unreached"]
    with pytest.raises(BindError) as caught:
        recipe(callbacks=(CallValue("LearningRateScheduler", (CallValue("cosine", (), (("warmup", 2),)),)),))
    (problem,) = caught.value.problems
    assert "`schedule = cosine(warmup=2)`" in problem.inner[0].help


def test_averages_are_swapped_where_there_are_any() -> None:
    assert with_callbacks(SwapEMAWeights()) == ["recipe-conflict"]
    assert with_callbacks(SwapEMAWeights(), ema=0.99) == []


def test_between_epochs_only_figures_of_training_are_known() -> None:
    def at_steps(path: str = "best", **arguments: Any) -> list[str]:
        return with_callbacks(ModelCheckpoint(path=path, save_freq=10, **arguments), validation=0.1)

    assert at_steps() == at_steps("{epoch}-{batch:04d}-{loss:.2f}") == at_steps(save_best_only=True, monitor="loss") == []
    assert at_steps("{val_loss}") == at_steps(save_best_only=True) == ["monitor-between-epochs"]
    assert with_callbacks(ModelCheckpoint(path="{epoch}-{batch}")) == ["path-field"]


def test_callbacks_do_not_write_where_another_writes() -> None:
    assert with_callbacks(ModelCheckpoint(path="a"), CSVLogger(path="A.safetensors")) == ["path-taken"]
    assert with_callbacks(CSVLogger(path="logs"), TensorBoard()) == ["path-taken"]
    assert with_callbacks(TensorBoard(), CSVLogger(path="logs/train/x.csv")) == ["path-taken"]
    assert with_callbacks(TensorBoard(), CSVLogger(path="logs/x.csv")) == []
    assert with_callbacks(TensorBoard(), TensorBoard()) == ["path-taken"]
    assert with_callbacks(TensorBoard(log_dir="checkpoints")) == ["path-taken"]
    assert with_callbacks(TensorBoard(log_dir="../logs")) == ["path-leaves-folder"]


def test_a_path_that_may_become_too_long_is_found_before_the_run() -> None:
    assert with_callbacks(ModelCheckpoint(path="{loss:.2f}-{accuracy:.2f}")) == []
    assert with_callbacks(ModelCheckpoint(path="{loss:.90f}-{accuracy:.90f}")) == ["path-leaves-folder"]
    assert with_callbacks(ModelCheckpoint(path="a/{epoch:5d}/{loss: .2f}")) == ["path-field"]


@pytest.mark.parametrize("separator", ["a", "1", ".", "-", '"', "'", "\n", "\r", "", ";;"])
def test_separators_that_a_cell_may_hold(separator: str) -> None:
    with pytest.raises(BindError):
        CSVLogger.bind((), {"path": Quoted("log.csv"), "separator": Quoted(separator)})


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
def test_separators(separator: str) -> None:
    assert CSVLogger.bind((), {"path": Quoted("log.csv"), "separator": Quoted(separator)}).separator == separator


def test_addresses_of_remote_monitors() -> None:
    assert with_callbacks(RemoteMonitor()) == with_callbacks(RemoteMonitor(root="https://example.org")) == []
    assert with_callbacks(RemoteMonitor(root="http://example.org")) == ["remote-address"]
    with pytest.raises(BindError):
        RemoteMonitor.bind((), {"path": Quoted("no/slash")})


def test_help_of_a_monitor_makes_it_known() -> None:
    found = judge_recipe(
        recipe(callbacks=(EarlyStopping(monitor="top_3"),)),
        input_shapes=[(28, 28, 1)],
        output_shapes=[(10,)],
        final_activation="softmax",
    )
    assert found[0].at({}, Source("x", "").span(0, 0)).help == "add top_k(3) to metrics"
    assert with_callbacks(EarlyStopping(monitor="top_3"), metrics=(Accuracy(), TopK(k=3))) == []


# --- paths ----------------------------------------------------------------------------------------------------------

BAD_PATHS = (
    "", " ", "/etc/passwd", "\\x", "C:x", "c:/x", "~/x", "..", "../x", "a/../b", "a/..", "a//b", "./a", "a/", "a\\b", "a\0b",
    "a\nb", "con", "NUL.txt", "a/com1", "a.", "a ", "a?", "a:b", "x" * 300,
)  # fmt: skip


@pytest.mark.parametrize("path", BAD_PATHS)
def test_bad_paths(path: str) -> None:
    assert path_problem(path)
    if path:
        assert "path-leaves-folder" in with_callbacks(CSVLogger(path=path))
        assert "path-leaves-folder" in codes(recipe(data=Images(path=path)))


@pytest.mark.parametrize("path", ["a", "a/b.csv", "best.of.all", "ä/ö", ".hidden", "...a", "console"])
def test_good_paths(path: str) -> None:
    assert path_problem(path) is None
    assert with_callbacks(CSVLogger(path=path)) == []


def test_files_of_the_run_and_of_others() -> None:
    for taken in ("metrics.csv", "RUN.json", "checkpoints/best", "plots/x", "spec.cnn"):
        assert with_callbacks(CSVLogger(path=taken)) == ["path-taken"]
    assert with_callbacks(CSVLogger(path="a.csv"), CSVLogger(path="A.csv")) == ["path-taken"]
    assert with_callbacks(CSVLogger(path="a.csv"), ModelCheckpoint(path="a")) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("best-{epoch}", []),
        ("best-{epoch:02d}-{loss:.2f}-{accuracy:.3e}", []),
        ("best-{val_loss:.2f}", ["monitor-needs-validation"]),
        ("best-{speed}", ["monitor-unknown"]),
        ("{epoch.__class__}", ["path-field"]),
        ("{epoch[0]}", ["path-field"]),
        ("{epoch!r}", ["path-field"]),
        ("{}", ["path-field"]),
        ("{epoch:999999999d}", ["path-field"]),
        ("{loss:d}", ["path-field"]),
        ("{epoch", ["path-field"]),
        ("{{epoch}}", ["path-field"]),
        ("{epoch}/../../x", ["path-leaves-folder"]),
    ],
)
def test_fields_of_a_path(path: str, expected: list[str]) -> None:
    assert with_callbacks(ModelCheckpoint(path=path)) == expected


def test_fill() -> None:
    assert fill("best-{epoch:03d}-{loss:.2f}-{accuracy}", {"epoch": 7, "loss": 0.123, "accuracy": 0.5}) == "best-007-0.12-0.5"
    with pytest.raises(KeyError):
        fill("{val_loss}", {"epoch": 1})
    with pytest.raises(ValueError, match="format"):
        fill("{epoch:999999999d}", {"epoch": 1})
    assert [field.name for field in fields("{a}-{b:.2f}")] == ["a", "b"]
    assert stray_brace("a}")
    assert not stray_brace("{a}")


def test_recipes_import_nothing_heavy() -> None:
    heavy = "[name for name in ('torch', 'numpy', 'networkx') if name in sys.modules]"
    code = f"import sys, cnnspec.recipe.settings, cnnspec.recipe.judge; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
