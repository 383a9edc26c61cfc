"""EfficientNets as torchvision and Keras build them."""

from __future__ import annotations

from support.published import Figures, Published

KERAS = "keras.applications include_top, weights=None"

_IN_THE_TABLE = (0, 3, 4, 5, 6, 7)

MODELS = (
    *(
        Published("efficientnet.cnn", f"EfficientNetB{number}", figures=(Figures(f"efficientnet_b{number}", at="features"),))
        for number in _IN_THE_TABLE
    ),
    # Values do not depend on the size of the images, the time they take does.
    *(
        Published("efficientnet.cnn", f"EfficientNetB{number}", {"size": 160}, torchvision=f"efficientnet_b{number}")
        for number in range(8)
    ),
    *(
        Published("efficientnet.cnn", f"EfficientNetB{number}Keras", figures=(Figures(f"EfficientNetB{number}", KERAS),))
        for number in range(8)
    ),
)
