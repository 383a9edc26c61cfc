"""Rows of the table of published figures that no network of the library is held against, by model, with the reason."""

#: The architecture is not among those of the library.
_ELSEWHERE = "a network that the library does not have"

UNHELD: dict[str, str] = dict.fromkeys(
    (
        "efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l", "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2",
        "EfficientNetV2B3", "EfficientNetV2S", "EfficientNetV2M", "regnet_x_400mf", "regnet_x_800mf", "regnet_y_400mf",
        "InceptionResNetV2", "NASNetLarge", "NASNetMobile",
    ),
    _ELSEWHERE,
)  # fmt: skip
