"""Running a network on a picture or a matrix without training it, and writing down what comes out."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec.diagnostics import SpecError
from cnnspec.diagnostics.catalogue.runs import input_shape_mismatch, output_not_picture
from cnnspec.ir import Network
from cnnspec.layers.input import Input
from cnnspec.layers.shape import Shape
from cnnspec.train.files import write_atomically
from cnnspec.train.images import PICTURES, as_digit, read_image, read_values
from cnnspec.train.run import Run

Array = np.ndarray[Any, Any]

#: Input elements up to which the plain NumPy form is quick enough; beyond it Torch computes the same.
SLOW_FROM = 40_000

#: The largest matrix that is printed.
MOST_SHOWN = 32

#: Shares of red, green and blue in the brightness of a pixel (ITU-R BT.601).
BRIGHTNESS = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, slots=True)
class Applied:
    """What a network made of an input.

    Attributes:
        values: the (first) output, channels last: height × width × channels, or units.
        picture: the input was a picture, so that 0 to 255 are black and white.
        notes: what was done on the way: where weights are from, what became of colours.
    """

    values: Array
    picture: bool
    notes: tuple[str, ...]


def apply_network(network: Network, array: Array, weights: Mapping[str, Array] | None = None, seed: int | None = None) -> Array:
    """The (first) output of a network for one sample.

    The NumPy reference computes it where it has every layer and the input is small, else Torch in float64.

    Args:
        network: with one input.
        array: the sample, channels last; a single channel may be left out.
        weights: arrays in Keras's layout by layer and name, ``conv2d_1/kernel``.
        seed: draws the weights where none are given (0 unless given).

    Raises:
        SpecError: the array does not have the shape of the input.
    """
    return _compute(network, fit_input(network, array, "the input"), weights, seed)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sample as a network takes it, channels last, and the weights to run it with.

    Attributes:
        sample: of the shape of the network's input.
        weights: arrays in Keras's layout by layer and name; None where they are drawn at random.
        picture: the input was a picture, taken as it is.
        notes: what was done on the way: where weights are from, what became of colours.
    """

    sample: Array
    weights: Mapping[str, Array] | None
    picture: bool
    notes: tuple[str, ...]


def prepare_file(
    network: Network,
    path: Path,
    *,
    run: Run | None = None,
    seed: int | None = None,
    admit: Callable[[tuple[int, ...]], None] | None = None,
) -> Prepared:
    """Read a file for a network: a picture, a ``.npy`` file or a text matrix.

    Args:
        network: what is to be run.
        path: the file.
        run: whose weights to take, of a network with the same layers; pictures are prepared as the run's data was.
        seed: draws the weights if there is no run.
        admit: told the shape of the sample, raises where a network for any size does not take that one.

    Raises:
        DataError: the file cannot be read.
        SpecError: it does not have the shape of the network's input, or the run's weights are those of another network.
    """
    notes: list[str] = []
    weights: Mapping[str, Array] | None = None
    picture = path.suffix.lower() in PICTURES and run is None
    if run is not None:
        weights = run.keras_weights(network)
        image, done = as_digit(read_image(path), run.preparation.stored, invert=run.dark_ground)
        notes += [*done, f"the weights are those of {run.path.as_posix()}, epoch {run.epoch:,}"]
        values = run.preparation.apply(image[None])[0]
    else:
        values = np.asarray(read_values(path), dtype=np.float64)
        if picture:
            values = _with_channels(network, values, notes)
    sample = fit_input(network, values, path.as_posix())
    if admit is not None:
        admit(sample.shape)
    learned = learned_layers(network) if run is None else []
    if learned:
        which = learned[0] if len(learned) == 1 else f"{learned[0]} to {learned[-1]}"
        notes.append(f"the weights of {which} are drawn at random with seed {seed or 0}: nothing was trained")
    return Prepared(sample, weights, picture, tuple(notes))


def apply_file(
    network: Network,
    path: Path,
    *,
    run: Run | None = None,
    seed: int | None = None,
    admit: Callable[[tuple[int, ...]], None] | None = None,
) -> Applied:
    """Run a network on a file, which is read as :func:`prepare_file` says."""
    notes: tuple[str, ...] = ()
    if len(network.outputs) > 1:
        first = network.nodes[network.outputs[0]].path
        notes = (f"the network has {len(network.outputs):,} outputs; this is the first, {first}",)
    prepared = prepare_file(network, path, run=run, seed=seed, admit=admit)
    values = _compute(network, prepared.sample, prepared.weights, seed)
    return Applied(values, prepared.picture, notes + prepared.notes)


def learned_layers(network: Network) -> list[str]:
    """The paths of layers with weights that training would learn."""
    from cnnspec.backends.torch_modules import facts_of

    return [
        node.path
        for node, facts in zip(network.nodes, facts_of(network), strict=True)
        if any(param.trainable and param.role != "statistic" for param in facts.params)
    ]


def fit_input(network: Network, array: Array, name: str) -> Array:
    """The array in the shape of the network's input: a missing channel axis added, a vector laid out row by row.

    Raises:
        SpecError: it does not fit.
    """
    inputs = [node.layer for node in network.nodes if isinstance(node.layer, Input)]
    found = "×".join(str(extent) for extent in array.shape)
    if len(inputs) != 1:
        raise SpecError((input_shape_mismatch(name, found=f"one input, {found}", expected=f"{len(inputs)} inputs"),))
    expected = inputs[0].facts().output
    for candidate in (array, array[..., None]):
        if _fits(candidate, expected):
            return candidate
    if expected.known and array.size == expected.elements and expected.rank == 0:
        return array.reshape(-1)
    raise SpecError((input_shape_mismatch(name, found=found, expected=str(expected)),))


def _fits(array: Array, expected: Shape) -> bool:
    dims = expected.to_json()
    return array.ndim == len(dims) and all(dim is None or dim == n for dim, n in zip(dims, array.shape, strict=True))


def _with_channels(network: Network, values: Array, notes: list[str]) -> Array:
    """A picture with the channels the network reads: colours made gray, gray repeated."""
    first = next(node.layer for node in network.nodes if isinstance(node.layer, Input)).facts().output
    values = values if values.ndim == 3 else values[..., None]
    wanted = first.channels if first.rank == 2 else values.shape[-1]
    if wanted == 1 and values.shape[-1] == 3:
        notes.append("colours to gray (0.299 red + 0.587 green + 0.114 blue)")
        return (values @ BRIGHTNESS)[..., None]
    if wanted == 3 and values.shape[-1] == 1:
        notes.append("gray repeated for 3 channels")
        return np.repeat(values, 3, axis=-1)
    return values


def _compute(network: Network, sample: Array, weights: Mapping[str, Array] | None, seed: int | None) -> Array:
    from cnnspec.backends.numpy_reference import covers, forward

    plain = not covers(network) and sample.size <= SLOW_FROM
    if plain and not _has_weights(network):
        return forward(network, {}, sample[None])[network.nodes[network.outputs[0]].path][0]
    from cnnspec.backends.torch_modules import build_module, load_keras_weights, weights_keras

    module = build_module(network, seed=seed or 0)
    if weights is not None:
        load_keras_weights(module, weights)
    if plain:
        return forward(network, weights_keras(module), sample[None])[network.nodes[network.outputs[0]].path][0]
    import torch

    module.eval().double()
    with torch.no_grad():
        batch = torch.as_tensor(np.ascontiguousarray(sample, dtype=np.float64))[None]
        result: Any = module(batch.movedim(-1, 1) if batch.dim() > 2 else batch)
    if len(network.outputs) > 1:
        result = result[0]
    values: Any = result[0]
    return (values.movedim(0, -1) if values.dim() > 1 else values).numpy()


def run_layers(
    network: Network, sample: Array, weights: Mapping[str, Array] | None = None, seed: int | None = None
) -> dict[str, Array]:
    """What every layer makes of one sample, by its path, the input's included; channels last, in float64.

    Args:
        network: with one input.
        sample: as the input has it, channels last.
        weights: arrays in Keras's layout by layer and name.
        seed: draws the weights where none are given (0 unless given).
    """
    from cnnspec.backends.numpy_reference import covers, forward

    plain, held = not covers(network) and sample.size <= SLOW_FROM, _has_weights(network)
    if plain and not held:
        return {path: batch[0] for path, batch in forward(network, {}, sample[None]).items()}
    from cnnspec.backends.torch_modules import build_module, load_keras_weights, weights_keras

    module = build_module(network, seed=seed or 0)
    if weights is not None:
        load_keras_weights(module, weights)
    if plain:
        return {path: batch[0] for path, batch in forward(network, weights_keras(module), sample[None]).items()}
    import torch

    module.eval().double()
    with torch.no_grad():
        batch = torch.as_tensor(np.ascontiguousarray(sample, dtype=np.float64))[None]
        traced: Any = module.trace(batch.movedim(-1, 1) if batch.dim() > 2 else batch)
    return {path: (one[0].movedim(0, -1) if one.dim() > 2 else one[0]).numpy() for path, one in traced.items()}


def _has_weights(network: Network) -> bool:
    from cnnspec.backends.torch_modules import facts_of

    return any(facts.params for facts in facts_of(network))


# --- writing --------------------------------------------------------------------------------------------------------


def write_values(applied: Applied, path: Path) -> tuple[str, ...]:
    """Write the values as a picture (``.png``, ``.jpg``), an array (``.npy``) or a text (``.txt``), by the suffix.

    Returns:
        what was done to fit them into a picture, as phrases.

    Raises:
        SpecError: the suffix is another one, or the values are no maps.
        OSError: the disk refused; nothing was written.
    """
    suffix = path.suffix.lower()
    if suffix == ".npy":
        buffer = io.BytesIO()
        np.save(buffer, applied.values)
        write_atomically(path, buffer.getvalue())
        return ()
    if suffix == ".txt":
        write_atomically(path, (format_values(applied.values) + "\n").encode())
        return ()
    if suffix not in PICTURES:
        raise _no_picture(path, applied.values, f"{suffix or 'a name without a suffix'} is no form that is known")
    pixels, done = to_picture(applied, path)
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG" if suffix == ".png" else "JPEG", quality=95)
    write_atomically(path, buffer.getvalue())
    return done


def to_picture(applied: Applied, path: Path) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], tuple[str, ...]]:
    """The values as pixels, and what was done: one or three channels are gray or colour, others stand side by side.

    Raises:
        SpecError: the values are no maps.
    """
    values, done = applied.values, list[str]()
    if values.ndim != 3:
        raise _no_picture(path, values, "only height × width × channels is a picture")
    low, high = float(values.min()), float(values.max())
    if not (applied.picture and low >= 0 and high <= 255):
        span = high - low or 1.0
        done.append(f"values from {low:g} (black) to {high:g} (white)")
        values = (values - low) * (255 / span)
    if values.shape[-1] not in (1, 3):
        done.append(f"{values.shape[-1]:,} channels side by side, row by row")
        values = _mosaic(values)
    pixels = np.rint(values.clip(0, 255)).astype(np.uint8)
    return (pixels[..., 0] if pixels.shape[-1] == 1 else pixels), tuple(done)


def _mosaic(values: Array) -> Array:
    """The channels as tiles with a gray line between them, in a grid that is about square."""
    height, width, channels = values.shape
    columns = int(np.ceil(np.sqrt(channels * height / width)))
    rows = -(-channels // columns)
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, 1), 128.0)
    for channel in range(channels):
        row, column = divmod(channel, columns)
        top, left = row * (height + 1), column * (width + 1)
        sheet[top : top + height, left : left + width, 0] = values[..., channel]
    return sheet


def _no_picture(path: Path, values: Array, reason: str) -> SpecError:
    shape = "×".join(str(extent) for extent in values.shape)
    return SpecError((output_not_picture(path.as_posix(), shape=shape, reason=reason),))


def printable(values: Array) -> bool:
    """Whether the values are few enough to be printed: maps of at most 32×32."""
    return all(extent <= MOST_SHOWN for extent in values.shape[:-1]) and values.size <= MOST_SHOWN * MOST_SHOWN * 16


def format_values(values: Array) -> str:
    """The numbers as text: a matrix for each channel, whole numbers without decimals."""
    if values.ndim == 1:
        return format_matrix(values[None, :])
    maps = np.moveaxis(values, -1, 0)
    if len(maps) == 1 and maps.ndim == 3:
        return format_matrix(maps[0])
    parts: list[str] = []
    for number, channel in enumerate(maps, 1):
        slices = channel.reshape(-1, channel.shape[-1]) if channel.ndim > 1 else channel[None, :]
        parts.append(f"# channel {number}\n{format_matrix(slices)}")
    return "\n\n".join(parts)


def format_matrix(matrix: Array) -> str:
    """Rows as lines, columns aligned at the right."""
    whole = bool(np.all(np.abs(matrix - np.rint(matrix)) < 1e-9) and np.all(np.abs(matrix) < 1e15))
    cells = [[f"{value:.0f}" if whole else f"{value:.6g}" for value in row] for row in matrix + 0.0]
    cells = [["0" if cell == "-0" else cell for cell in row] for row in cells]
    width = max(len(cell) for row in cells for cell in row)
    return "\n".join(" ".join(cell.rjust(width) for cell in row) for row in cells)
