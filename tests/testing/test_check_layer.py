"""The kit that tests a layer: it passes a sound one, and finds each way in which one can be broken."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from pydantic import Field, field_validator

pytest.importorskip("torch")
import torch

from cnnspec.backends.torch_modules import table
from cnnspec.layers import registry
from cnnspec.layers.arithmetic import Traced, product
from cnnspec.layers.base import Facts, LayerError
from cnnspec.layers.extent import Extent
from cnnspec.layers.param import Param
from cnnspec.layers.shape import Shape
from cnnspec.layers.window import WHOLE_INPUT, Axis
from cnnspec.record import replace
from cnnspec.testing import LayerCheckError, check_layer
from support import smoothing
from support.networks import make
from support.smoothing import SmoothModule

Announce = Callable[..., None]


@pytest.fixture
def announce(monkeypatch: pytest.MonkeyPatch) -> Announce:
    """Make a class and its Torch form known, as an installed package would."""

    def announce(cls: type, module: type = SmoothModule) -> None:
        entry = SimpleNamespace(load=lambda: cls, module=cls.__module__, dist=None)
        monkeypatch.setattr(registry, "_announced", lambda: {"Smooth1D": entry})
        monkeypatch.setattr(table, "_announced", lambda: {"Smooth1D": lambda: module})
        registry.layer_class.cache_clear()

    yield announce
    monkeypatch.undo()
    registry.layer_class.cache_clear()


def failures(layer: Any, *shapes: Any, **options: Any) -> list[str]:
    """What the kit finds, each as ``property: stated, but found``."""
    with pytest.raises(LayerCheckError) as caught:
        check_layer(layer, *(shapes or ((9, 2),)), **options)
    return [str(failure) for failure in caught.value.failures]


def only(found: list[str], *parts: str) -> None:
    """There is one failure, and it says all this."""
    assert len(found) == 1, found
    for part in parts:
        assert part in found[0], found[0]


def test_a_sound_layer_passes(announce: Announce) -> None:
    announce(smoothing.Smooth1D)
    check_layer(smoothing.Smooth1D.bind((3,)), (9, 2))
    check_layer(smoothing.Smooth1D.bind((1,)), (1, 1))


def broken(**members: Any) -> type[smoothing.Smooth1D]:
    """A Smooth1D that differs from the sound one in these members."""
    base = {"kind": "Smooth1D", "__doc__": "Smooths.", "__module__": smoothing.__name__, "__annotations__": {}}
    return type("Smooth1D", (smoothing.Smooth1D,), {**base, **members})


def with_facts(change: Callable[[Facts, Shape], Facts]) -> type[smoothing.Smooth1D]:
    """A Smooth1D that states other facts."""

    def facts(self: Any, *inputs: Shape) -> Facts:
        return change(smoothing.Smooth1D.facts(self, *inputs), inputs[0])

    return broken(facts=facts)


def longer(facts: Facts, by: int) -> Facts:
    output = Shape((facts.output.dims[0] + by, facts.output.dims[1]))
    return replace(facts, output=output, macs=product([*output.dims, 3]))


#: What is stated wrongly, the change, and what the one finding must say.
STATED: dict[str, tuple[Callable[[Facts, Shape], Facts], tuple[str, ...]]] = {
    "output shape": (lambda f, _: longer(f, 1), ("output shape: facts() states 8×2", "gives (3, 2, 8)", "gives (3, 2, 7)")),
    "window too small": (
        lambda f, _: replace(f, window=(Axis(2),)),
        ("window of unit [0] on a", "states [0, 1]", "reaches [0, 2]", "position [2]"),
    ),
    "window too large": (
        lambda f, _: replace(f, window=WHOLE_INPUT),
        ("window of unit [0] on a", "states [0, 8]", "reaches only [0, 2]", "exact=False"),
    ),
    "window with holes": (
        lambda f, _: replace(f, window=(Axis(2, dilation=2),)),
        ("states [0, 2]", "reaches [0, 2]", "position [1] among them"),
    ),
    "shape of open sizes": (
        lambda f, s: longer(f, 1) if isinstance(s.dims[0], Extent) else f,
        ("open sizes at 9×2", "output shape is 7×2", "it is 8×2", "from length − 1×2"),
    ),
    "window of open sizes": (
        lambda f, s: replace(f, window=(Axis(5),)) if isinstance(s.dims[0], Extent) else f,
        ("open sizes at 9×2", "window of unit (0,) is ((0, 2),)", "it is ((0, 4),)"),
    ),
    "traced": (
        lambda f, s: replace(f, macs=f.macs + 1) if isinstance(s.dims[0], Traced) else f,
        ("derivation", "multiply-accumulates is 42", "it is 43"),
    ),
    "no MACs": (lambda f, _: replace(f, macs=0), ("multiply-accumulates", "at least 3, as each weight of kernel", "they are 0")),
    "name": (
        lambda f, _: replace(f, params=(f.params[0], f.params[0])),
        ("arrays", "a name of its own", "kernel, kernel"),
    ),
    "initializer": (
        lambda f, _: replace(f, params=(Param("kernel", (3,), "kernel"),)),
        ("arrays", "has an initializer", "kernel has none"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STATED)
def test_what_is_stated_wrongly(announce: Announce, name: str) -> None:
    change, parts = STATED[name]
    cls = with_facts(change)
    announce(cls)
    found = failures(cls.bind((3,)))
    assert any(all(part in text for part in parts) for text in found), found
    assert len(found) <= 2, found


def test_a_window_that_is_too_large_may_be_meant(announce: Announce) -> None:
    cls = with_facts(lambda f, _: replace(f, window=(Axis(5, before=1, after=1),)))
    announce(cls)
    check_layer(cls.bind((3,)), (9, 2), exact=False)


def test_an_output_that_cannot_be(announce: Announce) -> None:
    cls = with_facts(lambda f, s: replace(f, output=Shape((f.output.dims[0] - 7, f.output.dims[1]))))
    announce(cls)
    assert any("extents and channels of at least 1, but it is 0×2" in text for text in failures(cls.bind((3,))))


def test_multiply_accumulates_without_a_kernel(announce: Announce) -> None:
    cls = with_facts(lambda f, _: replace(f, params=(replace(f.params[0], role="scale"),)))
    announce(cls)
    only(failures(cls.bind((3,))), "multiply-accumulates: 0 where there is no array of role kernel", "they are 42")


def test_open_sizes_refused_without_a_word_of_it(announce: Announce) -> None:
    def refuse(facts: Facts, shape: Shape) -> Facts:
        if isinstance(shape.dims[0], Extent):
            raise LayerError("wrong-rank")
        return facts

    cls = with_facts(refuse)
    announce(cls)
    only(failures(cls.bind((3,))), "open sizes: it takes them, or says size-unknown", "it refuses: wrong-rank")


def test_a_size_refused_without_a_requirement(announce: Announce) -> None:
    def refuse(facts: Facts, shape: Shape) -> Facts:
        if shape.dims[0] == 12:
            raise LayerError("wrong-rank")
        return facts

    cls = with_facts(refuse)
    announce(cls)
    only(failures(cls.bind((3,))), "open sizes at 12×2: they ask all that the numbers ask", "the numbers are refused")


#: What the Torch form does wrongly, and what the one finding must say.
class Noisy(SmoothModule):
    def core(self, x):
        return super().core(x) + 1e-3 * torch.rand(1, dtype=x.dtype)


class Neighbourly(SmoothModule):
    def core(self, x):
        return super().core(x - x.mean(0, keepdim=True))


class Infinite(SmoothModule):
    def core(self, x):
        return super().core(x) / 0.0


class Double(SmoothModule):
    def core(self, x):
        return super().core(x).double()


class Writing(SmoothModule):
    def core(self, x):
        y = super().core(x)
        x.detach().mul_(2)
        return y


class Unused(SmoothModule):
    def core(self, x):
        return x.unfold(-1, 3, 1).sum(-1) + 0 * x.unfold(-1, 3, 1).amax(-1) + self.extra()

    def extra(self):
        return torch.zeros((), requires_grad=True)


class Detached(SmoothModule):
    def core(self, x):
        return super().core(x).detach()


class Empty(SmoothModule):
    def __init__(self, layer, place):
        super().__init__(layer, Shapeless(place))

    def core(self, x):
        return x.unfold(-1, 3, 1).sum(-1)


def Shapeless(place):
    return SimpleNamespace(facts=SimpleNamespace(params=()))


class Larger(SmoothModule):
    def __init__(self, layer, place):
        super().__init__(layer, place)
        self.extra = torch.nn.Parameter(torch.ones(()))

    def core(self, x):
        return super().core(x) * self.extra


class Frozen(SmoothModule):
    def __init__(self, layer, place):
        super().__init__(layer, place)
        self.kernel.requires_grad_(False)


class Training(SmoothModule):
    def core(self, x):
        y = super().core(x)
        return y[..., 1:] if self.training else y


class Built(SmoothModule):
    def __init__(self, layer, place):
        super().__init__(layer, place)
        self.factor = 1.0 if isinstance(place.inputs[0].dims[0], int) else 2.0

    def core(self, x):
        return super().core(x) * self.factor


FORMS: dict[type, tuple[str, ...]] = {
    Noisy: ("evaluation: the same values each time", "if self.training"),
    Neighbourly: ("evaluation: sample 0 has the same values alone and in a batch of 3",),
    Infinite: ("output: finite values", "42 of 42 are not"),
    Double: ("output: values of torch.float32", "they are of torch.float64"),
    Writing: ("output: the input stays as it was", "writes into it"),
    Unused: ("training: each array has a part in the output", "kernel has none"),
    Detached: ("training: the output has a gradient", "cut off"),
    Empty: ("arrays: facts() states kernel 3", "the Torch form holds no such array"),
    Larger: ("arrays: the state dict holds what facts() states: kernel", "extra ()"),
    Frozen: ("arrays: kernel is trained", "its tensor is not"),
    Training: ("training: the output is (3, 2, 7)", "it is (3, 2, 6) in training"),
    Built: ("module for open sizes: the values of that for 9×2", "they differ by"),
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_what_the_torch_form_does_wrongly(announce: Announce, form: type) -> None:
    announce(smoothing.Smooth1D, form)
    found = failures(smoothing.Smooth1D.bind((3,)))
    assert any(all(part in text for part in FORMS[form]) for text in found), found


class Bent(SmoothModule):
    def core(self, x):
        return super().core(x).abs()


def test_a_layer_that_calls_itself_linear(announce: Announce, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoothing.Smooth1D, "linear", True)
    announce(smoothing.Smooth1D)
    check_layer(smoothing.Smooth1D.bind((3,)), (9, 2))
    announce(smoothing.Smooth1D, Bent)
    found = failures(smoothing.Smooth1D.bind((3,)))
    assert any("linear: the values of a sum are the sum of the values" in text for text in found), found


def test_no_torch_form(announce: Announce, monkeypatch: pytest.MonkeyPatch) -> None:
    announce(smoothing.Smooth1D)
    monkeypatch.setattr(table, "_announced", dict)
    only(failures(smoothing.Smooth1D.bind((3,))), "Torch form", "Smooth1D has no Torch form", "cnnspec.torch_modules")


class TestDeclarations:
    def test_an_argument_without_a_description(self, announce: Announce) -> None:
        cls = broken(__annotations__={"gain": float}, gain=1.0)
        announce(cls)
        only(failures(cls.bind((3,))), "argument gain: it has a description, but there is none")

    def test_a_kind_that_is_not_the_name_of_the_class(self, announce: Announce) -> None:
        cls = broken(kind="Smoother1D")
        announce(cls)
        assert "kind: the class states its own name, Smooth1D, but it states 'Smoother1D'" in failures(cls.bind((3,)))[0]

    def test_no_docstring(self, announce: Announce) -> None:
        cls = broken(__doc__="")
        announce(cls)
        only(failures(cls.bind((3,))), "docstring: the class Smooth1D has one, but it is empty")

    def test_no_family(self, announce: Announce) -> None:
        cls = broken(family="")
        announce(cls)
        only(failures(cls.bind((3,))), "family")

    def test_arguments_that_can_be_assigned(self, announce: Announce) -> None:
        cls = broken(model_config={"frozen": False})
        announce(cls)
        only(failures(cls.bind((3,))), "frozen: its arguments cannot be assigned")

    def test_an_argument_that_is_not_hashed(self, announce: Announce) -> None:
        cls = broken(__annotations__={"gains": Annotated[list, Field(description="factors")]}, gains=[])
        announce(cls)
        assert any("frozen: nothing is raised" in text or "declaration" in text for text in failures(cls.bind((3,))))

    def test_keras_does_not_have_it(self, announce: Announce) -> None:
        cls = broken(incompatible=lambda self: ())
        announce(cls)
        only(failures(cls.bind((3,))), "incompatible()", "it is empty", "keras=True")
        check_layer(cls.bind((3,)), (9, 2), keras=True)

    def test_phrases_that_are_none(self, announce: Announce) -> None:
        cls = broken(incompatible=lambda self: "Smooth1D")
        announce(cls)
        only(failures(cls.bind((3,))), "incompatible(): a tuple of phrases, but it is 'Smooth1D'")

    def test_an_argument_that_changes_when_it_is_read_again(self, announce: Announce) -> None:
        def double(value: object) -> object:
            return value * 2 if isinstance(value, float) else 1.0

        gain = Annotated[float, Field(description="a factor")]
        cls = broken(__annotations__={"gain": gain}, gain=0.5, twice=field_validator("gain", mode="before")(double))
        announce(cls)
        found = failures(cls.bind((3,), {"gain": 2.0}))
        assert [text.split(":")[0] for text in found] == ["call", "JSON"]
        assert "Smooth1D(kernel_size=[3], gain=4.0) makes an equal layer" in found[0]
        assert "it makes Smooth1D(kernel_size=[3], gain=8.0)" in found[0]


class TestReference:
    def test_not_announced(self) -> None:
        found = failures(smoothing.Smooth1D.bind((3,)))
        assert "entry point: files can call Smooth1D, but no installed package announces it" in found[0]
        assert 'Smooth1D = "support.smoothing:Smooth1D"' in found[0]

    def test_another_class_has_the_name(self, announce: Announce) -> None:
        announce(broken())
        assert any("entry point: Smooth1D means support.smoothing.Smooth1D" in t for t in failures(smoothing.Smooth1D.bind((3,))))

    def test_no_page(self, announce: Announce) -> None:
        cls = broken(__module__="support.networks")
        announce(cls)
        only(failures(cls.bind((3,))), "page: explain Smooth1D has one to show", "ships none", "pages/Smooth.md", "support")

    @pytest.mark.parametrize(
        ("page", "parts"),
        [
            ("# Other\n\n```cnn\nmodel M {\n  input 9x2\n  Smooth1D(3)\n}\n```\n", ("title that names Smooth1D", "'# Other'")),
            ("# Smooth1D\n", ("an example uses Smooth1D, but none does",)),
            (
                "# Smooth1D\n\n```cnn\nmodel M {\n  input 9x2\n  Smooth1D(3)  :: 6x2\n}\n```\n",
                ("its example is sound", "shape-claim"),
            ),
        ],
    )
    def test_a_page_that_is_wrong(
        self, announce: Announce, monkeypatch: pytest.MonkeyPatch, page: str, parts: tuple[str, ...]
    ) -> None:
        announce(smoothing.Smooth1D)
        monkeypatch.setattr("cnnspec.render.text_reference.shipped_page", lambda cls: page)
        found = failures(smoothing.Smooth1D.bind((3,)))
        assert any(all(part in text for part in parts) for text in found), found


class TestReports:
    def test_several_failures_come_together_with_an_exception_s_cause(self, announce: Announce) -> None:
        def facts(self: Any, *inputs: Shape) -> Facts:
            if isinstance(inputs[0].dims[0], Traced):
                raise ZeroDivisionError("by nothing")
            return longer(smoothing.Smooth1D.facts(self, *inputs), 1)

        cls = broken(facts=facts, __doc__="")
        announce(cls)
        with pytest.raises(LayerCheckError) as caught:
            check_layer(cls.bind((3,)), (9, 2))
        text = str(caught.value)
        assert text.startswith("Smooth1D(kernel_size=[3]) on 9×2: ")
        assert "docstring: " in text
        assert "derivation: nothing is raised, but there is a ZeroDivisionError: by nothing" in text
        assert "output shape: " in text
        assert text.count("help: ") == len(caught.value.failures) >= 3
        assert isinstance(caught.value.__cause__, ZeroDivisionError)

    def test_an_input_that_is_refused(self) -> None:
        only(failures(make("Conv2D", 2, 3), (9, 2), keras=True), "facts: it takes 9×2", "it refuses: wrong-rank")

    def test_what_is_no_layer(self) -> None:
        only(failures(object()), "an instance of cnnspec.layers.base.Layer")

    def test_another_number_of_inputs(self) -> None:
        with pytest.raises(ValueError, match="Add takes at least 2 inputs"):
            check_layer(make("Add"), 5)
        with pytest.raises(ValueError, match="Dense takes 1 inputs"):
            check_layer(make("Dense", 2), 5, 5)


def test_importing_it_needs_neither_torch_nor_pytest() -> None:
    script = "import sys, cnnspec.testing; print(*({'torch', 'pytest', 'numpy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
