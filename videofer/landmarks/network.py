"""The landmark model: a coarse network on the patch around a face's box, a fine one on the face set upright."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from videofer.core.landmarks import COUNT

COARSE, FINE = 56, 96  # pixels of what either sees
POOLED = 3  # pixels of the patch are one of the coarse network's
INNER = slice(17, COUNT)  # landmarks by which a face is set upright: all but the outline
REACH = 1.25  # half sides of the fine network's square that landmarks may lie from its middle
SPOT = 0.8  # standard deviation of the spot that a map is to be, in its pixels
FACE = 0.62  # half side of the fine network's square that the mean face's inner landmarks reach to


def build_convolution(before: int, after: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    """Build a convolution of pictures (B, before, S, S) to (B, after, S / stride, S / stride)."""
    convolution = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU())


class Regressor(nn.Sequential):
    """Pictures (B, 1, COARSE, COARSE) in, landmarks (B, 136) out: convolutions that halve the side, then layers."""

    def __init__(self, widths: tuple[int, ...] = (16, 32, 48, 64), hidden: int = 128):
        layers = [build_convolution(1, widths[0], 2, 5)]
        for before, width in pairwise(widths):
            layers.append(build_convolution(before, width, 2))
            if width != widths[-1]:
                layers.append(build_convolution(width, width))
        end = -(-COARSE // 2 ** len(widths))
        layers += [nn.Flatten(), nn.Linear(widths[-1] * end * end, hidden), nn.ReLU(), nn.Linear(hidden, 2 * COUNT)]
        super().__init__(*layers)


class Maps(nn.Module):
    """Pictures (B, 1, FINE, FINE) in, landmarks (B, 68, 2) out: each the mean place of a map of its own.

    The maps are a quarter as wide as the picture; what is seen at coarser scales is added from below. Their mean is
    taken as by Sun et al. (2018, Integral Human Pose Regression), and in training a map is also to be a round spot
    (Nibali et al. 2018, Numerical Coordinate Regression with Convolutional Neural Networks).
    """

    def __init__(self, widths: tuple[int, ...] = (24, 48, 72, 96), top: int = 32):
        super().__init__()
        self.stem = build_convolution(1, 16, 2, 5)
        scales = list(pairwise((16, *widths)))
        self.down = nn.ModuleList(
            nn.Sequential(build_convolution(before, width, 2), build_convolution(width, width))
            for before, width in scales
        )
        above = (top, *widths[1:-1])  # channels after what is below was added
        self.lift = nn.ModuleList(nn.Conv2d(below, here, 1) for here, below in pairwise((*above, widths[-1])))
        self.join = nn.ModuleList(build_convolution(here, here) for here in above)
        self.across = nn.Conv2d(widths[0], top, 1)
        self.maps = nn.Conv2d(top, COUNT, 1)
        self.register_buffer("line", torch.linspace(-REACH, REACH, FINE // 4))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return the landmarks, from -1 to 1 across the pictures, and their maps (B, 68, S, S), as logarithms."""
        x, scales = self.stem(pictures), []
        for step in self.down:
            x = step(x)
            scales.append(x)
        scales[0] = self.across(scales[0])
        for scale, lift, join in zip(scales[-2::-1], self.lift[::-1], self.join[::-1], strict=True):
            x = join(scale + functional.interpolate(lift(x), scale_factor=2.0, mode="nearest"))
        maps = self.maps(x)
        maps = maps.flatten(2).log_softmax(-1).reshape(maps.shape)
        chance = maps.exp()
        places = torch.stack([(chance.sum(2) * self.line).sum(-1), (chance.sum(3) * self.line).sum(-1)], -1)
        return places, maps

    def compare_spots(self, maps: Tensor, landmarks: Tensor) -> Tensor:
        """Return the mean cross-entropy of maps to round spots at landmarks (B, 68, 2)."""
        away = (self.line - landmarks[..., None]) / (SPOT * (self.line[1] - self.line[0]))  # (B, 68, 2, S)
        across, down = (-(away**2) / 2).softmax(-1).unbind(2)
        return -(down[..., :, None] * across[..., None, :] * maps).sum((2, 3)).mean()


class LandmarkNet(nn.Module):
    """Patches of faces in, their landmarks out.

    mean_face (68, 2): the average landmarks, in the fine network's square, which reaches from -1 to 1.
    """

    def __init__(self, mean_face: Tensor):
        super().__init__()
        self.register_buffer("mean_face", mean_face)
        self.coarse, self.fine = Regressor(), Maps().to(memory_format=torch.channels_last)

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
        return self.fine(level(pictures))[0]


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
