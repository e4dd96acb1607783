"""The models that find the 68 landmarks of a face (iBUG scheme): that of the package, dlib's, or the user's."""

from functools import cache
from pathlib import Path
from typing import Protocol

import dlib
import numpy as np
from PIL import Image

from videofer.core.errors import UserError
from videofer.core.landmarks import COUNT, PATCHES
from videofer.core.onnx import open_session
from videofer.faces.model_files import GIVE, find_landmark_model

REACH = 2.0  # side of the square that our own model sees, in sides of the box


class LandmarkModel(Protocol):
    """Finds landmarks."""

    def find(self, frame: np.ndarray, box: np.ndarray) -> np.ndarray:
        """Return landmarks float32 (68, 2), in pixels of a grey frame uint8 (H, W), by a face's box (4,)."""


class ShapePredictor:
    """A dlib shape predictor (Kazemi and Sullivan 2014)."""

    def __init__(self, path: Path):
        try:
            self._predictor = dlib.shape_predictor(str(path))
        except RuntimeError as error:
            raise UserError(
                f"faces: landmark_model {path} is not a dlib shape predictor ({error}): {GIVE}."
            ) from None

    def find(self, frame: np.ndarray, box: np.ndarray) -> np.ndarray:
        """See LandmarkModel."""
        left, top, right, bottom = (round(float(edge)) for edge in box)
        shape = self._predictor(frame, dlib.rectangle(left, top, right - 1, bottom - 1))
        return np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float32)


class LandmarkNetwork:
    """A network of `snakemake landmarks`, run by onnxruntime."""

    def __init__(self, path: Path):
        self._session = open_session(path)
        given, found = self._session.get_inputs()[0], self._session.get_outputs()[0]
        if given.name != PATCHES or found.shape[1:] != [COUNT, 2]:
            raise UserError(f"faces: landmark_model {path} is a network of another kind: {GIVE}.")
        self._side = given.shape[-1]

    def find(self, frame: np.ndarray, box: np.ndarray) -> np.ndarray:
        """See LandmarkModel."""
        patch, corner, scale = cut_patch(frame, box, self._side)
        found = self._session.run(None, {PATCHES: patch[None]})[0][0]
        # The network counts from the frame's edge, landmarks from the middle of its first pixel.
        return (found / scale + corner - 0.5).astype(np.float32)


def cut_patch(frame: np.ndarray, box: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the patch uint8 (side, side) around a box (4,) of a grey frame (H, W), REACH times as large.

    With it its upper left corner (2,) in pixels of the frame and how many of its pixels a pixel of the frame is.
    What lies outside the frame repeats its edge.
    """
    reach = REACH * float(box[2] - box[0]) / 2
    corner = (box[:2] + box[2:]) / 2 - reach
    low = np.minimum(np.floor(corner), 0).astype(int)
    high = np.maximum(np.ceil(corner + 2 * reach) - frame.shape[::-1], 0).astype(int)
    if low.any() or high.any():
        frame = np.pad(frame, ((-low[1], high[1]), (-low[0], high[0])), mode="edge")
    edges = (*(corner - low), *(corner - low + 2 * reach))
    patch = Image.fromarray(frame).resize((side, side), Image.Resampling.BILINEAR, box=edges)
    return np.asarray(patch), corner, side / (2 * reach)


@cache
def load_landmark_model(name: str) -> LandmarkModel:
    """Load a landmark model: that of the package, dlib's, or the one at a path. Raises UserError."""
    path = find_landmark_model(name)
    return LandmarkNetwork(path) if path.suffix == ".onnx" else ShapePredictor(path)
