"""A stand-in for CSACNN (the paper's reference 24), whose own description could not be had.

Zhu, Tang and Zhang, Laser & Optoelectronics Progress 57(12), 2020, is known to us only by its title, which speaks
of an attention model, and by its name, read here as channel and spatial attention. This is no reproduction: the
accuracy measured here says nothing of theirs. What stands in: stacked 3x3 convolutions on single frames, each block
followed by the attention of CBAM (Woo et al., ECCV 2018: channels, then positions, with its reduction of 16 and its
kernel of 7), a mean over the map, one linear layer, and the mean of the softmax over the middle frames of a clip.
All but the attention is ours, sizes too.
"""

import torch
from einops import rearrange
from torch import Tensor, nn

from videofer.models.frame_scores import FrameLearner
from videofer.models.interface import Model, Task

REDUCTION = 16
SPATIAL_KERNEL = 7


# Channels of the three blocks, and the stride of the very first convolution; "paper" is ours, too.
SIZES = {"paper": ((64, 128, 256), 1), "D": ((16, 16, 32), 3)}


class ChannelAttention(nn.Module):
    """A weight in 0..1 for each channel (CBAM, eq. 2)."""

    def __init__(self, channels: int):
        super().__init__()
        hidden = max(1, channels // REDUCTION)
        self.shared = nn.Sequential(
            nn.Linear(channels, hidden, bias=False), nn.ReLU(), nn.Linear(hidden, channels, bias=False)
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Return the weighted maps of maps, both (N, C, H, W)."""
        weights = (self.shared(maps.mean((2, 3))) + self.shared(maps.amax((2, 3)))).sigmoid()
        return maps * rearrange(weights, "N C -> N C 1 1")


class SpatialAttention(nn.Module):
    """A weight in 0..1 for each position (CBAM, eq. 3)."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(2, 1, SPATIAL_KERNEL, padding=SPATIAL_KERNEL // 2, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        """Return the weighted maps of maps, both (N, C, H, W)."""
        summary = torch.cat([maps.mean(1, keepdim=True), maps.amax(1, keepdim=True)], dim=1)
        return maps * self.convolution(summary).sigmoid()


class AttentionCNN(nn.Module):
    """Three blocks of convolutions and attention, and a linear layer."""

    def __init__(self, classes: int, size: str):
        super().__init__()
        widths, stride = SIZES[size]
        layers, before = [], 1
        for channels in widths:
            for inputs, step in ((before, stride), (channels, 1)):
                convolution = nn.Conv2d(inputs, channels, 3, step, padding=1, bias=False)
                layers += [convolution, nn.BatchNorm2d(channels), nn.ReLU()]
            layers += [nn.MaxPool2d(2), ChannelAttention(channels), SpatialAttention()]
            before, stride = channels, 1
        # Channels last is the faster layout of small convolutions on a CPU.
        self.blocks = nn.Sequential(*layers).to(memory_format=torch.channels_last)
        self.head = nn.Linear(before, classes)

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits (N, J) of frames (N, 48, 48) in 0..1, and the features (N, D) that they come from."""
        features = self.blocks(rearrange(frames, "N H W -> N 1 H W")).mean((2, 3))
        return self.head(features), features


class AttentionLearner(FrameLearner):
    """The stand-in; options: size, and frames, from the middle of a clip."""

    def __init__(self, task: Task):
        self.network = AttentionCNN(task.classes, task.options["size"])
        self.frames = task.options["frames"]


# Every table shows by this name what it is.
MODEL = Model(variants=("cbam-stand-in",), learner=AttentionLearner)
