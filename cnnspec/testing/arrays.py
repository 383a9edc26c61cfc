"""The arrays of a layer's Torch form against those that the layer states, and that training reaches them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cnnspec.backends.torch_modules import BuiltNetwork
from cnnspec.layers.param import Param
from cnnspec.testing.subject import PATH, Failure, Findings, Subject
from cnnspec.testing.values import draw_inputs, gradients_of


def check_arrays(subject: Subject, module: BuiltNetwork) -> Findings:
    """Names, shapes, counts, and which of them are trained; nothing in the state dict that is not stated."""
    layer = module.layer(PATH)
    held = {slot.param.name: slot for slot in layer.slots}
    for param in subject.facts.params:
        slot = held.pop(param.name, None)
        if slot is None:
            help = f"call hold({param.name!r}, param) in the lowering, or leave it out of facts()"
            yield Failure("arrays", f"facts() states {param.name} {_shape(param)}", "the Torch form holds no such array", help)
        elif slot.param != param:
            help = "give hold() the Param of place.facts.params"
            yield Failure("arrays", f"facts() states {param}", f"the Torch form holds {slot.param}", help)
        else:
            yield from _check_tensor(param, getattr(layer, slot.attribute))
    known = {slot.attribute for slot in layer.slots}
    for name, tensor in layer.state_dict().items():
        if name not in known:
            help = "add a Param for it to Facts(params=…); of constants use register_buffer(…, persistent=False)"
            yield Failure(
                "arrays",
                f"the state dict holds what facts() states: {_names(subject)}",
                f"{name} {tuple(tensor.shape)} is in it too",
                help,
            )
    for name in held:
        yield Failure(
            "arrays", f"facts() states {_names(subject)}", f"the Torch form holds {name} too", "state it, or do not hold it"
        )


def _check_tensor(param: Param, tensor: Tensor) -> Findings:
    if tensor.numel() != param.count:
        stated, found = (
            f"{param.name} has {param.arithmetic.equation} weights",
            f"its tensor {tuple(tensor.shape)} has {tensor.numel():,}",
        )
        yield Failure("arrays", stated, found, "correct the shape in facts(), or the layout given to hold()")
    trained = isinstance(tensor, nn.Parameter) and tensor.requires_grad
    if trained != (param.trainable and param.role != "statistic"):
        verb = {True: "is", False: "is not"}
        help = "make room for it by hold(), which follows the Param; a statistic is never trained"
        yield Failure("arrays", f"{param.name} {verb[param.trainable]} trained", f"its tensor {verb[trained]}", help)


def check_training(subject: Subject, module: BuiltNetwork) -> Findings:
    """In training the output has the same shape, and each array that is trained has a gradient."""
    inputs = draw_inputs(subject, torch.float32)
    expected = module(*inputs).shape
    module.train()
    try:
        output = module(*inputs)
    finally:
        module.eval()
    if output.shape != expected:
        found = f"it is {tuple(output.shape)} in training"
        yield Failure("training", f"the output is {tuple(expected)}", found, "training may change values, not shapes")
    trained = {name: tensor for name, tensor in module.named_parameters() if tensor.requires_grad}
    if not trained:
        return
    if not output.requires_grad:
        yield Failure(
            "training", "the output has a gradient", "it is cut off from the arrays", "do not detach it or use no_grad()"
        )
        return
    gradients = gradients_of(output.sum(), list(trained.values()))
    unused = [name.removeprefix(f"{PATH}.") for name, gradient in zip(trained, gradients, strict=True) if gradient is None]
    if unused:
        help = "use it in core(), or leave it out of facts()"
        yield Failure("training", "each array has a part in the output", f"{', '.join(unused)} has none", help)


def _shape(param: Param) -> str:
    return "×".join(map(str, param.shape))


def _names(subject: Subject) -> str:
    return ", ".join(param.name for param in subject.facts.params) or "none"
