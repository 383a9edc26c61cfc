"""Several processes that train one network together: what Torch's launcher ``torchrun`` starts.

The recipe's batch is that of all processes together. All of them know the one order of an epoch; of each batch every
process computes its share, the first ones one sample more where it does not come out even. Torch's
``DistributedDataParallel`` takes the mean of the gradients over the processes, so that a share's loss is weighed with
n_share·processes/n_batch: what comes out is the gradient of the whole batch. The first process alone has the run's folder, the
callbacks and the progress, and tells the others what these decided.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from cnnspec.train.objective import Objective
    from cnnspec.train.session import Session

#: Torch's distributed functions are not typed throughout.
_dist: Any = torch.distributed


def share_of(samples: int, rank: int, size: int) -> tuple[int, int]:
    """From where to where the part of one process goes of so many samples: all parts together are all of them, in order."""
    least, rest = divmod(samples, size)
    start = rank * least + min(rank, rest)
    return start, start + least + (rank < rest)


class Processes:
    """One process by itself: nobody to speak to.

    Attributes:
        rank: which one this is, from 0.
        size: how many there are.
    """

    rank, size = 0, 1

    @property
    def first(self) -> bool:
        """Whether this process has the folder, the callbacks and the progress."""
        return self.rank == 0

    def attach(self, objective: Objective) -> Callable[[Tensor], Tensor]:
        """The objective's values as a step computes them."""
        return objective.values

    def share(self, batch: Tensor) -> Tensor:
        """This process's part of a batch; the first sample where there is none for it, which then counts nothing."""
        return batch

    def join(self, values: Tensor, loss: Tensor, samples: int) -> tuple[Tensor, Tensor, Tensor]:
        """Of the shares of a batch: all values in order, their mean loss, and the loss whose gradient is to be taken."""
        return values.detach(), loss.detach(), loss

    def agree(self, session: Session, interrupted: int | None) -> int | None:
        """Take over what the first process decided; the signal that any of them was sent."""
        return interrupted

    def copy(self, module: nn.Module) -> None:
        """Take over the first process's weights and moving statistics."""

    def send(self, data: bytes | None) -> bytes | None:
        """The first process's bytes, in all of them."""
        return data


#: The one process of a run that was not launched as several.
ALONE = Processes()


class Group(Processes):
    """Processes that speak to each other."""

    def __init__(self, device: torch.device) -> None:
        self.rank, self.size = int(_dist.get_rank()), int(_dist.get_world_size())
        self.device = device

    def attach(self, objective: Objective) -> Callable[[Tensor], Tensor]:
        """The objective's values through ``DistributedDataParallel``, which averages gradients as they come."""
        from inspect import signature

        from torch.nn import parallel

        if not any(parameter.requires_grad for parameter in objective.network.parameters()):
            return objective.values
        # Moving statistics are copied where they matter, after an epoch, and not in every step. Torch renamed the switch.
        make: Any = parallel.DistributedDataParallel
        switch = "forward_sync_buffers" if "forward_sync_buffers" in signature(make).parameters else "broadcast_buffers"
        return make(_Values(objective), **{switch: False})

    def share(self, batch: Tensor) -> Tensor:
        start, end = share_of(len(batch), self.rank, self.size)
        return batch[start:end] if start < end else batch[:1]

    def join(self, values: Tensor, loss: Tensor, samples: int) -> tuple[Tensor, Tensor, Tensor]:
        parts = [share_of(samples, rank, self.size) for rank in range(self.size)]
        sizes = [end - start for start, end in parts]
        own: int = sizes[self.rank]
        mean = loss.detach() * (own / samples)
        _dist.all_reduce(mean)
        return self._gather(values.detach(), sizes), mean, loss * (own * self.size / samples)

    def _gather(self, values: Tensor, sizes: list[int]) -> Tensor:
        """The values of all processes in their order; every one sends as many rows as the longest has."""
        padded = values.new_zeros((max(sizes), *values.shape[1:]))
        padded[: sizes[self.rank]] = values[: sizes[self.rank]]
        parts = [torch.empty_like(padded) for _ in sizes]
        _dist.all_gather(parts, padded)
        return torch.cat([part[:size] for part, size in zip(parts, sizes, strict=True)])

    def agree(self, session: Session, interrupted: int | None) -> int | None:
        said = torch.tensor(
            [float(interrupted or 0), float(bool(session.stopped)), session.optimizer.learning_rate],
            dtype=torch.float64,
            device=self.device,
        )
        heard = [torch.empty_like(said) for _ in range(self.size)]
        _dist.all_gather(heard, said)
        answers = [cast("list[float]", part.tolist()) for part in heard]  # pyright: ignore[reportUnknownMemberType]
        session.optimizer.learning_rate = answers[0][2]
        if answers[0][1]:
            session.stop("the first process stopped")
        return int(max(answer[0] for answer in answers)) or None

    @torch.no_grad()
    def copy(self, module: nn.Module) -> None:
        for tensor in module.state_dict().values():
            # What is not laid out row by row is sent as such a copy.
            flat = tensor.contiguous()
            _dist.broadcast(flat, 0)
            tensor.copy_(flat)

    def send(self, data: bytes | None) -> bytes | None:
        length = torch.tensor([len(data) if data is not None else -1], device=self.device)
        _dist.broadcast(length, 0)
        if int(length) < 0:
            return None
        held = torch.frombuffer(bytearray(data), dtype=torch.uint8) if data else torch.empty(int(length), dtype=torch.uint8)
        held = held.to(self.device)
        _dist.broadcast(held, 0)
        return held.cpu().numpy().tobytes()


class _Values(nn.Module):
    """The objective's values as a module's call."""

    def __init__(self, objective: Objective) -> None:
        super().__init__()
        self.network = objective.network
        self._values = objective.values

    def forward(self, x: Tensor) -> Tensor:
        """The values of a share."""
        return self._values(x)


def launched() -> bool:
    """Whether a launcher such as ``torchrun`` started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1 and {"RANK", "MASTER_ADDR", "MASTER_PORT"} <= os.environ.keys()


def is_first() -> bool:
    """Whether this is the process that writes and speaks."""
    return not launched() or int(os.environ["RANK"]) == 0


def started_again() -> bool:
    """Whether the launcher started the processes anew, after one was lost."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0


@contextmanager
def joined(device: torch.device) -> Generator[Processes]:
    """The processes of this run, which find each other as the launcher tells them to."""
    if not launched():
        yield ALONE
        return
    own = not _dist.is_initialized()
    if own:
        _dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Group(device)
    finally:
        if own:
            _dist.destroy_process_group()


def synchronise(modules: Iterable[nn.Module]) -> None:
    """Let batch normalisations take their statistics of the whole batch, not of each process's share.

    Raises:
        ValueError: one is of a kind whose statistics cannot be taken so.
    """
    from cnnspec.backends.torch_modules.normalisation import BatchNorm

    for module in modules:
        if isinstance(module, BatchNorm):
            module.take_statistics_together(_sum_over_processes)


def _sum_over_processes(values: Tensor) -> Tensor:
    from torch.distributed.nn import functional

    together: Any = functional
    return together.all_reduce(values)
