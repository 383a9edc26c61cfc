"""Rows of the table of published figures that no network of the library is held against, by model, with the reason."""

#: The architecture is not among those of the library.
_ELSEWHERE = "a network that the library does not have"

#: A figure of one layer that is drawn on a slide.
_ON_A_SLIDE = "no network: tests/markdown/lecture.md has it as the output of a command"

UNHELD: dict[str, str] = dict.fromkeys(
    (
        "efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l", "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2",
        "EfficientNetV2B3", "EfficientNetV2S", "EfficientNetV2M", "regnet_x_400mf", "regnet_x_800mf", "regnet_y_400mf",
        "InceptionResNetV2", "NASNetLarge", "NASNetMobile",
    ),
    _ELSEWHERE,
) | dict.fromkeys(
    (
        "micro:lecture:im2col AlexNet conv1 (227,11x11x3,s4,96)", "micro:lecture:MLP-on-image 200x200x3 -> 300",
        "micro:lecture:conv 3x3x3 -> 300 filters on RGB", "micro:lecture:valid 3x3 on 7x9 (H!=W)",
        "micro:lecture:6 filters 5x5 on 32x32x3", "micro:lecture:one 5x5x3 neuron", "micro:lecture:pad 2, 5x5 on 32x32",
    ),
    _ON_A_SLIDE,
)  # fmt: skip
