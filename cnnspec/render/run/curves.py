"""The curves of a run: the loss on the left, the other figures on the right, over the epochs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from cnnspec.layers.arithmetic import group_digits
from cnnspec.render.display import Box, Ellipse, Group, Item, Paint, Path, Picture, Point, Step, Text
from cnnspec.render.fonts import fit_text, text_width
from cnnspec.render.graph.faces import count_of
from cnnspec.render.run.layout import HEAD, SMALL, framed
from cnnspec.render.run.scales import show_value

History = Sequence[Mapping[str, float]]

#: A panel's size, the room for the numbers of its scale, between two panels; a marker's size.
WIDTH, HEIGHT, TICKS, BETWEEN, DOT = 330.0, 210.0, 46.0, 34.0, 4.0
#: Lines of one panel are told apart by colour; those of validation are dashed.
COLOURS, DASH = 4, "5 3"
#: The most epochs of which each has a marker, and the most names of lines to a panel.
MARKED, MOST_NAMES = 30, 8


def curves_picture(model: str, history: History) -> Picture:
    """The figures of every epoch.

    Args:
        model: its name.
        history: figures by name, those of validation with ``val_``; at least one epoch.
    """
    names = [name for name in dict.fromkeys(key for row in history for key in row) if not name.startswith("val_")]
    groups = [[name for name in names if name == "loss"], [name for name in names if name != "loss"]]
    heading: list[Item] = [
        Text(0.0, 0.0, f"· {count_of(len(history), 'epoch')}", HEAD, lead=f"{fit_text(model, HEAD, 400, True)} ")
    ]
    panels: list[Item] = [
        _Panel(model, group[:MOST_NAMES], history, TICKS + at * (WIDTH + TICKS + BETWEEN)).draw()
        for at, group in enumerate(filter(None, groups))
    ]
    last = ", ".join(f"{name} {show_value(history[-1][name])}" for name in names if name in history[-1])
    description = f"{', '.join(names)} of {model} over {count_of(len(history), 'epoch')}; at the end {last}."
    return framed(f"{model}.curves", [*heading, *panels], f"{model}: curves", description)


class _Panel:
    """One pair of axes with its lines."""

    def __init__(self, model: str, names: Sequence[str], history: History, left: float) -> None:
        self.model, self.names, self.history, self.left = model, names, history, left
        self.key = f"{model}.curves.{names[0]}"
        keys = [key for name in names for key in (name, f"val_{name}")]
        self.series = {key: [row.get(key, math.nan) for row in history] for key in keys if any(key in row for row in history)}
        finite = [value for values in self.series.values() for value in values if math.isfinite(value)] or [0.0]
        self.ticks = nice_ticks(min(finite), max(finite))
        self.legend, rows = self.place_legend()
        self.top = 24.0 + 16 * rows

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.left + WIDTH, self.top + HEIGHT)

    def across(self, epoch: float) -> float:
        count = len(self.history)
        return self.left + WIDTH * ((epoch - 1) / (count - 1) if count > 1 else 0.5)

    def down(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return self.box.bottom - HEIGHT * (value - low) / (high - low)

    def draw(self) -> Group:
        items = [*self.scales(), *self.axis(), *self.legend]
        for key in self.series:
            items += self.line(key)
        return Group("curves", self.key, self.model, ", ".join(self.names), tuple(items))

    def paint(self, key: str, width: float) -> Paint:
        number = self.names.index(key.removeprefix("val_")) % COLOURS
        role = f"series.{(number + (2 if key.startswith('val_') and len(self.names) == 1 else 0)) % COLOURS + 1}"
        return Paint(None, role, width, DASH if key.startswith("val_") else "")

    def place_legend(self) -> tuple[list[Item], int]:
        """A short line and a name for each, in rows."""
        items: list[Item] = []
        x, row = self.left, 0
        for key in self.series:
            name = fit_text(key, SMALL, WIDTH - 28)
            wide = 24 + text_width(name, SMALL)
            if x > self.left and x + wide > self.left + WIDTH:
                x, row = self.left, row + 1
            y = 22.0 + 16 * row
            steps: tuple[Step, ...] = (("M", ((x, y - 3.5),)), ("L", ((x + 18, y - 3.5),)))
            items.append(Path(steps, self.paint(key, 2.0), f"{self.key}.legend.{key}", self.model, key))
            items.append(Text(x + 23, y, name, SMALL))
            x += wide + 14
        return items, row + 1

    def scales(self) -> list[Item]:
        items: list[Item] = []
        for tick in self.ticks:
            y = self.down(tick)
            steps: tuple[Step, ...] = (("M", ((self.left, y),)), ("L", ((self.box.right, y),)))
            items.append(Path(steps, Paint(None, "unread", 0.75), f"{self.key}.rule", self.model, "a line of the scale"))
            items.append(Text(self.left - 6, y + 3.5, show_tick(tick, self.ticks), SMALL, False, "end", "soft"))
        return items

    def axis(self) -> list[Item]:
        bottom = self.box.bottom
        steps: tuple[Step, ...] = (("M", ((self.left, bottom),)), ("L", ((self.box.right, bottom),)))
        items: list[Item] = [Path(steps, Paint(None, "line", 1.0), f"{self.key}.axis", self.model, "epochs")]
        items += [
            Text(self.across(epoch), bottom + 15, group_digits(epoch), SMALL, False, "middle", "soft")
            for epoch in epoch_ticks(len(self.history))
        ]
        return [*items, Text(self.box.centre[0], bottom + 31, "epoch", SMALL, False, "middle", "soft")]

    def line(self, key: str) -> list[Item]:
        """The stretches of a line between figures that are not finite, a marker at each epoch while there are few."""
        paint = self.paint(key, 1.75)
        items: list[Item] = []
        for number, points in enumerate(self.stretches(key)):
            if len(points) > 1:
                steps: tuple[Step, ...] = (("M", (points[0],)), *(("L", (point,)) for point in points[1:]))
                items.append(Path(steps, paint, f"{self.key}.{key}.{number}", self.model, key))
            if len(self.history) <= MARKED:
                items += [self.marker(key, point) for point in points]
        return items

    def stretches(self, key: str) -> list[list[Point]]:
        found: list[list[Point]] = [[]]
        for epoch, value in enumerate(self.series[key], 1):
            if math.isfinite(value):
                found[-1].append((self.across(epoch), self.down(value)))
            elif found[-1]:
                found.append([])
        return [points for points in found if points]

    def marker(self, key: str, at: Point) -> Ellipse:
        epoch = round((at[0] - self.left) / WIDTH * (len(self.history) - 1)) + 1 if len(self.history) > 1 else 1
        title = f"{key} after epoch {epoch}: {show_value(self.series[key][epoch - 1])}"
        box = Box(at[0] - DOT / 2, at[1] - DOT / 2, at[0] + DOT / 2, at[1] + DOT / 2)
        return Ellipse(box, Paint(self.paint(key, 1.0).stroke), f"{self.key}.{key}.epoch{epoch}", self.model, title)


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round numbers, evenly spaced, that enclose both values."""
    if high - low < 1e-12 * max(1.0, abs(high)):
        low, high = low - 0.5 * max(abs(low), 1e-3), high + 0.5 * max(abs(high), 1e-3)
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(n * step, 12) for n in range(first, last + 1)]


def epoch_ticks(count: int) -> list[int]:
    """At most eight epochs to name, the first among them."""
    if count <= 8:
        return list(range(1, count + 1))
    step = next(s for power in range(9) for s in (10**power, 2 * 10**power, 5 * 10**power) if count / s <= 7)
    return [1, *range(max(step, 2), count + 1, step)]


def show_tick(value: float, ticks: Sequence[float]) -> str:
    """A number of a scale with as many decimals as its steps need."""
    step = ticks[1] - ticks[0]
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) + (1 if f"{step:e}".startswith("2.5") else 0)
    if digits > 6 or abs(value) >= 1e7:
        return f"{value:.2g}".replace("-", "−")
    return f"{value:.{digits}f}".replace("-", "−")
