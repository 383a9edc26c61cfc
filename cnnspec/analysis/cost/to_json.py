"""A cost as plain data: exact numbers, seconds as floats, null where sizes are open."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.analysis.cost.cost import Cost, Passage
from cnnspec.analysis.cost.devices import Device
from cnnspec.analysis.cost.fit import Fit, Remedy
from cnnspec.analysis.cost.work import STEP, Work
from cnnspec.analysis.memory.to_json import inference_to_json, training_to_json
from cnnspec.analysis.report import ModelReport
from cnnspec.layers.arithmetic import Size


def cost_to_json(cost: Cost, path: str = "", sources: Sequence[str] = ()) -> dict[str, object]:
    """Everything that ``cnnspec cost`` found."""
    totals = cost.report.totals
    inference = inference_to_json(cost.inference_memory, cost.memory, cost.report)
    return {
        "path": path,
        "model": cost.report.name,
        "operations": {
            "macs": _number(totals.macs),
            "macs_backward": _number(totals.macs_backward),
            "elementwise": _number(totals.elementwise),
        },
        "inference": {**inference, **_passage(cost, cost.inference)},
        "training": {**training_to_json(cost.training_memory), "kept": _kept(cost), **_passage(cost, cost.training)},
        "memory": cost.limit,
        "device": None if cost.device is None else _device(cost.device),
        "sources": list(sources),
    }


def _passage(cost: Cost, passage: Passage) -> dict[str, object]:
    roofline = passage.roofline
    times = {} if roofline is None else {id(bound.work): bound for bound in roofline.bounds}
    layers: list[dict[str, object]] = []
    for work in passage.works:
        found = times.get(id(work))
        time = {} if found is None else {"bound_by": found.by, "seconds": found.seconds}
        layers.append({**_work(work, cost.report), **time})
    return {
        "fit": None if passage.fit is None else _fit(passage.fit),
        "ridge": None if roofline is None else roofline.ridge,
        "seconds": None if roofline is None else roofline.seconds,
        "layers": layers,
    }


def _work(work: Work, report: ModelReport) -> dict[str, object]:
    name = STEP if work.index is None else report.network.nodes[work.index].path
    operations, moved = _number(work.operations), _number(work.bytes)
    return {"name": name, "operations": operations, "bytes": moved, "intensity": work.intensity}


def _kept(cost: Cost) -> list[dict[str, object]]:
    """What is kept for the backward pass, in elements of one sample (of a batch where ``batched`` is false)."""
    nodes = cost.report.network.nodes
    return [
        {
            "name": nodes[item.index].path,
            "what": item.array.what,
            "elements": _number(item.array.elements),
            "kind": item.array.kind,
            "batched": item.array.batched,
            "keepers": [nodes[at].path for at in item.keepers],
        }
        for item in cost.memory.kept
    ]


def _fit(fit: Fit) -> dict[str, object]:
    return {
        "fits": fit.fits,
        "total": fit.total,
        "fixed": _number(fit.need.fixed),
        "each": _number(fit.need.each),
        "largest_batch": fit.largest if fit.need.each != 0 else None,
        "devices": fit.devices,
        "remedies": [_remedy(remedy) for remedy in fit.remedies],
    }


def _remedy(remedy: Remedy) -> dict[str, object]:
    if remedy.total is None:
        return {"what": remedy.what, "total": None, "reason": remedy.reason}
    return {"what": remedy.what, "total": remedy.total, "largest_batch": remedy.largest, "devices": remedy.devices}


def _device(device: Device) -> dict[str, object]:
    peaks = {"float32": device.float32, "float16": device.float16, "bfloat16": device.bfloat16}
    return {
        "name": device.name,
        "title": device.title,
        "memory": device.memory,
        "bandwidth": device.bandwidth,
        "peak": peaks,
        "source": device.source,
    }


def _number(size: Size | None) -> int | None:
    return int(size) if isinstance(size, int) else None
