"""DTAGN: a network of the frames and one of the landmarks, alone, as a weighted sum, and jointly fine-tuned.

H. Jung, S. Lee, J. Yim, S. Park, J. Kim: Joint fine-tuning in deep neural networks for facial expression
recognition, ICCV 2015. Theirs: both networks, how landmarks are normalised, the two ways of joining the networks,
and the weights 1, 1, 0.1 of the joint loss. Their layer table is taken from accounts of the paper, not checked
against it; by these, DTAN saw 12 frames of 64 x 64 pixels and DTGN 49 landmarks, here they see 16 of 48 x 48 and
68. Ours: inputs are taken relative to their mean over the training samples (without it DTGN, whose inputs are much
alike in all clips, learned nothing once it had dropout); the rate of dropout, an equal share of both in the
weighted sum, the constants of the local response normalisation, the optimiser, and the size D.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from videofer.core.landmarks import NOSE_TIP
from videofer.models.interface import Answer, Batch, Learner, Logits, Model, Schedule, Split, Task

FRAME_SIZE = 48  # pixels
KERNEL = 5  # pixels, of both convolutions
NEIGHBOURS = (5, 3)  # channels that the local response normalisations look at
DROPOUT = 0.2  # 0.5 learned more slowly and answered no better on validation
# Of the local response normalisation: Krizhevsky et al. 2012, as most libraries scale them.
ALPHA, BIAS = 1e-4, 1.0
SAMPLES_AT_ONCE = 64  # in taking the mean


@dataclass(frozen=True)
class Size:
    """Layer sizes of one preset.

    channels: of the two convolutions; stride: of the first; appearance, geometry: units of the two hidden layers of
    each network.
    """

    channels: tuple[int, int]
    stride: int
    appearance: tuple[int, int]
    geometry: tuple[int, int]


SIZES = {
    "paper": Size((64, 64), 1, (500, 500), (100, 600)),
    "D": Size((16, 32), 2, (128, 128), (64, 128)),
}


class LocalResponseNorm(nn.Module):
    """Divide each value by a power of its neighbouring channels' energy: (B, C, H, W) -> the same shape.

    x / (1 + alpha * mean of x^2 over `size` channels)^0.75, zeros beyond the first and the last channel. torch's
    own pools in 3D, which has no deterministic gradient on a GPU and is slower; here the mean is a product with a
    band of ones. Source: Krizhevsky, Sutskever, Hinton 2012, section 3.3.
    """

    def __init__(self, channels: int, size: int):
        super().__init__()
        number = torch.arange(channels)
        near = (number[:, None] - number).abs() <= size // 2
        self.register_buffer("band", near[:, :, None, None] * (ALPHA / size), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        root = (BIAS + functional.conv2d(x.square(), self.band)).rsqrt()
        return x * root * root.sqrt()


class DTAN(nn.Module):
    """The appearance network: clips (B, T, 48, 48) in 0..1 -> logits (B, J).

    The frames are the channels of the first convolution, so that its filters differ from frame to frame. mean
    (T, 48, 48): of the training clips.
    """

    def __init__(self, mean: Tensor, classes: int, size: Size):
        super().__init__()
        self.register_buffer("mean", mean)
        first, second = size.channels
        side = FRAME_SIZE // size.stride // 2 // 2
        convolutions = nn.Sequential(
            nn.Conv2d(len(mean), first, KERNEL, size.stride, KERNEL // 2), nn.ReLU(),
            LocalResponseNorm(first, NEIGHBOURS[0]), nn.MaxPool2d(2),
            nn.Conv2d(first, second, KERNEL, 1, KERNEL // 2), nn.ReLU(),
            LocalResponseNorm(second, NEIGHBOURS[1]), nn.MaxPool2d(2),
        )  # fmt: skip
        # Channels last is the faster layout of small convolutions on a CPU (and of tensor cores).
        self.convolutions = convolutions.to(memory_format=torch.channels_last)
        self.hidden = hidden_layers(second * side**2, size.appearance)
        self.top = nn.Linear(size.appearance[-1], classes)

    def forward(self, clips: Tensor) -> Tensor:
        return self.top(self.hidden(self.convolutions(clips - self.mean).flatten(1)))


class DTGN(nn.Module):
    """The geometry network: normalised landmarks (B, T, 68, 2) -> logits (B, J).

    mean (T, 68, 2): of the normalised landmarks of the training clips.
    """

    def __init__(self, mean: Tensor, classes: int, size: Size):
        super().__init__()
        self.register_buffer("mean", mean)
        self.hidden = hidden_layers(mean.numel(), size.geometry)
        self.top = nn.Linear(size.geometry[-1], classes)

    def forward(self, landmarks: Tensor) -> Tensor:
        return self.top(self.hidden((landmarks - self.mean).flatten(1)))


def hidden_layers(inputs: int, units: tuple[int, int]) -> nn.Sequential:
    """Return two linear layers, each followed by ReLU and dropout: (B, inputs) -> (B, units[1])."""
    first, second = units
    return nn.Sequential(
        nn.Linear(inputs, first), nn.ReLU(), nn.Dropout(DROPOUT),
        nn.Linear(first, second), nn.ReLU(), nn.Dropout(DROPOUT),
    )  # fmt: skip


def normalise_landmarks(landmarks: Tensor) -> Tensor:
    """Put the nose tip of every frame at 0 and divide each axis by its standard deviation over the frame's points.

    (B, T, P, 2) in pixels -> the same shape, without unit. Points all in a line have no spread across it: 0 there.
    """
    spread = landmarks.std(2, keepdim=True, correction=0)
    return (landmarks - landmarks[:, :, NOSE_TIP, None]) / spread.clamp_min(1e-3)


@dataclass(frozen=True)
class JointLogits:
    """The logits (B, J) of both networks; the joint answer is their sum."""

    appearance: Tensor
    geometry: Tensor
    votes: None = None

    @property
    def logits(self) -> Tensor:
        return self.appearance + self.geometry


def sum_probabilities(appearance: Tensor, geometry: Tensor, weight: float) -> Tensor:
    """Return `weight` of one network's class probabilities plus the rest of the other's, as logits: all (B, J)."""
    first, second = (logits.float().log_softmax(-1) for logits in (appearance, geometry))
    return torch.logaddexp(first + math.log(weight), second + math.log1p(-weight))


# What a network is called in variants, stages and weights, and what of a batch it looks at.
NETWORKS: dict[str, tuple[type[nn.Module], Callable[[Batch], Tensor]]] = {
    "dtan": (DTAN, lambda batch: batch.clips),
    "dtgn": (DTGN, lambda batch: normalise_landmarks(batch.landmarks)),
}
# The stages of each variant, the whole model first.
STAGES = {
    "joint": ("dtan", "dtgn", "joint"),
    "weighted-sum": ("dtan", "dtgn"),
    "dtan": ("dtan",),
    "dtgn": ("dtgn",),
}


class DTAGN(Learner):
    """One or both networks, one after the other, and what joins them.

    Options: size; appearance_weight, DTAN's share of the weighted sum; loss_weights, of the losses of DTAN, of
    DTGN and of the sum of their logits in the joint stage, which trains the top layers alone. The weighted sum has
    no training of its own: it is the answer that is judged while DTGN trains, so that DTGN's epoch is chosen by
    the sum.
    """

    def __init__(self, task: Task):
        self.variant = task.variant
        self.weight = task.options["appearance_weight"]
        self.loss_weights = task.options["loss_weights"]
        size = SIZES[task.options["size"]]
        self.network = nn.ModuleDict()
        for name, (network, see) in NETWORKS.items():
            if name in STAGES[task.variant]:
                self.network[name] = network(mean_input(task.training, see), task.classes, size)

    def stages(self, schedule: Schedule) -> dict[str, Schedule]:
        """Train each network, then in the variant "joint" the top layers of both, all by the same schedule."""
        return dict.fromkeys(STAGES[self.variant], schedule)

    def begin(self, stage: str) -> None:
        """Leave free the network of the stage, or the top layers in the joint stage."""
        self.stage = stage
        for name, network in self.network.items():
            network.requires_grad_(name == stage)
            network.top.requires_grad_(stage in (name, "joint"))

    def answer(self, batch: Batch) -> Answer:
        """Answer as the stage's network; as both in the joint stage, and in judging the last of a weighted sum."""
        if self.stage == "joint":
            return JointLogits(self.say("dtan", batch), self.say("dtgn", batch))
        if self.variant == "weighted-sum" and self.stage == "dtgn" and not self.network.training:
            return Logits(sum_probabilities(self.say("dtan", batch), self.say("dtgn", batch), self.weight))
        return Logits(self.say(self.stage, batch))

    def say(self, name: str, batch: Batch) -> Tensor:
        """Return the logits (B, J) of one network."""
        _, see = NETWORKS[name]
        return self.network[name](see(batch))

    def losses(self, answer: Answer, batch: Batch) -> dict[str, Tensor]:
        """Return the cross-entropy; in the joint stage those of both networks and of their sum, as weighted."""
        if not isinstance(answer, JointLogits):
            return super().losses(answer, batch)
        said = {"appearance": answer.appearance, "geometry": answer.geometry, "joint": answer.logits}
        parts = {
            name: weight * functional.cross_entropy(logits.float(), batch.labels)
            for (name, logits), weight in zip(said.items(), self.loss_weights, strict=True)
        }
        return parts | {"total": sum(parts.values())}


def mean_input(split: Split, see: Callable[[Batch], Tensor]) -> Tensor:
    """Return the mean of what `see` takes of a batch over the samples of a split, which has at least one."""
    orders = torch.arange(len(split), device=split.samples.device).split(SAMPLES_AT_ONCE)
    return sum(see(split.batch(order)).sum(0) for order in orders) / len(split)


MODEL = Model(variants=tuple(STAGES), learner=DTAGN)
