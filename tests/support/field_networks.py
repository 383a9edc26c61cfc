"""Networks at random for tests of receptive fields: every way to read a map, branches, gates, parts that are upsampled."""

from __future__ import annotations

from random import Random

from cnnspec.layers.base import Layer, LayerError
from cnnspec.schema.declaration import BindError
from support.hand_built import Build, make

_MOST_POSITIONS = 400


class FieldNetworks:
    """Draws networks over sequences or images, with few channels."""

    def __init__(self, random: Random, rank: int, longest: int) -> None:
        self.random = random
        self.rank = rank
        self.longest = longest

    def draw(self, depth: int = 6) -> Build:
        """A network of up to so many steps."""
        r = self.random
        self.build = Build("Fields")
        self.build.input(*(r.randint(self.longest // 2, self.longest) for _ in range(self.rank)), r.choice((1, 2)))
        for _ in range(r.randint(1, depth)):
            steps = (
                self._layer,
                self._layer,
                self._layer,
                self._branches,
                self._hourglass,
                self._gate,
                self._join,
                self._shuffle,
                self._move,
            )
            r.choice(steps)(len(self.build.nodes) - 1)
        return self.build

    def _try(self, layer: Layer, *inputs: int) -> int | None:
        """The index of a new node, None where the layer does not fit or its map gets large."""
        try:
            found = layer.facts(*(self.build.shapes[at] for at in inputs))
        except LayerError:
            return None
        positions = 1
        for n in found.output.extents:
            positions *= int(n)  # type: ignore[arg-type]
        if positions > _MOST_POSITIONS or found.output.rank != self.rank:
            return None
        return self.build.add(layer, *inputs)

    def _shuffle(self, start: int) -> None:
        """Channels, which all see the same, become positions."""
        mixed = self._try(make(f"Conv{self.rank}D", 2**self.rank, 1), start)
        if mixed is not None:
            self._try(make("PixelShuffle", 2), mixed)

    def _move(self, start: int) -> None:
        """Positions go to other positions or among the channels, which are read together then."""
        r, rank = self.random, self.rank
        start = self.build.add(make(f"Conv{rank}D", 2, 1), start)
        dims = [int(n) for n in self.build.shapes[start].dims]  # type: ignore[arg-type]
        at = r.randrange(rank)
        factor = r.choice([n for n in (1, 2, 3, 4) if dims[at] % n == 0])
        dims[at] //= factor
        dims[r.choice((at + 1, rank))] *= factor
        moved = self._try(r.choice((make("Permute", r.sample(range(1, rank + 2), rank + 1)), make("Reshape", dims))), start)
        if moved is not None:
            self._try(make(f"Conv{rank}D", 2, 1), moved)

    def _layer(self, start: int) -> int:
        try:
            added = self._try(self.random.choice(self._makers)(self.random), start)
        except BindError:
            added = None
        return start if added is None else added

    @property
    def _makers(self):  # type: ignore[no-untyped-def]
        rank = self.rank

        def convolve(r: Random) -> Layer:
            strides = r.choice((1, 1, 2, 3))
            padding = r.choice(("valid", "same", 1, tuple((r.randint(0, 2), r.randint(0, 2)) for _ in range(rank))))
            kernel = tuple(r.randint(1, 4) for _ in range(rank))
            return make(f"Conv{rank}D", 1, kernel, strides=strides, padding=padding, dilation_rate=r.choice((1, 1, 2)))

        def transpose(r: Random) -> Layer:
            sizes = {"strides": r.randint(1, 3), "padding": r.choice(("valid", "same", 1)), "dilation_rate": r.choice((1, 1, 2))}
            return make(f"Conv{rank}DTranspose", 1, r.randint(1, 4), output_padding=r.choice((None, 0)), **sizes)

        def pool(r: Random) -> Layer:
            kind = r.choice(("MaxPool", "AvgPool"))
            return make(f"{kind}{rank}D", r.randint(1, 3), padding=r.choice(("valid", "same")), ceil_mode=r.random() < 0.3)

        def adapt(r: Random) -> Layer:
            return make(f"AdaptiveAvgPool{rank}D", tuple(r.randint(1, 9) for _ in range(rank)))

        def repeat(r: Random) -> Layer:
            return make(f"UpSampling{rank}D", tuple(r.randint(1, 3) for _ in range(rank)))

        def interpolate(r: Random) -> Layer:
            return make(f"UpSampling{rank}D", 2, interpolation="bilinear")

        def cut(r: Random) -> Layer:
            return make(f"Crop{rank}D", tuple((r.randint(0, 2), r.randint(0, 2)) for _ in range(rank)))

        def slice_off(r: Random) -> Layer:
            return make("Slice", r.randint(0, 2), r.choice((None, -1)), axis=r.randint(1, rank))

        def pad(r: Random) -> Layer:
            return make(f"ZeroPad{rank}D", tuple((r.randint(0, 2), r.randint(0, 2)) for _ in range(rank)))

        def stay(r: Random) -> Layer:
            return make(r.choice(("ReLU", "BatchNorm", "LRN", "Identity")))

        return (
            convolve, convolve, convolve, transpose, transpose, pool, adapt, repeat, interpolate, cut, slice_off, pad,
            stay,
        )  # fmt: skip

    def _branches(self, start: int) -> None:
        """Two or three ways to a map of the same size."""
        r, rank = self.random, self.rank
        ends = [start] if r.random() < 0.5 else []
        while len(ends) < r.choice((2, 3)):
            at: int | None = start
            for _ in range(r.randint(1, 3)):
                kernel = tuple(r.randint(1, 4) for _ in range(rank))
                same = make(f"Conv{rank}D", 1, kernel, padding="same", dilation_rate=r.choice((1, 2)))
                at = self._try(same, start if at is None else at)
            ends.append(start if at is None else at)
        merge = r.choice(("Add", "Concat", "Multiply"))
        self._try(make(merge), *ends)

    def _hourglass(self, start: int) -> None:
        """Down, and up again by the same factor, with or without the way past it."""
        r, rank = self.random, self.rank
        factor = r.choice((2, 2, 3))
        ups = [
            make(f"UpSampling{rank}D", factor),
            make(f"Conv{rank}DTranspose", 1, factor, strides=factor),
            make(f"Conv{rank}DTranspose", 1, factor + 1, strides=factor, padding="same"),
        ]
        down = self._try(make(f"MaxPool{rank}D", factor), start)
        if down is None:
            return
        inner = self._try(make(f"Conv{rank}D", 1, 3, padding="same"), down)
        up = self._try(r.choice(ups), down if inner is None else inner)
        if up is not None and r.random() < 0.7 and self.build.shapes[up].extents == self.build.shapes[start].extents:
            self._try(make("Concat"), start, up)

    def _gate(self, start: int) -> None:
        """A squeeze, and what it is multiplied with."""
        rank, channels = self.rank, self.build.shapes[start].channels
        if self.random.random() < 0.5:
            pooled = self.build.add(make(f"GlobalAvgPool{rank}D"), start)
            gate = self.build.add(make("Dense", channels, activation="sigmoid"), pooled)
        else:
            gate = self.build.add(make(f"AdaptiveAvgPool{rank}D", 1), start)
        self.build.add(make("Multiply"), start, gate)

    def _join(self, start: int) -> None:
        """Maps side by side."""
        r = self.random
        axis = r.randint(1, self.rank)
        other = self._try(make(f"Conv{self.rank}D", self.build.shapes[start].channels, r.choice((1, 3)), padding="same"), start)
        parts = [start, start if other is None else other]
        if r.random() < 0.4:
            half = r.randint(1, 3)
            ends = [self._try(make("Slice", 0, half, axis=axis), start), self._try(make("Slice", half, None, axis=axis), start)]
            parts = [at for at in ends if at is not None]
        if len(parts) == 2:
            self._try(make("Concat", axis=axis), *parts)
