"""Inception networks: GoogLeNet, Inception v3 and Xception."""

from support.published import Application, Figures, Published

_KERAS = "keras.applications include_top, weights=None"

#: torchvision's row with auxiliary heads counts their arrays, but not what they do: they run in training only.
_WITH_HEADS = "with aux heads (params only; macs are eval mode)"
_ARRAYS = ("params", "buffers")
_RUNNING = ("macs", "out_shape", "activations", "rf", "rf_stride", "rf_pad", "rf_min_path", "feature_shape")

MODELS = (
    Published(
        "googlenet.cnn",
        "GoogLeNet",
        torchvision="googlenet",
        options={"aux_logits": False, "init_weights": True},
        figures=(
            Figures("googlenet", "without aux heads", at="inception5b/concat_1"),
            Figures("googlenet", _WITH_HEADS, at="inception5b/concat_1", only=_RUNNING),
        ),
    ),
    Published("googlenet.cnn", "GoogLeNetWithHeads", figures=(Figures("googlenet", _WITH_HEADS, only=_ARRAYS),)),
    Published("inception_v3.cnn", "InceptionV3", torchvision="inception_v3", options={"aux_logits": False, "init_weights": True}),
    Published(
        "inception_v3.cnn",
        "InceptionV3Keras",
        figures=(Figures("InceptionV3", _KERAS),),
        application=Application("InceptionV3", (107,)),
    ),
    Published("xception.cnn", "Xception", figures=(Figures("Xception", _KERAS),), application=Application("Xception", (96, 75))),
)
