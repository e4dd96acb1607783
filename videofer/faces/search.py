"""Search frames for faces: dlib's detectors, in which frames they search, and which face of a clip is the main one.

dlib's detectors scan a frame and copies of it, each 5/6 of the one before, for faces of one size: 80 pixels. A
frame reduced by n such steps gives the detections of the copies from the n-th on, in (5/6) ** (2 n) of the time;
only the boxes differ, by about a pixel, since those of a copy are whole pixels of it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import dlib
import numpy as np

from videofer.core.errors import UserError
from videofer.faces.model_files import model_path

FACE = 80  # pixels, the size of face that dlib's detectors search for in each copy
STEP, SHIFT = 6 / 5, 0.3  # pixel p of a copy is pixel STEP p + SHIFT of the one before (dlib's image_pyramid.h)
PAST = np.array([0, 0, 1, 1])  # right and bottom are one more than the last pixel
STEADY = 0.5  # intersection over union of a face's boxes in two searched frames if it stayed between them
# Intersection over union from which two boxes are of the same face; the steps of 1.2 in dlib's boxes give 0.69.
SAME_FACE = 0.3
PROBES = 5  # frames, spread evenly over a clip, that are searched in four orientations
ROTATIONS = (0, 90, 180, 270)  # degrees clockwise
DECIDED = 2  # rotated frames must show more than this many times the faces of the frames as they are

Found = list[tuple[np.ndarray, float]]  # faces of one frame: box (4,) left, top, right, bottom in pixels, and score
Detector = Callable[[np.ndarray], Found]


def load_detector(kind: str, upsample: int, smallest: float | None) -> Detector:
    """Return a function from a grey frame (H, W) uint8 to its faces: boxes (4,) in pixels with scores.

    "hog" is dlib's frontal detector (paper section 4.1; Dalal and Triggs 2005), "cnn" dlib's MMOD network
    (King 2015). `upsample` doubles the frame that many times: faces of 80 pixels are found at 0, of 40 at 1.
    `smallest`: pixels of the smallest face that has to be found, if that is more than 80. Raises UserError.
    """
    if upsample and smallest:
        raise UserError("faces: smallest leaves out the small faces that upsample is for: give one of the two.")
    hog = dlib.get_frontal_face_detector() if kind == "hog" else None
    cnn = None if hog else dlib.cnn_face_detection_model_v1(str(model_path("mmod_human_face_detector.dat")))

    def detect(frame: np.ndarray) -> Found:
        if hog:
            boxes, scores, _ = hog.run(frame, upsample, 0.0)
        else:
            found = cnn(np.repeat(frame[..., None], 3, axis=2), upsample)
            boxes, scores = [face.rect for face in found], [face.confidence for face in found]
        # dlib counts the last pixel in; here right and bottom are the far edges, so that right - left is the side.
        edges = [(box.left(), box.top(), box.right() + 1, box.bottom() + 1) for box in boxes]
        return list(zip(np.array(edges, np.float64), scores, strict=True))

    return partial(search_coarsely, detect, steps=count_steps(smallest)) if smallest else detect


def count_steps(smallest: float) -> int:
    """Return by how many steps a frame can be reduced so that faces of `smallest` pixels are still found."""
    # A little more than the quotient, so that 80 x 1.2 x 1.2 = 115.2, written as 115, leaves out two steps.
    return max(0, int(np.log(smallest / FACE) / np.log(STEP) + 0.01))


def search_coarsely(detector: Detector, frame: np.ndarray, steps: int) -> Found:
    """Detect faces in a grey frame (H, W) reduced by `steps` steps; the boxes are in pixels of the full frame."""
    coarse = frame
    for _ in range(steps):
        height, width = coarse.shape
        coarse = dlib.resize_image(coarse, max(1, height * 5 // 6), max(1, width * 5 // 6))
    found = detector(coarse)
    for _ in range(steps):
        found = [(STEP * (box - PAST) + SHIFT + PAST, score) for box, score in found]
    return found


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


def search_frames(frames: Sequence[np.ndarray], detector: Detector, every: int) -> tuple[list[Found], np.ndarray]:
    """Return the faces of each frame (H, W), found or interpolated, and which frames (T,) bool were searched.

    Every `every`-th frame and the last one are searched. Where two of these that follow each other show the same
    faces in about the same place, the boxes between are interpolated, with the lower score of both; where a face
    moved, came or went, or the film cuts to another scene, each frame between is searched.
    """
    keys = {*range(0, len(frames), every), len(frames) - 1}
    per_frame = [detector(frame) if t in keys else None for t, frame in enumerate(frames)]
    searched = np.array([found is not None for found in per_frame])
    for first, last in pairwise(sorted(keys)):
        if last - first == 1:
            continue
        before, after = per_frame[first], per_frame[last]
        pairs = match_boxes([box for box, _ in before], [box for box, _ in after], STEADY)
        if len(before) == len(pairs) == len(after) and pairs:
            faces = [(*before[i], *after[j]) for i, j in pairs.items()]
            for t in range(first + 1, last):
                share = (t - first) / (last - first)
                per_frame[t] = [(a * (1 - share) + b * share, min(low, high)) for a, low, b, high in faces]
        else:
            searched[first:last] = True
            per_frame[first + 1 : last] = [detector(frame) for frame in frames[first + 1 : last]]
    return per_frame, searched


def choose_face(
    per_frame: Sequence[Found], size: tuple[int, int], face_x: float | None
) -> dict[int, tuple[np.ndarray, float]]:
    """Return the detections of the clip's main face: frame -> box (4,) and score.

    Each detection joins the face whose last box it overlaps most (by at least 0.3 of their union), or starts
    a new one. The main face has the largest sum over the frames of box side x (1 - distance of the box from
    the frame's centre / half the frame's diagonal). `size`: (H, W).
    With `face_x`, 0 (left edge) to 1, it is the one whose middle is nearest to there among those that are found in
    at least half as many frames as the most lasting one.
    """
    faces: list[dict[int, tuple[np.ndarray, float]]] = []
    for frame, found in enumerate(per_frame):
        free = list(faces)
        for box, score in sorted(found, key=lambda pair: -pair[1]):
            last = [next(reversed(face.values()))[0] for face in free]
            shared = overlaps(np.stack(last), box[None]) if free else np.zeros(1)
            if shared.max() >= SAME_FACE:
                free.pop(int(shared.argmax()))[frame] = box, score
            else:
                faces.append({frame: (box, score)})
    if not faces:
        return {}
    if face_x is None:
        middle = np.array(size[::-1]) / 2

        def prominence(box: np.ndarray) -> float:
            distance = np.linalg.norm((box[:2] + box[2:]) / 2 - middle) / np.linalg.norm(middle)
            return float((box[2] - box[0]) * max(0.0, 1 - distance))

        return max(faces, key=lambda face: sum(prominence(box) for box, _ in face.values()))
    lasting = [face for face in faces if 2 * len(face) >= max(map(len, faces))]
    middles = [np.mean([(box[0] + box[2]) / 2 for box, _ in face.values()]) for face in lasting]
    return lasting[int(np.argmin(np.abs(np.array(middles) - face_x * size[1])))]


def explain_rotation(frames: np.ndarray, detector: Detector) -> str | None:
    """Return a sentence if frames (T, H, W) uint8 show clearly more faces when they are rotated, else None."""
    probes = frames[((np.arange(PROBES) + 0.5) * len(frames) / PROBES).astype(int)]
    counts = {}
    for rotation in ROTATIONS:
        rotated = [np.ascontiguousarray(np.rot90(frame, -rotation // 90)) for frame in probes]
        counts[rotation] = sum(bool(detector(frame)) for frame in rotated)
        if DECIDED * counts[0] >= PROBES:
            return None  # whatever the other orientations show
    best = max(ROTATIONS, key=counts.get)
    if counts[best] <= DECIDED * counts[0]:
        return None
    return (
        f"Turned by another {best} degrees clockwise it shows a face in {counts[best]} of {PROBES} frames, as it "
        f"is in {counts[0]}: check its rotation."
    )
