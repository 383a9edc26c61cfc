"""Published networks against torchvision's: its weights in our modules give its values."""

from __future__ import annotations

import pytest
import torch

from support.published import Published, published
from support.torchvision_models import copy_weights, make

TWINS = [model for model in published() if model.torchvision is not None]


@pytest.mark.parametrize("model", TWINS, ids=lambda model: model.name)
def test_the_same_values(model: Published) -> None:
    """In double precision, where another order of a sum makes 1e-14 of a difference; of sums of 25,088 floats it makes 3e-6."""
    assert model.torchvision is not None
    theirs = make(model.torchvision, model.options).double()
    with torch.device("meta"):
        ours = model.load().build(model.model).eval().double()
    ours.to_empty(device="cpu")  # nothing of its own: every array has to come from there
    (shape,) = ours.input_shapes
    *extents, channels = (int(dim) for dim in shape.dims)  # type: ignore[arg-type]
    images = torch.randn(2, 1, channels, *extents, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    copied = copy_weights(theirs, ours, images[0])
    assert copied > 0
    image = images[1]
    with torch.no_grad():
        expected, found = theirs(image), ours(image)
    assert found.shape == expected.shape
    assert expected.std() > 0
    assert torch.allclose(found, expected, rtol=1e-8, atol=1e-8 * expected.abs().max().item()), (
        f"relative {(found - expected).abs().max() / expected.abs().max():.2e}"
    )


@pytest.mark.parametrize("name", ["mobilenet_v2", "googlenet"])
def test_values_speak_of_the_image(name: str) -> None:
    """Else a mistake in the first layers would not be found."""
    model = next(twin for twin in TWINS if twin.torchvision == name)
    theirs = make(name, model.options).double()
    images = torch.randn(3, 3, 224, 224, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    copy_weights(theirs, model.load().build(model.model), images[:1])
    with torch.no_grad():
        first, second = theirs(images[1:])
    assert (first - second).abs().max() > 0.1 * first.abs().max()


def test_other_arrays_are_refused() -> None:
    model = next(twin for twin in TWINS if twin.torchvision == "resnet18")
    with pytest.raises(ValueError, match="modules with arrays there"):
        copy_weights(make("resnet34", {}), model.load().build(model.model), torch.zeros(1, 3, 64, 64))
