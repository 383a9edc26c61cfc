"""The kit's one verb: test a layer on inputs and report all that does not hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from cnnspec.layers.base import Layer, LayerError
from cnnspec.layers.shape import Shape
from cnnspec.record import field, state
from cnnspec.testing.declared import check_declaration, check_figures, check_keras
from cnnspec.testing.reference import check_announced, check_page
from cnnspec.testing.sizes import check_open_sizes, check_traced
from cnnspec.testing.subject import Failure, Findings, LayerCheckError, Subject, describe_error, write_call
from cnnspec.testing.written import check_call, check_json

#: In this order; each is run whatever the others found.
_CHECKS: dict[str, Callable[[Subject], Findings]] = {
    "declaration": check_declaration,
    "figures": check_figures,
    "Keras": check_keras,
    "entry point": check_announced,
    "page": check_page,
    "call": check_call,
    "JSON": check_json,
    "derivation": check_traced,
    "open sizes": check_open_sizes,
}


def check_layer(layer: Layer, *input_shapes: Sequence[int] | int, exact: bool = True, keras: bool = False, seed: int = 0) -> None:
    """Test a layer on example inputs: what it says of itself against what it does.

    It tests the declaration (kind, docstring, descriptions), that the layer survives being written as a call and as JSON,
    that its formulas agree on numbers, open sizes and traced numbers, at these sizes and a few larger ones; builds it
    with Torch and compares the shape, the arrays and which of them training changes; that values are finite, the same
    twice, and those of a sample whatever its neighbours are; that no unit depends on what its window leaves out, by
    gradients in double precision; and that ``cnnspec explain`` and ``cnnspec layers`` know it, with a page whose example
    holds. Windows of normalisation speak of what is read while its statistics stay, as everywhere in the analysis.

    Args:
        layer: the layer with its arguments. Test several choices of them: each is a layer of its own.
        input_shapes: channels last, without the batch: ``(8, 9, 3)``, ``5`` for a vector; one for each of its inputs.
            Extents that differ show more than equal ones.
        exact: whether units also depend on both ends of their windows. They do not where a kernel ends in zeros.
        keras: whether Keras has this layer. If not, ``incompatible()`` must say so.
        seed: of the weights and the values.

    Raises:
        LayerCheckError: something does not hold; it names all of it.
        ModuleNotFoundError: Torch is not installed.
    """
    shapes = tuple(Shape((shape,) if isinstance(shape, int) else tuple(shape)) for shape in input_shapes)
    subject = _take(layer, shapes, exact=exact, keras=keras, seed=seed)
    findings = _Findings()
    for name, check in _CHECKS.items():
        findings.run(name, partial(check, subject))
    findings.run("Torch form", partial(_check_torch_form, subject, findings))
    if findings.failures:
        raise LayerCheckError(subject.title, findings.failures) from next(iter(findings.causes), None)


@state
class _Findings:
    """What the checks found, and the exceptions that ended some."""

    failures: list[Failure] = field(default_factory=list[Failure])
    causes: list[Exception] = field(default_factory=list[Exception])

    def run(self, name: str, check: Callable[[], Findings]) -> None:
        """Add what a check finds. The layer's own code runs in it, so any exception is a finding too."""
        try:
            for failure in check():  # one by one: what was found before an exception stays
                self.failures.append(failure)
        except ModuleNotFoundError:
            raise
        except Exception as error:
            self.causes.append(error)
            help = "the first such exception is the cause of this one"
            self.failures.append(Failure(name, "nothing is raised", f"there is a {describe_error(error)}", help))


def _take(layer: Layer, shapes: tuple[Shape, ...], *, exact: bool, keras: bool, seed: int) -> Subject:
    """The subject, if it can be one."""
    if not isinstance(layer, Layer):  # pyright: ignore[reportUnnecessaryIsInstance] — callers need not be typed
        what = Failure(
            "declaration", "an instance of cnnspec.layers.base.Layer", f"it is {layer!r}", "derive its class from Layer"
        )
        raise LayerCheckError(type(layer).__name__, (what,))
    least, most = layer.inputs
    if not least <= len(shapes) <= (len(shapes) if most is None else most):
        many = str(least) if most == least else f"at least {least}" if most is None else f"{least} to {most}"
        raise ValueError(f"{layer.kind} takes {many} inputs: give check_layer a shape for each, not {len(shapes)}")
    try:
        facts = layer.facts(*shapes)
    except LayerError as error:
        help = "give check_layer a shape that the layer takes, or correct what facts() refuses"
        failure = Failure("facts", f"it takes {' and '.join(map(str, shapes))}", f"it refuses: {error}", help)
        raise LayerCheckError(write_call(layer), (failure,)) from error
    return Subject(layer, shapes, facts, exact, keras, seed)


def _check_torch_form(subject: Subject, findings: _Findings) -> Findings:
    from cnnspec.backends.torch_modules import NotLowered, build_module
    from cnnspec.testing.arrays import check_arrays, check_training
    from cnnspec.testing.fields import check_window
    from cnnspec.testing.values import check_linearity, check_open_module, check_output, check_samples

    missing = [param.name for param in subject.facts.params if param.initializer is None]
    if missing:
        help = "make the Param with initializer=…, such as the layer's kernel_initializer"
        yield Failure("arrays", "each has an initializer", f"{', '.join(missing)} has none", help)
        return
    try:
        module = build_module(subject.network, seed=subject.seed).eval()
    except NotLowered as error:
        help = f'announce its lowering in pyproject.toml: [project.entry-points."cnnspec.torch_modules"] {subject.kind} = "…"'
        yield Failure("Torch form", "there is one", str(error), help)
        return
    checks = {
        "arrays": check_arrays,
        "output": check_output,
        "samples": check_samples,
        "linear": check_linearity,
        "training": check_training,
        "window": check_window,
        "module for open sizes": check_open_module,
    }
    for name, check in checks.items():
        findings.run(name, partial(check, subject, module))
