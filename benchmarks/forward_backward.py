"""The built network's forward and backward pass against the same layers written by hand in ``nn.Sequential``.

    python benchmarks/forward_backward.py [--rounds 60] [--threads N] [--write]

Both run in this process, step by step in turn, on the same random images; the ratio of the medians is reported. The
hand-written network's ``Flatten`` puts channels first, so its dense kernel holds the same numbers in another order: the
losses are compared before anything is timed. ``--write`` keeps the table in benchmarks/results/forward_backward.md.
Exit status 1 where a built network needs more than 3 % longer.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from arms.networks import NETWORKS, torch_network
from torch import Tensor, nn

import cnnspec
from cnnspec.backends.torch_modules import BuiltNetwork
from cnnspec.resources import library_root

BATCH = 64
GOAL = 1.03
RESULTS = Path(__file__).resolve().parent / "results" / "forward_backward.md"


def copy_weights(built: BuiltNetwork, by_hand: nn.Sequential) -> None:
    """The built network's weights, the first dense kernel's columns brought from channels last to channels first."""
    flat = built.trace(torch.zeros(1, 1, 28, 28))
    before = next(value for path, value in reversed(flat.items()) if value.dim() == 4)
    channels, height, width = before.shape[1:]
    state = [value.clone() for value in built.state_dict().values()]
    first_dense = next(at for at, value in enumerate(state) if value.dim() == 2)
    columns = state[first_dense].reshape(-1, height, width, channels)
    state[first_dense] = columns.permute(0, 3, 1, 2).flatten(1)
    by_hand.load_state_dict(dict(zip(by_hand.state_dict(), state, strict=True)))


def make_step(module: nn.Module, run: Callable[[Tensor], Tensor], x: Tensor, y: Tensor) -> Callable[[], float]:
    def step() -> float:
        loss = nn.functional.cross_entropy(run(x), y)
        module.zero_grad()
        loss.backward()
        return loss.item()

    return step


def compare(name: str, rounds: int, channels_last: bool) -> tuple[float, float, float]:
    """Medians in milliseconds: by hand, built; and the median of the ratios step by step."""
    built = cnnspec.load(library_root() / f"{name}.cnn").build(seed=0).train()
    by_hand = torch_network(name).train()
    copy_weights(built, by_hand)
    x, y = torch.randn(BATCH, 1, 28, 28), torch.randint(0, 10, (BATCH,))
    if channels_last:
        x = x.to(memory_format=torch.channels_last)
        built, by_hand = built.to(memory_format=torch.channels_last), by_hand.to(memory_format=torch.channels_last)
    steps = make_step(by_hand, by_hand, x, y), make_step(built, built.forward_logits, x, y)
    losses = [step() for step in steps]
    if abs(losses[0] - losses[1]) > 1e-5:
        raise SystemExit(f"{name}: the two networks differ: losses {losses}")
    times = [[time_of(step) for step in (steps if at % 2 else steps[::-1])][:: 1 if at % 2 else -1] for at in range(rounds)]
    hand, ours = ([pair[which] * 1000 for pair in times] for which in (0, 1))
    return median(hand), median(ours), median(b / a for a, b in zip(hand, ours, strict=True))


def time_of(step: Callable[[], float]) -> float:
    start = time.perf_counter()
    for _ in range(5):
        step()
    return (time.perf_counter() - start) / 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=60, help="rounds of five steps each")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--write", action="store_true", help=f"keep the table in {RESULTS.name}")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    lines = ["| network | memory | by hand, ms | built, ms | ratio |", "|---|---|---:|---:|---:|"]
    worst = 0.0
    for name in NETWORKS:
        for channels_last in (False, True):
            hand, ours, ratio = compare(name, options.rounds, channels_last)
            memory = "channels last" if channels_last else "channels first"
            lines.append(f"| {name} | {memory} | {hand:.2f} | {ours:.2f} | {ratio:.3f} |")
            print(lines[-1] if len(lines) > 3 else "\n".join(lines), flush=True)
            worst = max(worst, ratio)
    if options.write:
        RESULTS.write_text(
            f"# Forward and backward pass, batch {BATCH}\n\n"
            f"Torch {torch.__version__}, threads: {options.threads}, {platform.machine()}. "
            f"Ratio: built over written by hand; the goal is at most {GOAL}.\n\n" + "\n".join(lines) + "\n"
        )
    return 1 if worst > GOAL else 0


if __name__ == "__main__":
    sys.exit(main())
