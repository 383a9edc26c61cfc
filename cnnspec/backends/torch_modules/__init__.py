"""Networks as Torch modules: one table from layer kinds to their Torch form, and what trains and saves them needs.

The language is channels last in everything; a built module takes and returns channels first, like any Torch module, and
gives Keras's values from Keras's weights.
"""

from cnnspec.backends.torch_modules.build import build_module, facts_of, initialise
from cnnspec.backends.torch_modules.keras_weights import load_keras_weights, weights_keras
from cnnspec.backends.torch_modules.module import LayerModule
from cnnspec.backends.torch_modules.network import BuiltNetwork
from cnnspec.backends.torch_modules.penalties import apply_constraints, has_constraints, has_penalty, penalty
from cnnspec.backends.torch_modules.table import NotLowered, Place, lowered_kinds, lowers

__all__ = [
    "BuiltNetwork",
    "LayerModule",
    "NotLowered",
    "Place",
    "apply_constraints",
    "build_module",
    "facts_of",
    "has_constraints",
    "has_penalty",
    "initialise",
    "load_keras_weights",
    "lowered_kinds",
    "lowers",
    "penalty",
    "weights_keras",
]
