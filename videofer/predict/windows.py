"""From the frames of a face to the clips that a model classifies, cut, placed and scaled as in the training.

How well the face can be seen in them tells what makes a prediction doubtful whatever its probability.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from videofer.clips.augment import augment_landmarks, crop_centre
from videofer.clips.crop import crop_clip, map_landmarks
from videofer.core.landmarks import NOSE_TIP, OUTER_EYE_CORNERS
from videofer.faces.track import steady_track
from videofer.predict.bundle import Preparation
from videofer.predict.tracking import Track

# Frames before and after a window that its face square is smoothed over; the training had the whole sequence.
CONTEXT = 16
# Beyond these a prediction is called uncertain; ours, not tuned on predictions.
SMALLEST_FACE = 48.0  # pixels of the scaled frame: below, the clip is an enlargement
FURTHEST_TURN = 0.5
FEWEST_SEEN = 0.5
# Rendered faces have 0.6 to 1.1; blurred by 1 pixel of the clip 0.2 to 0.4, by 2 pixels 0.08 to 0.17.
LEAST_SHARPNESS = 0.15


@dataclass(frozen=True)
class Window:
    """A face over T frames of a video, how well it can be seen, and what the model makes of it.

    face: its lasting number; numbers, times (T,): of the frames; boxes (T, 4): the face square in each frame, left,
    top, right, bottom in pixels of the video; detection: mean score of dlib's detector where it found the face;
    seen: share of the frames where it did; face_size: side of the face square, pixels of the video; turn: of
    `measure_turn`, median; sharpness: of `measure_sharpness`; enlarged: whether the face is smaller than the clip;
    probabilities (J,) of the classes, None until it is classified.
    """

    face: int
    numbers: np.ndarray
    times: np.ndarray
    boxes: np.ndarray
    detection: float
    seen: float
    face_size: float
    turn: float
    sharpness: float
    enlarged: bool
    probabilities: np.ndarray | None = None

    def list_doubts(self, confidence: float) -> list[str]:
        """Return in words why the window is uncertain, as it is at a probability below `confidence`."""
        doubts = {
            "small face": self.enlarged,
            "turned away": self.turn > FURTHEST_TURN,
            "often not detected": self.seen < FEWEST_SEEN,
            "blurred": self.sharpness < LEAST_SHARPNESS,
            f"probability under {confidence:g}": self.probabilities.max() < confidence,
        }
        return [doubt for doubt, holds in doubts.items() if holds]


def list_windows(track: Track, preparation: Preparation, stride: int, ended: bool) -> Iterator[np.ndarray]:
    """Yield the windows of a track that can be cut now, as positions (T,) in its observations.

    They start `stride` frames apart. A window is complete once CONTEXT frames after it are known. Of an ended track
    all are complete, the last one so that it ends with the track; a track of `min_frames` frames or more that is
    shorter than a window is stretched, as `peak.choose_frames` does. Observations that no later window needs are
    dropped after each.
    """
    length = preparation.length
    while track.next_window + length + (0 if ended else CONTEXT) <= len(track):
        start = track.next_window - track.dropped
        yield np.arange(start, start + length)
        track.next_window += stride
        unneeded = track.next_window - CONTEXT - track.dropped
        # The last window of all may reach back from the track's end.
        unneeded = max(0, min(unneeded, len(track.observations) - length - CONTEXT))
        track.dropped += unneeded
        del track.observations[:unneeded]
    if not ended:
        return
    if track.next_window == 0 and len(track) >= preparation.min_frames:
        yield ((np.arange(length) + 0.5) * len(track) / length).astype(np.int64)
    elif 0 < track.next_window < len(track) - length + stride:
        yield np.arange(len(track) - length, len(track)) - track.dropped


def cut_window(
    track: Track, positions: np.ndarray, preparation: Preparation
) -> tuple[Window, np.ndarray, np.ndarray]:
    """Cut one window, the observations at `positions` (T,), of a track.

    Returns it with its clip (T, 48, 48) uint8 and landmarks (T, 68, 2) in pixels of the clip.
    """
    first = max(0, int(positions[0]) - CONTEXT)
    around = track.observations[first : int(positions[-1]) + 1 + CONTEXT]
    chosen = positions - first
    landmarks = np.stack([face.landmarks for face in around])
    square = steady_track(np.stack([face.box for face in around]), landmarks, preparation.track)
    square = square.astype(np.float32)[chosen]  # as a 'faces' artifact keeps it
    faces = [around[position] for position in chosen]
    size, margin = preparation.size, preparation.margin
    clip = crop_clip(np.stack([face.frame.pixels for face in faces]), square, size, margin)
    clip = np.ascontiguousarray(crop_centre(clip, size))
    mapped = map_landmarks(landmarks[chosen], square, size, margin)
    centre, side = square[:, :2].astype(np.float64), square[:, 2:].astype(np.float64)
    scores = np.array([face.score for face in faces])
    detected = np.isfinite(scores)
    scale = faces[0].frame.scale
    window = Window(
        face=track.face,
        numbers=np.array([face.frame.number for face in faces]),
        times=np.array([face.frame.time for face in faces]),
        boxes=np.concatenate([centre - side / 2, centre + side / 2], axis=1) * scale,
        detection=float(scores[detected].mean()) if detected.any() else float("nan"),
        seen=float(detected.mean()),
        face_size=float(side[0, 0]) * scale,
        turn=float(np.median(measure_turn(landmarks[chosen]))),
        sharpness=measure_sharpness(clip),
        enlarged=float(side[0, 0]) < SMALLEST_FACE,
    )
    return window, clip, augment_landmarks(mapped[None], size + 2 * margin, size)[0, 0]


def measure_turn(landmarks: np.ndarray) -> np.ndarray:
    """Return how far each face is turned to the side: landmarks (T, 68, 2) -> (T,).

    Distance of the nose tip from the middle of the outer eye corners, in half theirs: 0 in front, 1 in profile.
    """
    right, left = (landmarks[:, corner].astype(np.float64) for corner in OUTER_EYE_CORNERS)
    across = left - right
    half = np.maximum((across**2).sum(-1) / 2, 1e-9)
    from_middle = landmarks[:, NOSE_TIP] - (left + right) / 2
    return np.abs((from_middle * across).sum(-1)) / half


def measure_sharpness(clip: np.ndarray) -> float:
    """Return the standard deviation of the Laplacian of a clip (T, H, W) over that of its pixels.

    Blur lowers it, whatever the light.
    """
    pixels = clip.astype(np.float32)
    inner = pixels[:, 1:-1, 1:-1]
    neighbours = pixels[:, :-2, 1:-1] + pixels[:, 2:, 1:-1] + pixels[:, 1:-1, :-2] + pixels[:, 1:-1, 2:]
    spread = float(pixels.std())
    return float((neighbours - 4 * inner).std()) / spread if spread > 0 else 0.0
