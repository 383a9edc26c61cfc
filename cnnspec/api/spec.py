"""A spec, read once and worked out when asked about; the verbs that need no Torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from cnnspec.api.errors import UnknownNameError
from cnnspec.api.settings import make_settings
from cnnspec.diagnostics import Diagnostic, Severity, Source, Span, SpecError

if TYPE_CHECKING:
    from cnnspec.analysis.check import Checked
    from cnnspec.analysis.claims.suggest import Suggestion
    from cnnspec.analysis.cost.cost import Cost
    from cnnspec.analysis.cost.devices import Device
    from cnnspec.analysis.explain import Explanation
    from cnnspec.analysis.explain.subject import Findings
    from cnnspec.analysis.lint_settings import LintSettings
    from cnnspec.analysis.memory.memory import Memory
    from cnnspec.analysis.report import FileReport, ModelReport, Report
    from cnnspec.backends.torch_modules import BuiltNetwork
    from cnnspec.recipe.optimizers import Optimizer
    from cnnspec.resolve.resolve import Settings
    from cnnspec.resolve.result import Resolution, ResolvedModel, ResolvedRecipe


class Spec:
    """One ``.cnn`` file, read once and worked out when it is first asked about."""

    def __init__(self, source: Source, settings: Settings | None = None, lints: LintSettings | None = None) -> None:
        self._source = source
        self._lints = lints
        self._settings = settings
        self._findings: dict[str, Findings] = {}

    @property
    def path(self) -> str:
        """The path it was loaded from; ``-`` for standard input, ``<text>`` for text."""
        return self._source.path

    @property
    def source(self) -> Source:
        """The text with the path it was read from."""
        return self._source

    @property
    def text(self) -> str:
        """The text as it was read."""
        return self._source.text

    @property
    def settings(self) -> Settings:
        """What was replaced when it was loaded."""
        from cnnspec.resolve.resolve import DEFAULT

        return self._settings or DEFAULT

    @cached_property
    def _checked(self) -> Checked:
        from cnnspec.analysis.check import check_source

        return check_source(self._source, self.settings, *(() if self._lints is None else (self._lints,)))

    @property
    def report(self) -> FileReport:
        """What ``check`` found in this file."""
        return self._checked.report

    @property
    def resolution(self) -> Resolution:
        """The networks and recipes with the places they come from."""
        return self._checked.resolution

    @property
    def models(self) -> Mapping[str, ModelReport]:
        """The figures of every model by its name, in the order of the file."""
        return {model.name: model for model in self.report.models}

    @property
    def recipes(self) -> Mapping[str, ResolvedRecipe]:
        """Every recipe by its ``as`` name, else its model's."""
        return {recipe.name: recipe for recipe in self.resolution.recipes}

    def suggest_claims(self) -> tuple[Suggestion, ...]:
        """Claims that are true of the models as they are written, and that they do not make yet."""
        from cnnspec.analysis.claims.suggest import suggest_claims

        return suggest_claims(self._checked)

    def check(self) -> Report:
        """Everything that is wrong with the file, and its figures. Never raises for a bad file."""
        from cnnspec.analysis.report import Report

        return Report((self.report,))

    def model(self, name: str | None = None) -> ModelReport:
        """The figures of one model, the first unless named.

        Raises:
            SpecError: the file states no model.
            UnknownNameError: it has models, but none of that name.
        """
        models = self.models
        if name is None and models:
            return next(iter(models.values()))
        if name is None or not models:
            raise SpecError(self._errors() or _no_model(self._source))
        if name not in models:
            raise UnknownNameError.among("model", name, self.path, tuple(models))
        return models[name]

    def resolved(self, name: str | None = None) -> ResolvedModel:
        """One model as a network with the origin of every node, the first unless named."""
        wanted = self.model(name).name
        return next(model for model in self.resolution.models if model.name == wanted)

    def recipe(self, name: str | None = None, *, model: str | None = None) -> ResolvedRecipe:
        """One recipe: the named one, else the first (of the model, where that is named).

        Raises:
            UnknownNameError: there is no such recipe.
        """
        recipes = self.recipes
        if name is not None:
            if name not in recipes:
                raise UnknownNameError.among("recipe", name, self.path, tuple(recipes))
            return recipes[name]
        for recipe in recipes.values():
            if model is None or recipe.model == model:
                return recipe
        raise UnknownNameError.among("recipe", model or "(any)", self.path, tuple(recipes))

    def explain(self, layer: str | None = None, *, model: str | None = None) -> Explanation:
        """The derivation of every number of a layer, or of a model without one.

        Args:
            layer: the end of its path: ``conv2d_2``, ``basic_1/conv2d_1``.
            model: the model, the first unless named.

        Raises:
            SpecError: the file states no model.
            UnknownNameError: there is no such layer, or several.
        """
        from cnnspec.analysis.explain import explain_layer, explain_model
        from cnnspec.analysis.explain.purpose import find_purpose
        from cnnspec.analysis.explain.subject import Findings

        report, resolved = self.model(model), self.resolved(model)
        remarks = [d for d in self.remarks(layer, model=model) if d.severity is not Severity.ERROR]
        if layer is None:
            return explain_model(resolved, report, purpose=find_purpose(self.text, report.name), remarks=remarks)
        found = self._findings.setdefault(report.name, Findings())
        return explain_layer(resolved, report, self.find_layer(layer, report), remarks=remarks, findings=found)

    def remarks(self, layer: str | None = None, *, model: str | None = None) -> tuple[Diagnostic, ...]:
        """What is said of a model, or of one layer of it: errors, warnings and infos, by their place in the text."""
        origins = self.resolved(model).origins
        if layer is not None:
            origins = (origins[self.find_layer(layer, self.model(model))],)
        calls = {(origin.call.source, origin.call.start, origin.call.end) for origin in origins}
        return tuple(d for d in self.report.diagnostics if any(_lies_in(d.span, *call) for call in calls))

    def is_known(self, layer: str, *, model: str | None = None) -> bool:
        """Whether no error leaves the figures of a layer unknown; the file may have errors elsewhere.

        Raises:
            SpecError: the file states no model.
            UnknownNameError: there is no such layer, or several.
        """
        report = self.model(model)
        return report.rows[self.find_layer(layer, report)].is_known

    def memory(
        self, *, model: str | None = None, batch: int = 1, optimizer: str | Optimizer = "SGD", precision: str = "float32"
    ) -> Memory:
        """How many bytes the model takes for inference, and for a step of training.

        Args:
            model: the model, the first unless named.
            batch: samples at a time.
            optimizer: as a file writes it, ``"adam"`` or ``"SGD(momentum=0.9)"``, or a recipe's own.
            precision: ``float32``, ``float16`` or ``bfloat16``; training in 16 bits keeps its weights in 32.

        Raises:
            SpecError: the file has errors, or one of the terms does not fit.
            UnknownNameError: there is no such model.

        Example:
            >>> spec = load("model M {\\n  input 4\\n  Dense(2)\\n}")
            >>> spec.memory().inference.total, spec.memory(batch=3, optimizer="adam").training.slots
            (64, 80)
        """
        from cnnspec.api.costing import find_memory

        return find_memory(self, model, batch, optimizer, precision)

    def cost(
        self,
        *,
        model: str | None = None,
        batch: int | None = None,
        optimizer: str | Optimizer | None = None,
        precision: str = "float32",
        memory: int | None = None,
        device: str | Device | None = None,
    ) -> Cost:
        """What the model costs: memory, the largest batch that fits and what would help, the least time on a device.

        Args:
            model: the model, the first unless named.
            batch: samples at a time; for training the recipe's without it, else 32, for inference 1.
            optimizer: as in :meth:`memory`; the recipe's without it, else SGD.
            precision: as in :meth:`memory`.
            memory: bytes that there are; the device's without it.
            device: its name in :data:`cnnspec.analysis.cost.devices.DEVICES`, or its figures.

        Raises:
            SpecError: the file has errors, or one of the terms does not fit.
            UnknownNameError: there is no such model or device.
        """
        from cnnspec.api.costing import find_cost

        return find_cost(self, model, batch, optimizer, precision, memory, device)[0]

    def find_layer(self, layer: str, report: ModelReport) -> int:
        """The place of a layer in its model, by the end of its path.

        Raises:
            UnknownNameError: there is no such layer, or several.
        """
        network = report.network
        name = layer.removeprefix(f"{report.name}/").strip("/")
        found = network.find(name)
        if len(found) == 1:
            return found[0]
        if found:
            from cnnspec.diagnostics.suggest import listing

            paths = [network.nodes[index].path for index in found]
            raise UnknownNameError(f"{layer} is the end of {len(found)} paths in {report.name}: {listing(paths)}")
        inside = [path for path in network.index if path.startswith(f"{name}/") or f"/{name}/" in path]
        if inside:
            raise UnknownNameError.among("layer", layer, f"{report.name} (it is a scope)", inside)
        alike = [path for path in network.index if _base(path) == _base(name)]
        raise UnknownNameError.among("layer", layer, report.name, alike or tuple(network.index))

    def render(
        self, *, model: str | None = None, style: str = "graph", format: str | None = None, **options: object
    ) -> str | bytes:
        """A picture of a model.

        Args:
            model: the model, the first unless named; of ``html`` all unless named.
            style: ``graph``, ``maps``, ``volumes``, ``receptive-field``, ``conv``, ``im2col``, ``compare``, ``text``,
                ``mermaid``; ``html``, a page that explains the whole file.
            format: ``svg``, ``pdf``, ``tikz``, ``md``…; the first that the style has without it; bytes where it is no text.
            options: those of :func:`cnnspec.render.render.render`; of ``html``, those of
                :func:`cnnspec.api.paging.render_page`.

        Raises:
            SpecError: the file states no model.
            RenderError: the style or format does not exist, or something it needs is missing.
        """
        if style == "html":
            from cnnspec.api.paging import render_page

            return render_page(self, None if model is None else (model,), format=format, **options)  # type: ignore[arg-type]
        from cnnspec.render.render import render

        return render(self.model(model), style=style, format=format, **options)  # type: ignore[arg-type]

    def build(self, model: str | None = None, *, seed: int | None = None) -> BuiltNetwork:
        """The network as a Torch module, its layers under the spec's names; it takes and returns channels first.

        Args:
            model: the model, the first unless named.
            seed: of the weights; Torch's own generator draws them without one.

        Raises:
            SpecError: the file has errors.
        """
        from cnnspec.backends.torch_modules import build_module

        self.require_sound()
        return build_module(self.resolved(model).network, seed=seed)

    def replace(self, settings: Mapping[str, object], input: Sequence[int] | None = None, max_nodes: int | None = None) -> Spec:
        """The same text with other values: see :func:`load`."""
        return Spec(self._source, make_settings(settings, input, max_nodes))

    def require_sound(self) -> None:
        """Go on only with a file that has no errors.

        Raises:
            SpecError: with the errors.
        """
        if errors := self._errors():
            raise SpecError(errors)

    def _errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.report.diagnostics if d.severity is Severity.ERROR)


def _lies_in(span: Span, source: Source, start: int, end: int) -> bool:
    return span.source is source and start <= span.start and span.end <= end


def _base(path: str) -> str:
    """``conv2d`` of ``basic_1/conv2d_2``."""
    return path.rpartition("/")[2].rstrip("0123456789").rstrip("_")


def _no_model(source: Source) -> tuple[Diagnostic, ...]:
    from cnnspec.diagnostics.catalogue.files import no_model

    return (no_model(source.path),)
