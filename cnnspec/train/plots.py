"""The curves of a run as an SVG: the loss on the left, the other figures on the right, over the epochs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

History = Sequence[Mapping[str, float]]

#: Size of one panel with its margins, in pixels.
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 400, 280, 58, 14, 44, 40

#: Colours that stay apart for colour-blind eyes (Okabe and Ito), and in print by their dashes.
TRAINING = ("#0072B2", "#009E73", "#CC79A7")
VALIDATION = ("#D55E00", "#E69F00", "#56B4E9")


def draw_curves(title: str, history: History) -> str:
    """An SVG of the figures of every epoch."""
    names = [name for name in history[0] if not name.startswith("val_")]
    panels = [["loss"], [name for name in names if name != "loss"]]
    drawn = [_panel(group, history, at * WIDTH) for at, group in enumerate(panels) if group]
    width = WIDTH * len(drawn)
    label = f"{title}: {', '.join(names)} over {len(history)} epochs"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}" '
            f'font-family="Helvetica, Arial, sans-serif" font-size="11" role="img" aria-label="{escape(label)}">',
            f"<title>{escape(label)}</title>",
            f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def _panel(names: Sequence[str], history: History, x: float) -> str:
    series = {key: [row[key] for row in history] for name in names for key in (name, f"val_{name}") if key in history[0]}
    finite = [value for values in series.values() for value in values if math.isfinite(value)] or [0.0]
    ticks = nice_ticks(min(finite), max(finite))
    low, high = ticks[0], ticks[-1]
    count = len(history)

    def across(epoch: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * ((epoch - 1) / (count - 1) if count > 1 else 0.5)

    def down(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low)

    parts = [f'<g transform="translate({x:g} 0)">']
    for tick in ticks:
        parts.append(f'<path d="M{LEFT} {down(tick):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{down(tick) + 4:.1f}" text-anchor="end" fill="#444">{_tick(tick, ticks)}</text>')
    parts += [
        f'<text x="{across(epoch):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle" fill="#444">{epoch:,}</text>'
        for epoch in epoch_ticks(count)
    ]
    parts.append(f'<path d="M{LEFT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}" stroke="#444"/>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{HEIGHT - 6}" text-anchor="middle" fill="#444">epoch</text>')
    place = LEFT
    for key, values in series.items():
        validation = key.startswith("val_")
        colour = (VALIDATION if validation else TRAINING)[names.index(key.removeprefix("val_")) % 3]
        dash = ' stroke-dasharray="5 3"' if validation else ""
        points = [(across(epoch), down(value)) for epoch, value in enumerate(values, 1) if math.isfinite(value)]
        if len(points) > 1:
            line = "L".join(f"{px:.1f} {py:.1f}" for px, py in points)
            parts.append(f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>')
        if count <= 30:
            parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="2.2" fill="{colour}"/>' for px, py in points]
        parts.append(f'<path d="M{place} {TOP - 20}h18" stroke="{colour}" stroke-width="2"{dash}/>')
        parts.append(f'<text x="{place + 23}" y="{TOP - 16}" fill="#222">{escape(key)}</text>')
        place += 38 + 6.3 * len(key)
    parts.append("</g>")
    return "\n".join(parts)


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


def _tick(value: float, ticks: Sequence[float]) -> str:
    step = ticks[1] - ticks[0]
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) + (1 if f"{step:e}".startswith("2.5") else 0)
    return f"{value:.{digits}f}".replace("-", "−")
