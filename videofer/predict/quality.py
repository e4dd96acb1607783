"""How well a face can be seen in a window: what makes an answer doubtful whatever its probability."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from videofer.core.landmarks import NOSE_TIP, OUTER_EYE_CORNERS
from videofer.predict.tracking import Seen

# From here on an answer is called uncertain; ours, not tuned on answers.
SMALLEST_FACE = 48.0  # pixels of the frame that was looked at: below, the clip is an enlargement
FURTHEST_TURN = 0.5
FEWEST_SEEN = 0.5
BLUNTEST = (
    0.15  # rendered faces have 0.6 to 1.1; blurred by 1 pixel of the clip 0.2 to 0.4, by 2 pixels 0.08 to 0.17
)


@dataclass(frozen=True)
class Quality:
    """How a face shows in a window.

    detection: mean score of dlib's detector where it found the face; seen: share of the frames where it did;
    face_size: side of the face square, pixels of the video; turn: how far the nose tip is from the middle of the
    outer eye corners, in half their distance (0: facing the camera, 1: profile); sharpness: standard deviation of
    the Laplacian of the clip over that of its pixels, which blur lowers whatever the light.
    """

    detection: float
    seen: float
    face_size: float
    turn: float
    sharpness: float
    enlarged: bool

    def doubts(self) -> list[str]:
        """Return in words what makes the window doubtful."""
        found = {
            "small face": self.enlarged,
            "turned away": self.turn > FURTHEST_TURN,
            "often not detected": self.seen < FEWEST_SEEN,
            "blurred": self.sharpness < BLUNTEST,
        }
        return [doubt for doubt, holds in found.items() if holds]


def measure_quality(seen: Sequence[Seen], side: float, scale: float, clip: np.ndarray) -> Quality:
    """Measure a window: side of its face square in pixels of the frames, which are 1 / scale of the video's; clip
    (T, 48, 48) uint8.
    """
    scores = np.array([one.score for one in seen])
    detected = np.isfinite(scores)
    landmarks = np.stack([one.landmarks for one in seen])
    return Quality(
        detection=float(scores[detected].mean()) if detected.any() else float("nan"),
        seen=float(detected.mean()),
        face_size=side * scale,
        turn=float(np.median(measure_turn(landmarks))),
        sharpness=measure_sharpness(clip),
        enlarged=side < SMALLEST_FACE,
    )


def measure_turn(landmarks: np.ndarray) -> np.ndarray:
    """Return how far to the side each face looks: landmarks (T, 68, 2) -> (T,), 0 to about 1."""
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
