"""Training of one fold: fit on the training subjects, choose the epoch on validation, read the test fold once."""

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from videofer.checkpoint import load_checkpoint, save_checkpoint
from videofer.losses import LossReadings, Variant, joint_loss

CHECKPOINT_SECONDS = 20
LOSS_PARTS = ("margin", "reconstruction", "sequence", "total")
SCORES = (*LOSS_PARTS, "accuracy", "capsule_accuracy")


@dataclass(frozen=True)
class Schedule:
    """How to train: passes over the training clips, clips a step, Adam's step size, float32 or bfloat16."""

    epochs: int
    batch_size: int
    learning_rate: float
    precision: str = "float32"


@dataclass(frozen=True)
class Split:
    """Clips on the device: versions (N, 8, T, H, W) uint8, labels (N,), samples (M, 2) of (clip, version)."""

    versions: Tensor
    labels: Tensor
    samples: Tensor

    def __len__(self) -> int:
        return len(self.samples)

    def batch(self, order: Tensor) -> tuple[Tensor, Tensor]:
        """Return clips (B, T, H, W) in 0..1 and labels (B,) of the samples at positions `order`."""
        clip, version = self.samples[order].unbind(1)
        return self.versions[clip, version].float() / 255, self.labels[clip]


@dataclass
class Progress:
    """State of a run after `epoch` epochs: history rows, and the weights chosen on validation so far."""

    epoch: int = 0
    history: list[dict] = field(default_factory=list)
    best_epoch: int = 0
    best_score: tuple[float, float] = (-1.0, 0.0)
    best_weights: dict[str, Tensor] = field(default_factory=dict)


def fit(
    model: nn.Module,
    training: Split,
    validation: Split,
    variant: Variant,
    readings: LossReadings,
    schedule: Schedule,
    seed: tuple[int, ...],
    checkpoint: Path,
) -> Progress:
    """Train `model` and leave it with the weights of the epoch chosen on validation.

    The epoch with the highest sequence accuracy on the validation clips is chosen, at a tie the one with the
    lowest joint loss. Each epoch's order depends on the seed and the epoch alone, so that a run which resumes
    from `checkpoint` ends with the same bytes as one never stopped.
    """
    optimiser = torch.optim.Adam(model.parameters(), lr=schedule.learning_rate)
    progress = load_checkpoint(checkpoint, model, optimiser, Progress)
    saved = time.monotonic()
    for epoch in range(progress.epoch + 1, schedule.epochs + 1):
        order = np.random.default_rng([*seed, epoch]).permutation(len(training))
        fitted = train_epoch(model, training, torch.from_numpy(order), variant, readings, schedule, optimiser)
        held_out = evaluate(model, validation, variant, readings, schedule)
        progress.epoch = epoch
        progress.history += [
            {"epoch": epoch, "split": "train"} | fitted,
            {"epoch": epoch, "split": "validation"} | held_out,
        ]
        score = (held_out["accuracy"], -held_out["total"])
        if score > progress.best_score:
            progress.best_epoch, progress.best_score = epoch, score
            progress.best_weights = {name: value.clone() for name, value in model.state_dict().items()}
        logging.info(
            "epoch %d/%d: loss %.4f, validation loss %.4f, LSTM %.1f %%, capsule vote %.1f %%",
            epoch, schedule.epochs, fitted["total"], held_out["total"],
            100 * held_out["accuracy"], 100 * held_out["capsule_accuracy"],
        )  # fmt: skip
        if time.monotonic() - saved > CHECKPOINT_SECONDS and epoch < schedule.epochs:
            save_checkpoint(checkpoint, model, optimiser, progress)
            saved = time.monotonic()
    model.load_state_dict(progress.best_weights)
    return progress


def train_epoch(
    model: nn.Module,
    split: Split,
    order: Tensor,
    variant: Variant,
    readings: LossReadings,
    schedule: Schedule,
    optimiser: torch.optim.Optimizer,
) -> dict[str, float]:
    """Take one pass over the samples in `order` and return the mean losses and accuracies during it."""
    model.train()
    sums = dict.fromkeys(SCORES, 0.0)
    for positions in order.to(split.samples.device).split(schedule.batch_size):
        clips, labels = split.batch(positions)
        with autocast(clips.device, schedule.precision):
            output = model(clips, labels, reconstruct=variant.reconstruction)
        losses = joint_loss(output, clips, labels, variant, readings)
        optimiser.zero_grad()
        losses.total.backward()
        optimiser.step()
        _add(sums, losses, output, labels)
    return {name: value / len(order) for name, value in sums.items()}


@torch.no_grad()
def evaluate(
    model: nn.Module, split: Split, variant: Variant, readings: LossReadings, schedule: Schedule
) -> dict[str, float]:
    """Return mean losses and accuracies over a split; the decoder sees the winning capsule, as at test time."""
    model.eval()
    sums = dict.fromkeys(SCORES, 0.0)
    for positions in torch.arange(len(split), device=split.samples.device).split(schedule.batch_size):
        clips, labels = split.batch(positions)
        with autocast(clips.device, schedule.precision):
            output = model(clips, reconstruct=variant.reconstruction)
        _add(sums, joint_loss(output, clips, labels, variant, readings), output, labels)
    return {name: value / len(split) for name, value in sums.items()}


@torch.no_grad()
def predict(model: nn.Module, split: Split, schedule: Schedule) -> tuple[np.ndarray, np.ndarray]:
    """Return class probabilities of the LSTM (M, J) and capsule norms averaged over the frames (M, J)."""
    model.eval()
    probabilities, votes = [], []
    for positions in torch.arange(len(split), device=split.samples.device).split(schedule.batch_size):
        clips, _ = split.batch(positions)
        with autocast(clips.device, schedule.precision):
            output = model(clips)
        probabilities.append(output.logits.float().softmax(-1))
        votes.append(output.norms.mean(1))
    return torch.cat(probabilities).cpu().numpy(), torch.cat(votes).cpu().numpy()


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return the context that computes convolutions and matrix products in bfloat16 where that was asked for."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def _add(sums: dict[str, float], losses, output, labels: Tensor) -> None:
    """Add a batch's summed losses and right answers of both heads to `sums`."""
    for part in LOSS_PARTS:
        sums[part] += float(getattr(losses, part).detach()) * len(labels)
    sums["accuracy"] += int((output.logits.argmax(-1) == labels).sum())
    sums["capsule_accuracy"] += int((output.norms.mean(1).argmax(-1) == labels).sum())
