"""From single detections to the one steady face track of a clip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from videofer.core.errors import UserError
from videofer.core.landmarks import NOSE_BASE, NOSE_ROOT, OUTER_EYE_CORNERS, RIGID

NONE, DETECTED, INTERPOLATED = 0, 1, 2
# Two boxes overlapping by this part of their union belong to the same face; dlib's 1.2x steps give 0.69.
SAME_FACE = 0.3
MEDIAN_WINDOW, MEAN_WINDOW = 9, 5  # frames, of a track that follows the head
# dlib's box, seen from the landmarks: side and height below the middle of the rigid points, both over the
# face's scale (`_scale_face`). Means over 132 clips of 22 rendered people; those of two real people agree.
BOX_SIDE, BOX_BELOW = 1.51, 0.23


@dataclass(frozen=True)
class Detection:
    """One face in one frame: box (4,) left, top, right, bottom in pixels; score of the detector."""

    frame: int
    box: np.ndarray
    score: float


def choose_face(
    per_frame: Sequence[list[tuple[np.ndarray, float]]], size: tuple[int, int], face_x: float | None = None
) -> list[Detection]:
    """Return the detections of the clip's main face, at most one a frame.

    Each detection joins the face whose last box it overlaps most (by at least 0.3 of their union), or starts
    a new one. The main face has the largest sum over the frames of box side x (1 - distance of the box from
    the frame's centre / half the frame's diagonal): large, central and there all the time. `size`: (H, W).
    With `face_x`, 0 (left edge) to 1, it is the one whose middle is nearest to there among those that are seen in
    at least half as many frames as the most lasting one.
    """
    faces: list[list[Detection]] = []
    for frame, found in enumerate(per_frame):
        free = list(faces)
        for box, score in sorted(found, key=lambda pair: -pair[1]):
            overlaps = [_overlap(face[-1].box, box) for face in free]
            if overlaps and max(overlaps) >= SAME_FACE:
                free.pop(int(np.argmax(overlaps))).append(Detection(frame, box, score))
            else:
                faces.append([Detection(frame, box, score)])
    if face_x is None or not faces:
        return max(faces, key=lambda face: sum(_prominence(one.box, size) for one in face), default=[])
    lasting = [face for face in faces if 2 * len(face) >= max(map(len, faces))]
    return min(lasting, key=lambda face: abs(_middle(face) - face_x * size[1]))


def fill_gaps(boxes: np.ndarray, max_gap: int) -> tuple[np.ndarray, np.ndarray]:
    """Interpolate gaps of at most `max_gap` frames in boxes (T, 4), nan where there is none.

    Returns the filled boxes (T, 4), nan in longer gaps, and the source (T,) uint8: 0 none, 1 detected,
    2 interpolated. A short gap at either end of the clip repeats the nearest box.
    """
    there = np.isfinite(boxes[:, 0])
    source = there.astype(np.uint8)
    edges = np.flatnonzero(np.diff(np.concatenate(([True], there, [True])).astype(np.int8)))
    for first, stop in edges.reshape(-1, 2):
        if stop - first <= max_gap:
            source[first:stop] = INTERPOLATED
    return np.where(source[:, None] != NONE, _interpolate(boxes), np.nan), source


def steady_track(boxes: np.ndarray, landmarks: np.ndarray, kind: str) -> np.ndarray:
    """Return ONE square track (T, 3): centre x, centre y, side in pixels; the side never changes in a clip.

    From boxes (T, 4) and landmarks (T, 68, 2), nan in gaps. "fixed": the median box of the clip. "smooth": its
    median side, its centre smoothed by a running median and a running mean. "landmarks": like smooth, but from
    the rigid landmarks, since dlib's boxes come in steps of 1.2x, so that equal faces get unequal boxes.
    """
    if kind == "landmarks":
        scale = np.nanmedian(_scale_face(landmarks))
        centres = landmarks[:, RIGID].mean(axis=1, dtype=np.float64)
        centres[:, 1] += BOX_BELOW * scale
        side = BOX_SIDE * scale
    elif kind in ("fixed", "smooth"):
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        side = np.nanmedian(boxes[:, 2:] - boxes[:, :2])
    else:
        raise UserError(f"faces: track is {kind!r}, but only fixed, smooth and landmarks exist.")
    if kind == "fixed":
        centres = np.tile(np.nanmedian(centres, axis=0), (len(boxes), 1))
    else:
        centres = _running(np.mean, _running(np.median, _interpolate(centres), MEDIAN_WINDOW), MEAN_WINDOW)
    return np.column_stack([centres, np.full(len(boxes), side)])


def measure_wander(boxes: np.ndarray, track: np.ndarray) -> float:
    """Return how far the centres of boxes (T, 4) get from the track (T, 3), in sides of the track."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    return float(np.nanmax(np.abs(centres - track[:, :2]) / track[:, 2:]))


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = np.prod(np.maximum(sides, 0))
    return float(shared / (np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]) - shared))


def _middle(face: Sequence[Detection]) -> float:
    """Return the mean x of a face's boxes, in pixels."""
    return float(np.mean([(one.box[0] + one.box[2]) / 2 for one in face]))


def _prominence(box: np.ndarray, size: tuple[int, int]) -> float:
    middle = np.array(size[::-1]) / 2
    distance = np.linalg.norm((box[:2] + box[2:]) / 2 - middle) / np.linalg.norm(middle)
    return float((box[2] - box[0]) * max(0.0, 1 - distance))


def _scale_face(landmarks: np.ndarray) -> np.ndarray:
    """Return the size (T,) of a face in pixels: distance of the outer eye corners and length of the nose."""
    ends = [
        np.linalg.norm(landmarks[:, a] - landmarks[:, b], axis=-1)
        for a, b in (OUTER_EYE_CORNERS, (NOSE_ROOT, NOSE_BASE))
    ]
    return np.hypot(*ends)


def _interpolate(values: np.ndarray) -> np.ndarray:
    there = np.isfinite(values[:, 0])
    when = np.arange(len(values))
    return np.stack([np.interp(when, when[there], column[there]) for column in values.T], axis=1)


def _running(statistic: Callable, values: np.ndarray, window: int) -> np.ndarray:
    padded = np.pad(values, ((window // 2, window // 2), (0, 0)), mode="reflect")
    return statistic(sliding_window_view(padded, window, axis=0), axis=-1)
