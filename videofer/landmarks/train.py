"""Training of the landmark model: the whole loop."""

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from videofer.core.landmarks import MIRROR_ORDER
from videofer.landmarks.faces import PATCH, Faces
from videofer.landmarks.network import COARSE, FACE, FINE, INNER, POOLED, LandmarkNet, sample, set_upright, undo

BATCH, RATE, DECAY = 64, 2e-3, 0.995
# Standard deviations of what a box differs in from its face, and the coarse network's answer: turn in radians, size
# as logarithm, place in half sides of the patch.
BOX_ERROR, COARSE_ERROR = (0.20, 0.12, 0.06), (0.07, 0.06, 0.03)
NEAR = 0.01  # error below which the loss is square, half sides


def train(faces: Faces, steps: int, seed: int) -> AveragedModel:
    """Train on rendered faces and return the exponential mean of the weights, ready to find landmarks."""
    torch.manual_seed(seed)
    patches = torch.from_numpy(faces.patches)
    landmarks = torch.from_numpy(faces.landmarks) * 2 / PATCH - 1
    network = LandmarkNet(find_mean_face(landmarks))
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps, pct_start=0.1)
    network.train()
    for _ in range(steps):
        chosen = torch.randint(len(patches), (BATCH,))
        pictures, points = mirror_some(patches[chosen, None].float() / 255, landmarks[chosen])
        pictures = vary(pictures)
        loss = 0
        still = torch.tensor([[1.0, 0, 0], [0, 1.0, 0]]).expand(BATCH, -1, -1)
        away = disturb(still, BOX_ERROR)
        seen = sample(functional.avg_pool2d(pictures, POOLED), away, COARSE)
        loss += functional.smooth_l1_loss(network.find_coarse(seen), undo(away, points), beta=NEAR)
        away = disturb(set_upright(points, network.mean_face), COARSE_ERROR)
        seen = sample(pictures, away, FINE)
        loss += functional.smooth_l1_loss(network.find_fine(seen), undo(away, points), beta=NEAR)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
    return average.eval()


def find_mean_face(landmarks: Tensor) -> Tensor:
    """Return the symmetric mean (68, 2) of landmarks (N, 68, 2) set upright, of the fine network's size."""
    face = landmarks.mean(0)
    for _ in range(3):
        face = undo(set_upright(landmarks, face), landmarks).mean(0)
    mirrored = face[list(MIRROR_ORDER)] * torch.tensor([-1.0, 1.0])
    face = (face - face[INNER].mean(0) + mirrored - mirrored[INNER].mean(0)) / 2
    return face * FACE / face[INNER].abs().max()


def disturb(transform: Tensor, error: tuple[float, float, float]) -> Tensor:
    """Turn, size and move similarities (B, 2, 3) by chance; error: see BOX_ERROR."""
    turn, size, place = error
    count = len(transform)
    angle, scale = turn * torch.randn(count), (size * torch.randn(count)).exp()
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    rotation = torch.stack([torch.stack([cosine, -sine], 1), torch.stack([sine, cosine], 1)], 1)
    return torch.cat([transform[:, :, :2] @ rotation, transform[:, :, 2:] + place * torch.randn(count, 2, 1)], 2)


def mirror_some(pictures: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Mirror half of pictures (B, 1, P, P) with landmarks (B, 68, 2)."""
    mirrored = torch.rand(len(pictures)) < 0.5
    pictures = torch.where(mirrored[:, None, None, None], pictures.flip(-1), pictures)
    turned = points[:, list(MIRROR_ORDER)] * torch.tensor([-1.0, 1.0])
    return pictures, torch.where(mirrored[:, None, None], turned, points)


def vary(pictures: Tensor) -> Tensor:
    """Vary light, sharpness and noise of pictures (B, 1, P, P) in 0..1, and hide a part of some."""
    batch, side = len(pictures), pictures.shape[-1]

    def draw(spread: float) -> Tensor:
        return (spread * torch.randn(batch))[:, None, None, None]

    pictures = pictures.clamp(1e-3, 1) ** draw(0.35).exp()
    pictures = 0.5 + (pictures - 0.5) * draw(0.3).exp() + draw(0.1)
    line = torch.linspace(-1, 1, side)
    pictures = pictures * (draw(0.3) * line[None, None, None] + draw(0.25) * line[None, None, :, None]).exp()
    # Fewer pixels, as of a small face.
    small = torch.rand(batch) < 0.2
    if small.any():
        least = int(torch.randint(side // 4, side // 2, ()))
        less = functional.interpolate(pictures[small], size=(least, least), mode="bilinear", antialias=True)
        pictures = pictures.clone()
        pictures[small] = functional.interpolate(less, size=(side, side), mode="bilinear")
    for number in (torch.rand(batch) < 0.2).nonzero().ravel().tolist():
        height, width = torch.randint(side // 9, side // 3, (2,)).tolist()
        top, left = int(torch.randint(side - height, ())), int(torch.randint(side - width, ()))
        pictures[number, :, top : top + height, left : left + width] = torch.rand(())
    pictures = pictures + torch.randn_like(pictures) * (0.04 * torch.rand(batch))[:, None, None, None]
    return pictures.clamp(0, 1)
