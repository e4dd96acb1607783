"""How well a face can be seen in a window: what makes a prediction doubtful whatever its probability."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from videofer.core.landmarks import NOSE_TIP, OUTER_EYE_CORNERS
from videofer.predict.tracking import Observation

# Beyond these a prediction is called uncertain; ours, not tuned on predictions.
SMALLEST_FACE = 48.0  # pixels of the scaled frame: below, the clip is an enlargement
FURTHEST_TURN = 0.5
FEWEST_SEEN = 0.5
# Rendered faces have 0.6 to 1.1; blurred by 1 pixel of the clip 0.2 to 0.4, by 2 pixels 0.08 to 0.17.
LEAST_SHARPNESS = 0.15


@dataclass(frozen=True)
class Quality:
    """How a face shows in a window.

    detection: mean score of dlib's detector where it found the face; seen: share of the frames where it did;
    face_size: side of the face square, pixels of the video; turn: how far the nose tip is from the middle of the
    outer eye corners, in half their distance (0: facing the camera, 1: profile); sharpness: standard deviation of
    the Laplacian of the clip over that of its pixels, which blur lowers whatever the light; enlarged: whether the
    face is smaller than the clip.
    """

    detection: float
    seen: float
    face_size: float
    turn: float
    sharpness: float
    enlarged: bool

    def list_doubts(self) -> list[str]:
        """Return in words what makes the window doubtful."""
        doubts = {
            "small face": self.enlarged,
            "turned away": self.turn > FURTHEST_TURN,
            "often not detected": self.seen < FEWEST_SEEN,
            "blurred": self.sharpness < LEAST_SHARPNESS,
        }
        return [doubt for doubt, holds in doubts.items() if holds]


def measure_quality(faces: Sequence[Observation], side: float, clip: np.ndarray) -> Quality:
    """Measure a window; side: of its face square, pixels of the frames; clip (T, 48, 48) uint8."""
    scores = np.array([face.score for face in faces])
    detected = np.isfinite(scores)
    return Quality(
        detection=float(scores[detected].mean()) if detected.any() else float("nan"),
        seen=float(detected.mean()),
        face_size=side * faces[0].frame.scale,
        turn=float(np.median(measure_turn(np.stack([face.landmarks for face in faces])))),
        sharpness=measure_sharpness(clip),
        enlarged=side < SMALLEST_FACE,
    )


def measure_turn(landmarks: np.ndarray) -> np.ndarray:
    """Return how far each face is turned to the side: landmarks (T, 68, 2) -> (T,), 0 to about 1."""
    right, left = (landmarks[:, corner].astype(np.float64) for corner in OUTER_EYE_CORNERS)
    across = left - right
    half = np.maximum((across**2).sum(-1) / 2, 1e-9)
    from_middle = landmarks[:, NOSE_TIP] - (left + right) / 2
    return np.abs((from_middle * across).sum(-1)) / half


def measure_sharpness(clip: np.ndarray) -> float:
    """Return the standard deviation of the Laplacian of a clip (T, H, W) over that of its pixels."""
    pixels = clip.astype(np.float32)
    inner = pixels[:, 1:-1, 1:-1]
    neighbours = pixels[:, :-2, 1:-1] + pixels[:, 2:, 1:-1] + pixels[:, 1:-1, :-2] + pixels[:, 1:-1, 2:]
    spread = float(pixels.std())
    return float((neighbours - 4 * inner).std()) / spread if spread > 0 else 0.0
