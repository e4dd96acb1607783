"""Training of the landmark model: the whole loop."""

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from videofer.core.landmarks import MIRROR_ORDER
from videofer.landmarks.faces import PATCH, Faces
from videofer.landmarks.network import (
    COARSE,
    FACE,
    FINE,
    INNER,
    POOLED,
    LandmarkNet,
    level,
    sample,
    set_upright,
    undo,
)
from videofer.landmarks.vary import vary

BATCH, RATE, DECAY = 64, 2e-3, 0.995
# Standard deviations of what a box differs in from its face, and the coarse network's answer: turn in radians, size
# as logarithm, place in half sides of the patch.
BOX_ERROR, COARSE_ERROR = (0.20, 0.12, 0.06), (0.07, 0.06, 0.03)
NEAR = 0.01  # error below which the loss is square, half sides
MAP_WEIGHT = 0.01  # of how far the maps are from a round spot


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
        still = torch.tensor([[1.0, 0, 0], [0, 1.0, 0]]).expand(BATCH, -1, -1)
        away = disturb(still, BOX_ERROR)
        seen = vary(sample(functional.avg_pool2d(pictures, POOLED), away, COARSE))
        loss = functional.smooth_l1_loss(network.find_coarse(seen), undo(away, points), beta=NEAR)
        away = disturb(set_upright(points, network.mean_face), COARSE_ERROR)
        found, maps = network.fine(level(vary(sample(pictures, away, FINE))))
        loss += functional.smooth_l1_loss(found, undo(away, points), beta=NEAR)
        loss += MAP_WEIGHT * network.fine.compare_spots(maps, undo(away, points))
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
