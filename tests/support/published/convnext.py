"""ConvNeXts, which torchvision and Keras build alike."""

from __future__ import annotations

from support.published import Figures, Published

KERAS = "keras.applications include_top, weights=None"

MODELS = (
    Published(
        "convnext.cnn",
        "ConvNeXtTiny",
        torchvision="convnext_tiny",
        figures=(Figures("convnext_tiny"), Figures("ConvNeXtTiny", KERAS)),
    ),
    Published("convnext.cnn", "ConvNeXtSmall", torchvision="convnext_small", figures=(Figures("ConvNeXtSmall", KERAS),)),
    Published(
        "convnext.cnn",
        "ConvNeXtBase",
        torchvision="convnext_base",
        figures=(Figures("convnext_base"), Figures("ConvNeXtBase", KERAS)),
    ),
    Published("convnext.cnn", "ConvNeXtLarge", torchvision="convnext_large", figures=(Figures("convnext_large"),)),
)
