"""The HTML page of a spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cnnspec.api.spec import Spec

if TYPE_CHECKING:
    from cnnspec.analysis.explain import Explanation
    from cnnspec.render.page.document import Document, Model
    from cnnspec.render.page.parts import Section
    from cnnspec.render.palette import Palette


#: Layers that the models of one page have together; the first model is shown however many it has.
MOST_LAYERS: Final = 1500
#: What other styles take and a page does not: what it is without being given, and what stands in its place.
_REFUSED: dict[str, tuple[object, str, str]] = {
    "direction": ("TB", "the graphs of a page read from top to bottom", "leave --dir away"),
    "engine": ("own", "the graphs of a page have a layout of their own", "leave --engine away"),
    "width": (None, "a page takes the width of its window", "leave --width away"),
    "layer": (None, "a page shows every layer", "name one behind the page's address: page.html#conv2d_1"),
    "at": (None, "a page shows every unit", "leave --at away"),
    "animate": (False, "a page moves by hand", "choose Step by step in it"),
    "compare": (None, "a page explains one file", "use --style compare"),
}


def render_page(
    spec: Spec,
    models: Sequence[str] | None = None,
    *,
    format: str | None = None,
    palette: str = "colour",
    dark: bool | str = "auto",
    expand: str | Sequence[str] | None = None,
    slides: bool = False,
    sections: Sequence[Section] = (),
    **others: object,
) -> str:
    """The page of a file.

    Args:
        spec: the spec.
        models: the models to show, in this order; without it those of the file, the first ones of it where they have more
            than 1,500 layers together.
        format: ``html``, which it is without it.
        palette: ``colour`` or ``mono``.
        dark: True and False fix dark or light at first; ``"auto"`` follows the reader's setting.
        expand: the blocks that are open at first, as in a graph.
        slides: a deck in place of the page: a slide a layer, to be shown and printed; of the first model unless named.
        sections: parts of the page besides its own.
        others: options of other styles, refused where they say something.

    Raises:
        SpecError: the file states no model.
        UnknownNameError: it has models, but none of that name.
        RenderError: there is no such palette, or an option means nothing on a page.
    """
    from cnnspec.render.errors import RenderError
    from cnnspec.render.page.page import write_page
    from cnnspec.render.palette import palette_named

    if format not in (None, "html"):
        raise RenderError(f"html is a page, and no {format}", "end the output in .html; --style graph draws a picture")
    for name, value in others.items():
        if name not in _REFUSED:
            raise TypeError(f"a page takes no {name!r}")
        usual, message, help = _REFUSED[name]
        if value != usual:
            raise RenderError(message, help)
    fixed = dark if isinstance(dark, bool) else None
    if slides:
        return _render_slides(_document(spec, models or (spec.model().name,)), palette_named(palette), fixed, expand, sections)
    return write_page(_document(spec, models), palette_named(palette), dark=fixed, expand=expand, sections=sections)


def _render_slides(document: Document, colours: Palette, dark: bool | None, expand: object, sections: object) -> str:
    from cnnspec.render.errors import RenderError
    from cnnspec.render.page.slides.slides import write_slides

    if expand is not None:
        raise RenderError("slides show what repeats once, with how often it does", "leave --expand away")
    if sections:
        raise RenderError("slides show a network, not a run", "leave --slides away")
    return write_slides(document, colours, dark=dark)


def _document(spec: Spec, names: Sequence[str] | None) -> Document:
    from cnnspec.render.page.document import Document

    chosen = list(names) if names else shown_models(spec) or [spec.model().name]
    recipes = tuple(recipe for recipe in spec.recipes.values() if recipe.model in chosen)
    others = () if names else tuple(name for name in spec.models if name not in chosen)
    return Document(spec.report, tuple(_model(spec, name) for name in chosen), spec.resolution.sources, recipes, others)


def shown_models(spec: Spec) -> list[str]:
    """The models that a page of the whole file shows: the first ones, as long as they have few enough layers together."""
    shown: list[str] = []
    room = MOST_LAYERS
    for name, model in spec.models.items():
        room -= len(model.rows)
        if shown and room < 0:
            break
        shown.append(name)
    return shown


def _model(spec: Spec, name: str) -> Model:
    from cnnspec.analysis.explain.purpose import find_purpose
    from cnnspec.render.page.document import Model

    report = spec.model(name)

    def explain(index: int | None) -> Explanation:
        return spec.explain(None if index is None else report.rows[index].path, model=name)

    return Model(report, spec.resolved(name), explain, find_purpose(spec.text, name))
