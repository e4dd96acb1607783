"""How training varies its clips: place, light, background, blur, noise, hidden parts; a clip and its rest alike."""

import torch
from torch import Tensor
from torch.nn import functional

from videofer.core.study import FRAME_SIZE
from videofer.models.frames_landmarks import EYE_DISTANCE, mirror

# Parts of the 68 landmarks, standard deviations of their shift, in distances of the eyes, and of their size.
FEATURES = (
    (slice(0, 17), 0.06, 0.20), (slice(17, 27), 0.06, 0.10), (slice(27, 36), 0.02, 0.10),
    (slice(36, 48), 0.01, 0.04), (slice(48, 68), 0.06, 0.14),
)  # fmt: skip
ROTATION, SHIFT, RESIZE = 7.0, 0.06, 0.08  # standard deviations: degrees, half frames, share


def move(clips: Tensor, landmarks: Tensor, margin: int) -> tuple[Tensor, Tensor]:
    """Turn, shift, resize and mirror wide clips (B, F, S, S) with landmarks (B, F, 68, 2), each clip as a whole.

    Returns clips (B, F, 48, 48), cut from the middle of the wider ones, and landmarks in their pixels.
    """
    batch, frames, side, _ = clips.shape
    angle = torch.deg2rad(ROTATION * torch.randn(batch).clamp(-2.5, 2.5))
    size = 1 + RESIZE * torch.randn(batch).clamp(-2, 2)
    shift = SHIFT * torch.randn(batch, 2).clamp(-2, 2)
    inner = FRAME_SIZE / side
    # grid_sample reads the wide clip at: centre + size * inner * R (x, y) + shift * inner
    cosine, sine = torch.cos(angle) * size * inner, torch.sin(angle) * size * inner
    transform = torch.stack(
        [torch.stack([cosine, -sine, shift[:, 0] * inner], 1), torch.stack([sine, cosine, shift[:, 1] * inner], 1)],
        1,
    )
    grid = functional.affine_grid(transform, [batch, frames, FRAME_SIZE, FRAME_SIZE], align_corners=False)
    moved = functional.grid_sample(clips, grid, padding_mode="border", align_corners=False)
    # Landmarks go the other way: (p - shift) / size, turned back.
    points = landmarks - (side - 1) / 2 - shift[:, None, None] * FRAME_SIZE / 2
    x, y = points.unbind(-1)
    turn_cos, turn_sin = (value[:, None, None] for value in (torch.cos(angle) / size, torch.sin(angle) / size))
    points = torch.stack([turn_cos * x + turn_sin * y, -turn_sin * x + turn_cos * y], -1) + (FRAME_SIZE - 1) / 2
    mirrored = torch.rand(batch) < 0.5
    moved = torch.where(mirrored[:, None, None, None], moved.flip(-1), moved)
    return moved, torch.where(mirrored[:, None, None, None], mirror(points), points)


def vary_features(landmarks: Tensor) -> Tensor:
    """Shift and size the features of faces (B, F, 68, 2), as those of other people and other lenses would lie.

    A clip and its rest are changed alike, so that what changes between them is kept.
    """
    batch = len(landmarks)
    varied = landmarks.clone()
    for part, shift, spread in FEATURES:
        points = landmarks[:, :, part]
        middle = points.mean((1, 2), keepdim=True)
        size = 1 + spread * torch.randn(batch, 1, 1, 2)
        away = shift * EYE_DISTANCE * torch.randn(batch, 1, 1, 2)
        varied[:, :, part] = middle + (points - middle) * size + away
    return varied


def vary_pictures(clips: Tensor) -> Tensor:
    """Vary light, background, sharpness and noise of clips (B, F, 48, 48) in 0..1, and hide a part of some."""
    batch = len(clips)

    def draw(spread: float) -> Tensor:
        return (spread * torch.randn(batch))[:, None, None, None]

    clips = clips.clamp(1e-3, 1) ** draw(0.35).exp()
    clips = 0.5 + (clips - 0.5) * draw(0.3).exp() + draw(0.1)
    line = torch.linspace(-1, 1, FRAME_SIZE)
    clips = clips * (draw(0.25) * line[None, None, None] + draw(0.25) * line[None, None, :, None]).exp()
    # Another background above the chin, behind a soft edge.
    y, x = torch.meshgrid(torch.arange(FRAME_SIZE), torch.arange(FRAME_SIZE), indexing="ij")
    face = torch.sigmoid((1.05 - ((x - 23.5) / 22) ** 2 - ((y - 24) / 28) ** 2) * 12)
    face = torch.where(y > 14, face, 1.0)
    other = clips * face + (1 - face) * torch.rand(batch)[:, None, None, None]
    clips = torch.where((torch.rand(batch) < 0.5)[:, None, None, None], other, clips)
    kernel = torch.tensor([0.25, 0.5, 0.25])
    flat = functional.pad(clips.reshape(-1, 1, FRAME_SIZE, FRAME_SIZE), (1, 1, 1, 1), mode="replicate")
    soft = functional.conv2d(functional.conv2d(flat, kernel.view(1, 1, 1, 3)), kernel.view(1, 1, 3, 1))
    clips = clips + (2 * torch.rand(batch)[:, None, None, None] - 1) * (soft.reshape(clips.shape) - clips)
    for number in (torch.rand(batch) < 0.3).nonzero().ravel().tolist():
        height, width = torch.randint(6, 18, (2,)).tolist()
        top, left = int(torch.randint(FRAME_SIZE - height, ())), int(torch.randint(FRAME_SIZE - width, ()))
        clips[number, :, top : top + height, left : left + width] = torch.rand(())
    clips = clips + torch.randn_like(clips) * (0.03 * torch.rand(batch))[:, None, None, None]
    return clips.clamp(0, 1)
