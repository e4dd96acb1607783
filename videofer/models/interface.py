"""What a model's file works with and must define: `MODEL`, a `Model`. docs/add-a-model.md shows a complete one.

A neural network subclasses `Learner` and names it as `learner` of its Model, which the one training loop fits;
anything else fits itself and says by `Fitted` what it learned. Neither ever sees the test clips before it is done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Schedule:
    """How to train a network; every field is a key of `training` in the configuration, described in its schema."""

    epochs: int
    batch_size: int
    learning_rate: float
    optimiser: str = "adam"
    momentum: float = 0.0
    weight_decay: float = 0.0
    precision: str = "float32"


@dataclass(frozen=True)
class Batch:
    """B clips on the device, T frames each.

    clips (B, T, 48, 48) in 0..1; landmarks (B, T, 68, 2), x and y in pixels of the frame, iBUG numbering; labels
    (B,) int64.
    """

    clips: Tensor
    landmarks: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Split:
    """The clips of one role on the device, in all eight versions, and which of them count.

    versions (N, 8, T, 48, 48) uint8; landmarks (N, 8, T, 68, 2) float32; labels (N,); samples (M, 2) of (clip,
    version).
    """

    versions: Tensor
    landmarks: Tensor
    labels: Tensor
    samples: Tensor

    def __len__(self) -> int:
        return len(self.samples)

    def batch(self, order: Tensor) -> Batch:
        """Return the samples at positions `order` (B,)."""
        clip, version = self.samples[order].unbind(1)
        return Batch(self.versions[clip, version].float() / 255, self.landmarks[clip, version], self.labels[clip])


@dataclass(frozen=True)
class Task:
    """One fold to learn.

    variant: its name; options: the model's own keys of the configuration; seed: seed and fold; device: where the
    splits are; resume: file that a network's training goes on from after it was killed.
    """

    variant: str
    options: Mapping
    classes: int
    training: Split
    validation: Split
    schedule: Schedule
    seed: tuple[int, ...]
    device: str
    resume: Path


@dataclass(frozen=True)
class Fitted:
    """What was learned: everything that ends up in the run's files.

    epoch: the chosen one (0: the model has none); history: a row for each epoch and split, with epoch, split, the
    losses by name (at least total), accuracy, and capsule_accuracy of a model with that head; weights: all that was
    learned, as arrays; parameters: how many numbers that is; predict: class scores (M, J) by head, those of
    "sequence" being probabilities; earlier_seconds: what a training that was killed and resumed took before; notes:
    what a reader of the report must know of how it went.
    """

    epoch: int
    history: Sequence[Mapping]
    weights: Mapping[str, np.ndarray]
    parameters: int
    predict: Callable[[Split], dict[str, np.ndarray]]
    earlier_seconds: float = 0.0
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Model:
    """A registered model: the names of its variants, and either the learner of a network or a function that fits.

    learner: builds the `Learner` of a task, which the training loop fits; fit: learns a fold by itself.
    """

    variants: Sequence[str]
    learner: "Callable[[Task], Learner] | None" = None
    fit: Callable[[Task], Fitted] | None = None


class Answer(Protocol):
    """What a network says of a batch; a model may return more with it for its own losses.

    The softmax of logits (B, J) is the class probabilities (a mean of probabilities is given by its logarithm).
    votes (B, J): the scores of the capsule head, or None. A dataclass whose every tensor has the clips first.
    """

    logits: Tensor
    votes: Tensor | None


@dataclass(frozen=True)
class Logits:
    """The plain answer of a network without capsules: logits (B, J)."""

    logits: Tensor
    votes: None = None


class Learner:
    """A network and how it learns. A subclass builds `network` and overrides what differs from the plain case.

    All that training changes must be in `network.state_dict()` (register_buffer what is no parameter): from it
    alone a killed run goes on, and a best epoch comes back. Random numbers may be drawn from torch anywhere.
    """

    network: nn.Module
    # Whether every training step on a batch of one size asks the device for the very same operations, looking at no
    # value and drawing no random number on the processor: a GPU then replays a recorded step.
    recordable = False

    def answer(self, batch: Batch) -> Answer:
        """Answer a batch, in training and in judging (`network.training` tells which): which frames and landmarks
        are looked at is decided here. Labels may be used in training only.
        """
        return Logits(self.network(batch.clips))

    def classify(self, batch: Batch) -> Answer:
        """Answer a batch of which no losses are wanted; overridden where `answer` does more than that needs."""
        return self.answer(batch)

    def losses(self, answer: Answer, batch: Batch) -> dict[str, Tensor]:
        """Return the losses by name, means over the batch; "total" is what is minimised."""
        return {"total": functional.cross_entropy(answer.logits.float(), batch.labels)}

    def stages(self, schedule: Schedule) -> dict[str, Schedule]:
        """Return the stages of the training by name, in order: each starts from the best epoch of the one before,
        with a fresh optimiser.
        """
        return {"train": schedule}

    def begin(self, stage: str) -> None:
        """Prepare a stage. Parameters that do not require a gradient then are frozen for it."""

    def after_step(self, answer: Answer, batch: Batch) -> None:
        """Change what the optimiser does not, after each of its steps (no gradients are kept)."""


def count_parameters(network: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
