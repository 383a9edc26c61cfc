"""Pictures of trained runs, from Python and for the command line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.api.spec import Spec
from cnnspec.render.errors import RenderError
from cnnspec.render.render import RUN_STYLES
from cnnspec.render.svg import Dark

if TYPE_CHECKING:
    from cnnspec.ir import Network
    from cnnspec.render.display import Picture
    from cnnspec.render.page.parts import Section
    from cnnspec.train.evaluate import Evaluation
    from cnnspec.train.run import Run

#: Styles that draw a trained run.
STYLES = RUN_STYLES


def render_run(
    run: str | os.PathLike[str] | Run,
    *,
    style: str = "filters",
    spec: Spec | None = None,
    model: str | None = None,
    layer: str | Sequence[str] | None = None,
    image: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    format: str | None = None,
    palette: str = "colour",
    width: str | None = None,
    dark: Dark = "auto",
) -> str | bytes:
    """A picture of a trained run.

    Args:
        run: the run's folder, or a checkpoint in it, or a run that was read already.
        style: ``filters``: its learned kernels; ``feature-maps``: what its layers give for a picture; ``curves``: the figures
            of its epochs; ``confusion`` and ``mistakes``: what its test came to.
        spec: a file whose model takes the weights; the run's own network without it.
        model: which of the file's models.
        layer: the layers to draw, by the ends of their paths.
        image: of ``feature-maps``, a PNG, JPEG, ``.npy`` or text file; the first test image unless given.
        data_dir: where the run's data is, if it is needed and not where it was.
        format: ``svg``, ``png``, ``pdf``, ``tikz``; ``svg`` unless given.
        palette, width, dark: as of :func:`~cnnspec.render.render.render`.

    Raises:
        RenderError: a word that does not exist, a picture that cannot be drawn, something missing on this machine.
        SpecError: it is no run, its weights are not those of the file's network, or a file cannot be read.
    """
    from cnnspec.render.render import write_picture

    picture = draw_run(run, style=style, spec=spec, model=model, layer=layer, image=image, data_dir=data_dir)
    return write_picture(picture, format or "svg", palette=palette, width=width, dark=dark)


def draw_run(
    run: str | os.PathLike[str] | Run,
    *,
    style: str,
    spec: Spec | None = None,
    model: str | None = None,
    layer: str | Sequence[str] | None = None,
    image: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
) -> Picture:
    """What :func:`render_run` writes, as a display list."""
    from cnnspec.train.picturing import draw_feature_maps, draw_filters, draw_history

    if style not in STYLES:
        raise RenderError(f"{style!r} is no picture of a run", f"pictures of a run: {', '.join(STYLES)}")
    loaded = read_run(run)
    network = _network_of(spec, model)
    layers = () if layer is None else (layer,) if isinstance(layer, str) else tuple(layer)
    if image is not None and style != "feature-maps":
        raise RenderError(f"{style} are the same for every picture", "leave --image away, or use --style feature-maps")
    if layers and style not in ("filters", "feature-maps"):
        raise RenderError(f"{style} are of the whole network", "leave --layer away, or use --style filters")
    folder = None if data_dir is None else Path(data_dir)
    if style == "filters":
        return draw_filters(loaded, network=network, layers=layers)
    if style == "curves":
        return draw_history(loaded)
    if style in ("confusion", "mistakes"):
        from cnnspec.train.evaluate import evaluate

        return draw_evaluation(evaluate(loaded, data_dir=folder))[style]
    return draw_feature_maps(loaded, None if image is None else Path(image), network=network, layers=layers, data_dir=folder)


def run_section(
    run: str | os.PathLike[str] | Run,
    *,
    spec: Spec | None = None,
    model: str | None = None,
    images: Sequence[str | os.PathLike[str]] = (),
    data_dir: str | os.PathLike[str] | None = None,
) -> Section:
    """The part of a network's page that tells of a trained run; ``Spec.render(style="html", sections=…)`` takes it.

    Args:
        run: the run's folder, or a checkpoint in it, or a run that was read already.
        spec, model: the file, and its model that takes the weights; the run's own network without them.
        images: pictures whose feature maps are shown; the first test image of each class unless given.
        data_dir: where the run's data is, if it is not where it was. It is not downloaded: without it the page says so.

    Raises:
        SpecError: it is no run, its weights are not those of the file's network, or a picture cannot be read.
    """
    from cnnspec.render.page.trained import trained_section
    from cnnspec.train.overview import gather_run

    loaded = read_run(run)
    if spec is not None and model is None and loaded.network.name in spec.models:
        model = loaded.network.name
    folder = None if data_dir is None else Path(data_dir)
    found = gather_run(loaded, network=_network_of(spec, model), images=[Path(image) for image in images], data_dir=folder)
    return trained_section(found)


def draw_evaluation(found: Evaluation) -> dict[str, Picture]:
    """``confusion`` and ``mistakes`` of a test of :func:`cnnspec.evaluate`, as display lists."""
    from cnnspec.render.run.confusion import confusion_picture
    from cnnspec.render.run.mistakes import mistakes_picture

    wrong = found.samples - found.confusion.right
    return {
        "confusion": confusion_picture(found.model, found.confusion, found.data),
        "mistakes": mistakes_picture(found.model, found.worst, wrong, found.samples, found.data),
    }


def _network_of(spec: Spec | None, model: str | None) -> Network | None:
    if spec is None:
        return None
    spec.require_sound()
    return spec.resolved(model).network


def read_run(run: str | os.PathLike[str] | Run) -> Run:
    """The run of a path, or the one that is given."""
    from cnnspec.train.run import Run, load_run

    return run if isinstance(run, Run) else load_run(os.fspath(run))
