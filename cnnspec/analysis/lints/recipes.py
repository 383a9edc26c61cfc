"""What is hardly meant in a recipe that can be run."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.lint_settings import Limits
from cnnspec.diagnostics import Diagnostic, Edit
from cnnspec.resolve.result import ResolvedRecipe

#: A batch up to this size takes the usual learning rates; those of larger ones grow with it.
USUAL_BATCH = 256


def lint_recipe(recipe: ResolvedRecipe, limits: Limits) -> Iterator[Diagnostic]:
    """A learning rate outside the range that is usual with its optimizer.

    The upper end grows with the batch: k times as many samples give a gradient that can be followed k times as far.
    Source: Goyal et al., "Accurate, large minibatch SGD", 2017.
    """
    if recipe.recipe is None:
        return
    optimizer = recipe.recipe.optimizer
    least, most = limits.learning_rates.get(optimizer.word.lower(), optimizer.usual_rates)
    most *= max(1.0, recipe.recipe.batch_size / USUAL_BATCH)
    if least <= optimizer.learning_rate <= most:
        return
    from cnnspec.diagnostics.catalogue.lints import learning_rate_unusual

    spans = recipe.spans
    stated = spans.get("optimizer.learning_rate") or spans.get("optimizer(0)")
    default = type(optimizer).model_fields["learning_rate"].default
    usual = least <= default <= most
    yield learning_rate_unusual(
        stated or spans.get("optimizer=") or recipe.span,
        optimizer=optimizer.word,
        rate=optimizer.learning_rate,
        usual=(least, most),
        default=default if usual else None,
        fix=(Edit(stated, f"{default:g}"),) if usual and stated is not None and stated.source is recipe.span.source else (),
    )
