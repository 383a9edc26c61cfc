"""What layers and recipes share: frozen declarations whose arguments are bound from the text.

This floor lies under ``layers`` and ``recipe`` so that neither needs the other: it knows values, argument binding and
position-free problems, and nothing of networks or training.
"""

from cnnspec.schema.declaration import Declaration
from cnnspec.schema.values import CallValue, Quoted, Word

__all__ = ["CallValue", "Declaration", "Quoted", "Word"]
