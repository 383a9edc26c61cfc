"""Random networks along one open axis, as texts: ``input ?x2``."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

CHANNELS = 2
#: Branches drawn anew this often until they are not of different sizes whatever the input.
TRIES = 8


class OpenNetworks:
    """Draws chains with branches, skips and resampling; every layer keeps the channels, so that all can be merged.

    Args:
        random: every choice is one of its.
        fits: whether a text has no error; most that have one are drawn anew.
        merges: the layers that join branches.
    """

    def __init__(self, random: Random, fits: Callable[[str], bool], merges: tuple[str, ...] = ("Add", "Concat")) -> None:
        self.random = random
        self.fits = fits
        self.merges = merges

    def draw(self) -> str:
        """A model for any length."""
        self.lines: list[str] = []
        for at in range(self.random.randint(2, 6)):
            before = self.lines
            for _ in range(TRIES if self.random.random() < 0.95 else 1):
                self.lines = [*before, *self._statement(at)]
                if self.fits(self._text()):
                    break
        return self._text()

    def draw_pair(self) -> str:
        """A model of two inputs, each of any length, which meet."""
        first, second = (" -> ".join(self._layer() for _ in range(self.random.choice((1, 2, 3)))) for _ in "ab")
        lines = ["input a: ?x2", "input b: ?x2", f"c = a -> {first}", f"d = b -> {second}", "[c, d] -> Concat", "Conv1D(2, 3)"]
        return "\n".join(["model Open {", *(f"  {line}" for line in lines), "}", ""])

    def _text(self) -> str:
        return "\n".join(["model Open {", "  input ?x2", *(f"  {line}" for line in self.lines), "}", ""])

    def _statement(self, at: int) -> list[str]:
        kind = self.random.random()
        merge = self.random.choice(self.merges)
        narrow = f" -> Conv1D({CHANNELS}, 1)" if merge == "Concat" else ""  # back to the usual channels
        if kind < 0.3 and at > 1:  # what went another way comes back
            skips = [f"  | {self._chain()}" for _ in range(2)]
            return [f"{merge} {{", *skips, "  |", f"}}{narrow}"]
        if kind < 0.7:
            branches = [f"  | {self._chain()}" for _ in range(self.random.choice((2, 2, 3)))]
            return [f"{merge} {{", *branches, f"}}{narrow}"]
        return [self._chain() or "Identity"]

    def _chain(self) -> str:
        return " -> ".join(self._layer() for _ in range(self.random.choice((0, 1, 1, 2, 3))))

    def _layer(self) -> str:
        r = self.random
        k, s, d = r.randint(1, 5), r.choice((1, 1, 2, 3)), r.choice((1, 1, 2))
        padding = r.choice(("same", "same", "valid", str(r.randint(0, 2)), f"[{r.randint(0, 2)}, {r.randint(0, 2)}]"))
        padded = "" if padding == "valid" else f", padding={padding}"
        pooled = "" if not padding.isdigit() or int(padding) >= k else f", padding={padding}"
        pooled = f", padding={padding}" if padding == "same" else pooled
        return r.choice(
            (
                lambda: f"Conv1D({CHANNELS}, {k}, strides={s}{padded})",
                lambda: f"Conv1D({CHANNELS}, {k}, dilation_rate={d}{padded})",
                lambda: f"Conv1D({CHANNELS}, {k}, strides={s}, padding={r.randint(1, 3)}, padding_mode={self._mode()})",
                lambda: f"Conv1D({CHANNELS}, {k}, padding=causal)",
                lambda: f"MaxPool1D({k}, strides={s}{pooled}, ceil_mode={r.choice(('true', 'false'))})",
                lambda: f"MaxPool1D({r.randint(2, 3)})",
                lambda: f"Conv1DTranspose({CHANNELS}, {k}, strides={s}, padding={r.choice(('same', 'valid', '1'))})",
                lambda: f"UpSampling1D({r.randint(2, 3)})",
                lambda: f"ZeroPad1D([{r.randint(0, 2)}, {r.randint(0, 2)}])",
                lambda: f"Crop1D([{r.randint(0, 2)}, {r.randint(0, 2)}])",
            )
        )()

    def _mode(self) -> str:
        return self.random.choice(("reflect", "circular", "replicate"))
