"""Overlap of boxes, and which box of one frame continues which box of another."""

from collections.abc import Sequence

import numpy as np

# Intersection over union from which two boxes are of the same face; the steps of 1.2 in dlib's boxes give 0.69.
SAME_FACE = 0.3

Found = list[tuple[np.ndarray, float]]  # faces of one frame: box (4,) left, top, right, bottom in pixels, and score


def overlaps(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return intersection over union (N, M) of boxes (N, 4) and (M, 4), each left, top, right, bottom."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=-1)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=-1) for boxes in (first, second)]
    return shared / (areas[0][:, None] + areas[1][None] - shared)


def match_boxes(
    known: Sequence[np.ndarray], found: Sequence[np.ndarray], least: float = SAME_FACE
) -> dict[int, int]:
    """Match known to found boxes (4,) so that the sum of the overlaps is largest: known index -> found index.

    Only boxes that share at least `least` of their union are matched.
    """
    if not known or not found:
        return {}
    from scipy.optimize import linear_sum_assignment  # 0.4 s, which a job that searches every frame saves

    shared = overlaps(np.stack(known), np.stack(found))
    rows, columns = linear_sum_assignment(np.where(shared >= least, shared, 0), maximize=True)
    return {int(r): int(c) for r, c in zip(rows, columns, strict=True) if shared[r, c] >= least}
