"""U-Net, as the paper and others build it."""

from support.published import Figures, Published

_FIELD = "RF of a full-resolution output pixel, 4 levels, two 3x3 per level, up="

MODELS = (
    Published(
        "unet_2015.cnn",
        "UNet2015",
        figures=(
            Figures("U-Net", "2015 paper: valid convs, 572->388, 1 ch in, 2 out, 2x2 up-conv"),
            Figures("U-Net", f"{_FIELD}2x2 tconv stride 2 (valid or same)", at="answer"),
        ),
    ),
    Published(
        "unet_2015.cnn",
        "UNetPadded",
        figures=(
            Figures("U-Net", "same convs, 1->1, no BN, tconv2"),
            Figures("U-Net", f"{_FIELD}2x2 tconv stride 2 (valid or same)", at="answer"),
        ),
    ),
    Published(
        "unet_2015.cnn",
        "UNetPadded",
        settings={"channels": 3},
        figures=(Figures("U-Net", "same convs, 3->1, no BN, tconv2"),),
    ),
    Published(
        "unet_2015.cnn",
        "UNetNorm",
        figures=(Figures("U-Net", "same convs, 3->2, bias-free conv + BN, tconv2 (milesial layout)"),),
    ),
    Published("unet_2015.cnn", "UNetKerasNorm", figures=(Figures("U-Net", "Keras U-Net, 3->1, conv bias + BN (4 vectors)"),)),
    Published("unet_2015.cnn", "UNetZhixuhao", figures=(Figures("U-Net", "zhixuhao Keras U-Net, 1 ch, extra 3x3 64->2 conv"),)),
    Published("unet_2015.cnn", "UNetOverlapping", figures=(Figures("U-Net", f"{_FIELD}3x3 tconv s2 p1 op1", at="answer"),)),
    Published("unet_2015.cnn", "UNetNearest", figures=(Figures("U-Net", f"{_FIELD}nearest upsample", at="answer"),)),
    Published(
        "unet_2015.cnn",
        "UNetBilinear",
        figures=(Figures("U-Net", f"{_FIELD}bilinear upsample align_corners=False", at="answer"),),
    ),
)
