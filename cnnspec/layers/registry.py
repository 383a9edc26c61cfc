"""Names of layer kinds, and the module that holds each: a family is imported when a file first uses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnspec.layers.base import Layer

#: The entry-point group in which other packages announce layers: the entry's name is the kind, its object the class.
ENTRY_POINTS = "cnnspec.layers"
#: What :func:`package_of` says of the layers of this package.
OWN_PACKAGE = "cnnspec"


def _ranks(*names: str) -> tuple[str, ...]:
    """``*D`` stands for 1D, 2D and 3D."""
    return tuple(name.replace("*", rank) for name in names for rank in ("123" if "*" in name else "-"))


#: The modules of this package and the kinds of each family, in the order in which they are listed.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "input": ("Input",),
    "conv": _ranks("Conv*D"),
    "depthwise": ("DepthwiseConv1D", "DepthwiseConv2D"),
    "separable": ("SeparableConv1D", "SeparableConv2D"),
    "transposed": _ranks("Conv*DTranspose"),
    "pooling": _ranks("MaxPool*D", "AvgPool*D"),
    "global_pooling": _ranks("GlobalMaxPool*D", "GlobalAvgPool*D"),
    "adaptive_pooling": _ranks("AdaptiveMaxPool*D", "AdaptiveAvgPool*D"),
    "subsampling": ("Subsampling2D",),
    "dense": ("Dense",),
    "rbf": ("RBF",),
    "reshape": ("Flatten", "Reshape", "Permute", "Identity"),
    "activation_layers": (
        "ReLU", "LeakyReLU", "PReLU", "ELU", "SELU", "GELU", "SiLU", "Mish", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh",
        "Softplus", "Softmax", "Activation",
    ),
    "normalisation": ("BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm", "LRN"),
    "regularisation": _ranks("Dropout", "SpatialDropout*D", "GaussianNoise", "DropPath", "ActivityRegularization"),
    "merging": ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concat", "Dot"),
    "padding": _ranks("ZeroPad*D"),
    "upsampling": _ranks("UpSampling*D"),
    "cropping": _ranks("Crop*D", "Slice"),
    "shuffle": ("PixelShuffle", "ChannelShuffle"),
    "scaling": ("Scale", "Rescaling", "Normalization"),
    "filter": ("Filter2D",),
}  # fmt: skip

#: The rarer members of some families, each group in a module of its own, so that the others are at hand sooner.
APART: Mapping[str, tuple[str, ...]] = {
    "volumes": ("Conv1D", "Conv3D", "MaxPool1D", "MaxPool3D"),
    "average_pooling": _ranks("AvgPool*D"),
    "rearrange": ("Reshape", "Permute"),
    "dot": ("Dot",),
    "sample_norms": ("LayerNorm", "GroupNorm", "InstanceNorm"),
    "noise": ("GaussianNoise", "DropPath", "ActivityRegularization"),
}

_MODULE_OF = {kind: module for modules in (FAMILIES, APART) for module, kinds in modules.items() for kind in kinds}

_LONG_STEMS = {
    "MaxPooling*D": "MaxPool*D",
    "AveragePooling*D": "AvgPool*D",
    "GlobalMaxPooling*D": "GlobalMaxPool*D",
    "GlobalAveragePooling*D": "GlobalAvgPool*D",
    "AdaptiveMaxPooling*D": "AdaptiveMaxPool*D",
    "AdaptiveAveragePooling*D": "AdaptiveAvgPool*D",
    "ZeroPadding*D": "ZeroPad*D",
    "Cropping*D": "Crop*D",
    "Convolution*D": "Conv*D",
    "Convolution*DTranspose": "Conv*DTranspose",
}

#: Keras's long spellings and the short names they mean. The formatter writes the short ones.
LONG_NAMES: Mapping[str, str] = {
    **{long.replace("*", r): short.replace("*", r) for long, short in _LONG_STEMS.items() for r in "123"},
    "DepthwiseConvolution1D": "DepthwiseConv1D",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "BatchNormalization": "BatchNorm",
    "LayerNormalization": "LayerNorm",
    "GroupNormalization": "GroupNorm",
    "Concatenate": "Concat",
}


class UnknownLayer(KeyError):
    """No layer has this name; ``suggestions`` are the nearest that exist, best first."""

    def __init__(self, name: str, suggestions: tuple[str, ...]) -> None:
        self.name = name
        self.suggestions = suggestions
        super().__init__(name)


class UnusableLayer(TypeError):
    """Another package announces this kind, and no layer can be had from it."""

    def __init__(self, kind: str, package: str, reason: str) -> None:
        self.kind = kind
        self.package = package
        super().__init__(f"the layer {kind} of the package {package} {reason}; repair that package, or uninstall it")


def all_kinds() -> tuple[str, ...]:
    """The short names of all layers of this package that a file can call."""
    return tuple(kind for kind in _MODULE_OF if kind != "Input")


def announced_kinds() -> tuple[str, ...]:
    """The layers of other packages, by name; one that has the name of a layer of this package is never meant."""
    return tuple(sorted(name for name in _announced() if not own_name(name)))


def package_of(kind: str) -> str:
    """Where a kind comes from: ``cnnspec``, or the other package and its version (``cnnspec-blur-pool 0.1.0``)."""
    entry = None if own_name(kind) else _announced().get(kind)
    if entry is None:
        return OWN_PACKAGE
    return entry.module if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"


def own_name(name: str) -> bool:
    """Whether a layer of this package has this name, long spellings included: no block may have it.

    Names of other packages do not count, so that none of them, once installed, can break a file.
    """
    return name in _MODULE_OF or name in LONG_NAMES


def known_name(name: str) -> bool:
    """Whether a file may call a layer by this name, long spellings and other packages' layers included."""
    return own_name(name) or name in _announced()


def short_name(name: str) -> str:
    """The short name a known name stands for."""
    return LONG_NAMES.get(name, name)


@cache
def layer_class(name: str) -> type[Layer]:
    """The class of a layer, by its short name or Keras's long one.

    Raises:
        UnknownLayer: no layer has this name.
        UnusableLayer: another package announces the name, but no layer can be had from it.
    """
    kind = LONG_NAMES.get(name, name)
    module = _MODULE_OF.get(kind)
    if module is not None:
        return getattr(import_module(f"cnnspec.layers.{module}"), kind)
    if kind in _announced():
        return _load(kind)
    raise UnknownLayer(name, suggest(name))


def _load(kind: str) -> type[Layer]:
    from cnnspec.layers.base import Layer

    try:
        found = _announced()[kind].load()
    except Exception as error:  # whatever another package does when it is imported
        raise UnusableLayer(kind, package_of(kind), f"cannot be imported: {type(error).__name__}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, Layer)):
        raise UnusableLayer(kind, package_of(kind), f"announces {found!r} as one, which is not a class of layers")
    return found


@cache
def _announced() -> Mapping[str, EntryPoint]:
    """The entry points of other packages; looked up only for a name that is unknown here."""
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}


def suggest(name: str) -> tuple[str, ...]:
    """Names of layers that may have been meant, best first."""
    from difflib import get_close_matches

    from cnnspec.diagnostics.aliases import LAYERS

    bare = name.rpartition(".")[2]
    if bare in LAYERS:
        return (LAYERS[bare].target,)
    names = {known.lower(): known for known in (*all_kinds(), *LONG_NAMES, *_announced())}
    near = get_close_matches(bare.lower(), names, n=3, cutoff=0.7)
    return tuple(dict.fromkeys(short_name(names[match]) for match in near))


_LOOKS_ODD = {"PReLU": "Prelu", "ReLU": "Relu", "SiLU": "Silu"}


@cache
def snake_name(kind: str) -> str:
    """The base of automatic names: ``conv2d_transpose`` for ``Conv2DTranspose``, ``max_pool2d``, ``leaky_relu``."""
    for odd, plain in _LOOKS_ODD.items():
        kind = kind.replace(odd, plain)
    kind = re.sub(r"(\d)D", r"\1d", kind)
    return re.sub(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind).lower()


@cache
def page_of(kind: str) -> str:
    """The name of a kind's documentation page: kinds that differ only by rank share one, ``Conv`` for ``Conv2D``."""
    return re.sub(r"[123]D", "", short_name(kind))


if TYPE_CHECKING:
    from importlib.metadata import EntryPoint
