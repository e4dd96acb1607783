"""The landmark model: a coarse network on the patch around a face's box, a fine one on the face set upright."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from videofer.core.landmarks import COUNT

COARSE, FINE = 56, 96  # pixels of what either sees
POOLED = 3  # pixels of the patch are one of the coarse network's
INNER = slice(17, COUNT)  # landmarks by which a face is set upright: all but the outline
FACE = 0.62  # half side of the fine network's square that the mean face's inner landmarks reach to


def build_regressor(side: int, widths: tuple[int, ...], hidden: int) -> nn.Sequential:
    """Build convolutions from pictures (B, 1, side, side) to landmarks (B, 136); each width halves the side."""
    layers: list[nn.Module] = []
    before = 1
    for number, width in enumerate(widths):
        kernel = 5 if number == 0 else 3
        layers += [
            nn.Conv2d(before, width, kernel, stride=2, padding=kernel // 2),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
        if 0 < number < len(widths) - 1:
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
        before = width
    end = -(-side // 2 ** len(widths))
    layers += [nn.Flatten(), nn.Linear(before * end * end, hidden), nn.ReLU(), nn.Linear(hidden, 2 * COUNT)]
    return nn.Sequential(*layers)


class LandmarkNet(nn.Module):
    """Patches of faces in, their landmarks out.

    mean_face (68, 2): the average landmarks, in the fine network's square, which reaches from -1 to 1.
    """

    def __init__(self, mean_face: Tensor):
        super().__init__()
        self.register_buffer("mean_face", mean_face)
        self.coarse = build_regressor(COARSE, (16, 32, 48, 64), 128)
        self.fine = build_regressor(FINE, (16, 32, 64, 96, 128), 192)

    def forward(self, patches: Tensor) -> Tensor:
        """Return landmarks (B, 68, 2), from -1 to 1 across patches (B, 1, P, P) in 0..1."""
        about = self.find_coarse(functional.avg_pool2d(patches, POOLED))
        transform = set_upright(about, self.mean_face)
        return apply(transform, self.find_fine(sample(patches, transform, FINE)))

    def find_coarse(self, pictures: Tensor) -> Tensor:
        """Return landmarks (B, 68, 2) of pictures (B, 1, COARSE, COARSE), from -1 to 1 across them."""
        return self.coarse(level(pictures)).reshape(-1, COUNT, 2)

    def find_fine(self, pictures: Tensor) -> Tensor:
        """Return landmarks (B, 68, 2) of upright pictures (B, 1, FINE, FINE), from -1 to 1 across them."""
        return self.mean_face + self.fine(level(pictures)).reshape(-1, COUNT, 2)


def level(pictures: Tensor) -> Tensor:
    """Give each picture (B, 1, S, S) mean 0 and standard deviation 1."""
    mean = pictures.mean((1, 2, 3), keepdim=True)
    spread = ((pictures - mean) ** 2).mean((1, 2, 3), keepdim=True).sqrt()
    return (pictures - mean) / (spread + 1e-2)


def set_upright(landmarks: Tensor, mean_face: Tensor) -> Tensor:
    """Return the similarity (B, 2, 3) that takes the mean face (68, 2) onto landmarks (B, 68, 2), least squares."""
    target, source = landmarks[:, INNER], mean_face[INNER]
    middle, centre = target.mean(1), source.mean(0)
    target, source = target - middle[:, None], source - centre
    size = (source**2).sum()
    a = (target * source).sum((1, 2)) / size
    b = (target[..., 1] * source[:, 0] - target[..., 0] * source[:, 1]).sum(1) / size
    x = middle[:, 0] - a * centre[0] + b * centre[1]
    y = middle[:, 1] - b * centre[0] - a * centre[1]
    return torch.stack([torch.stack([a, -b, x], 1), torch.stack([b, a, y], 1)], 1)


def apply(transform: Tensor, points: Tensor) -> Tensor:
    """Return points (B, N, 2) moved by a transform (B, 2, 3)."""
    return points @ transform[:, :, :2].transpose(1, 2) + transform[:, None, :, 2]


def undo(transform: Tensor, points: Tensor) -> Tensor:
    """Return points (B, N, 2) from which a similarity (B, 2, 3) makes `points`."""
    a, b = transform[:, 0, 0], transform[:, 1, 0]
    size = (a**2 + b**2)[:, None]
    x, y = (points - transform[:, None, :, 2]).unbind(-1)
    a, b = a[:, None], b[:, None]
    return torch.stack([(a * x + b * y) / size, (a * y - b * x) / size], -1)


def sample(pictures: Tensor, transform: Tensor, side: int) -> Tensor:
    """Return squares (B, 1, side, side) of pictures (B, 1, S, S), whose coordinates a transform (B, 2, 3) moves."""
    line = (torch.arange(side, dtype=pictures.dtype, device=pictures.device) * 2 + 1) / side - 1
    grid = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1).reshape(1, -1, 2)
    places = apply(transform, grid.expand(len(pictures), -1, -1)).reshape(-1, side, side, 2)
    return functional.grid_sample(pictures, places, padding_mode="border", align_corners=False)
