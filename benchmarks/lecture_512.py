"""The lecture's long runs: LeNet-5 and the MLP with SGD(0.001), batch 32, for 512 epochs.

    python benchmarks/lecture_512.py --data-dir DIR [--threads 1] [--epochs 512] [--state FOLDER]

Made to run in the background: every 16 epochs it keeps its state in ``--state``, and started again with the same
``--state`` it goes on from there. One thread leaves the machine usable. The table is
``benchmarks/results/lecture_512.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import torch
from typing_extensions import override

import cnnspec
from cnnspec.recipe.data import Digits, Mnist
from cnnspec.resources import library_root
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.checkpoint import load_weights, read_checkpoint, write_checkpoint
from cnnspec.train.data.dataset import Dataset
from cnnspec.train.data.load import load_dataset
from cnnspec.train.files import write_json
from cnnspec.train.memory import keep_freed_memory
from cnnspec.train.progress import progress_for
from cnnspec.train.training import train

NETWORKS = ("lenet5", "mlp")
TABLE = Path(__file__).parent / "results" / "lecture_512.md"

#: Epochs between two saved states.
EVERY = 16

#: Epochs that the table shows, besides the last.
SHOWN = (1, 2, 4, 8, 16, 32, 64, 128, 256, 384, 512)

HEAD = """# 512 epochs by the lecture's recipe

The second recipe of `specs/lenet5.cnn` and `specs/mlp.cnn`: SGD(learning_rate=0.001) without momentum,
sparse_categorical_crossentropy, batch 32, seed 0, all 60,000 training images of MNIST. Written by
`benchmarks/lecture_512.py`; the test set is used once, at the end.
"""


class Keep(Callback):
    """Keeps the figures of every epoch, and now and then the state, so that the run can go on later."""

    def __init__(self, state: Path, name: str, target: int) -> None:
        self.name, self.target = name, target
        self.log = state / f"{name}.json"
        self.weights = state / f"{name}.safetensors"
        self.rows: list[dict[str, float]] = json.loads(self.log.read_text()) if self.log.is_file() else []

    @property
    def done(self) -> int:
        return int(self.rows[-1]["epoch"]) if self.rows else 0

    @override
    def on_train_begin(self, logs: Logs) -> None:
        if self.weights.is_file():
            saved = read_checkpoint(self.weights)
            load_weights(self.session.module, saved.part("weights"))
            # The state was written before the log, so that the log never runs ahead of it.
            self.rows = [row for row in self.rows if row["epoch"] <= saved.metadata["epoch"]]
            self.session.epoch = int(saved.metadata["epoch"])
            self.session.step = int(saved.metadata["step"])
            self.session.optimizer.iterations = int(saved.metadata["iterations"])

    @override
    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self.rows.append({"epoch": epoch + 1, **logs})
        if (epoch + 1) % EVERY == 0 or epoch + 1 in SHOWN or epoch + 1 == self.target:
            write_checkpoint(self.weights, self.session.checkpoint())
            write_json_list(self.log, self.rows)


def write_json_list(path: Path, rows: list[dict[str, float]]) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(rows))
    temporary.replace(path)


def write_table(results: dict[str, dict[str, object]], threads: int, data: str) -> None:
    text = HEAD if data == "mnist" else HEAD.replace("all 60,000 training images of MNIST", f"a trial on {data}")
    for name, result in results.items():
        rows: list[dict[str, float]] = result["rows"]  # type: ignore[assignment]
        shown = [row for row in rows if row["epoch"] in SHOWN or row is rows[-1]]
        text += f"\n## {name}\n\n| epoch | training loss | training accuracy |\n|--:|--:|--:|\n"
        text += "".join(f"| {row['epoch']:.0f} | {row['loss']:.4f} | {100 * row['accuracy']:.2f} % |\n" for row in shown)
        test: dict[str, float] | None = result.get("test")  # type: ignore[assignment]
        if test is not None:
            text += f"\nTest after {rows[-1]['epoch']:.0f} epochs: **{100 * test['accuracy']:.2f} %**, loss {test['loss']:.4f}.\n"
    text += f"\nMachine: 2 cores without a GPU, {threads} {'thread' if threads == 1 else 'threads'}, torch {torch.__version__}.\n"
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, help="the folder of MNIST's four files")
    parser.add_argument("--data", choices=("mnist", "digits"), default="mnist", help="digits: a trial in seconds")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=512)
    parser.add_argument("--state", type=Path, default=Path("runs") / "lecture_512")
    arguments = parser.parse_args()
    os.nice(5)
    print(keep_freed_memory(), file=sys.stderr)
    arguments.state.mkdir(parents=True, exist_ok=True)
    data: Dataset = load_dataset(Digits() if arguments.data == "digits" else Mnist(), data_dir=arguments.data_dir)
    results: dict[str, dict[str, object]] = {}
    for name in NETWORKS:
        spec = cnnspec.load(library_root() / f"{name}.cnn")
        resolved = spec.recipe("lecture")
        assert resolved.recipe is not None
        keep = Keep(arguments.state, name, arguments.epochs)
        network = spec.resolved(resolved.model).network
        finished = arguments.state / f"{name}.test.json"
        if keep.done >= arguments.epochs and finished.is_file():
            results[name] = {"rows": keep.rows, "test": json.loads(finished.read_text())}
            continue
        result = train(
            network,
            resolved.recipe,
            data,
            epochs=arguments.epochs,
            threads=arguments.threads,
            callbacks=[keep],
            progress=progress_for(),
        )
        write_json(finished, result.test)
        results[name] = {"rows": keep.rows, "test": dict(result.test)}
        write_table(results, arguments.threads, data.name)
    write_table(results, arguments.threads, data.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
