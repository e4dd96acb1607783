"""Our own model: a small convolutional network over the frames, fused with the landmarks, averaged over the clip.

Not from the paper. Each frame is described on its own, the descriptions are averaged over the clip, and the mean
shape of the face joins them. It is built to generalise to new people from few clips: brightness and contrast are
taken off each clip; shifts and changes of size are drawn anew at each training step, which takes every fourth
frame; there are dropout, smoothed labels (Szegedy et al. 2016) and averaged weights (Polyak and Juditsky 1992, as
an exponential mean); and the probabilities of a clip are averaged with those of its mirror image.
"""

from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from videofer.core.landmarks import COUNT, EYES, MIRROR_ORDER
from videofer.core.study import FRAME_SIZE
from videofer.models.interface import Answer, Batch, Learner, Logits, Model, Task

EYE_DISTANCE = 24.0  # pixels between the eyes of an average face of this size, the unit of landmarks
SHIFT = 0.06  # standard deviation of a drawn shift, in half frames
RESIZE = 0.08  # standard deviation of a drawn change of size
EVERY = 4  # training takes every fourth frame, from a drawn one on
DECAY = 0.99  # of the averaged weights, at each step
MAP_DROPOUT = 0.2  # of whole maps after the convolutions


@dataclass(frozen=True)
class Parts:
    """The parts of the model that a variant has."""

    frames: bool = True
    landmarks: bool = True
    moved: bool = True  # clips are shifted and resized in training
    averaged: bool = True  # the averaged weights classify


# The whole model, then what it is without a part: the ablation by which it was chosen.
VARIANTS = {
    "fused": Parts(),
    "frames": Parts(landmarks=False),
    "landmarks": Parts(frames=False),
    "fused-unmoved": Parts(moved=False),
    "fused-unaveraged": Parts(averaged=False),
}


def build_encoder(widths: tuple[int, ...], units: int, dropout: float) -> nn.Sequential:
    """Build a halving convolution for each of `widths`, then a linear layer: (M, 1, 48, 48) -> (M, units)."""
    layers: list[nn.Module] = []
    for before, after in pairwise((1, *widths)):
        kernel = 5 if before == 1 else 3
        convolution = nn.Conv2d(before, after, kernel, 2, kernel // 2, bias=False)
        layers += [convolution, nn.BatchNorm2d(after), nn.ReLU()]
    convolutions = nn.Sequential(*layers, nn.Dropout2d(MAP_DROPOUT)).to(memory_format=torch.channels_last)
    linear = nn.Linear(widths[-1] * (FRAME_SIZE >> len(widths)) ** 2, units)
    describe = nn.Sequential(nn.Flatten(), nn.Dropout(dropout), linear, nn.BatchNorm1d(units), nn.ReLU())
    return nn.Sequential(OrderedDict(convolutions=convolutions, describe=describe))


class FramesLandmarks(nn.Module):
    """The whole network, or some of its `parts`."""

    def __init__(self, classes: int, widths: tuple[int, ...], units: int, dropout: float, parts: Parts):
        super().__init__()
        self.frames = self.shape = None
        half = units // 2
        if parts.frames:
            self.frames = build_encoder(widths, units, dropout)
        if parts.landmarks:
            self.shape = nn.Sequential(nn.Linear(2 * COUNT, half), nn.BatchNorm1d(half), nn.ReLU())
        described = units * parts.frames + half * parts.landmarks
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(described, classes))

    def forward(self, clips: Tensor, landmarks: Tensor) -> Tensor:
        """Return logits (B, J) of clips (B, T, 48, 48) and landmarks (B, S, 68, 2), of as many frames or more."""
        described = []
        if self.frames is not None:
            frames = self.frames(rearrange(level(clips), "B T H W -> (B T) 1 H W"))
            described.append(rearrange(frames, "(B T) U -> B T U", B=len(clips)).mean(1))
        if self.shape is not None:
            described.append(self.shape(centre(landmarks).mean(1).flatten(1)))
        return self.head(torch.cat(described, dim=1))


class Averaged(nn.Module):
    """A network in training; in evaluation mode, the exponential mean of its weights over the steps."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network
        self.average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True)
        self.average.requires_grad_(False)

    def forward(self, clips: Tensor, landmarks: Tensor) -> Tensor:
        """Run the network, or its average."""
        return (self.network if self.training else self.average)(clips, landmarks)


class FramesLandmarksLearner(Learner):
    """The model in one variant; options: widths, units, dropout, smoothing."""

    def __init__(self, task: Task):
        o, self.parts = task.options, VARIANTS[task.variant]
        self.smoothing = o["smoothing"]
        network = FramesLandmarks(task.classes, tuple(o["widths"]), o["units"], o["dropout"], self.parts)
        self.network = Averaged(network) if self.parts.averaged else network

    def answer(self, batch: Batch) -> Answer:
        """Classify every fourth frame of a moved clip in training, else the clip and its mirror image, averaged."""
        if self.network.training:
            clips = batch.clips[:, int(torch.randint(EVERY, ())) :: EVERY]
            return Logits(self.network(move(clips) if self.parts.moved else clips, batch.landmarks))
        seen = self.network(batch.clips, batch.landmarks)
        mirrored = self.network(batch.clips.flip(-1), mirror(batch.landmarks))
        return Logits(torch.stack([seen, mirrored]).float().softmax(-1).mean(0).log())

    def losses(self, answer: Answer, batch: Batch) -> dict[str, Tensor]:
        """Return the cross-entropy, in training with smoothed labels."""
        smoothing = self.smoothing if self.network.training else 0.0
        return {"total": functional.cross_entropy(answer.logits.float(), batch.labels, label_smoothing=smoothing)}

    def after_step(self, answer: Answer, batch: Batch) -> None:
        """Add the step's weights to the average."""
        if self.parts.averaged:
            self.network.average.update_parameters(self.network.network)


def level(clips: Tensor) -> Tensor:
    """Give each clip (B, T, H, W) mean 0 and standard deviation 1, so that light and skin do not count."""
    # onnxruntime adds the pixels up one by one, which float32 is too coarse for.
    exact = clips.double() if torch.compiler.is_exporting() else clips
    spread, mean = (value.to(clips.dtype) for value in torch.std_mean(exact, dim=(1, 2, 3), keepdim=True))
    return (clips - mean) / (spread + 1e-3)


def centre(landmarks: Tensor) -> Tensor:
    """Return landmarks (B, S, 68, 2) from the clip's mean point between the eyes, in eye distances."""
    return (landmarks - landmarks[..., EYES, :].mean((1, 2), keepdim=True)) / EYE_DISTANCE


def mirror(landmarks: Tensor) -> Tensor:
    """Return the landmarks (B, S, 68, 2) of the mirrored frames: left and right are exchanged."""
    x, y = landmarks.unbind(-1)
    return torch.stack([FRAME_SIZE - 1 - x, y], dim=-1)[..., MIRROR_ORDER, :]


def move(clips: Tensor) -> Tensor:
    """Shift and resize each clip (B, T, H, W) as a whole by a drawn amount; the border is continued."""
    batch, device = len(clips), clips.device
    transform = torch.zeros(batch, 2, 3, device=device)
    transform[:, 0, 0] = transform[:, 1, 1] = 1 + RESIZE * torch.randn(batch, device=device).clamp(-2, 2)
    transform[:, :, 2] = SHIFT * torch.randn(batch, 2, device=device).clamp(-2, 2)
    grid = functional.affine_grid(transform, list(clips.shape), align_corners=False)
    return functional.grid_sample(clips, grid, padding_mode="border", align_corners=False)


MODEL = Model(variants=tuple(VARIANTS), learner=FramesLandmarksLearner)
