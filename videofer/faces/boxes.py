"""How far boxes overlap, and which box of one frame continues which of another."""

from collections.abc import Sequence

import numpy as np

from videofer.faces.track import SAME_FACE


def overlaps(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return intersection over union (N, M) of boxes (N, 4) and (M, 4), each left, top, right, bottom."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=-1)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=-1) for boxes in (one, other)]
    return shared / (areas[0][:, None] + areas[1][None] - shared)


def match_boxes(
    known: Sequence[np.ndarray], found: Sequence[np.ndarray], least: float = SAME_FACE
) -> dict[int, int]:
    """Return which found box continues which known one, so that the overlaps are largest in sum.

    Only boxes that share at least `least` of their union are matched; by default what can be the same face.
    """
    if not known or not found:
        return {}
    from scipy.optimize import linear_sum_assignment  # 0.4 s that a job which searches every frame need not pay

    shared = overlaps(np.stack(known), np.stack(found))
    rows, columns = linear_sum_assignment(np.where(shared >= least, shared, 0), maximize=True)
    return {int(r): int(c) for r, c in zip(rows, columns, strict=True) if shared[r, c] >= least}
