"""Which part of the face an answer depends on, by occlusion (Zeiler and Fergus 2014, section 4.2)."""

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
    occluded clips are computed at a time.
    """
    whole = model(clip[None]).logits.float().softmax(-1)[0]
    answer = int(whole.argmax())
    total, covered = torch.zeros_like(fill), torch.zeros_like(fill)
    for corners in torch.tensor(list_corners()).split(batch):
        hidden = clip.expand(len(corners), *clip.shape).clone()
        squares = [(slice(y, y + PATCH), slice(x, x + PATCH)) for y, x in corners.tolist()]
        for occluded, square in zip(hidden, squares, strict=True):
            occluded[(slice(None), *square)] = fill[square]
        loss = whole[answer] - model(hidden).logits.float().softmax(-1)[:, answer]
        for square, value in zip(squares, loss, strict=True):
            total[square] += value
            covered[square] += 1
    return total / covered


def list_corners() -> list[tuple[int, int]]:
    """Return the upper left corners (y, x) of all squares; together they cover every pixel of the face."""
    starts = range(0, FRAME_SIZE - PATCH + 1, STRIDE)
    return [(y, x) for y in starts for x in starts]
