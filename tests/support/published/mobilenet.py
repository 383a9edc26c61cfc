"""MobileNets and the networks that build on their blocks."""

from support.published import Application, Figures, Published

_KERAS = "keras.applications include_top, weights=None"

#: The table of receptive fields counts FLOPs of networks without normalisation, whose convolutions have biases.
_SLIM = {"padding": "same", "norm": "none"}


def _slim(model: str) -> tuple[Figures, ...]:
    """The endpoints of TF-Slim: the first convolution, then the 1x1 convolution of every pair."""
    first = Figures(model, "TF-Slim endpoint Conv2d_0", at="last/relu_1", resize="size")
    rest = (
        Figures(model, f"TF-Slim endpoint Conv2d_{at}_pointwise", at=f"separable_{at}/relu_2", resize="size")
        for at in range(1, 14)
    )
    return (first, *rest)


MODELS = (
    Published(
        "mobilenet_v1.cnn", "MobileNet", figures=(Figures("MobileNet v1", "1.0/224, symmetric pad 1", at="separable_13/relu_2"),)
    ),
    Published("mobilenet_v1.cnn", "MobileNet", _SLIM, figures=_slim("mobilenet_v1")),
    Published("mobilenet_v1.cnn", "MobileNet", {**_SLIM, "width": 0.75}, figures=_slim("mobilenet_v1_075")),
    Published(
        "mobilenet_v1.cnn",
        "MobileNetKeras",
        figures=(Figures("MobileNet", _KERAS),),
        application=Application("MobileNet", (96, 75)),
    ),
    Published(
        "mobilenet_v2.cnn",
        "MobileNetV2",
        torchvision="mobilenet_v2",
        figures=(Figures("mobilenet_v2", at="last/relu_2"), Figures("mobilenet_v2", "per-tool total, batch 1, 224")),
    ),
    *(
        Published("mobilenet_v2.cnn", "MobileNetV2", {"width": width}, torchvision="mobilenet_v2", options={"width_mult": width})
        for width in (0.35, 0.75, 1.4)
    ),
    Published(
        "mobilenet_v2.cnn",
        "MobileNetV2Keras",
        figures=(Figures("MobileNetV2", _KERAS),),
        application=Application("MobileNetV2", (96, 75)),
    ),
    Published(
        "mobilenet_v3.cnn",
        "MobileNetV3Large",
        torchvision="mobilenet_v3_large",
        figures=(Figures("mobilenet_v3_large", at="last/hard_swish_2"),),
    ),
    Published("mobilenet_v3.cnn", "MobileNetV3Small", torchvision="mobilenet_v3_small"),
    *(
        Published("mobilenet_v3.cnn", name, {"width": width}, torchvision=twin, options={"width_mult": width})
        for name, twin in (("MobileNetV3Large", "mobilenet_v3_large"), ("MobileNetV3Small", "mobilenet_v3_small"))
        for width in (0.35, 0.75, 1.25)
    ),
    Published(
        "mobilenet_v3.cnn",
        "MobileNetV3LargeKeras",
        figures=(Figures("MobileNetV3Large", _KERAS),),
        application=Application("MobileNetV3Large", (96, 75), spread=128),
    ),
    Published(
        "mobilenet_v3.cnn",
        "MobileNetV3SmallKeras",
        figures=(Figures("MobileNetV3Small", _KERAS),),
        application=Application("MobileNetV3Small", (96, 75), spread=128),
    ),
    Published("mnasnet.cnn", "MnasNet0_5", torchvision="mnasnet0_5", figures=(Figures("mnasnet0_5", at="features_1/relu_3"),)),
    Published("mnasnet.cnn", "MnasNet0_75", torchvision="mnasnet0_75", figures=(Figures("mnasnet0_75"),)),
    Published("mnasnet.cnn", "MnasNet1_0", torchvision="mnasnet1_0"),
    Published("mnasnet.cnn", "MnasNet1_3", torchvision="mnasnet1_3", figures=(Figures("mnasnet1_3"),)),
)
