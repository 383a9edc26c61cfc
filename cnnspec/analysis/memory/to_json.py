"""Memory as plain data: bytes, null where they depend on a size that is open, with the formula beside."""

from __future__ import annotations

from cnnspec.analysis.memory.memory import InferenceMemory, ModelMemory, TrainingMemory, analyse_memory
from cnnspec.analysis.memory.precision import FLOAT32
from cnnspec.analysis.report import ModelReport
from cnnspec.layers.arithmetic import Size


def memory_to_json(report: ModelReport) -> dict[str, object] | None:
    """A model's memory at batch 1, in float32, trained by SGD; None where an error leaves it unknown."""
    memory = analyse_memory(report)
    if memory is None:
        return None
    return {
        "parameters": (memory.trainable + memory.non_trainable) * FLOAT32.bytes,
        "inference": inference_to_json(memory.inference(), memory, report),
        "training": training_to_json(memory.training()),
    }


def inference_to_json(found: InferenceMemory, memory: ModelMemory, report: ModelReport) -> dict[str, object]:
    """The peak with the layer that runs then, and what is alive: each value's layer and bytes, in the order they are made."""
    each = found.batch * found.precision.bytes
    nodes = report.network.nodes
    return {
        "batch": found.batch,
        "precision": found.precision.name,
        **_sizes(total=found.total, parameters=found.parameters, values=found.values),
        "at": nodes[memory.peak.index].path,
        "alive": [{"name": nodes[s.index].path, **_sizes(bytes=s.elements * each)} for s in memory.peak.alive],
    }


def training_to_json(found: TrainingMemory) -> dict[str, object]:
    """The parts and their sum."""
    return {
        "batch": found.batch,
        "precision": found.precision.name,
        "optimizer": found.optimizer,
        **_sizes(
            total=found.total,
            parameters=found.parameters,
            copies=found.copies,
            gradients=found.gradients,
            slots=found.slots,
            activations=found.activations,
        ),
    }


def _sizes(**sizes: Size) -> dict[str, object]:
    """Numbers as they are; for a formula null, and its text under ``…_formula``."""
    data: dict[str, object] = {name: int(size) if isinstance(size, int) else None for name, size in sizes.items()}
    return {**data, **{f"{name}_formula": str(size) for name, size in sizes.items() if not isinstance(size, int)}}
