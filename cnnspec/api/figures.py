"""Figures of networks at work on a picture: kernels side by side, one filter's map, every map in numbers, the product."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnspec.analysis.given_sizes import refuse_misfit
from cnnspec.analysis.report import ModelReport
from cnnspec.api.errors import UnknownNameError
from cnnspec.api.loading import expand_paths, load_path
from cnnspec.api.spec import Spec
from cnnspec.record import record
from cnnspec.render.display import Picture
from cnnspec.render.errors import RenderError

if TYPE_CHECKING:
    from cnnspec.train.apply import Prepared
    from cnnspec.train.run import Run

#: What can be drawn of networks at work.
STYLES = ("kernels", "activation", "values", "product")
#: Styles that draw one layer.
_OF_LAYERS = ("activation", "product")


@record
class Figure:
    """A figure, and what was done to the input and the weights on the way."""

    picture: Picture
    notes: tuple[str, ...]


def draw_applied(
    paths: Sequence[str | os.PathLike[str]],
    input: str | os.PathLike[str],
    *,
    style: str | None = None,
    model: str | None = None,
    layer: str | None = None,
    filter: int | None = None,
    at: Sequence[int] | None = None,
    run: Run | None = None,
    seed: int | None = None,
    settings: Mapping[str, object] | None = None,
    max_nodes: int | None = None,
) -> Figure:
    """Draw what networks make of a picture or a matrix; :func:`cnnspec.render.render.write_picture` writes it.

    Args:
        paths: files, or folders for every ``.cnn`` in them; more than one model is for ``kernels``.
        input: PNG, JPEG, ``.npy`` or a text matrix.
        style: ``kernels``, every result beside the picture with its kernel's numbers; ``activation``, the map of one filter
            and what one of its units sees; ``values``, every map in numbers; ``product``, a convolution as a sum of
            products and as a product of matrices. ``activation`` where a layer, filter or unit is named, else ``kernels``.
        model: the model; all of the files for ``kernels``, else the first, unless named.
        layer: of ``activation`` and ``product``, by the end of its path; the first that there is.
        filter: of ``activation`` and ``product``, from 0.
        at: of ``activation`` and ``product``, the unit; the strongest, and the first.
        run: whose weights to take.
        seed: of weights that no run gives.
        settings, max_nodes: as in :func:`cnnspec.load`.

    Raises:
        SpecError: a file has errors, or the input does not fit.
        RenderError: it cannot be drawn.
    """
    of_layer = not (layer is None and filter is None and at is None)
    chosen = style or ("activation" if of_layer else "kernels")
    if chosen not in STYLES:
        raise RenderError(f"there is no style {chosen!r} of networks at work", f"styles: {', '.join(STYLES)}")
    if of_layer and chosen not in _OF_LAYERS:
        raise RenderError(f"{chosen} draws whole networks, not one layer", f"use --style {' or '.join(_OF_LAYERS)}")
    names = [os.fspath(path) for path in paths]
    files = [load_path(path, settings=settings, max_nodes=max_nodes) for path in expand_paths(*names)]
    for spec in files:
        spec.require_sound()
    ready = _Ready(Path(input), run, seed)
    if chosen == "kernels":
        return _kernels(files, model, ready)
    if len(files) > 1:
        raise RenderError(f"{chosen} draws one network", "name one file, or take --style kernels")
    return _one(files[0], chosen, model, layer, filter, at, ready)


@record
class _Ready:
    """What is put in: the path of the input, and where weights come from."""

    path: Path
    run: Run | None
    seed: int | None

    def prepare(self, spec: Spec, name: str) -> Prepared:
        from cnnspec.train.apply import prepare_file

        resolved = spec.resolved(name)
        admit = partial(refuse_misfit, resolved) if resolved.allowed is not None else None
        return prepare_file(resolved.network, self.path, run=self.run, seed=self.seed, admit=admit)


def _kernels(files: Sequence[Spec], model: str | None, ready: _Ready) -> Figure:
    from cnnspec.render.lecture.kernels import kernels_picture
    from cnnspec.train.lecture import apply_kernels, make_smaller

    wanted = [(spec, name) for spec in files for name in spec.models if model is None or name == model]
    if not wanted:
        names = [name for spec in files for name in spec.models]
        if model is None:
            raise RenderError("these files state no model", "name one that does")
        raise UnknownNameError.among("model", model, ", ".join(spec.path for spec in files), names)
    networks = [(name, spec.resolved(name).network, ready.prepare(spec, name)) for spec, name in wanted]
    prepared = [(name, network, make_smaller(network, one)) for name, network, one in networks]
    original, results = apply_kernels(prepared)
    notes = tuple(dict.fromkeys(note for _, _, one in prepared for note in one.notes))
    return Figure(kernels_picture(ready.path.name, original, results), notes)


def _one(
    spec: Spec, style: str, model: str | None, layer: str | None, filter: int | None, at: Sequence[int] | None, ready: _Ready
) -> Figure:
    from cnnspec.train import lecture

    name = spec.model(model).name
    prepared = ready.prepare(spec, name)
    report = _at_size(spec, name, prepared.sample.shape)
    if style == "values":
        from cnnspec.render.lecture.stages import stages_picture

        return Figure(stages_picture(name, lecture.find_stages(report, prepared, seed=ready.seed)), prepared.notes)
    index = _find(spec, report, layer)
    if style == "activation":
        from cnnspec.render.lecture.peak import peak_picture

        peak = lecture.find_peak(report, index, filter or 0, prepared, unit=at, seed=ready.seed)
        return Figure(peak_picture(name, peak), prepared.notes)
    from cnnspec.render.lecture.product import product_picture

    product = lecture.find_product(report, index, prepared, filter=filter or 0, unit=at, seed=ready.seed)
    return Figure(product_picture(name, product), prepared.notes)


def _at_size(spec: Spec, name: str, shape: Sequence[int]) -> ModelReport:
    """The figures of a model for an input of that shape."""
    report = spec.model(name)
    given = next(row.output_shape for row in report.rows if row.is_input)
    if given is None or given.known:
        return report
    sized = spec.replace(dict(spec.settings.replace), tuple(shape[: given.rank]), spec.settings.max_nodes)
    sized.require_sound()
    return sized.model(name)


def _find(spec: Spec, report: ModelReport, layer: str | None) -> int:
    if layer is not None:
        return spec.find_layer(layer, report)
    found: Any = next((row.index for row in report.rows if row.facts is not None and row.facts.window), None)
    if found is None:
        raise RenderError(f"no layer of {report.name} slides a window", "name a model that has a convolution: --model")
    return found
