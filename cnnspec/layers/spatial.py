"""What layers that slide a window over a map have in common, whatever its rank and whatever is done in the window."""

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ValidationInfo, field_validator

from cnnspec.layers.arguments import Pairs, padding, per_axis
from cnnspec.layers.arithmetic import Size, lift, product
from cnnspec.layers.base import Layer, LayerError, Note, Repair, size_unknown
from cnnspec.layers.shape import AXIS_NAMES, Shape
from cnnspec.layers.window import Axis, same_padding, same_total
from cnnspec.schema.values import Word

if TYPE_CHECKING:
    from cnnspec.layers.requirement import Requirement

Padding = str | Pairs


class SpatialLayer(Layer):
    """A layer of a fixed number of spatial axes, its ``rank``."""

    rank: ClassVar[int] = 0

    def check_rank(self, shape: Shape) -> None:
        """Refuse an input of another rank.

        Raises:
            LayerError: ``wrong-rank``.
        """
        if shape.rank != self.rank:
            raise LayerError(
                "wrong-rank",
                layer=self.kind,
                rank=self.rank,
                shape=str(shape),
                actual=shape.rank,
                sibling=self._sibling(shape.rank),
            )

    def _sibling(self, rank: int) -> str:
        from cnnspec.layers.registry import known_name

        kind = self.kind.replace(f"{self.rank}D", f"{rank}D")
        return kind if 1 <= rank <= 3 and kind != self.kind and known_name(kind) else ""

    def known_channels(self, shape: Shape) -> int:
        """The number of channels, which must be known.

        Raises:
            LayerError: ``size-unknown``.
        """
        channels = shape.channels
        if not isinstance(channels, int):
            raise size_unknown(self.kind, "number of channels", channels)
        return channels


class WindowLayer(SpatialLayer):
    """A layer with arguments per axis, one integer standing for all of them, and perhaps with padding.

    Each kind states these fields itself, in Keras's order; what they accept is said here, once.
    """

    if TYPE_CHECKING:
        padding: Any  # words differ by rank

    @field_validator(
        "kernel_size", "pool_size", "output_size", "strides", "dilation_rate", "output_padding", mode="before", check_fields=False
    )
    @classmethod
    def _fill_axes(cls, value: object, info: ValidationInfo) -> object:
        name = str(info.field_name)
        if value is None and cls.model_fields[name].default is None:
            return None
        return per_axis(value, cls.rank, 0 if name == "output_padding" else 1)

    @field_validator("padding", mode="before", check_fields=False)
    @classmethod
    def _fill_padding(cls, value: object) -> object:
        return padding(value, cls.rank, padding_words(cls))

    @property
    def stated_padding(self) -> tuple[str, ...]:
        """The phrase for padding in numbers, which Keras does not have."""
        return (f"padding={show_pairs(self.padding)}",) if not isinstance(self.padding, str) else ()


def make_axes(
    extents: tuple[Size, ...],
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
    padding: Padding,
    ceil_mode: bool = False,
) -> tuple[Axis, ...]:
    """The window along each axis, its padding resolved to (before, after)."""
    if padding == "same":
        return tuple(same_padding(n, k, s, d) for n, k, s, d in zip(extents, kernel, strides, dilation, strict=True))
    if padding == "causal":
        return tuple(Axis(k, s, d, (k - 1) * d, 0) for k, s, d in zip(kernel, strides, dilation, strict=True))
    pairs = ((0, 0),) * len(kernel) if isinstance(padding, str) else padding
    rule = "ceil" if ceil_mode else "floor"
    return tuple(Axis(k, s, d, b, a, rule) for k, s, d, (b, a) in zip(kernel, strides, dilation, pairs, strict=True))


def slide(layer: Layer, argument: str, axes: tuple[Axis, ...], extents: tuple[Size, ...]) -> tuple[Size, ...]:
    """The positions of the window along every axis.

    Raises:
        LayerError: ``kernel-exceeds-input`` where there is none.
    """
    positions = tuple(axis.positions(n) for axis, n in zip(axes, extents, strict=True))
    for count in positions:
        if isinstance(count, int) and count < 1:
            raise _kernel_exceeds_input(layer, argument, axes, extents)
    return positions


def leftovers(axes: tuple[Axis, ...], extents: tuple[Size, ...]) -> tuple[int, ...]:
    """Input positions at the end of each axis that no window reaches; 0 where that is unknown."""
    found = tuple(axis.leftover(n) for axis, n in zip(axes, extents, strict=True))
    return tuple(int(count) if isinstance(count, int) else 0 for count in found)


def _kernel_exceeds_input(layer: Layer, argument: str, axes: tuple[Axis, ...], extents: tuple[Size, ...]) -> LayerError:
    names = AXIS_NAMES[len(axes)]
    equations: dict[str, list[str]] = {}
    for name, axis, n in zip(names, axes, extents, strict=True):
        if isinstance(n, int):
            count = axis.positions(lift(n))
            if isinstance(count, int) and count < 1:
                equations.setdefault(str(getattr(count, "equation", count)), []).append(name)
    padded = tuple(n + axis.before + axis.after for axis, n in zip(axes, extents, strict=True))
    return LayerError(
        "kernel-exceeds-input",
        argument,
        repairs=_smaller_windows(layer, argument, axes, extents, padded),
        layer=layer.kind,
        argument_name=argument,
        kernel=tuple(axis.kernel for axis in axes),
        effective=tuple(axis.effective for axis in axes),
        extents=_join(extents),
        padded=_join(padded) if padded != extents else "",
        arithmetic=tuple((equation, tuple(along)) for equation, along in equations.items()),
    )


def _smaller_windows(
    layer: Layer, argument: str, axes: tuple[Axis, ...], extents: tuple[Size, ...], padded: tuple[Size, ...]
) -> tuple[Repair, ...]:
    strided = any(axis.stride > 1 for axis in axes)
    same = tuple(same_padding(n, a.kernel, a.stride, a.dilation).positions(n) for n, a in zip(extents, axes, strict=True))
    repairs = [Repair(f"padding=same {'gives' if strided else 'keeps'} {_join(same)}", "padding", Word("same"))]
    fitting = tuple(
        min(a.kernel, (n - 1) // a.dilation + 1) if isinstance(n, int) else a.kernel for n, a in zip(padded, axes, strict=True)
    )
    fitting = tuple(int(k) for k in fitting)
    if argument in ("kernel_size", "pool_size") and min(fitting) >= 1:
        less = " or less" if max(fitting) > 1 else ""
        repairs.append(Repair(f"a {argument} of {_join(fitting)}{less} also fits", argument, fitting))
    return tuple(repairs)


def _join(sizes: tuple[Size, ...]) -> str:
    return str(Shape(sizes))


def check_padding_mode(kind: str, mode: str, axes: tuple[Axis, ...], extents: tuple[Size, ...]) -> "tuple[Requirement, ...]":
    """Refuse padding that copies more of the input than there is: reflection at most n − 1, a circle at most n.

    Returns:
        The same for extents that are open.

    Raises:
        LayerError: ``padding-exceeds-input``.
    """
    asked: list[tuple[Size, Size, str]] = []
    for name, axis, n in zip(AXIS_NAMES[len(axes)], axes, extents, strict=True) if mode != "replicate" else ():
        most = n - 1 if mode == "reflect" else n
        for side in (axis.before, axis.after):
            if not isinstance(side, int) or not isinstance(most, int):
                asked.append((most, side, name))
            elif side > most:
                raise _padding_exceeds_input(kind, mode, int(side), int(most), name)
    if not asked:
        return ()
    from cnnspec.layers.requirement import Requirement

    return tuple(Requirement(most, "≥", side, name) for most, side, name in asked)


def _padding_exceeds_input(kind: str, mode: str, padding: int, most: int, axis: str) -> LayerError:
    repair = Repair("padding_mode=zeros has no limit", "padding_mode", Word("zeros"))
    values = {"layer": kind, "mode": mode, "padding": padding, "most": most, "axis": axis}
    return LayerError("padding-exceeds-input", "padding_mode", repairs=(repair,), **values)


def padding_words(cls: type[Layer]) -> tuple[str, ...]:
    """The words that a layer's ``padding`` accepts."""
    from typing import get_args

    alternatives = get_args(cls.model_fields["padding"].annotation)
    return tuple(word for alternative in alternatives for word in get_args(alternative) if isinstance(word, str))


def group_axes(texts: tuple[str, ...], rank: int) -> list[tuple[str, str]]:
    """Pairs of a text and the axes it holds for: one pair, without a name, where all axes agree."""
    if len(set(texts)) == 1:
        return [(texts[0], "")]
    return [(text, name) for text, name in zip(texts, AXIS_NAMES[rank], strict=True)]


def window_notes(axes: tuple[Axis, ...], extents: tuple[Size, ...], padding: Padding) -> tuple[Note, ...]:
    """What a window adds to a derivation: its reach when dilated, the padding of ``same``, what no window reaches."""
    rank = len(axes)
    notes: list[Note] = []
    if any(axis.dilation > 1 for axis in axes):
        texts = tuple(f"e = d·(k − 1) + 1 = {_effective(axis)}" for axis in axes)
        notes += [Note(_title("window", name), text) for text, name in group_axes(texts, rank)]
    if padding == "same":
        texts = tuple(_same_total(n, axis) for n, axis in zip(extents, axes, strict=True))
        notes += [Note(_title("padding", name), text) for text, name in group_axes(texts, rank)]
    if padding == "causal":
        notes.append(Note("padding", f"(k − 1)·d = {_causal(axes[0])} before, none after"))
    drops = leftovers(axes, extents)
    if any(drops):
        notes.append(Note("dropped", f"{describe_drops(drops)} of {_join(extents)} reach{_verb(drops)} no window"))
    return tuple(notes)


def _title(title: str, axis: str) -> str:
    return f"{title} along {axis}" if axis else title


def _effective(axis: Axis) -> str:
    return (lift(axis.dilation) * (lift(axis.kernel) - 1) + 1).equation


def _causal(axis: Axis) -> str:
    return ((lift(axis.kernel) - 1) * lift(axis.dilation)).equation


def _same_total(n: Size, axis: Axis) -> str:
    if axis.stride == 1:
        formula, counted = "e − 1", lift(axis.effective) - 1
    elif not isinstance(n, int):
        return _same_by_remainder(axis)
    else:
        formula, counted = "max((⌈n/s⌉ − 1)·s + e − n, 0)", same_total(lift(n), axis.kernel, axis.stride, axis.dilation)
    sides = f"{int(axis.before)} before, {int(axis.after)} after"  # type: ignore[arg-type]
    return f"{formula} = {getattr(counted, 'equation', counted)}: {sides}"


def _same_by_remainder(axis: Axis) -> str:
    """The padding of an open extent n, which depends on n mod s alone."""
    remainders: dict[tuple[int, int], list[str]] = {}
    for n in range(1, axis.stride + 1):
        sides = same_padding(n, axis.kernel, axis.stride, axis.dilation)
        remainders.setdefault((int(sides.before), int(sides.after)), []).append(str(n % axis.stride))  # type: ignore[arg-type]
    cases = [f"{before} before, {after} after" for before, after in remainders]
    if len(cases) > 4:
        return "max((⌈n/s⌉ − 1)·s + e − n, 0), half of it before"
    if len(cases) > 1:
        cases = [f"{case} for n mod {axis.stride} = {' or '.join(n)}" for case, n in zip(cases, remainders.values(), strict=True)]
    return f"max((⌈n/s⌉ − 1)·s + e − n, 0): {'; '.join(cases)}"


_ONE = {"height": "row", "width": "column", "depth": "slice", "length": "position"}


def describe_drops(drops: tuple[int, ...]) -> str:
    """``the last row and column``, ``the last 2 rows``."""
    parts = [(count, _ONE[name]) for count, name in zip(drops, AXIS_NAMES[len(drops)], strict=True) if count]
    texts = [noun if count == 1 else f"{count} {noun}s" for count, noun in parts]
    return "the last " + (texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}")


def _verb(drops: tuple[int, ...]) -> str:
    return "es" if sum(drops) == 1 else ""


def window_summary(kernel: tuple[int, ...], strides: tuple[int, ...], padding: Padding, dilation: tuple[int, ...]) -> list[str]:
    """``3×3``, ``/2``, ``same``, ``d2``: strides and dilation only where they are not 1."""
    parts = [_times(kernel)]
    if any(s != 1 for s in strides):
        parts.append("/" + _short(strides))
    if any(d != 1 for d in dilation):
        parts.append("d" + _short(dilation))
    parts.append(padding if isinstance(padding, str) else "p" + show_pairs(padding))
    return parts


def show_pairs(pairs: Pairs) -> str:
    """``1`` for the same padding everywhere, ``1×2`` per axis, ``[0, 1]×[0, 1]`` where sides differ."""
    if all(before == after for before, after in pairs):
        return _short(tuple(before for before, _ in pairs))
    return "×".join(f"[{before}, {after}]" for before, after in pairs)


def _short(sizes: tuple[int, ...]) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else _times(sizes)


def _times(sizes: tuple[int, ...]) -> str:
    return "×".join(str(size) for size in sizes)


def window_elements(kernel: tuple[int, ...]) -> int:
    """The taps of a window."""
    return int(product(kernel))  # type: ignore[arg-type]
