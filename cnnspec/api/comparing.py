"""What changed between two specs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnspec.api.loading import load
from cnnspec.api.settings import read_extents
from cnnspec.api.spec import Spec
from cnnspec.diagnostics import Severity, SpecError
from cnnspec.syntax.reading import STANDARD_INPUT

if TYPE_CHECKING:
    from cnnspec.analysis.diff.records import FileDiff


def diff(
    a: Spec | str | os.PathLike[str],
    b: Spec | str | os.PathLike[str],
    *,
    model: str | Sequence[str] | None = None,
    settings: Mapping[str, object] | None = None,
    input: str | Sequence[int] | None = None,
    max_nodes: int | None = None,
) -> FileDiff:
    """What changed from one spec to another, by structure: names and layout are no difference.

    Args:
        a, b: specs, paths, or texts (a string with a line break or a brace).
        model: the model to compare, of both; or two names, of either. Without it all models are compared: those of one
            name, and the one left over in each file if there is just one.
        settings, input, max_nodes: as in :func:`cnnspec.load`, for both.

    Returns:
        The comparison; ``same`` says whether nothing but names and layout differs.

    Raises:
        SpecError: a file cannot be read, or an error leaves a part of a compared model unknown.
        UnknownNameError: a file has no model of that name.

    Example:
        >>> import cnnspec
        >>> text = "model M {\\n  input 8x8x1\\n  Conv2D(2, 3x3)\\n  Flatten\\n}"
        >>> found = cnnspec.diff(text, text.replace("3x3", "5x5"))
        >>> found.same, found.models[0].totals.params.difference
        (False, 32)
    """
    before, after = (_spec(spec, settings, input, max_nodes) for spec in (a, b))
    names = (model, model) if isinstance(model, str) or model is None else tuple(model)
    if len(names) != 2:
        raise ValueError(f"model names one model of both or one of each, not {len(names)}")
    return compare_specs(before, names[0], after, names[1])


def _spec(
    spec: Spec | str | os.PathLike[str],
    settings: Mapping[str, object] | None,
    input: str | Sequence[int] | None,
    max_nodes: int | None,
) -> Spec:
    if isinstance(spec, Spec):
        size = read_extents(input) if isinstance(input, str) else input
        return spec.replace(settings or {}, size, max_nodes) if settings or size or max_nodes else spec
    return load(spec, settings=settings, input=input, max_nodes=max_nodes)


def compare_specs(before: Spec, model: str | None, after: Spec, other: str | None) -> FileDiff:
    """What changed from one spec, or one model of it, to another.

    Raises:
        SpecError: a file states no model, or an error leaves a part of a compared model unknown; with all errors.
        UnknownNameError: a file has no model of that name.
    """
    from cnnspec.analysis.check import Checked
    from cnnspec.analysis.diff.files import compare_files, compare_named_models

    named = model is not None or other is not None
    broken = [spec for spec, name in ((before, model), (after, other)) if not _is_whole(spec, name, named)]
    if broken:
        errors = (d for spec in dict.fromkeys(broken) for d in spec.report.diagnostics if d.severity is Severity.ERROR)
        raise SpecError(tuple(errors))
    ours, theirs = (Checked(spec.report, spec.resolution) for spec in (before, after))
    return compare_named_models(ours, model, theirs, other) if named else compare_files(ours, theirs)


def _is_whole(spec: Spec, name: str | None, named: bool) -> bool:
    """Whether everything is known of the models that are to be compared."""
    models = [spec.model(name)]
    return all(model.totals.params is not None for model in (models if named else spec.models.values()))


def read_operand(text: str) -> tuple[str, str | None]:
    """What ``FILE`` or ``FILE:Model`` names: a path, and a model of that file.

    A path that exists is one, whatever is in it; so is what begins with the letter of a drive (``C:net.cnn``).
    """
    path, colon, name = text.rpartition(":")
    if not colon or (len(path) < 2 and path != STANDARD_INPUT) or not name.isidentifier() or os.path.lexists(text):
        return text, None
    return path, name
