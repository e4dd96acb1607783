"""What a model's file works with and must define: `MODEL`, a `Model`. docs/add-a-model.md shows a complete one.

A neural network subclasses `Learner` and names it as `learner` of its Model, which the one training loop fits;
anything else fits itself and returns what it learned as `Fitted`. Neither ever sees the test clips before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Schedule:
    """How to train a network; every field is a key of `training` in the configuration, described in its schema."""

    epochs: int
    patience: int
    batch_size: int
    optimiser: str
    learning_rate: float
    momentum: float
    weight_decay: float
    precision: str


@dataclass(frozen=True)
class Batch:
    """B clips (B, T, 48, 48) in 0..1 of T frames; landmarks (B, T, 68, 2), x and y in pixels; labels (B,) int64."""

    clips: Tensor
    landmarks: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Split:
    """The clips on the device in all eight versions, and which of them are the samples of one role.

    versions (N, 8, T, 48, 48) uint8; landmarks (N, 8, T, 68, 2) float32; samples (M, 2) of (clip, version).
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
    """One fold to learn, on `device`; options: the model's own keys of the configuration; seed: (seed, fold)."""

    variant: str
    options: Mapping
    classes: int
    training: Split
    validation: Split
    schedule: Schedule
    seed: tuple[int, ...]
    device: str


@dataclass(frozen=True)
class Fitted:
    """What was learned: everything that is written to the run's files.

    epoch: the chosen one (0: the model has none); history: a row for each epoch and split, with epoch, split, the
    losses by name (at least total), accuracy, and capsule_accuracy of a model with that head; parameters: how many
    numbers were learned; predict: class scores (M, J) by head, those of "sequence" being probabilities;
    earlier_seconds: spent before the training was killed and resumed; converged: False if `epochs` ended a stage
    that still got better on validation, None of a model without epochs.
    """

    epoch: int
    history: Sequence[Mapping]
    weights: Mapping[str, np.ndarray]
    parameters: int
    predict: Callable[[Split], dict[str, np.ndarray]]
    earlier_seconds: float = 0.0
    converged: bool | None = None


@dataclass(frozen=True)
class Model:
    """A registered model: the names of its variants, and either `learner` or `fit`.

    learner: builds the `Learner` of a task, which the training loop fits; fit: learns a fold by itself. The random
    numbers of torch, numpy and Python are seeded before either is called.
    """

    variants: Sequence[str]
    learner: "Callable[[Task], Learner] | None" = None
    fit: Callable[[Task], Fitted] | None = None


class Answer(Protocol):
    """What a network returns for a batch; a model may add what its own losses need.

    The softmax of logits (B, J) is the class probabilities (a mean of probabilities is given by its logarithm).
    votes (B, J): the scores of the capsule head, or None.
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

    All that training changes must be in `network.state_dict()` (register_buffer what is no parameter): a killed
    training goes on from it, and the best epoch is kept as it. Random numbers must come from torch.
    """

    network: nn.Module

    def answer(self, batch: Batch) -> Answer:
        """Run the network on a batch, in training and in judging (`network.training` is true or false).

        The frames and landmarks that are used are chosen here. Labels may be used in training only.
        """
        return Logits(self.network(batch.clips))

    def classify(self, batch: Batch) -> Answer:
        """Run the network on a batch whose losses are not needed; override it where `answer` computes more."""
        return self.answer(batch)

    def losses(self, answer: Answer, batch: Batch) -> dict[str, Tensor]:
        """Return the losses by name, means over the batch; "total" is minimised."""
        return {"total": functional.cross_entropy(answer.logits.float(), batch.labels)}

    def stages(self, schedule: Schedule) -> dict[str, Schedule]:
        """Return the schedules of the training's stages by name, in order.

        Each starts from the best epoch of the one before, with a fresh optimiser.
        """
        return {"train": schedule}

    def begin(self, stage: str) -> None:
        """Prepare a stage. Parameters that do not require a gradient then are frozen for it."""

    def after_step(self, answer: Answer, batch: Batch) -> None:
        """Change what the optimiser does not, after each of its steps (no gradients are kept)."""


def count_parameters(network: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def summarise_fit(task: Task, weights: Mapping[str, np.ndarray], predict: Callable[[Split], np.ndarray]) -> Fitted:
    """Return the fold's result of a model without epochs that `predict`s probabilities (M, J) from `weights`.

    Its history has one row a split, epoch 0; its only loss, total, is the log loss (mean of -log p of the class).
    """
    history = []
    for name, split in (("train", task.training), ("validation", task.validation)):
        probability, labels = predict(split), split.labels[split.samples[:, 0]].cpu().numpy()
        total = float(-np.log(probability[np.arange(len(labels)), labels].clip(1e-12)).mean())
        accuracy = float((probability.argmax(1) == labels).mean())
        history.append({"epoch": 0, "split": name, "total": total, "accuracy": accuracy})
    parameters = sum(array.size for array in weights.values())
    return Fitted(0, history, weights, parameters, lambda split: {"sequence": predict(split)})
