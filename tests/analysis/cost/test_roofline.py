"""Work, intensity and the least time, against sums by hand; amounts with units; the table of devices."""

from __future__ import annotations

import pytest

from cnnspec.analysis.cost.devices import DEVICES, by_hand
from cnnspec.analysis.cost.roofline import bound
from cnnspec.analysis.cost.units import read_bandwidth, read_bytes, read_peak
from cnnspec.analysis.cost.work import infer, train
from cnnspec.analysis.memory.precision import FLOAT32, PRECISIONS
from support.hand_built import Build, layer


def small() -> Build:
    build = Build()
    build.input(6, 6, 2)
    build.chain(layer("Conv2D", 4, 3, activation="relu"), "Flatten", layer("Dropout", 0.5), layer("Dense", 3))
    return build


def test_inference_reads_inputs_and_weights_and_writes_outputs() -> None:
    conv, dense = infer(small().report(), 5, FLOAT32)
    assert conv.operations == 5 * (2 * 16 * 72 + 2 * 64)
    assert conv.bytes == 4 * (5 * (72 + 64) + 76)
    assert dense.operations == 5 * (2 * 192 + 3)
    assert dense.bytes == 4 * (5 * (64 + 3) + 195)
    assert conv.intensity == conv.operations / conv.bytes
    assert [work.bytes * 2 for work in infer(small().report(), 5, PRECISIONS["float16"])] == [conv.bytes, dense.bytes]


def test_a_step_of_training_goes_back_and_moves_the_weights() -> None:
    conv, dropout, dense, step = train(small().report(), 5, FLOAT32, slots=2)
    forward = infer(small().report(), 5, FLOAT32)[0]
    assert conv.operations == forward.operations + 5 * (2 * 16 * 72 + 2 * 64)  # nothing before it asks for a gradient
    assert conv.bytes == forward.bytes + 4 * (5 * (64 + 72) + 76 + 76)
    assert dropout.bytes == 4 * 5 * (64 + 64) + 4 * 5 * (64 + 64 + 64)
    assert dense.bytes == 4 * (5 * (64 + 3) + 195) + 4 * (5 * (3 + 64 + 64) + 195 + 195)
    assert (step.index, step.bytes) == (None, 4 * 7 * 271)


def test_what_is_not_trained_only_goes_forward() -> None:
    build = Build()
    build.input(6, 6, 2)
    build.chain(layer("Conv2D", 4, 3, trainable=False), "ReLU")
    assert train(build.report(), 3, FLOAT32, 2) == infer(build.report(), 3, FLOAT32)


def test_the_time_is_that_of_the_slower_of_arithmetic_and_memory() -> None:
    works = infer(small().report(), 5, FLOAT32)
    conv, dense = works
    device = by_hand(peak=1000, bandwidth=100)
    roofline = bound(works, device, "float32")
    assert roofline.ridge == 10
    assert [item.by for item in roofline.bounds] == [
        "compute" if work.operations / 1000 > work.bytes / 100 else "memory"  # type: ignore[operator]
        for work in (conv, dense)
    ]
    seconds = sum(max(work.operations / 1000, work.bytes / 100) for work in works)  # type: ignore[type-var,operator]
    assert roofline.seconds == pytest.approx(seconds)
    assert roofline.seconds_by("compute") + roofline.seconds_by("memory") == pytest.approx(seconds)


def test_every_device_says_where_its_figures_stand() -> None:
    for name, device in DEVICES.items():
        assert name == device.name == name.lower()
        assert device.source
        assert device.title
        assert device.memory is not None
        assert 10**9 < device.memory < 10**12
        assert 10**10 < device.bandwidth < 10**13
        assert device.peak("float16") >= device.peak("float32")
        assert device.peak("float32") == device.float32


def test_a_precision_without_a_figure_is_that_of_float32() -> None:
    device = DEVICES["t4"]
    assert (device.knows("float16"), device.knows("bfloat16"), device.knows("float32")) == (True, False, True)
    assert device.peak("bfloat16") == device.float32


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("8GiB", 8 << 30),
        ("80 GB", 80 * 10**9),
        ("1.5 KiB", 1536),
        ("512", 512),
        ("512b", 512),
        ("1_000kb", 10**6),
        ("2T", 2 * 10**12),
    ],
)
def test_amounts_of_memory(text: str, amount: int) -> None:
    assert read_bytes(text) == amount


def test_rates() -> None:
    assert read_peak("10TFLOPS") == read_peak("10 tflop/s") == read_peak("10000 GFLOPs") == 10**13
    assert read_bandwidth("500GB/s") == 5 * 10**11
    assert read_bandwidth("1GiB/s") == 1 << 30


@pytest.mark.parametrize("text", ["", "8", "GiB", "8 XB", "-1GB/s", "0GB/s", "8 GB/s/s", "1e9"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a bandwidth such as 500GB/s"):
        read_bandwidth(text)
    with pytest.raises(ValueError, match="is not a peak such as 10TFLOPS"):
        read_peak(text)


@pytest.mark.parametrize("text", ["", "GiB", "8 Gi B", "8GB/s", "0", "8 flops", "eight GB"])
def test_what_is_no_memory_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not memory such as 8GiB or 80GB"):
        read_bytes(text)
