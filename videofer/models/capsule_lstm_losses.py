"""The three losses of the Capsule-LSTM (paper, section 3.2)."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

UPPER_MARGIN = 0.9  # m+ of eq. 3.2
LOWER_MARGIN = 0.1  # m- of eq. 3.2
ABSENT_WEIGHT = 0.5  # lambda of eq. 3.2
RECONSTRUCTION_WEIGHT = 0.0005  # eq. 3.3
CROSS_ENTROPY_WEIGHT = 0.5  # eq. 3.4


@dataclass(frozen=True)
class LossReadings:
    """How the paper's ambiguous sentences about the losses are read; config.yaml explains each key."""

    reconstruction_reduction: str
    margin_frames: str
    sequence_margin_of: str
    sequence_margin_weight: float


def margin_loss(probability: Tensor, labels: Tensor) -> Tensor:
    """Sum over classes of T max(0, m+ - p)^2 + lambda (1 - T) max(0, p - m-)^2, averaged over the rest (eq. 3.2).

    probability (..., J) in 0..1: capsule norms or class probabilities; labels (...) the true class.
    """
    present = functional.one_hot(labels, probability.shape[-1]).to(probability.dtype)
    missed = (UPPER_MARGIN - probability).clamp(min=0).square()
    raised = (probability - LOWER_MARGIN).clamp(min=0).square()
    return (present * missed + ABSENT_WEIGHT * (1 - present) * raised).sum(-1).mean()


def frame_margin_loss(norms: Tensor, labels: Tensor, readings: LossReadings) -> Tensor:
    """Return eq. 3.2 on the capsule norms (B, T, J) of the frames, each of which carries its clip's label (B,).

    Reading `margin_frames`: all frames, or the middle half of them.
    """
    if readings.margin_frames == "middle":
        quarter = norms.shape[1] // 4
        norms = norms[:, quarter : norms.shape[1] - quarter]
    return margin_loss(norms, labels.unsqueeze(1).expand(norms.shape[:2]))


def reconstruction_loss(reconstruction: Tensor, clips: Tensor, readings: LossReadings) -> Tensor:
    """Return 0.0005 times the squared error of pixels in 0..1, both (B, T, H, W) (eq. 3.3).

    Reading `reconstruction_reduction`: "mean" is the formula's 1/n over the pixels; "sum" adds a frame's pixels, as
    Sabour et al. do, and averages over frames.
    """
    squared = (reconstruction.float() - clips.float()).square()
    mean = readings.reconstruction_reduction == "mean"
    per_frame = squared.mean((-2, -1)) if mean else squared.sum((-2, -1))
    return RECONSTRUCTION_WEIGHT * per_frame.mean()


def sequence_loss(logits: Tensor, labels: Tensor, kind: str, readings: LossReadings) -> Tensor:
    """Return the loss on the LSTM's logits (B, J): 0.5 x cross-entropy (eq. 3.4), or eq. 3.2 on probabilities."""
    logits = logits.float()
    if kind == "cross-entropy":
        return CROSS_ENTROPY_WEIGHT * functional.cross_entropy(logits, labels)
    probability = logits.softmax(-1) if readings.sequence_margin_of == "softmax" else logits.sigmoid()
    return readings.sequence_margin_weight * margin_loss(probability, labels)
