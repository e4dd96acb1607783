"""The network that reads people: frames and landmarks, each relative to the person's rest where it is known.

Not from the paper; it follows models/frames_landmarks.py, with input that is made alike for rendered and filmed
faces.
"""

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor, nn

from videofer.core.landmarks import EYES, NOSE_BASE, RIGID
from videofer.models.frames_landmarks import build_encoder, mirror

# The points that a face's expression hardly moves; landmarks are turned and sized by them.
FIXED_POINTS = [*RIGID, NOSE_BASE]
EYE_CENTRES = (slice(36, 42), slice(42, 48))
SPREAD = 0.07  # of a landmark over people, in distances of the eyes: the unit of the network's input


@dataclass(frozen=True)
class Recipe:
    """How a network is built and trained; the ablation of docs/people.md takes one part out at a time."""

    frames: bool = True
    landmarks: bool = True
    aligned: bool = True  # landmarks are moved rigidly onto the mean face; else from the eyes' middle
    rest: float = 0.3  # share of the training clips that come with the person's rest face
    features: bool = True  # places and sizes of brows, nose, mouth and jaw are varied in training
    pictures: bool = True  # light, background, blur and parts of the pictures are varied in training
    widths: tuple[int, ...] = (16, 32, 64)
    size: int = 64
    dropout: float = 0.4
    smoothing: float = 0.1
    steps: int = 1500
    batch: int = 32
    rate: float = 1.5e-3


class PeopleNet(nn.Module):
    """Clips and rest faces in, class logits out.

    mean_face (68, 2): the average landmarks of training clips in distances of the eyes from the fixed points' mean.
    """

    def __init__(self, classes: int, mean_face: Tensor, recipe: Recipe):
        super().__init__()
        self.recipe = recipe
        self.register_buffer("mean_face", mean_face)
        self.frames = build_encoder(recipe.widths, recipe.size, recipe.dropout) if recipe.frames else None
        half = recipe.size // 2
        self.shape = (
            nn.Sequential(nn.Linear(4 * 68, half), nn.BatchNorm1d(half), nn.ReLU()) if recipe.landmarks else None
        )
        described = 2 * recipe.size * recipe.frames + half * recipe.landmarks
        self.classify = nn.Sequential(nn.Dropout(recipe.dropout), nn.Linear(described, classes))

    def forward(
        self, clips: Tensor, landmarks: Tensor, rest_clips: Tensor, rest_landmarks: Tensor, known: Tensor
    ) -> Tensor:
        """Return logits (B, J).

        clips (B, T, 48, 48) in 0..1, landmarks (B, T, 68, 2) in pixels; the rest face (B, R, ...) alike counts only
        where known (B,) is 1.
        """
        described, known = [], known[:, None]
        if self.frames is not None:
            now, calm = self.describe(clips), self.describe(rest_clips)
            described += [now, (now - calm) * known]
        if self.shape is not None:
            now, calm = self.place(landmarks), self.place(rest_landmarks)
            described.append(self.shape(torch.cat([now, 2 * (now - calm) * known], dim=1)))
        return self.classify(torch.cat(described, dim=1))

    def describe(self, clips: Tensor) -> Tensor:
        """Describe clips (B, T, 48, 48) by their frames' mean: (B, size)."""
        frames = self.frames(rearrange(level(clips), "B T H W -> (B T) 1 H W"))
        return rearrange(frames, "(B T) U -> B T U", B=len(clips)).mean(1)

    def place(self, landmarks: Tensor) -> Tensor:
        """Return the mean landmarks (B, 136) of clips (B, T, 68, 2), relative to the mean face."""
        if not self.recipe.aligned:
            middle = landmarks[..., EYES, :].mean((1, 2), keepdim=True)
            return ((landmarks - middle) / 24.0).mean(1).flatten(1)
        return (align(landmarks, self.mean_face).mean(1) - self.mean_face).flatten(1) / SPREAD


def level(clips: Tensor) -> Tensor:
    """Give each clip (B, T, H, W) mean 0 and standard deviation 1."""
    spread, mean = torch.std_mean(clips, dim=(1, 2, 3), keepdim=True)
    return (clips - mean) / (spread + 1e-3)


def align(landmarks: Tensor, mean_face: Tensor) -> Tensor:
    """Move, turn and size landmarks (..., 68, 2) so that their fixed points lie on the mean face's (68, 2)."""
    centred = landmarks - landmarks[..., FIXED_POINTS, :].mean(-2, keepdim=True)
    fixed, target = centred[..., FIXED_POINTS, :], mean_face[FIXED_POINTS]
    size = (fixed**2).sum((-2, -1))
    a = (fixed * target).sum((-2, -1)) / size
    b = (fixed[..., 0] * target[:, 1] - fixed[..., 1] * target[:, 0]).sum(-1) / size
    a, b, x, y = a[..., None], b[..., None], centred[..., 0], centred[..., 1]
    return torch.stack([a * x - b * y, b * x + a * y], dim=-1)


def find_mean_face(landmarks: Tensor) -> Tensor:
    """Return the symmetric mean face (68, 2) of landmarks (N, 68, 2), in distances of the eyes."""
    mean = landmarks.mean(0)
    face = (mean + mirror(mean[None, None])[0, 0]) / 2
    face = face - face[FIXED_POINTS].mean(0)
    apart = (face[EYE_CENTRES[0]].mean(0) - face[EYE_CENTRES[1]].mean(0)).norm()
    return face / apart
