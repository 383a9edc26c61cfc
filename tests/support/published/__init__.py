"""The published networks of ``specs/`` and where their figures come from: a module a family, each with ``MODELS``.

``tests/golden/test_figures.py`` compares the figures, ``tests/backends/test_torchvision.py`` the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import cnnspec
from cnnspec.api.spec import Spec
from cnnspec.record import field, record
from cnnspec.resources import library_root


@record
class Figures:
    """Rows of the table of published figures, and how to find in a model what they speak of.

    Attributes:
        model, variant: the columns that name the rows.
        at: the layer that a receptive field or feature shape speaks of; None: the last that has a field.
        size: only rows for an input of this extent; None: all rows of the name (a row's own ``input`` is then given to the
            spec through ``resize``).
        resize: the parameter of the model that takes the extent of a row's input, ``?`` where that stands for the extents
            that the file leaves open; None: the input is as the file says.
        only: the columns that are held against this model, where a row speaks of two networks at once; none: all of them.
        part: the row speaks of the layers up to ``at`` alone.
    """

    model: str
    variant: str = "torchvision"
    at: str | None = None
    resize: str | None = None
    size: int | None = None
    only: tuple[str, ...] = ()
    part: bool = False


@record
class Application:
    """A twin of ``keras.applications``, compared in values.

    Attributes:
        name: of the function that makes it.
        sizes: extents of the input, given to the model through its parameter ``size``; odd and even ones, which ``same``
            pads differently.
        spread: of the random pixels.
    """

    name: str
    sizes: tuple[int, ...]
    spread: float = 1.0


@record
class Published:
    """One model of a file of ``specs/``, with what it is compared to.

    Attributes:
        file, model: ``vgg.cnn`` and ``VGG16``; ``settings`` as ``--set`` takes them.
        figures: what it has in the table of published figures.
        torchvision: the name of its twin for ``torchvision.models.get_model``, ``options`` its arguments.
        application: its twin in Keras.
    """

    file: str
    model: str
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    figures: tuple[Figures, ...] = ()
    torchvision: str | None = None
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    application: Application | None = None

    @property
    def name(self) -> str:
        """A name for tests."""
        settings = ",".join(f"{key}={value}" for key, value in self.settings.items())
        return f"{self.file.removesuffix('.cnn')}-{self.model}" + (f"-{settings}" if settings else "")

    def load(self, settings: Mapping[str, object] | None = None, extents: tuple[int, int] | None = None) -> Spec:
        """The file with the model's settings, and these; ``extents`` stand in for the ``?`` of its input."""
        return _load(self.file, tuple({**self.settings, **(settings or {})}.items()), extents)


@cache
def _load(file: str, settings: tuple[tuple[str, object], ...], extents: tuple[int, int] | None) -> Spec:
    """Kept, for a file is asked about for each of its models and each of their figures."""
    return cnnspec.load(Path(str(library_root())) / file, settings=dict(settings), input=extents)


@cache
def published() -> tuple[Published, ...]:
    """All of them, by family."""
    names = sorted(module.name for module in iter_modules(__path__))
    families = [import_module(f"{__name__}.{name}") for name in names]
    return tuple(model for family in families for model in getattr(family, "MODELS", ()))
