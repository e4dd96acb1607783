"""A step of a training: operation by operation, or recorded once and then replayed by the GPU as a whole."""

import logging
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from videofer.models.interface import Answer, Batch, Learner, Schedule, Split
from videofer.training.accumulation import Parts, add_gradients
from videofer.training.precision import autocast

WARM_UP = 3  # steps of a batch size before it is recorded: libraries choose their algorithms in them
SWITCH = "VIDEOFER_CUDA_GRAPHS"
RIGHT = ("accuracy", "capsule_accuracy")

Take = Callable[[Tensor], Tensor]


class Step:
    """Takes the training steps of one stage: called with positions (B,) in the split, it returns a row for `Tally`.

    On CUDA a `Learner` that is `recordable` has its step recorded as a CUDA graph, one for each size of batch, and
    replayed: a small network's several hundred operations then cost one launch, and the results are the same. The
    environment's VIDEOFER_CUDA_GRAPHS=0 turns that off; so do batches that must be taken in parts.
    """

    def __init__(
        self, learner: Learner, split: Split, schedule: Schedule, optimiser: torch.optim.Optimizer, parts: Parts
    ):
        self.learner, self.split, self.schedule = learner, split, schedule
        self.optimiser, self.parts = optimiser, parts
        self.names: tuple[str, ...] = ()
        cuda = split.samples.device.type == "cuda"
        self.records = cuda and learner.recordable and os.environ.get(SWITCH) != "0"
        self.seen: Counter[int] = Counter()
        self.recorded: dict[int, Take] = {}

    def __call__(self, positions: Tensor) -> Tensor:
        size = len(positions)
        self.seen[size] += 1
        if not self.records or self.parts.clips is not None or self.seen[size] <= WARM_UP:
            return self.take(positions)
        if size not in self.recorded:
            try:
                self.recorded[size] = record(self.take, positions)
            except RuntimeError as error:
                if isinstance(error, torch.OutOfMemoryError) and self.parts.others:
                    raise  # others hold memory, too: they decide who makes room
                self.records = False
                logging.warning("a step could not be recorded: its operations are launched one by one (%s)", error)
                return self.take(positions)
        return self.recorded[size](positions)

    def take(self, positions: Tensor) -> Tensor:
        """Take a step operation by operation."""
        batch, answer, losses = add_gradients(self.compute, positions, self.optimiser, self.parts)
        self.optimiser.step()
        with torch.no_grad():
            self.learner.after_step(answer, batch)
        self.names, row = score(answer, batch, losses)
        return row

    def compute(self, positions: Tensor) -> tuple[Batch, Answer, dict[str, Tensor]]:
        """Return a batch, the network's answer and its losses."""
        batch = self.split.batch(positions)
        with autocast(batch.clips.device, self.schedule.precision):
            answer = self.learner.answer(batch)
        return batch, answer, self.learner.losses(answer, batch)


def record(take: Take, positions: Tensor) -> Take:
    """Record what `take` asks of the current CUDA stream, without doing it, and return what replays it."""
    held = positions.clone()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=torch.cuda.current_stream()):
        row = take(held)

    def replay(positions: Tensor) -> Tensor:
        held.copy_(positions)
        graph.replay()
        return row.clone()  # the next replay writes over it

    return replay


def score(answer: Answer, batch: Batch, losses: Mapping[str, Tensor]) -> tuple[tuple[str, ...], Tensor]:
    """Return names and, in a tensor on the device, the batch's losses (means) and each head's right answers."""
    right = {"accuracy": answer.logits}
    if answer.votes is not None:
        right["capsule_accuracy"] = answer.votes
    counts = [(scores.argmax(-1) == batch.labels).sum() for scores in right.values()]
    return (*losses, *right), torch.stack([value.detach().float() for value in (*losses.values(), *counts)])


class Tally:
    """Sums of losses and right answers over batches, fetched from the device once, since each look at it waits."""

    def __init__(self, sums: Mapping[str, float] | None = None):
        self.sums = dict(sums or {})
        self.rows: list[Tensor] = []
        self.sizes: list[int] = []

    def add(self, row: Tensor, size: int) -> None:
        """Count the row that `score` made of a batch of so many clips."""
        self.rows.append(row)
        self.sizes.append(size)

    def read(self, names: Sequence[str]) -> dict[str, float]:
        """Return the sums by name."""
        rows = torch.stack(self.rows).cpu().tolist() if self.rows else []
        for row, size in zip(rows, self.sizes, strict=True):
            for name, value in zip(names, row, strict=True):
                self.sums[name] = self.sums.get(name, 0.0) + (value if name in RIGHT else value * size)
        self.rows, self.sizes = [], []
        return self.sums
