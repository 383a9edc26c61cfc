"""Processes that train together, on one machine through gloo, as a launcher would start them."""

from __future__ import annotations

import os
import socket
from typing import Any

import torch

from cnnspec.recipe.recipe import Recipe
from cnnspec.train.callbacks import Callback, Logs
from cnnspec.train.training import train
from support.faults import end, processes
from support.training import bars, network_of


class StopAt(Callback):
    """Stops after a step, or ends the process there."""

    def __init__(self, step: int, *, kill: bool) -> None:
        self.at, self.kill = step, kill

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        if self.session.step != self.at:
            return
        if self.kill:
            self.session.save()
            os._exit(1)
        self.session.optimizer.learning_rate = 0.0
        self.session.stop("enough")


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def work(rank: int, size: int, port: int, answers: Any, body: str, recipe: Recipe, samples: int, options: dict[str, Any]) -> None:
    """One of the processes: it trains, and tells its weights and figures."""
    torch.set_num_threads(1)
    os.environ.update(RANK=str(rank), WORLD_SIZE=str(size), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), LOCAL_RANK=str(rank))
    result = train(network_of(body), recipe, bars(train=samples), threads=1, **options)
    weights = {name: tensor.numpy() for name, tensor in result.module.state_dict().items()}
    answers.put((rank, weights, list(result.history), dict(result.test), result.stopped))


def train_together(
    size: int, body: str, recipe: Recipe, samples: int, *, lost: bool = False, **options: Any
) -> list[tuple[dict[str, Any], list[dict[str, float]], dict[str, float], str]]:
    """What each of so many processes came to; nothing where one is lost on the way."""
    context = processes()
    answers, port = context.Queue(), free_port()
    arguments = (size, port, answers, body, recipe, samples, options)
    workers = [context.Process(target=work, args=(rank, *arguments)) for rank in range(size)]
    for worker in workers:
        worker.start()
    if lost:
        workers[0].join(60)
        for worker in workers[1:]:
            worker.kill()
    found = {} if lost else {answer[0]: answer[1:] for answer in (answers.get(timeout=60) for _ in workers)}
    for worker in workers:
        end(worker)
    return [found[rank] for rank in sorted(found)]
