"""Where numbers that are not finite come from."""

from __future__ import annotations

import torch
from torch import Tensor

from cnnspec.train.session import Session


@torch.no_grad()
def first_layer_not_finite(session: Session, x: Tensor | None) -> str:
    """Which layer first gives a value that is not finite, or holds such a weight; "" if none does."""
    if x is not None:
        for path, value in session.module.trace(x).items():
            if not torch.isfinite(value).all():
                return f"{path} is the first layer with an output that is not finite"
        return "the outputs of all layers are finite, their loss is not"
    for name, weight in session.module.named_parameters():
        if not torch.isfinite(weight).all():
            return f"{name.rpartition('.')[0].replace('.', '/')} is the first layer with weights that are not finite"
    return ""
