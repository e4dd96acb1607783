"""Pictures of rendered faces made more various: uneven skin, light, sharpness, noise, hidden parts.

People's skin is less even than the painter's: random fields teach the network to rely on shapes.
"""

import torch
from torch import Tensor
from torch.nn import functional

SIDE = 46  # pixels of the fields that pictures are multiplied by
CELLS = ((4, 0.25), (10, 0.2), (23, 0.15), (46, 0.1))  # of uneven skin: cells a side, largest standard deviation


def vary(pictures: Tensor) -> Tensor:
    """Vary skin, light, sharpness and noise of pictures (B, 1, P, P) in 0..1, and hide a part of some."""
    batch, side = len(pictures), pictures.shape[-1]

    def draw(spread: float) -> Tensor:
        return (spread * torch.randn(batch))[:, None, None, None]

    pictures = pictures.clamp(1e-3, 1) ** draw(0.35).exp()
    pictures = 0.5 + (pictures - 0.5) * draw(0.3).exp() + draw(0.1)
    line = torch.linspace(-1, 1, SIDE)
    field = draw(0.3) * line + draw(0.25) * line[:, None]
    for cells, most in CELLS:
        uneven = functional.interpolate(torch.randn(batch, 1, cells, cells), (SIDE, SIDE), mode="bicubic")
        field = field + (most * torch.rand(batch) * (torch.rand(batch) < 0.7))[:, None, None, None] * uneven
    # One bright or dark patch of any size.
    middle, reach = 2 * torch.rand(batch, 2, 1, 1) - 1, 0.08 + 0.5 * torch.rand(batch, 1, 1)
    away = ((line - middle[:, 0]) ** 2 + (line[:, None] - middle[:, 1]) ** 2) / reach**2  # (B, SIDE, SIDE)
    field = field + draw(0.4) * torch.sigmoid(4 - 4 * away)[:, None]
    pictures = pictures * functional.interpolate(field, (side, side), mode="bilinear").exp()
    # Fewer pixels, as of a small face, or sharpened ones, as by a camera.
    small, sharp = torch.rand(batch) < 0.2, torch.rand(batch) < 0.3
    pictures = pictures.clone()
    if small.any():
        least = int(torch.randint(side // 4, side // 2, ()))
        less = functional.interpolate(pictures[small], size=(least, least), mode="bilinear", antialias=True)
        pictures[small] = functional.interpolate(less, size=(side, side), mode="bilinear")
    if sharp.any():
        clear = pictures[sharp]
        blurred = functional.avg_pool2d(clear, 5, 1, 2, count_include_pad=False)
        pictures[sharp] = clear + 1.2 * torch.rand(len(clear), 1, 1, 1) * (clear - blurred)
    for number in (torch.rand(batch) < 0.2).nonzero().ravel().tolist():
        height, width = torch.randint(side // 9, side // 3, (2,)).tolist()
        top, left = int(torch.randint(side - height, ())), int(torch.randint(side - width, ()))
        pictures[number, :, top : top + height, left : left + width] = torch.rand(())
    pictures = pictures + torch.randn_like(pictures) * (0.04 * torch.rand(batch))[:, None, None, None]
    return pictures.clamp(0, 1)
