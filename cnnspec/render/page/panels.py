"""The panels of the page, in the order of their tabs."""

from __future__ import annotations

from typing import Final

from cnnspec.render.page.conv_model import conv_model
from cnnspec.render.page.fields_model import fields_model
from cnnspec.render.page.parts import Panel

#: The derivation comes first and is the page's own.
PANELS: Final[tuple[Panel, ...]] = (
    Panel("derivation", "derivation.js"),
    Panel("field", "field.js", lambda model: fields_model(model.report), "field.css", needs=("fields.js", "map.js")),
    Panel("conv", "stepper.js", lambda model: conv_model(model.report), "field.css", needs=("fields.js", "conv.js")),
)
