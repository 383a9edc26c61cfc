"""Names of layers elsewhere that have no counterpart here, and why."""

from __future__ import annotations

from collections.abc import Mapping

_REASONS: Mapping[str, tuple[str, ...]] = {
    "recurrent layers are none of a convolutional network; Conv1D reads sequences": (
        "LSTM", "GRU", "RNN", "SimpleRNN", "LSTMCell", "GRUCell", "RNNCell", "SimpleRNNCell", "RNNBase", "RNNCellBase",
        "StackedRNNCells", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "TimeDistributed", "RepeatVector",
        "Masking",
    ),
    "attention is none of a convolutional network; a gate of channels is `Multiply { | | … }`": (
        "Attention", "AdditiveAttention", "GroupQueryAttention", "MultiHeadAttention", "MultiheadAttention", "Transformer",
        "TransformerEncoder", "TransformerDecoder", "TransformerEncoderLayer", "TransformerDecoderLayer", "EinsumDense",
        "Bilinear",
    ),
    "the inputs are numbers, not the indices of words": (
        "Embedding", "EmbeddingBag", "ReversibleEmbedding", "CategoryEncoding", "Discretization", "HashedCrossing", "Hashing",
        "IntegerLookup", "StringLookup", "TextVectorization", "MelSpectrogram", "STFTSpectrogram",
    ),
    "changing images at random belongs to the recipe, not to the network": (
        "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomCrop", "RandomContrast", "RandomBrightness",
        "RandomColorDegeneration", "RandomColorJitter", "RandomElasticTransform", "RandomErasing", "RandomGaussianBlur",
        "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomSaturation",
        "RandomSharpness", "RandomShear", "AugMix", "AutoContrast", "CutMix", "MixUp", "RandAugment", "Equalization",
        "Solarization", "ContrastLimitedAdaptiveHistogramEqualization", "MaxNumBoundingBoxes",
    ),
    "the recipe brings images to the size of the input: `resize = 32x32`": ("Resizing", "Data", "ImageData", "DataLayer"),
    "a loss belongs to the recipe: `loss = categorical_crossentropy` in `train Model { … }`": (
        "SoftmaxWithLoss", "EuclideanLoss", "SigmoidCrossEntropyLoss", "CrossEntropyLoss", "NLLLoss", "NLLLoss2d", "MSELoss",
        "L1Loss", "SmoothL1Loss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss", "KLDivLoss", "CTCLoss", "GaussianNLLLoss",
        "PoissonNLLLoss", "CosineEmbeddingLoss", "HingeEmbeddingLoss", "MarginRankingLoss", "MultiLabelMarginLoss",
        "MultiLabelSoftMarginLoss", "MultiMarginLoss", "SoftMarginLoss", "TripletMarginLoss", "LinearCrossEntropyLoss",
        "TripletMarginWithDistanceLoss", "AdaptiveLogSoftmaxWithLoss",
    ),
    "what is measured belongs to the recipe: `metrics = [accuracy]` in `train Model { … }`": ("Accuracy",),
    "the layers of a model stand one a line, without commas, in `model Name { … }` or `block Name { … }`": (
        "Sequential", "ModuleList", "ModuleDict", "Module", "Model", "Container", "ParameterList", "ParameterDict", "Pipeline",
        "Layer", "Wrapper", "DataParallel", "Functional",
    ),
    "a file holds no code; a layer of your own is a Python class that a package announces": (
        "Lambda", "TFSMLayer", "FlaxLayer", "JaxLayer", "TorchModuleWrapper",
    ),
    "padding belongs to the convolution: `padding=1, padding_mode=reflect`": tuple(
        f"{mode}Pad{rank}d" for mode in ("Reflection", "Replication", "Circular") for rank in "123"
    ),
    "there is BatchNorm, LayerNorm, GroupNorm and InstanceNorm": (
        "RMSNormalization", "RMSNorm", "UnitNormalization", "SpectralNormalization",
    ),
    "there is Conv2DTranspose and UpSampling2D to go back to a larger map": ("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"),
    "there is MaxPool2D and AvgPool2D": (
        "FractionalMaxPool2d", "FractionalMaxPool3d", "LPPool1d", "LPPool2d", "LPPool3d",
    ),
    "GaussianNoise adds its noise; none multiplies by it": ("GaussianDropout",),
    "there is no layer for it; Activation takes every activation by its word": ("GLU", "RReLU", "Softmin", "Threshold"),
    "there is no layer for it": ("Fold", "Unfold", "PixelUnshuffle", "PairwiseDistance"),
    "nothing is printed by a file: `cnnspec check` shows every shape": ("print", "summary"),
    "an input is a statement: `input 28x28x1`": ("placeholder", "InputSpec"),
}  # fmt: skip

#: Layers of other libraries that there are none of here, with the reason.
ABSENT: Mapping[str, str] = {name: reason for reason, names in _REASONS.items() for name in names}
