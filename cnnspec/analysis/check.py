"""The checker: a source text to its report. Never raises for a bad file."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.analysis.claims import judge_model_claims, judge_recipe_claims
from cnnspec.analysis.lint_settings import DEFAULT as ALL_LINTS
from cnnspec.analysis.lint_settings import LintSettings
from cnnspec.analysis.lints import lint_models
from cnnspec.analysis.lints.names import lint_names
from cnnspec.analysis.lints.recipes import lint_recipe
from cnnspec.analysis.lints.subject import Subject
from cnnspec.analysis.report import ClaimResult, FileReport, ModelReport, RecipeReport
from cnnspec.analysis.rest import collector_at_rest
from cnnspec.analysis.rows import analyse_model, see_inputs
from cnnspec.diagnostics import Diagnostic, Severity, Source, Span
from cnnspec.layers.shape import Shape
from cnnspec.recipe.judge import judge_recipe
from cnnspec.record import record, replace
from cnnspec.resolve.resolve import DEFAULT, Diagnostics, Settings, resolve_source
from cnnspec.resolve.result import Resolution, ResolvedModel, ResolvedRecipe, ShapeClaim


@record
class Checked:
    """A file with its report and what it was resolved to."""

    report: FileReport
    resolution: Resolution

    def model(self, name: str | None = None) -> tuple[ResolvedModel, ModelReport]:
        """A model by name, the first without one.

        Raises:
            KeyError: there is none of that name, or none at all.
        """
        for resolved, report in zip(self.resolution.models, self.report.models, strict=True):
            if name is None or resolved.name == name:
                return resolved, report
        raise KeyError(name)


def check_source(source: Source, settings: Settings = DEFAULT, lints: LintSettings = ALL_LINTS) -> Checked:
    """Resolve a source, analyse its models, judge its claims and recipes.

    Args:
        source: the text.
        settings: what is replaced or limited.
        lints: which warnings and infos are reported.
    """
    with collector_at_rest():
        return _check_source(source, settings, lints)


def _check_source(source: Source, settings: Settings, lints: LintSettings) -> Checked:
    resolution = resolve_source(source, settings)
    out = Diagnostics()
    for diagnostic in resolution.diagnostics:
        out(diagnostic)
    models: list[ModelReport] = []
    subjects: list[Subject] = []
    for model in resolution.models:
        views = see_inputs(model)
        report = analyse_model(model, views)
        subjects.append(Subject(model, report, views, lints, resolution.source))
        models.append(_judge_claims(model, report, out))
    lint_models(subjects, out, sound=not _has_errors(resolution.diagnostics))
    recipes = tuple(_check_recipe(recipe, resolution, out) for recipe in resolution.recipes)
    if not _has_errors(out.found):
        _lint_file(resolution, lints, out)
    out.found = _choose(out.found, resolution, settings, lints)
    ordered = out.ordered([part.path for part in resolution.sources])
    return Checked(FileReport(source.path, ordered, tuple(models), recipes, asked=resolution.asked), resolution)


def _has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def _lint_file(resolution: Resolution, lints: LintSettings, out: Diagnostics) -> None:
    """What is hardly meant in the names and the recipes of a file without errors."""
    for diagnostic in lint_names(resolution):
        out(diagnostic)
    for recipe in resolution.recipes:
        for diagnostic in lint_recipe(recipe, lints.limits):
            out(diagnostic)


def _choose(found: list[Diagnostic], resolution: Resolution, settings: Settings, lints: LintSettings) -> list[Diagnostic]:
    """What is neither left out by the settings nor allowed by a comment."""
    kept = [diagnostic for diagnostic in found if lints.keeps(diagnostic)]
    if not any("cnnspec" in comment.text for file in resolution.files for comment in file.comments):
        return kept
    from cnnspec.analysis.allow import apply_allowances

    as_written = not settings.replace and settings.input is None
    return apply_allowances(kept, resolution, lints, as_written=as_written)


def _judge_claims(model: ResolvedModel, report: ModelReport, out: Diagnostics) -> ModelReport:
    claims = judge_model_claims(model, report, out)
    shapes = tuple(shape_claim_result(claim) for claim in model.shape_claims)
    false = any(claim.holds is False for claim in claims)
    return replace(report, claims=claims, shape_claims=shapes, ok=report.ok and not false)


def shape_claim_result(claim: ShapeClaim) -> ClaimResult:
    """A ``::``, which resolving has judged, as a row of the report."""
    reason = "" if claim.holds is not None else "the shape is not known" if claim.actual is None else "not decided"
    return ClaimResult(claim.text, claim.holds, claim.actual, claim.span.line, claim.span, reason)


def _check_recipe(recipe: ResolvedRecipe, resolution: Resolution, out: Diagnostics) -> RecipeReport:
    before = len(out.found)
    names = recipe.recipe.metric_names if recipe.recipe is not None else ("accuracy", "val_accuracy", "val_loss")
    epochs = recipe.recipe.epochs if recipe.recipe is not None and "epochs" not in recipe.replaced else None
    claims = judge_recipe_claims(recipe.claims, names, out, epochs=epochs)
    model = next((model for model in resolution.models if model.name == recipe.model), None)
    if recipe.recipe is not None and model is not None:
        _judge_together(recipe, model, out)
    sound = recipe.recipe is not None and model is not None
    failed = any(d.severity is Severity.ERROR for d in out.found[before:])
    return RecipeReport(recipe.name, recipe.model, sound and not failed, claims)


def _judge_together(recipe: ResolvedRecipe, model: ResolvedModel, out: Diagnostics) -> None:
    """What recipe, model and data say of each other."""
    assert recipe.recipe is not None
    network = model.network
    inputs = [at for at, node in enumerate(network.nodes) if node.layer.kind == "Input"]
    findings = judge_recipe(
        recipe.recipe,
        input_shapes=[_dims(model.shapes[at]) for at in inputs],
        output_shapes=[_dims(model.shapes[at]) for at in network.outputs],
        final_activation=final_activation(model),
    )
    spans: dict[str, Span] = dict(recipe.spans)
    if inputs:
        spans["input"] = model.origins[inputs[0]].call
    if network.outputs:
        spans["output"] = model.origins[network.outputs[0]].call
    for finding in findings:
        out(finding.at(spans, recipe.span))
    if model.allowed is not None:
        from cnnspec.analysis.given_sizes import judge_images

        misfit = judge_images(model, recipe.recipe, recipe.recipe.data.facts(), spans, recipe.span)
        if misfit is not None:
            out(misfit)


def final_activation(model: ResolvedModel) -> str | None:
    """The word of the activation that ends the network: of its last layer, or a last layer that is one."""
    if len(model.network.outputs) != 1:
        return None
    return model.network.nodes[model.network.outputs[0]].layer.last_function


def _dims(shape: Shape | None) -> tuple[int | None, ...] | None:
    return None if shape is None else tuple(shape.to_json())
