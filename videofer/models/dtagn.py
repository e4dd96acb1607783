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
from videofer.core.study import FRAME_SIZE
from videofer.models.interface import Answer, Batch, Learner, Logits, Model, Schedule, Split, Task

KERNEL = 5  # pixels, of both convolutions
NEIGHBOURS = (5, 3)  # channels in a sum of the local response normalisations
DROPOUT = 0.2  # 0.5 learned more slowly and was no better on validation
ALPHA, BIAS = 1e-4, 1.0  # of the normalisation: Krizhevsky et al. 2012, as most libraries scale them
SAMPLES_AT_ONCE = 64  # in taking the mean


@dataclass(frozen=True)
class Size:
    """Channels of the two convolutions, stride of the first, and units of the two hidden layers of each network."""

    channels: tuple[int, int]
    stride: int
    appearance: tuple[int, int]
    geometry: tuple[int, int]


SIZES = {"paper": Size((64, 64), 1, (500, 500), (100, 600)), "D": Size((16, 32), 2, (128, 128), (64, 128))}


class LocalResponseNorm(nn.Module):
    """Divide x by (1 + alpha * mean of x^2 over `size` channels)^0.75, with zeros beyond the outer channels.

    torch's own pools in 3D, which has no deterministic gradient on a GPU and is slower; here the mean is a product
    with a band of ones. Source: Krizhevsky, Sutskever, Hinton 2012, section 3.3.
    """

    def __init__(self, channels: int, size: int):
        super().__init__()
        number = torch.arange(channels)
        near = (number[:, None] - number).abs() <= size // 2
        self.register_buffer("band", near[:, :, None, None] * (ALPHA / size), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalised maps of maps, both (B, C, H, W)."""
        root = (BIAS + functional.conv2d(x.square(), self.band)).rsqrt()
        return x * root * root.sqrt()


class Branch(nn.Module):
    """One of the two networks: `convolutions` to `inputs` features, two hidden layers of `units`, the layer `top`.

    mean: of the input over the training samples, of the shape of one.
    """

    def __init__(self, mean: Tensor, convolutions: nn.Module, inputs: int, units: tuple[int, int], classes: int):
        super().__init__()
        self.register_buffer("mean", mean)
        self.convolutions = convolutions
        first, second = units
        self.hidden = nn.Sequential(
            nn.Linear(inputs, first), nn.ReLU(), nn.Dropout(DROPOUT),
            nn.Linear(first, second), nn.ReLU(), nn.Dropout(DROPOUT),
        )  # fmt: skip
        self.top = nn.Linear(second, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (B, J) of an input (B, *)."""
        return self.top(self.hidden(self.convolutions(x - self.mean).flatten(1)))


def build_dtan(mean: Tensor, classes: int, size: Size) -> Branch:
    """Build the appearance network: clips (B, T, 48, 48) in 0..1 -> logits (B, J); mean (T, 48, 48).

    The frames are the channels of the first convolution, so that its filters differ from frame to frame.
    """
    layers, before = [], len(mean)
    for channels, stride, neighbours in zip(size.channels, (size.stride, 1), NEIGHBOURS, strict=True):
        layers += [nn.Conv2d(before, channels, KERNEL, stride, KERNEL // 2), nn.ReLU()]
        layers += [LocalResponseNorm(channels, neighbours), nn.MaxPool2d(2)]
        before = channels
    # Channels last is the faster layout of small convolutions on a CPU.
    convolutions = nn.Sequential(*layers).to(memory_format=torch.channels_last)
    side = FRAME_SIZE // size.stride // 2 // 2
    return Branch(mean, convolutions, before * side**2, size.appearance, classes)


def build_dtgn(mean: Tensor, classes: int, size: Size) -> Branch:
    """Build the geometry network: normalised landmarks (B, T, 68, 2) -> logits (B, J); mean (T, 68, 2)."""
    return Branch(mean, nn.Identity(), mean.numel(), size.geometry, classes)


def normalise_landmarks(landmarks: Tensor) -> Tensor:
    """Put the nose tip of every frame at 0 and divide each axis by its standard deviation over the frame's points.

    (B, T, P, 2) in pixels -> the same shape, without unit. Points all in a line have no spread across it: 0 there.
    """
    spread = landmarks.std(2, keepdim=True, correction=0)
    return (landmarks - landmarks[:, :, NOSE_TIP, None]) / spread.clamp_min(1e-3)


@dataclass(frozen=True)
class JointLogits:
    """The logits (B, J) of both networks; a clip is classified by their sum."""

    appearance: Tensor
    geometry: Tensor
    votes: None = None

    @property
    def logits(self) -> Tensor:
        """Add the logits."""
        return self.appearance + self.geometry


def sum_probabilities(appearance: Tensor, geometry: Tensor, weight: float) -> Tensor:
    """Return `weight` of one network's class probabilities plus the rest of the other's, as logits: all (B, J)."""
    first, second = (logits.float().log_softmax(-1) for logits in (appearance, geometry))
    return torch.logaddexp(first + math.log(weight), second + math.log1p(-weight))


# Name of each network in variants, stages and weights -> what builds it, and its input from a batch.
NETWORKS: dict[str, tuple[Callable[[Tensor, int, Size], Branch], Callable[[Batch], Tensor]]] = {
    "dtan": (build_dtan, lambda batch: batch.clips),
    "dtgn": (build_dtgn, lambda batch: normalise_landmarks(batch.landmarks)),
}
# The stages of each variant, the whole model first.
STAGES = {
    "joint": ("dtan", "dtgn", "joint"),
    "weighted-sum": ("dtan", "dtgn"),
    "dtan": ("dtan",),
    "dtgn": ("dtgn",),
}


class DTAGN(Learner):
    """One or both networks, trained one after the other, and what joins them.

    Options: size; appearance_weight, DTAN's share of the weighted sum; loss_weights, of the losses of DTAN, of
    DTGN and of the sum of their logits in the joint stage, which trains the top layers alone. The weighted sum is
    not trained: while DTGN trains, the sum is judged on validation, so that it chooses DTGN's epoch.
    """

    def __init__(self, task: Task):
        self.variant = task.variant
        self.weight = task.options["appearance_weight"]
        self.loss_weights = task.options["loss_weights"]
        size = SIZES[task.options["size"]]
        self.network = nn.ModuleDict()
        for name, (build, take_input) in NETWORKS.items():
            if name in STAGES[task.variant]:
                self.network[name] = build(mean_input(task.training, take_input), task.classes, size)

    def stages(self, schedule: Schedule) -> dict[str, Schedule]:
        """Train each network, then in the variant "joint" the top layers of both, all by the same schedule."""
        return dict.fromkeys(STAGES[self.variant], schedule)

    def begin(self, stage: str) -> None:
        """Freeze all but the network of the stage, or the top layers in the joint stage."""
        self.stage = stage
        for name, network in self.network.items():
            network.requires_grad_(name == stage)
            network.top.requires_grad_(stage in (name, "joint"))

    def answer(self, batch: Batch) -> Answer:
        """Run the stage's network; both in the joint stage, and in judging the last stage of a weighted sum."""
        if self.stage == "joint":
            return JointLogits(self.run("dtan", batch), self.run("dtgn", batch))
        if self.variant == "weighted-sum" and self.stage == "dtgn" and not self.network.training:
            return Logits(sum_probabilities(self.run("dtan", batch), self.run("dtgn", batch), self.weight))
        return Logits(self.run(self.stage, batch))

    def run(self, name: str, batch: Batch) -> Tensor:
        """Return the logits (B, J) of one network."""
        return self.network[name](NETWORKS[name][1](batch))

    def losses(self, answer: Answer, batch: Batch) -> dict[str, Tensor]:
        """Return the cross-entropy; in the joint stage those of both networks and of their sum, as weighted."""
        if not isinstance(answer, JointLogits):
            return super().losses(answer, batch)
        scores, parts = {"appearance": answer.appearance, "geometry": answer.geometry, "joint": answer.logits}, {}
        for (name, logits), weight in zip(scores.items(), self.loss_weights, strict=True):
            parts[name] = weight * functional.cross_entropy(logits.float(), batch.labels)
        return parts | {"total": sum(parts.values())}


def mean_input(split: Split, take_input: Callable[[Batch], Tensor]) -> Tensor:
    """Return the mean of a network's input over the samples of a split, which has at least one."""
    orders = torch.arange(len(split), device=split.samples.device).split(SAMPLES_AT_ONCE)
    return sum(take_input(split.batch(order)).sum(0) for order in orders) / len(split)


MODEL = Model(variants=tuple(STAGES), learner=DTAGN)
