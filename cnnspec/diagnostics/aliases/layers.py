"""Names of layers elsewhere, and the layers they are here."""

from __future__ import annotations

from collections.abc import Mapping

from cnnspec.diagnostics.aliases.entry import LayerAlias

_MOMENTUM = "momentum counts the other way round there: 0.1 is 0.9 here"
_BATCH_NORM = LayerAlias("BatchNorm", note=_MOMENTUM, complement="momentum")
_ALPHA = "alpha is divided by size there: alpha=5e-4, size=5 is alpha=1e-4 here"
_CEIL = "Caffe rounds the number of windows up: add ceil_mode=true to keep its sizes"

#: Names with a rank, ``*`` standing for 1, 2 or 3, that differ in nothing but the name.
_RANKED = {
    # Torch
    "Conv*d": "Conv*D",
    "LazyConv*d": "Conv*D",
    "ConvTranspose*d": "Conv*DTranspose",
    "LazyConvTranspose*d": "Conv*DTranspose",
    "MaxPool*d": "MaxPool*D",
    "AvgPool*d": "AvgPool*D",
    "AdaptiveAvgPool*d": "AdaptiveAvgPool*D",
    "AdaptiveMaxPool*d": "AdaptiveMaxPool*D",
    "Dropout*d": "SpatialDropout*D",
    "InstanceNorm*d": "InstanceNorm",
    "LazyInstanceNorm*d": "InstanceNorm",
    "ZeroPad*d": "ZeroPad*D",
    "ConstantPad*d": "ZeroPad*D",
    # Torch's and TensorFlow's functions, and older Keras
    "conv*d": "Conv*D",
    "conv_transpose*d": "Conv*DTranspose",
    "conv*d_transpose": "Conv*DTranspose",
    "max_pool*d": "MaxPool*D",
    "max_pooling*d": "MaxPool*D",
    "avg_pool*d": "AvgPool*D",
    "average_pooling*d": "AvgPool*D",
    "adaptive_avg_pool*d": "AdaptiveAvgPool*D",
    "adaptive_max_pool*d": "AdaptiveMaxPool*D",
    "dropout*d": "SpatialDropout*D",
    "Deconv*D": "Conv*DTranspose",
    "Deconvolution*D": "Conv*DTranspose",
    "AtrousConvolution*D": "Conv*D",
}

#: Names that differ in nothing but the name.
_PLAIN = {
    # Torch
    "Linear": "Dense",
    "LazyLinear": "Dense",
    "Hardswish": "HardSwish",
    "Hardsigmoid": "HardSigmoid",
    "Upsample": "UpSampling2D",
    "UpsamplingNearest2d": "UpSampling2D",
    "Softmax2d": "Softmax",
    "Unflatten": "Reshape",
    # Torch's and TensorFlow's functions
    "linear": "Dense",
    "dense": "Dense",
    "fully_connected": "Dense",
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "swish": "SiLU",
    "mish": "Mish",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "softplus": "Softplus",
    "softmax": "Softmax",
    "hardswish": "HardSwish",
    "flatten": "Flatten",
    "reshape": "Reshape",
    "view": "Reshape",
    "permute": "Permute",
    "transpose": "Permute",
    "dropout": "Dropout",
    "batch_normalization": "BatchNorm",
    "layer_norm": "LayerNorm",
    "layer_normalization": "LayerNorm",
    "group_norm": "GroupNorm",
    "instance_norm": "InstanceNorm",
    "lrn": "LRN",
    "local_response_normalization": "LRN",
    "interpolate": "UpSampling2D",
    "pixel_shuffle": "PixelShuffle",
    "depth_to_space": "PixelShuffle",
    "add": "Add",
    "add_n": "Add",
    "multiply": "Multiply",
    "concat": "Concat",
    "concatenate": "Concat",
    "cat": "Concat",
    "identity": "Identity",
    "separable_conv1d": "SeparableConv1D",
    "separable_conv2d": "SeparableConv2D",
    "depthwise_conv2d": "DepthwiseConv2D",
    # Caffe
    "InnerProduct": "Dense",
    "Convolution": "Conv2D",
    "Deconvolution": "Conv2DTranspose",
    "Concatenation": "Concat",
    "TanH": "Tanh",
    "BN": "BatchNorm",
    # ONNX, and short for the same
    "FullyConnected": "Dense",
    "FC": "Dense",
    "Gemm": "Dense",
    "Conv": "Conv2D",
    "ConvTranspose": "Conv2DTranspose",
    "MaxPool": "MaxPool2D",
    "AveragePool": "AvgPool2D",
    "AvgPool": "AvgPool2D",
    "GlobalAveragePool": "GlobalAvgPool2D",
    "GlobalAvgPool": "GlobalAvgPool2D",
    "GlobalMaxPool": "GlobalMaxPool2D",
    "BatchNormalisation": "BatchNorm",
    "Norm": "BatchNorm",
    "LN": "LayerNorm",
    "GN": "GroupNorm",
    "InstanceNormalization": "InstanceNorm",
    "LocalResponseNormalization": "LRN",
    "StochasticDepth": "DropPath",
    "LayerScale": "Scale",
    "Normalize": "Normalization",
    "Rescale": "Rescaling",
    "Narrow": "Slice",
    "Split": "Slice",
    "Relu": "ReLU",
    "RELU": "ReLU",
    "LeakyRelu": "LeakyReLU",
    "PRelu": "PReLU",
    "Elu": "ELU",
    "Selu": "SELU",
    "Gelu": "GELU",
    "Silu": "SiLU",
    "Swish": "SiLU",
    "HardSiLU": "HardSwish",
    "Logistic": "Sigmoid",
    "Sum": "Add",
    "Sub": "Subtract",
    "Mul": "Multiply",
    "Mean": "Average",
    "Cat": "Concat",
    "Merge": "Concat",
    "Resize": "UpSampling2D",
    "View": "Reshape",
    "Transpose": "Permute",
    "Pad": "ZeroPad2D",
    "Crop": "Crop2D",
    "CenterCrop": "Crop2D",
    "DepthToSpace": "PixelShuffle",
    "SubPixel": "PixelShuffle",
    "CosineSimilarity": "Dot",
}

#: Names that say something more or something else.
_SPECIAL: Mapping[str, LayerAlias] = {
    **{
        f"{name}{rank}d": LayerAlias("BatchNorm", note=_MOMENTUM, complement="momentum")
        for name in ("BatchNorm", "LazyBatchNorm")
        for rank in "123"
    },
    "SyncBatchNorm": LayerAlias("BatchNorm", note=_MOMENTUM, complement="momentum"),
    "batch_norm": LayerAlias("BatchNorm", note=_MOMENTUM, complement="momentum"),
    **{name: LayerAlias("LRN", note=_ALPHA) for name in ("LocalResponseNorm", "CrossMapLRN2d", "local_response_norm")},
    "UpsamplingBilinear2d": LayerAlias("UpSampling2D", "interpolation=bilinear"),
    "ReLU6": LayerAlias("ReLU", "max_value=6"),
    "relu6": LayerAlias("ReLU", "max_value=6"),
    "LogSoftmax": LayerAlias("Activation", "log_softmax"),
    "log_softmax": LayerAlias("Activation", "log_softmax"),
    "LogSigmoid": LayerAlias("Activation", "log_sigmoid"),
    "Softsign": LayerAlias("Activation", "softsign"),
    "CELU": LayerAlias("Activation", "celu"),
    "Hardtanh": LayerAlias("Activation", "hard_tanh"),
    "Hardshrink": LayerAlias("Activation", "hard_shrink"),
    "Softshrink": LayerAlias("Activation", "soft_shrink"),
    "Tanhshrink": LayerAlias("Activation", "tanh_shrink"),
    "Pooling": LayerAlias("MaxPool2D", note=_CEIL, chosen_by=("pool", {"MAX": "MaxPool2D", "AVE": "AvgPool2D"})),
    "Eltwise": LayerAlias("Add", chosen_by=("operation", {"SUM": "Add", "PROD": "Multiply", "MAX": "Maximum"})),
    "AlphaDropout": LayerAlias("Dropout", note="Dropout does not keep mean and variance, as AlphaDropout does"),
    "FeatureAlphaDropout": LayerAlias("SpatialDropout2D", note="it does not keep mean and variance"),
}

#: What other libraries call a layer. None of these is accepted.
LAYERS: Mapping[str, LayerAlias] = {
    **{name.replace("*", r): LayerAlias(target.replace("*", r)) for name, target in _RANKED.items() for r in "123"},
    **{name: LayerAlias(target) for name, target in _PLAIN.items()},
    **_SPECIAL,
}
