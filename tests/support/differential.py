"""Holds a drawn file against the network it must resolve to, against Torch and against the NumPy reference."""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch

import cnnspec
from cnnspec.analysis.report import ModelReport
from cnnspec.api.spec import Spec
from cnnspec.backends import numpy_reference
from cnnspec.backends.torch_modules import BuiltNetwork, load_keras_weights, weights_keras
from cnnspec.ir import Network
from cnnspec.layers.extent import Extent
from cnnspec.layers.input import Input
from support.random_files import File

#: What a file with a ``?`` in place of every extent may rightly be refused for.
NEEDS_SIZES = {
    "size-unknown", "symbolic-size", "merge-shapes-differ", "shared-input-differs", "reshape-mismatch", "slice-out-of-range",
    "kernel-exceeds-input", "padding-exceeds-input", "output-empty", "noise-shape-mismatch", "axis-out-of-range",
    "size-condition",
}  # fmt: skip


def compare_file(file: File, seed: int) -> Counter[str]:
    """Everything that is said of a file, and of the same file with open extents; what was compared.

    Raises:
        AssertionError: something differs.
    """
    spec = cnnspec.load(file.text)
    report = sound(spec)
    assert report.network.nodes == file.network.nodes
    assert report.network.outputs == file.network.outputs
    compare_on_meta(spec, report)
    module = compare_values(spec, file, seed)
    done = Counter(node.layer.kind for node in report.network.nodes)
    done["shared"] += sum(node.shares is not None for node in report.network.nodes)
    done["scopes"] += len(report.network.scopes)
    done["open" if compare_open(file, report, module, seed) else "not open"] += 1
    return done


def sound(spec: Spec) -> ModelReport:
    """The one model of a file without errors."""
    errors = [d.message for d in spec.report.diagnostics if d.severity.value == "error"]
    assert not errors, errors
    (report,) = spec.models.values()
    return report


def compare_on_meta(spec: Spec, report: ModelReport) -> None:
    """Shapes, names and counts are those of Torch's own modules, which need no numbers for that."""
    with torch.device("meta"):
        module = spec.build()
        values = module.trace(torch.zeros(2, *channels_first(report.rows[0].output_shape.dims)))
    for row in report.rows:
        assert row.output_shape is not None
        path = report.network.nodes[row.index].path
        assert tuple(values[path].shape) == (2, *channels_first(row.output_shape.dims)), path
    states = module.state_dict()
    owners = [node.path.replace("/", ".") for node in report.network.nodes if node.shares is None and node.inputs]
    assert {name.rpartition(".")[0] for name in states} <= set(owners)
    for row, node in zip(report.rows, report.network.nodes, strict=True):
        name = node.path.replace("/", ".")
        held = [array for key, array in states.items() if key.rpartition(".")[0] == name]
        assert row.params == sum(array.numel() for array in held), name
    assert report.totals.params == sum(array.numel() for array in states.values())
    assert report.totals.trainable == sum(p.numel() for p in module.parameters() if p.requires_grad)


def compare_values(spec: Spec, file: File, seed: int) -> BuiltNetwork:
    """Every value of every layer is the NumPy reference's; weights and statistics are drawn."""
    module = spec.build(seed=seed).double().eval()
    weights = draw_statistics(module, seed)
    batch = draw_batch(file.network, seed)
    ours = module.trace(to_torch(batch))
    for path, expected in numpy_reference.forward(file.network, weights, batch).items():
        np.testing.assert_allclose(to_numpy(ours[path]), expected, rtol=1e-9, atol=1e-9, err_msg=path)
    return module


def compare_open(file: File, report: ModelReport, module: BuiltNetwork, seed: int) -> bool:
    """With open extents: formulas that give the numbers at this size, and a module that gives the values; whether it can be.

    A file that only its sizes make sound is refused, and for no other reason.
    """
    spec = cnnspec.load(file.open_text)
    errors = [d for d in spec.report.diagnostics if d.severity.value == "error"]
    if errors:
        assert {d.code for d in errors} <= NEEDS_SIZES, [d.message for d in errors]
        return False
    opened = sound(spec)
    letters = [str(dim) for dim in opened.rows[0].output_shape.dims[:-1]]
    at = dict(zip(letters, file.extents, strict=True))
    for row, known in zip(opened.rows, report.rows, strict=True):
        assert row.path == known.path
        assert [evaluate(dim, at) for dim in row.output_shape.dims] == list(known.output_shape.dims), row.path
        assert (evaluate(row.macs, at), row.params) == (known.macs, known.params), row.path
    fixed = sound(cnnspec.load(file.open_text, input=file.extents))
    assert fixed.network.nodes == report.network.nodes
    same = spec.build(seed=seed).double().eval()
    same.load_state_dict(module.state_dict())
    x = to_torch(draw_batch(file.network, seed))
    torch.testing.assert_close(same(x), module(x), rtol=1e-12, atol=1e-12)
    return True


def evaluate(size: int | Extent, at: dict[str, int]) -> int:
    """A formula at these extents."""
    return size.evaluate(at) if isinstance(size, Extent) else size


def channels_first(dims: tuple[int, ...]) -> tuple[int, ...]:
    """A shape in Torch's order."""
    return (dims[-1], *dims[:-1])


def draw_batch(network: Network, seed: int, count: int = 2) -> np.ndarray:
    """Images for the first input, channels last."""
    layer = network.nodes[0].layer
    assert isinstance(layer, Input)
    return np.random.default_rng(seed).normal(size=(count, *layer.shape))


def to_torch(x: np.ndarray) -> torch.Tensor:
    """Channels first."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, -1, 1)))


def to_numpy(x: torch.Tensor) -> np.ndarray:
    """Channels last."""
    return np.moveaxis(x.detach().numpy(), 1, -1)


def draw_statistics(module: BuiltNetwork, seed: int) -> dict[str, np.ndarray]:
    """Statistics, factors and offsets that are not the identity, so that they are tested too; all weights."""
    random = np.random.default_rng(seed)
    weights = weights_keras(module)
    for name, array in weights.items():
        if "moving" in name or name.endswith(("/mean", "/variance")):
            weights[name] = random.uniform(0.5, 2, array.shape)
        elif "gamma" in name or "beta" in name:
            weights[name] = random.normal(size=array.shape)
    load_keras_weights(module, weights)
    return weights
