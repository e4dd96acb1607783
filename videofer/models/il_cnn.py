"""IL-CNN: a network on single frames with the island loss (the paper's reference 23, there called IL-CDD).

Source: Cai et al., "Island loss for learning discriminative features in facial expression recognition", FG 2018
(arXiv 1710.03144), on the centre loss of Wen et al., ECCV 2016. For the features x_i of a batch with labels y_i,
and a centre c_j of each of the classes N,

    L_IL = 1/2 sum_i |x_i - c_{y_i}|^2  +  lambda_1 sum_j sum_{k != j} (cos(c_k, c_j) + 1).

The network gets the gradient of the first part alone; the second depends on the centres only, which no optimiser
moves: they take the published step of `centre_step` after each batch.

Theirs: map sizes and channels of the three convolutions, PReLU and batch normalisation after each, two fully
connected layers with dropout 0.6, the losses with lambda = 0.01, lambda_1 = 10, alpha = 1, and the clip's score,
the mean of the softmax over its three middle frames. Ours: kernels, strides and padding (not printed; these give
the printed map sizes), the PReLU after the first fully connected layer alone, the initial centres, and size D.
Theirs but not done here: pre-training on FER2013 and three more sets, frames aligned by eyes and mouth and
equalised in histogram, random crops of 48 pixels from 60, batches of 300 frames, and SGD with momentum 0.9, weight
decay 0.05 and a rate falling from 0.001.

Lambda needs no rescaling to a smaller batch: the printed loss is a sum over m frames; divided by m, only the
pairwise term depends on m, which moves the centres by a step with neither lambda nor m in it. What a small batch
does change is the pull of a class's n_j frames on its centre, n_j / (1 + n_j): 0.8 at 24 frames of six classes,
0.98 at 300.
"""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from videofer.models.frame_scores import FrameAnswer, FrameLearner
from videofer.models.interface import Batch, Model, Task

DROPOUT = 0.6
MAP_SIDE = 7  # pixels, after the third convolution
SHORTEST = 1e-6  # length under which a centre has no direction
# Channels of the three convolutions, and units of the two fully connected layers; "paper" as printed.
SIZES = {"paper": ((64, 128, 128), 1024), "D": ((16, 16, 32), 128)}
# What the original compares, its own loss first.
VARIANTS = ("island", "center", "softmax")


class ILCNN(nn.Module):
    """Three convolutions, two fully connected layers and a linear one."""

    def __init__(self, classes: int, size: str):
        super().__init__()
        (first, second, third), units = SIZES[size]
        # Channels last is the faster layout of small convolutions on a CPU.
        self.convolutions = nn.Sequential(
            *convolve(1, first, kernel=5, stride=2),  # 24 pixels
            nn.MaxPool2d(3, 2, padding=1, ceil_mode=True),  # 13
            *convolve(first, second, kernel=3, stride=1),
            nn.MaxPool2d(3, 2, padding=1, ceil_mode=True),  # 7
            *convolve(second, third, kernel=3, stride=1),
        ).to(memory_format=torch.channels_last)
        hidden = nn.Linear(third * MAP_SIDE**2, units)
        self.embed = nn.Sequential(nn.Flatten(), hidden, nn.PReLU(), nn.Dropout(DROPOUT), nn.Linear(units, units))
        self.head = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(units, classes))

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits (N, J) of frames (N, 48, 48) in 0..1, and the features (N, D) that they come from."""
        features = self.embed(self.convolutions(rearrange(frames, "N H W -> N 1 H W")))
        return self.head(features), features


def convolve(before: int, after: int, kernel: int, stride: int) -> list[nn.Module]:
    """Return a convolution with PReLU and batch normalisation, in the original's order."""
    return [nn.Conv2d(before, after, kernel, stride, kernel // 2), nn.PReLU(after), nn.BatchNorm2d(after)]


def centre_loss(features: Tensor, labels: Tensor, centres: Tensor) -> Tensor:
    """Return half the squared distance of features (N, D) to their centres, averaged over the N.

    labels (N,); centres (J, D). Its gradient by x_i is (x_i - c_{y_i}) / N.
    """
    return (features - centres[labels]).square().sum(1).mean() / 2


def pairwise_cosine(centres: Tensor) -> Tensor:
    """Return the sum over ordered pairs of different centres (J, D) of their cosine plus one.

    It is |sum of their unit vectors|^2 + J (J - 2): least where those cancel, not only where all lie equally far
    apart.
    """
    directions = functional.normalize(centres, dim=1, eps=SHORTEST)
    cosines = directions @ directions.T
    others = 1 - torch.eye(len(centres), device=centres.device)
    return ((cosines + 1) * others).sum()


def centre_step(features: Tensor, labels: Tensor, centres: Tensor, pairwise_weight: float) -> Tensor:
    """Return the published change (J, D) that is subtracted from the centres (alpha times, and alpha is 1).

    features (N, D) with labels (N,); pairwise_weight: lambda_1, or 0 for the centre loss of Wen et al. Two parts:
    n_j / (1 + n_j) times the way from the mean of the class's n_j features to its centre, where the gradient of
    1/2 sum |x - c|^2 has the factor n_j; and lambda_1 / (|N| - 1) times sum_{k != j} of the gradient of
    cos(c_k, c_j) by c_j. The exact gradient of the double sum is 2 lambda_1 times the latter sum, each pair being
    counted twice: the published step is that gradient over 2 (|N| - 1).
    """
    member = functional.one_hot(labels, len(centres)).to(features.dtype)  # (N, J)
    counts = member.sum(0).unsqueeze(1)
    step = (counts * centres - member.T @ features) / (1 + counts)
    if pairwise_weight:
        lengths = centres.norm(dim=1, keepdim=True).clamp(min=SHORTEST)
        directions = centres / lengths
        others = directions.sum(0) - directions  # sum over k != j of the unit vectors
        along = (others * directions).sum(1, keepdim=True)
        step = step + pairwise_weight / (len(centres) - 1) * (others - along * directions) / lengths
    return step


class IslandLearner(FrameLearner):
    """IL-CNN under one of its losses.

    Options: size; frames, from the middle of a clip; loss_weight, lambda; pairwise_weight, lambda_1.
    """

    def __init__(self, task: Task):
        size = task.options["size"]
        self.network = ILCNN(task.classes, size)
        if task.variant != "softmax":
            # Drawn last: all variants start from the same weights. About one long: each has a direction at once.
            _, units = SIZES[size]
            centres = torch.randn(task.classes, units) / units**0.5
            self.network.register_buffer("centres", centres)
        self.frames = task.options["frames"]
        self.variant = task.variant
        self.weight = task.options["loss_weight"]
        self.pairwise_weight = task.options["pairwise_weight"] if task.variant == "island" else 0.0

    def losses(self, answer: FrameAnswer, batch: Batch) -> dict[str, Tensor]:
        """Return the parts as they enter the sum: the printed loss divided by the number of frames in the batch."""
        losses = {"entropy": super().losses(answer, batch)["total"]}
        if self.variant != "softmax":
            features, labels = self.flatten(answer, batch)
            losses["center"] = self.weight * centre_loss(features, labels, self.network.centres)
        if self.variant == "island":
            pairs = self.pairwise_weight * pairwise_cosine(self.network.centres)
            losses["island"] = self.weight * pairs / len(features)
        return losses | {"total": sum(losses.values())}

    def after_step(self, answer: FrameAnswer, batch: Batch) -> None:
        """Move the centres."""
        if self.variant != "softmax":
            features, labels = self.flatten(answer, batch)
            self.network.centres -= centre_step(features, labels, self.network.centres, self.pairwise_weight)

    def flatten(self, answer: FrameAnswer, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the features (N, D) and labels (N,) of all frames of a batch."""
        return answer.features.float().flatten(0, 1), batch.labels.repeat_interleave(self.frames)


MODEL = Model(variants=VARIANTS, learner=IslandLearner)
