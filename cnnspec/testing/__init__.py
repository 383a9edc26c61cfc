"""For those who write layers: a kit that tests one.

Example:
    >>> from cnnspec.layers.registry import layer_class
    >>> from cnnspec.testing import check_layer
    >>> check_layer(layer_class("Conv2D").bind((4, 3)), (8, 9, 3), keras=True)

It needs the extra ``torch``, and no test runner: in a test it is one more assertion.
"""

from cnnspec.testing.kit import check_layer
from cnnspec.testing.subject import Failure, LayerCheckError

__all__ = ["Failure", "LayerCheckError", "check_layer"]
