"""Our own model: a small convolutional network over the frames, fused with the landmarks, averaged over the clip.

Not from the paper. Each frame is described on its own, the descriptions are averaged over the clip, and the mean
shape of the face joins them. It is built to generalise to new people from few clips: brightness and contrast are
taken off each clip, shifts and changes of size are drawn anew at each step, of the frames every fourth is looked
at, with dropout, smoothed labels (Szegedy et al. 2016) and averaged weights (Polyak and Juditsky 1992, as an
exponential mean), and the answer to a clip is averaged with that to its mirror image.
"""

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from videofer.core.landmarks import EYES, MIRROR_ORDER
from videofer.models.interface import Answer, Batch, Learner, Logits, Model, Task

FRAME_SIZE = 48  # pixels
EYE_DISTANCE = 24.0  # pixels between the eyes of an average face of this size, the unit of landmarks
SHIFT = 0.06  # standard deviation of a drawn shift, in half frames
RESIZE = 0.08  # standard deviation of a drawn change of size
EVERY = 4  # training looks at every fourth frame, from a drawn one on
DECAY = 0.99  # of the averaged weights, a step


@dataclass(frozen=True)
class Parts:
    """What of the model a variant has."""

    frames: bool = True
    landmarks: bool = True
    moved: bool = True  # clips are shifted and resized in training
    averaged: bool = True  # the averaged weights answer


# The whole model, then what it is without a part: the ablation by which it was chosen.
VARIANTS = {
    "fused": Parts(),
    "frames": Parts(landmarks=False),
    "landmarks": Parts(frames=False),
    "fused-unmoved": Parts(moved=False),
    "fused-unaveraged": Parts(averaged=False),
}


class FrameEncoder(nn.Module):
    """Frames (M, 1, 48, 48) -> descriptions (M, units): three halvings to 6 x 6, places kept, one linear layer."""

    def __init__(self, widths: tuple[int, ...], units: int, dropout: float):
        super().__init__()
        layers: list[nn.Module] = []
        channels = 1
        for width in widths:
            kernel = 5 if channels == 1 else 3
            layers += [
                nn.Conv2d(channels, width, kernel, 2, kernel // 2, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
            ]
            channels = width
        self.convolutions = nn.Sequential(*layers, nn.Dropout2d(0.2)).to(memory_format=torch.channels_last)
        side = FRAME_SIZE >> len(widths)
        self.describe = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(channels * side**2, units),
            nn.BatchNorm1d(units),
            nn.ReLU(),
        )

    def forward(self, frames: Tensor) -> Tensor:
        return self.describe(self.convolutions(frames))


class FramesLandmarks(nn.Module):
    """Clips (B, T, 48, 48) and landmarks (B, S, 68, 2) -> logits (B, J), from the parts that it has."""

    def __init__(self, classes: int, widths: tuple[int, ...], units: int, dropout: float, parts: Parts):
        super().__init__()
        self.frames = FrameEncoder(widths, units, dropout) if parts.frames else None
        half = units // 2
        self.shape = None
        if parts.landmarks:
            self.shape = nn.Sequential(nn.Linear(136, half), nn.BatchNorm1d(half), nn.ReLU())
        described = units * parts.frames + half * parts.landmarks
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(described, classes))

    def forward(self, clips: Tensor, landmarks: Tensor) -> Tensor:
        described = []
        if self.frames is not None:
            frames = self.frames(rearrange(level(clips), "B T H W -> (B T) 1 H W"))
            described.append(rearrange(frames, "(B T) U -> B T U", B=len(clips)).mean(1))
        if self.shape is not None:
            described.append(self.shape(centre(landmarks).mean(1).flatten(1)))
        return self.head(torch.cat(described, dim=1))


class Averaged(nn.Module):
    """A network in training; when it judges, the exponential mean of its weights over the steps."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network
        self.average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True)
        self.average.requires_grad_(False)

    def forward(self, clips: Tensor, landmarks: Tensor) -> Tensor:
        return (self.network if self.training else self.average)(clips, landmarks)


class FramesLandmarksLearner(Learner):
    """Options: widths, units, dropout, smoothing."""

    def __init__(self, task: Task):
        o = task.options
        self.parts = VARIANTS[task.variant]
        self.smoothing = o["smoothing"]
        network = FramesLandmarks(task.classes, tuple(o["widths"]), o["units"], o["dropout"], self.parts)
        self.network = Averaged(network) if self.parts.averaged else network

    def answer(self, batch: Batch) -> Answer:
        """Answer every fourth frame of a moved clip in training; else the clip and its mirror image, averaged."""
        if self.network.training:
            first = int(torch.randint(EVERY, ()))
            clips = batch.clips[:, first::EVERY]
            return Logits(self.network(move(clips) if self.parts.moved else clips, batch.landmarks))
        both = [
            self.network(batch.clips, batch.landmarks),
            self.network(batch.clips.flip(-1), mirror(batch.landmarks)),
        ]
        return Logits(torch.stack(both).float().softmax(-1).mean(0).log())

    def losses(self, answer: Answer, batch: Batch) -> dict[str, Tensor]:
        """Return the cross-entropy, in training with smoothed labels."""
        smoothing = self.smoothing if self.network.training else 0.0
        return {"total": functional.cross_entropy(answer.logits.float(), batch.labels, label_smoothing=smoothing)}

    def after_step(self, answer: Answer, batch: Batch) -> None:
        """Take the step's weights into the average."""
        if self.parts.averaged:
            self.network.average.update_parameters(self.network.network)


def level(clips: Tensor) -> Tensor:
    """Take mean and spread off each clip: (B, T, H, W), so that light and skin do not count."""
    spread, mean = torch.std_mean(clips, dim=(1, 2, 3), keepdim=True)
    return (clips - mean) / (spread + 1e-3)


def centre(landmarks: Tensor) -> Tensor:
    """Put the origin between the eyes, over the whole clip, and measure in eye distances: (B, S, 68, 2)."""
    return (landmarks - landmarks[..., EYES, :].mean((1, 2), keepdim=True)) / EYE_DISTANCE


def mirror(landmarks: Tensor) -> Tensor:
    """Return the landmarks (B, S, 68, 2) of the mirrored frames: left and right ones change places."""
    x, y = landmarks.unbind(-1)
    return torch.stack([FRAME_SIZE - 1 - x, y], dim=-1)[..., MIRROR_ORDER, :]


def move(clips: Tensor) -> Tensor:
    """Shift and resize each clip (B, T, H, W) as a whole by a drawn amount; the border is continued."""
    batch = len(clips)
    transform = torch.zeros(batch, 2, 3, device=clips.device)
    size = 1 + RESIZE * torch.randn(batch, device=clips.device).clamp(-2, 2)
    transform[:, 0, 0] = transform[:, 1, 1] = size
    transform[:, :, 2] = SHIFT * torch.randn(batch, 2, device=clips.device).clamp(-2, 2)
    grid = functional.affine_grid(transform, list(clips.shape), align_corners=False)
    return functional.grid_sample(clips, grid, padding_mode="border", align_corners=False)


MODEL = Model(variants=tuple(VARIANTS), learner=FramesLandmarksLearner)
