"""VGG, whose stages TF-Slim names as the paper does."""

from support.published import Application, Figures, Published

#: Torch's own initialisation of every layer, which takes half the time of another one on top of it.
_PLAIN = {"init_weights": False}


_BACKWARD = "backward FLOPs (2/MAC), batch 1"
_RESOLUTIONS = "RFA input_resolution_range (min without unproductive layers, max useful)"
_SEQUENCE = "RF after every conv/pool (input first)"
_TOTALS = "per-tool total, batch 1, 224"


def _keras(name: str) -> Published:
    """Keras's network ends in probabilities."""
    figures = (Figures(name, "keras.applications include_top, weights=None"),)
    return Published("vgg.cnn", name, settings={"top": "softmax"}, figures=figures, application=Application(name, (75,), 5000.0))


def _endpoints(network: str) -> tuple[Figures, ...]:
    """TF-Slim's endpoints: the first convolutions of a stage, with the ReLU behind them, and its pooling."""
    layers = [(f"pool{stage}", f"stage{stage}/max_pool2d_1") for stage in range(1, 6)]
    for stage, convolutions in enumerate((1, 1, 2, 2, 2), 1):
        layers += [(f"conv{stage}/conv{stage}_{i}", f"stage{stage}/conv3x3_{i}/relu_1") for i in range(1, convolutions + 1)]
    return tuple(Figures(network, f"TF-Slim endpoint {network}/{name}", at=at, resize="size") for name, at in layers)


MODELS = (
    Published(
        "vgg.cnn",
        "VGG11",
        torchvision="vgg11",
        options=_PLAIN,
        figures=(Figures("vgg11", at="last"), Figures("vgg11", _SEQUENCE), *_endpoints("vgg_a")),
    ),
    Published("vgg.cnn", "VGG13", torchvision="vgg13", options=_PLAIN),
    Published(
        "vgg.cnn",
        "VGG16",
        torchvision="vgg16",
        options=_PLAIN,
        figures=(
            Figures("vgg16", at="last"),
            *(Figures("vgg16", variant) for variant in (_BACKWARD, _RESOLUTIONS, _SEQUENCE, _TOTALS)),
            *_endpoints("vgg_16"),
        ),
    ),
    Published(
        "vgg.cnn",
        "VGG19",
        torchvision="vgg19",
        options=_PLAIN,
        figures=(
            Figures("vgg19", at="last"),
            Figures("vgg19", _SEQUENCE),
            Figures("VGG19", "keras.applications include_top, weights=None"),
        ),
    ),
    Published("vgg.cnn", "VGG11BN", torchvision="vgg11_bn", options=_PLAIN, figures=(Figures("vgg11_bn"),)),
    Published("vgg.cnn", "VGG13BN", torchvision="vgg13_bn", options=_PLAIN),
    Published("vgg.cnn", "VGG16BN", torchvision="vgg16_bn", options=_PLAIN, figures=(Figures("vgg16_bn"),)),
    Published("vgg.cnn", "VGG19BN", torchvision="vgg19_bn", options=_PLAIN, figures=(Figures("vgg19_bn"),)),
    _keras("VGG16"),
    _keras("VGG19"),
)
