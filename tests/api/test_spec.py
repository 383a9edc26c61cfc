from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import cnnspec
from cnnspec import api
from cnnspec.diagnostics import SpecError
from support.command import BROKEN, SOUND
from support.markdown import ROOT

LENET = ROOT / "specs" / "lenet5.cnn"


def test_the_examples_of_the_interface_run() -> None:
    result = doctest.testmod(api)
    assert result.attempted >= 4
    assert result.failed == 0


def test_what_the_package_offers_is_there() -> None:
    for name in cnnspec.__all__:
        assert getattr(cnnspec, name) is not None
    for name in api.__all__:
        assert getattr(api, name) is not None
    assert set(cnnspec.__all__) <= set(dir(cnnspec))
    with pytest.raises(AttributeError, match="nope"):
        _ = cnnspec.nope  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="nope"):
        _ = api.nope  # type: ignore[attr-defined]


class TestLoading:
    def test_a_path(self) -> None:
        for path in (LENET, str(LENET)):
            spec = cnnspec.load(path)
            assert spec.path == str(LENET)
            assert spec.text == LENET.read_text()
            assert list(spec.models) == ["LeNet5"]
            assert list(spec.recipes) == ["LeNet5", "lecture"]

    def test_a_text(self) -> None:
        spec = cnnspec.load(SOUND)
        assert spec.path == "<text>"
        assert spec.check().ok

    def test_a_missing_file(self) -> None:
        with pytest.raises(SpecError) as caught:
            cnnspec.load("nope.cnn")
        assert [d.code for d in caught.value.diagnostics] == ["file-not-found"]
        assert "nope.cnn" in str(caught.value)

    def test_values_can_be_replaced(self) -> None:
        spec = cnnspec.load(LENET, settings={"classes": 12, "train.epochs": 3})
        assert spec.model().rows[-1].params == 84 * 12 + 12
        assert spec.recipe().recipe is not None
        assert spec.recipe().recipe.epochs == 3

    @pytest.mark.parametrize("size", ["64x64", (64, 64)])
    def test_unknown_extents_can_be_given(self, size: object) -> None:
        spec = cnnspec.load(ROOT / "specs" / "unet.cnn", input=size)  # type: ignore[arg-type]
        assert spec.model().rows[0].output_shape is not None
        assert spec.model().rows[0].output_shape.to_json() == [64, 64, 1]

    @pytest.mark.parametrize("text", ["", "x", "3x", "0x3", "-1x2", "a", "3 x 3", "²x3"])
    def test_a_size_that_is_none(self, text: str) -> None:
        with pytest.raises(ValueError, match="is not a size"):
            api.read_extents(text)

    def test_the_number_of_layers_is_limited(self) -> None:
        text = "model M {\n  input 8x8x1\n  ReLU * 500\n}\n"
        assert cnnspec.load(text).check().ok
        assert not cnnspec.load(text, max_nodes=100).check().ok


class TestChecking:
    def test_never_raises(self) -> None:
        for text in (BROKEN, "{", "{\0\n", "model M {\n"):
            report = cnnspec.load(text).check()
            assert not report.ok
            assert report.diagnostics

    def test_several_files(self, tmp_path: Path) -> None:
        (tmp_path / "a.cnn").write_text(SOUND)
        (tmp_path / "b.cnn").write_text(BROKEN)
        report = cnnspec.check(tmp_path / "a.cnn", str(tmp_path / "b.cnn"), "missing.cnn")
        assert [file.ok for file in report.files] == [True, False, False]
        assert not report.ok

    def test_a_model_that_is_not_there(self) -> None:
        spec = cnnspec.load(LENET)
        with pytest.raises(api.UnknownNameError, match="did you mean LeNet5"):
            spec.model("LeNet")
        with pytest.raises(api.UnknownNameError, match="there is no recipe"):
            spec.recipe("nope")

    def test_a_file_without_a_model(self) -> None:
        spec = cnnspec.load("block B {\n  ReLU\n}\n")
        assert spec.check().ok
        with pytest.raises(SpecError) as caught:
            spec.model()
        assert caught.value.diagnostics[0].code == "no-model"


class TestExplaining:
    def test_a_layer(self) -> None:
        explanation = cnnspec.load(ROOT / "specs" / "mnist_cnn.cnn").explain("conv2d_2")
        assert "3·3·32·64 + 64 = 18,496" in {equation.text for equation in explanation.equations}

    def test_its_whole_path(self) -> None:
        spec = cnnspec.load(LENET)
        assert spec.explain("LeNet5/conv2d_1") == spec.explain("conv2d_1")

    def test_a_layer_of_a_block(self) -> None:
        spec = cnnspec.load(ROOT / "specs" / "resnet18.cnn")
        assert spec.explain("basic_2/add_1").title.startswith("basic_2/add_1")
        with pytest.raises(api.UnknownNameError, match="the end of 8 paths"):
            spec.explain("add_1")
        with pytest.raises(api.UnknownNameError, match="it is a scope"):
            spec.explain("basic_2")

    def test_a_page(self) -> None:
        assert (api.find_page("Conv2D") or "").startswith("# ")
        assert (api.find_page("kernel-exceeds-input") or "").startswith("# kernel-exceeds-input\n")
        assert api.find_page("../files") is None
        assert api.find_page("lenet.cnn") is None

    def test_every_kind_of_layer_has_a_table_of_its_arguments(self) -> None:
        from cnnspec.layers.registry import all_kinds, layer_class

        for kind in all_kinds():
            page = api.find_page(kind)
            assert page is not None
            table = page.split(f"## Arguments of {kind}\n")[1]
            for name in layer_class(kind).argument_names():
                assert f"| `{name}` |" in table


class TestBuilding:
    def test_an_unsound_file_raises(self) -> None:
        pytest.importorskip("torch")
        with pytest.raises(SpecError) as caught:
            cnnspec.load(BROKEN).build()
        assert [d.code for d in caught.value.diagnostics] == ["kernel-exceeds-input"]

    def test_a_module_with_the_names_of_the_spec(self) -> None:
        torch = pytest.importorskip("torch")
        module = cnnspec.load(LENET).build(seed=0)
        assert isinstance(module, torch.nn.Module)
        names = [name for name, _ in module.named_parameters()]
        assert names[0].startswith("conv2d_1.")
        assert sum(parameter.numel() for parameter in module.parameters()) == 44_426
        with torch.no_grad():
            assert tuple(module(torch.zeros(2, 1, 28, 28)).shape) == (2, 10)

    def test_a_picture(self) -> None:
        picture = cnnspec.load(LENET).render()
        assert isinstance(picture, str)
        assert picture.startswith("<svg")
        assert "conv2d_1" in picture
        assert "44,426 parameters" in picture


def test_the_verb_and_the_package_of_training_share_a_name() -> None:
    pytest.importorskip("torch")
    import cnnspec.train as package
    from cnnspec.train import loop

    assert package is cnnspec.train
    assert callable(cnnspec.train)
    assert cnnspec.train.loop is loop  # type: ignore[attr-defined]
    with pytest.raises(SpecError):
        cnnspec.train("nope.cnn")


class TestTraining:
    RECIPE = (
        "train M {\n  data = digits\n  loss = categorical_crossentropy\n  optimizer = Adam\n"
        "  epochs = 2\n  expect epochs == 2\n}\n"
    )
    TEXT = SOUND.replace("8x8x1", "28x28x1") + RECIPE

    @pytest.fixture(autouse=True)
    def needs(self) -> None:
        pytest.importorskip("torch")
        pytest.importorskip("sklearn")

    def test_from_a_text(self) -> None:
        trained = cnnspec.train(cnnspec.load(self.TEXT))
        assert trained.ok
        assert trained.result.epochs == 2
        assert trained.result.out is None
        (claim,) = trained.claims
        assert claim.holds is True

    def test_a_replaced_value_leaves_claims_open(self) -> None:
        trained = cnnspec.train(cnnspec.load(self.TEXT), epochs=1)
        (claim,) = trained.claims
        assert claim.holds is None
        assert "epochs was replaced" in claim.reason

    def test_a_false_claim(self) -> None:
        trained = cnnspec.train(cnnspec.load(self.TEXT.replace("epochs == 2", "epochs == 3")))
        assert not trained.ok
        assert [d.code for d in trained.diagnostics] == ["claim-false"]

    def test_an_unsound_file(self) -> None:
        with pytest.raises(SpecError):
            cnnspec.train(cnnspec.load(BROKEN + self.RECIPE))

    def test_a_file_without_a_recipe(self) -> None:
        with pytest.raises(SpecError) as caught:
            cnnspec.train(cnnspec.load(SOUND))
        assert caught.value.diagnostics[0].code == "no-recipe"

    def test_the_recipe_that_is_offered_is_sound(self) -> None:
        from cnnspec.api.planning import suggest_recipe

        assert cnnspec.load(SOUND.replace("8x8x1", "28x28x1") + suggest_recipe("M")).check().ok

    def test_pictures_that_do_not_fit_are_refused_before_anything_is_written(self, tmp_path: Path) -> None:
        image = pytest.importorskip("PIL.Image")
        for part in ("train", "test"):
            for name in "ab":
                (tmp_path / "data" / part / name).mkdir(parents=True)
                for number in range(3):
                    image.new("L", (9, 7)).save(tmp_path / "data" / part / name / f"{number}.png")
        with pytest.raises(SpecError) as caught:
            cnnspec.train(cnnspec.load(self.TEXT), data=tmp_path / "data", out=tmp_path / "run")
        assert "data-shape-mismatch" in [d.code for d in caught.value.diagnostics]
        assert not (tmp_path / "run").exists()
