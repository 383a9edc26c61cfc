"""Windows that leave something out, or stand off centre."""

import pytest

from support.linting import model, repaired, said

HEAD = "GlobalAvgPool2D -> Dense(10, activation=softmax)"


@pytest.mark.parametrize(
    "statements",
    [
        "Conv2D(8, 1x1, strides=2)",
        "MaxPool2D(2, strides=3)",
        "Conv2D(8, [1, 3], strides=2)",
        "ReLU -> Conv2D(8, 1x1, strides=2)",
        "Add {\n| Conv2D(8, 1x1, strides=2)\n| BatchNorm -> ReLU -> MaxPool2D(1, strides=2)\n}",  # both step over the same
        "DepthwiseConv2D(1x1, strides=2)",
    ],
)
def test_what_a_stride_steps_over(statements: str) -> None:
    text = model(f"{statements}\n{HEAD}")
    (found, *_) = said(text, "stride-exceeds-kernel")
    assert "steps over what nothing else reads" in found.message
    if statements.count("strides") == 1:
        assert found.fix
        assert said(repaired(text, "stride-exceeds-kernel"), "stride-exceeds-kernel") == []


@pytest.mark.parametrize(
    "statements",
    [
        "Conv2D(8, 2x2, strides=2)",
        "Conv2D(8, 2x2, strides=3, dilation_rate=2)",  # two taps, three positions
        "Add {\n| Conv2D(8, 3x3, strides=2, padding=1)\n| Conv2D(8, 1x1, strides=2)\n}",
        "Add {\n| ReLU -> Conv2D(8, 3x3, strides=2, padding=1)\n| ReLU -> Conv2D(8, 1x1, strides=2)\n}",
        "ReLU\nAdd {\n| BatchNorm -> Conv2D(8, 3x3, strides=2, padding=1)\n| Conv2D(8, 1x1, strides=2)\n}",
        "before = ReLU\nafter = before -> Conv2D(8, 1x1, strides=2)\noutput after, before\nafter",
        "AvgPool2D(31, strides=64)",  # there is one window only
    ],
)
def test_strides_that_lose_nothing(statements: str) -> None:
    assert said(model(f"{statements}\n{HEAD}"), "stride-exceeds-kernel") == []


def test_a_library_s_block_is_reported_at_its_use() -> None:
    text = 'use "std/resnet.cnn"\n' + model(f"ConvNorm(8, 1, strides=2)\n{HEAD}")
    (found,) = said(text, "stride-exceeds-kernel")
    assert found.span.text == "ConvNorm(8, 1, strides=2)"
    assert found.span.path == "net.cnn"
    assert [label.span.path for label in found.labels] == ["specs/std/resnet.cnn"]
    assert found.fix == ()


@pytest.mark.parametrize(
    ("layer", "half"),
    [
        ("Conv2D(8, 4x4, padding=same)", True),
        ("Conv2D(8, [2, 3], padding=same)", True),
        ("MaxPool2D(2, strides=1, padding=same)", True),
        ("DepthwiseConv2D(2x2, padding=same)", True),
        ("Conv2D(8, 3x3, padding=same)", False),
        ("Conv2D(8, 4x4, strides=2, padding=same)", False),  # one position of padding on either side
        ("Conv2D(8, 2x2, strides=2, padding=same)", False),  # none
        ("Conv2D(8, 2x2, padding=same, dilation_rate=2)", False),  # three positions in a row
        ("Conv2D(8, 4x4)", False),
        ("Conv2D(8, 4x4, padding=[[2, 1], [2, 1]])", False),  # said in numbers
        ("Conv2DTranspose(8, 2x2, strides=2, padding=same)", False),
    ],
)
def test_even_windows(layer: str, half: bool) -> None:
    text = model(f"{layer}\n{HEAD}")
    found = said(text, "even-kernel-same")
    assert bool(found) is half
    if half:
        assert found[0].fix
        assert said(repaired(text, "even-kernel-same"), "even-kernel-same") == []


def dilated(*rates: int, kernel: int = 3) -> str:
    return "\n".join(f"Conv2D(8, {kernel}x{kernel}, dilation_rate={rate}, padding=same, activation=relu)" for rate in rates)


def reads(rates: tuple[int, ...], kernel: int) -> set[int]:
    """The positions that a unit reads along an axis, by their definition."""
    found = {0}
    for rate in rates:
        found = {at + tap * rate for at in found for tap in range(kernel)}
    return found


@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("rates", [(2,), (2, 2), (1, 2), (2, 1), (1, 2, 5), (1, 2, 4), (2, 4, 8), (1, 3), (3, 1, 1), (4, 2, 1)])
def test_holes_of_dilated_windows(rates: tuple[int, ...], kernel: int) -> None:
    positions = reads(rates, kernel)
    size = max(positions) + 1
    found = said(model(f"{dilated(*rates, kernel=kernel)}\n{HEAD}", "64x64x8"), "dilation-gridding")
    assert len(found) == (len(positions) < size)
    if found:
        count = len(positions)
        whole = reads(rates[: max(at for at, rate in enumerate(rates) if rate > 1) + 1], kernel)
        assert f"{len(whole)}×{len(whole)} of the {max(whole) + 1}×{max(whole) + 1}" in found[0].message
        assert count


def test_a_stride_begins_anew() -> None:
    first = "Conv2D(8, 3x3, padding=same, activation=relu)"
    assert said(model(f"{first}\n{dilated(2)}\n{HEAD}", "64x64x8"), "dilation-gridding") == []
    assert len(said(model(f"{first} -> MaxPool2D\n{dilated(2)}\n{HEAD}", "64x64x8"), "dilation-gridding")) == 1


def test_no_row_of_dilations_is_too_long() -> None:
    assert said(model(f"{dilated(1 << 20)}\n{HEAD}", "64x64x8"), "dilation-gridding") == []
