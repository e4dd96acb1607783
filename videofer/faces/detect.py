"""Find the face of one clip: boxes, one steady square track, 68 landmarks: the step detect_faces."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from videofer.core.artifacts import write_arrays
from videofer.core.clip import read_accepted, rejection_kept
from videofer.core.errors import RejectedClip, UserError
from videofer.core.landmarks import COUNT, NOSE_BASE, NOSE_ROOT, OUTER_EYE_CORNERS, RIGID
from videofer.faces.landmark_model import LandmarkModel, load_landmark_model
from videofer.faces.model_files import identify_landmark_model
from videofer.faces.search import Found, choose_face, explain_rotation, load_detector, search_frames

log = logging.getLogger(__name__)

OFFSET = 0.25  # sides of the face: from here on a remark says that the face leaves the track
NONE, DETECTED, INTERPOLATED = 0, 1, 2
MEDIAN_WINDOW, MEAN_WINDOW = 9, 5  # frames, of a track that follows the head
# dlib's box, seen from the landmarks: side and height below the middle of the rigid points, both over the scale of
# the face in `steady_track`. Means over 132 clips of 22 rendered people; those of two real people agree.
BOX_SIDE, BOX_BELOW = 1.51, 0.23


def detect_faces(
    frames: str | Path,
    out: str | Path,
    *,
    detector: str,
    upsample: int,
    smallest: float | None,
    every: int,
    min_detected: float,
    max_gap: int,
    track: str,
    landmark_model: str,
    face_x: float | None,
    rotation: int | None,
    code: str,
) -> None:
    """Track the face of a 'frames' artifact into a 'faces' artifact.

    box (T, 4) left, top, right, bottom of the detection, nan where there is none; score (T,) of the detector;
    source (T,) 0 none, 1 detected, 2 interpolated, in a frame that was searched in vain or not at all; landmarks
    (T, 68, 2) x, y, nan where source is 0; track (T, 3) centre x, centre y, side of the square face track. All in
    pixels of the frame. The settings are those of `faces:` in the config.
    rotation: what the data set states for the clip, which detection then verifies; None: it states none.
    """
    if every > max_gap + 1:
        raise UserError(f"faces: every is {every}: give at most {max_gap + 1}, so that no gap exceeds max_gap.")
    search = {"detector": detector, "upsample": upsample, "smallest": smallest, "every": every}
    choice = {"min_detected": min_detected, "max_gap": max_gap, "track": track, "face_x": face_x}
    named = {"landmark_model": landmark_model, "landmark_model_sha256": identify_landmark_model(landmark_model)}
    parameters = search | choice | named | {"code": code}
    with rejection_kept("detect", out, "faces", parameters, [frames]):
        video = read_accepted(frames, "frames")
        pixels = video["frames"]
        detect, model = load_detector(detector, upsample, smallest), load_landmark_model(landmark_model)
        found, searched = search_frames(pixels, detect, every)
        try:
            arrays = track_face(pixels, found, searched, model, **choice)
        except RejectedClip as error:
            hint = explain_rotation(pixels, detect)
            raise RejectedClip(f"{str(error)[:-1]}; {hint[0].lower()}{hint[1:]}" if hint else str(error)) from None
        counts = np.bincount(arrays["source"], minlength=3)
        log.info("%d frames: %d with the face, %d interpolated, %d without", len(pixels), *counts[[1, 2, 0]])
        remarks = list(video.parameters["remarks"])
        centres = (arrays["box"][:, :2] + arrays["box"][:, 2:]) / 2
        offset = np.nanmax(np.abs(centres - arrays["track"][:, :2]) / arrays["track"][:, 2:])
        if offset > OFFSET:
            remarks.append(f"The face strays from its track by up to {offset:.0%} of its size ({track} track).")
        most = max(map(len, found))
        if most > 1:
            who = "largest, most central and lasting one" if face_x is None else f"one nearest to face_x {face_x:g}"
            remarks.append(f"Up to {most} faces show in one frame: the {who} is used.")
        if rotation is not None and (hint := explain_rotation(pixels, detect)):
            remarks.append(hint)
        for remark in remarks:
            log.warning("%s", remark)
        write_arrays(out, "faces", arrays, parameters | {"most_faces": most, "remarks": remarks}, [frames])


def track_face(
    frames: np.ndarray,
    found: Sequence[Found],
    searched: np.ndarray,
    landmark_model: LandmarkModel,
    *,
    min_detected: float,
    max_gap: int,
    track: str,
    face_x: float | None,
) -> dict[str, np.ndarray]:
    """Follow the main face through frames (T, H, W) uint8: the arrays of a 'faces' artifact (see `detect_faces`).

    found, searched: from `search_frames`; face_x: where the wanted face is, 0 (left) to 1; None: the most
    prominent one. Raises RejectedClip if the face is in fewer than `min_detected` of the frames; those not
    searched count if they lie between two with the face.
    """
    chosen = choose_face(found, frames.shape[1:], face_x)
    if len(chosen) < max(1, min_detected * len(frames)):
        found = f"a face was found in {len(chosen)} of {len(frames)} frames"
        raise RejectedClip(f"{found}, fewer than the {min_detected:.0%} asked for (faces: min_detected).")
    boxes = np.full((len(frames), 4), np.nan)
    scores = np.full(len(frames), np.nan, np.float32)
    for frame, (box, score) in chosen.items():
        boxes[frame], scores[frame] = box, score
    filled, source = fill_gaps(boxes, max_gap)
    source[(source == DETECTED) & ~searched] = INTERPOLATED
    boxes[~searched], scores[~searched] = np.nan, np.nan
    landmarks = find_landmarks(frames, filled, landmark_model)
    return {
        "box": boxes.astype(np.float32),
        "score": scores,
        "source": source,
        "landmarks": landmarks,
        "track": steady_track(filled, landmarks, track).astype(np.float32),
    }


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


def find_landmarks(frames: np.ndarray, boxes: np.ndarray, model: LandmarkModel) -> np.ndarray:
    """Return the landmarks (T, 68, 2) in pixels, started from boxes (T, 4); nan where the box is nan."""
    landmarks = np.full((len(frames), COUNT, 2), np.nan, np.float32)
    for frame, box, points in zip(frames, boxes, landmarks, strict=True):
        if np.isfinite(box[0]):
            points[:] = model.find(frame, box)
    return landmarks


def steady_track(boxes: np.ndarray, landmarks: np.ndarray, kind: str) -> np.ndarray:
    """Return one square track (T, 3): centre x, centre y, side in pixels; the side never changes in a clip.

    From boxes (T, 4) and landmarks (T, 68, 2), nan in gaps. "fixed": the median box of the clip. "smooth": its
    median side, its centre smoothed by a running median and a running mean. "landmarks": like smooth, but from
    the rigid landmarks, since dlib's boxes come in steps of 1.2x, so that equal faces get unequal boxes.
    """
    if kind == "landmarks":
        # The size of a face: distance of the outer eye corners and length of the nose, which lie across.
        ends = OUTER_EYE_CORNERS, (NOSE_ROOT, NOSE_BASE)
        spans = [np.linalg.norm(landmarks[:, a] - landmarks[:, b], axis=-1) for a, b in ends]
        scale = np.nanmedian(np.hypot(*spans))
        centres = landmarks[:, RIGID].mean(axis=1, dtype=np.float64)
        centres[:, 1] += BOX_BELOW * scale
        side = BOX_SIDE * scale
    else:
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        side = np.nanmedian(boxes[:, 2:] - boxes[:, :2])
    if kind == "fixed":
        centres = np.tile(np.nanmedian(centres, axis=0), (len(boxes), 1))
    else:
        centres = _running(np.mean, _running(np.median, _interpolate(centres), MEDIAN_WINDOW), MEAN_WINDOW)
    return np.column_stack([centres, np.full(len(boxes), side)])


def _interpolate(values: np.ndarray) -> np.ndarray:
    there = np.isfinite(values[:, 0])
    when = np.arange(len(values))
    return np.stack([np.interp(when, when[there], column[there]) for column in values.T], axis=1)


def _running(statistic: Callable, values: np.ndarray, window: int) -> np.ndarray:
    padded = np.pad(values, ((window // 2, window // 2), (0, 0)), mode="reflect")
    return statistic(sliding_window_view(padded, window, axis=0), axis=-1)
