"""Claims: ``expect`` conditions over what the analysis knows, judged with the values it found.

``registry`` is the one table of what can be claimed, ``figures`` finds the values, ``places`` finds what ``x`` names in
``params(x)``. ``judge`` works a condition out, ``compare`` compares, exactly also where sizes are open; ``of_model`` and
``of_recipe`` judge the claims of a model and of a recipe, ``wording`` says what was found.
"""

from __future__ import annotations

from cnnspec.analysis.claims.of_model import judge_model_claims
from cnnspec.analysis.claims.of_recipe import judge_recipe_claims

__all__ = ["judge_model_claims", "judge_recipe_claims"]
