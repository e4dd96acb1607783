"""The main face of frames that are not an artifact, by dlib's detector, as detect_faces finds it."""

import numpy as np

from videofer.faces.detect import track_face
from videofer.faces.landmark_model import load_landmark_model
from videofer.faces.model_files import OWN
from videofer.faces.search import load_detector, search_frames


def find_face(
    frames: np.ndarray, every: int = 1, smallest: float | None = None, face_x: float | None = None
) -> dict:
    """Return the arrays of a 'faces' artifact of frames (T, H, W)."""
    found, searched = search_frames(frames, load_detector("hog", 0, smallest), every)
    choice = {"min_detected": 0.5, "max_gap": 5, "track": "landmarks", "face_x": face_x}
    return track_face(frames, found, searched, load_landmark_model(OWN), **choice)
