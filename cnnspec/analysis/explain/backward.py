"""What the backward pass costs: a layer's gradients, and the sum over a model."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.analysis.explain.lines import Line, equate, join_names, local_path
from cnnspec.analysis.explain.subject import Subject
from cnnspec.analysis.report import ModelReport
from cnnspec.layers.arithmetic import lift


def explain_backward(subject: Subject) -> Iterator[Line]:
    """A layer's gradients by its weights and by its input, each as much as the layer took forward."""
    macs, backward = subject.row.macs, subject.row.macs_backward
    if not isinstance(macs, int) or not isinstance(backward, int) or not macs:
        return
    if backward == 2 * macs:
        yield equate(2 * lift(int(macs)), "backward, by weights and input")
    elif backward != macs:
        yield equate(lift(int(backward)), "backward")
    elif _is_frozen(subject):
        yield equate(lift(int(backward)), "backward, by the input alone")
        yield "Its weights are not trained, so nobody asks for the gradient by them."
    else:
        yield equate(lift(int(backward)), "backward, by the weights alone")
        yield "Nothing before it is trained, so nobody asks for the gradient by its input."


def _is_frozen(subject: Subject) -> bool:
    return not any(param.trainable for param in subject.facts.params if param.role == "kernel")


def explain_backward_sum(report: ModelReport) -> Iterator[Line]:
    """Twice the forward pass, less the gradients that nobody asks for."""
    macs, backward = report.totals.macs, report.totals.macs_backward
    if not isinstance(macs, int) or not isinstance(backward, int) or not macs:
        return
    left_out = [row for row in report.rows if isinstance(row.macs, int) and row.macs_backward != 2 * row.macs]
    work = 2 * lift(int(macs))
    for saved in _saved(report):
        work = work - saved
    yield equate(work, "backward")
    if left_out:
        names = [local_path(row) for row in left_out[:3]] + ([f"{len(left_out) - 3} more"] if len(left_out) > 3 else [])
        yield f"Backward takes twice the work of forward, less gradients that are not asked for, at {join_names(names)}."


def _saved(report: ModelReport) -> Iterator[int]:
    """What the layers do not cost backward, the largest terms one by one."""
    found = [2 * int(row.macs) - int(row.macs_backward or 0) for row in report.rows if isinstance(row.macs, int)]  # type: ignore[arg-type]
    found = sorted((saved for saved in found if saved), reverse=True)
    yield from found[:3]
    if found[3:]:
        yield sum(found[3:])
