"""Where a clip's frames are searched for faces, and how finely: every k-th frame while nothing changes.

dlib's detectors look at a frame and at copies of it, each 5/6 of the one before, for faces of one size: 80 pixels.
A frame that is handed to them after n such steps gives the detections of the copies from the n-th on, for
(5/6) ** (2 n) of the time; only the boxes differ, by about a pixel, since those of a copy are whole pixels of it.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import dlib
import numpy as np

from videofer.faces.boxes import match_boxes

FACE = 80  # pixels, the size of face that dlib's detectors look for in each copy
STEP, SHIFT = 6 / 5, 0.3  # pixel p of a copy is pixel STEP p + SHIFT of the one before (dlib's image_pyramid.h)
PAST = np.array([0, 0, 1, 1])
STEADY = 0.5  # part of their union that a face's boxes in two searched frames share if it stayed between them

Found = list[tuple[np.ndarray, float]]
Detector = Callable[[np.ndarray], Found]


def count_steps(smallest: float) -> int:
    """Return how many steps a frame can be reduced by so that faces of `smallest` pixels are still found."""
    # A little more than the quotient, so that 80 x 1.2 x 1.2 = 115.2, written as 115, leaves out two steps.
    return max(0, int(np.log(smallest / FACE) / np.log(STEP) + 0.01))


def search_coarsely(detector: Detector, frame: np.ndarray, steps: int) -> Found:
    """Detect faces in a grey frame (H, W) reduced by so many steps; the boxes are in pixels of the frame itself."""
    coarse = frame
    for _ in range(steps):
        height, width = coarse.shape
        coarse = dlib.resize_image(coarse, max(1, height * 5 // 6), max(1, width * 5 // 6))
    found = detector(coarse)
    for _ in range(steps):  # right and bottom are one more than the last pixel
        found = [(STEP * (box - PAST) + SHIFT + PAST, score) for box, score in found]
    return found


def search_frames(frames: Sequence[np.ndarray], detector: Detector, every: int) -> tuple[list[Found], np.ndarray]:
    """Return the faces of each frame (H, W), found or bridged, and which frames (T,) bool were searched.

    Every `every`-th frame and the last one are searched. Where all faces of two such frames that follow each other
    are the same ones in about the same place, their boxes are interpolated between, with the lower score of
    both; where one moved, came or went, or the film cuts to others, each frame between is searched.
    """
    per_frame: list[Found | None] = [None] * len(frames)
    keys = sorted({*range(0, len(frames), every), len(frames) - 1})
    for key in keys:
        per_frame[key] = detector(frames[key])
    searched = np.array([found is not None for found in per_frame])
    for first, last in pairwise(keys):
        if last - first == 1:
            continue  # nothing lies between
        before, after = per_frame[first], per_frame[last]
        pairs = match_boxes([box for box, _ in before], [box for box, _ in after], STEADY)
        if len(before) == len(pairs) == len(after) and pairs:
            for place in range(first + 1, last):
                share = (place - first) / (last - first)
                per_frame[place] = [bridge(before[i], after[j], share) for i, j in pairs.items()]
        else:
            searched[first:last] = True
            per_frame[first + 1 : last] = [detector(frame) for frame in frames[first + 1 : last]]
    return per_frame, searched


def bridge(
    before: tuple[np.ndarray, float], after: tuple[np.ndarray, float], share: float
) -> tuple[np.ndarray, float]:
    """Return the box and score of a face at `share` (0 to 1) of the way between two detections of it."""
    return before[0] * (1 - share) + after[0] * share, min(before[1], after[1])
