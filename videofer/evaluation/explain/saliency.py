"""Which part of the face an answer hangs on, by occlusion (Zeiler and Fergus 2014, section 4.2)."""

import torch
from torch import Tensor

from videofer.models.capsule_lstm import FRAME_SIZE, CapsuleLSTM

PATCH = 12  # pixels: an eye with its brow, or half a mouth
STRIDE = 4  # pixels


@torch.no_grad()
def map_saliency(model: CapsuleLSTM, clip: Tensor, fill: Tensor, batch: int) -> Tensor:
    """Return how much probability the clip's answer loses where the face is hidden: (48, 48), about -1..1.

    clip (T, 48, 48) and fill (48, 48) in 0..1. A square of PATCH pixels is replaced by the same part of `fill`,
    the average face, in all frames at once; a pixel gets the mean loss over the squares that cover it. `batch`
    occluded clips are read at a time.
    """
    seen = model(clip[None]).logits.float().softmax(-1)[0]
    answer = int(seen.argmax())
    total, covered = torch.zeros_like(fill), torch.zeros_like(fill)
    for squares in torch.tensor(list_corners()).split(batch):
        hidden = clip.expand(len(squares), *clip.shape).clone()
        areas = [(slice(y, y + PATCH), slice(x, x + PATCH)) for y, x in squares.tolist()]
        for occluded, area in zip(hidden, areas, strict=True):
            occluded[(slice(None), *area)] = fill[area]
        loss = seen[answer] - model(hidden).logits.float().softmax(-1)[:, answer]
        for area, value in zip(areas, loss, strict=True):
            total[area] += value
            covered[area] += 1
    return total / covered


def list_corners() -> list[tuple[int, int]]:
    """Return the upper left corners (y, x) of all squares; together they cover every pixel of the face."""
    starts = range(0, FRAME_SIZE - PATCH + 1, STRIDE)
    return [(y, x) for y in starts for x in starts]
