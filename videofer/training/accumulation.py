"""A batch that a device's memory cannot hold is taken in parts, whose gradients are added up."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from videofer.core.errors import UserError
from videofer.models.interface import Answer, Batch

Computed = tuple[Batch, Answer, dict[str, Tensor]]


@dataclass
class Parts:
    """How many clips of a batch a training takes at once; None while the memory has held every batch whole.

    others: how many trainings of this process hold memory of the same device.
    """

    clips: int | None = None
    others: int = 0

    def describe(self) -> list[str]:
        """Return what a reader of the report must know."""
        if self.clips is None:
            return []
        return [f"The device's memory was too small for a batch: its clips were taken {self.clips} at a time."]


def add_gradients(
    compute: Callable[[Tensor], Computed], positions: Tensor, optimiser: torch.optim.Optimizer, parts: Parts
) -> Computed:
    """Put the gradient of the mean loss of the clips at `positions` (B,) into the parameters, whole or in parts.

    compute: positions -> a batch, its answer and its losses, all means over the batch. Returns the same of the
    whole batch. If the device runs out of memory, the batch is halved, now and in all later calls with these
    `parts`. The sum of the parts' gradients, each weighted by its share of the clips, is the batch's gradient where
    a loss is a mean over clips. It is not where the network looks at a batch as a whole: batch normalisation takes
    mean and variance of a part alone, and moves its running ones once for each part, the failed try's included;
    random numbers, such as dropout's, fall differently too. Raises UserError if one clip is too much, and, beside
    others, who may make room, torch.OutOfMemoryError at once.
    """
    while True:
        size = min(parts.clips or len(positions), len(positions))
        try:
            return _try(compute, positions, optimiser, size)
        except torch.OutOfMemoryError as error:
            if parts.others:
                raise
            if size == 1:
                raise UserError(
                    "one clip does not fit into the GPU's memory: choose a smaller size of the model, fewer jobs "
                    "on a GPU (VIDEOFER_JOBS_PER_GPU), or training.device: cpu."
                ) from error
        # Only here, after the handler, has the failed try let go of its tensors.
        parts.clips = (size + 1) // 2
        logging.warning("out of memory with %d clips: taking %d at a time from now on", size, parts.clips)


def _try(
    compute: Callable[[Tensor], Computed], positions: Tensor, optimiser: torch.optim.Optimizer, size: int
) -> Computed:
    optimiser.zero_grad()
    if size == len(positions):
        batch, answer, losses = compute(positions)
        losses["total"].backward()
        return batch, answer, losses
    taken = []
    for part in positions.split(size):
        batch, answer, losses = compute(part)
        share = len(part) / len(positions)
        (losses["total"] * share).backward()
        taken.append((batch, _detach(answer), {name: loss.detach() * share for name, loss in losses.items()}))
    batches, answers, shares = zip(*taken, strict=True)
    return _join(batches), _join(answers), {name: sum(losses[name] for losses in shares) for name in shares[0]}


def _detach(said: Answer) -> Answer:
    return _rebuild(said, lambda value: value[0].detach(), [said])


def _join(said: Sequence[Answer | Batch]) -> Answer | Batch:
    """Put batches, or the answers to them, one after the other: each of their tensors has the clips first."""
    return _rebuild(said[0], torch.cat, said)


def _rebuild(like, combine: Callable[[list[Tensor]], Tensor], said: Sequence):
    values = {field.name: [getattr(each, field.name) for each in said] for field in fields(like)}
    return type(like)(
        **{name: combine(given) if isinstance(given[0], Tensor) else given[0] for name, given in values.items()}
    )
