"""The networks of a bundle, run by onnxruntime: neither torch nor the code of the models is needed."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from videofer.core import __version__
from videofer.core.errors import UserError
from videofer.core.onnx import open_session

CLIPS, LANDMARKS, PROBABILITIES = "clips", "landmarks", "probabilities"  # inputs and output of the file
# Inputs of networks that take the person's face at rest: its frames alike, and 1 where it is known, else 0.
REST_CLIPS, REST_LANDMARKS, REST_KNOWN = "rest_clips", "rest_landmarks", "rest_known"
# What the file says of its inputs.
INPUTS = {
    CLIPS: "grey levels 0 to 255 of a face's square, frames in order; bundle.json says how they are cut",
    LANDMARKS: "x and y of the 68 points (iBUG), pixels of the clip",
}


@dataclass(frozen=True)
class Rest:
    """A person's face at rest: clip (R, 48, 48) uint8 and landmarks (R, 68, 2), pixels of the clip."""

    clip: np.ndarray
    landmarks: np.ndarray


class Networks:
    """The mean of several networks' probabilities, from an ONNX file that takes one clip at a time.

    Its inputs are whole grey levels, 0 to 255 (uint8): onnxruntime refuses any others. threads: of the processor.
    Raises UserError for a file that onnxruntime cannot read, or that is none of videofer's.
    """

    def __init__(self, path: Path, threads: int):
        self._session = open_session(path, threads)
        shapes = {put.name: put.shape for put in self._session.get_inputs()}
        about = self._session.get_modelmeta().custom_metadata_map
        if CLIPS not in shapes or "classes" not in about:
            raise UserError(f"{path.name} is not a network of videofer {__version__}: export its bundle again.")
        self.classes = json.loads(about["classes"])  # in the order of the probabilities
        self.frames = shapes[CLIPS][1]  # of a window that are looked at, spread evenly
        self.rest_frames = shapes[REST_CLIPS][1] if REST_CLIPS in shapes else 0  # of a face at rest

    def average(self, clips: np.ndarray, landmarks: np.ndarray, rest: Rest | None = None) -> np.ndarray:
        """Return the probabilities (N, J) float64 of clips (N, T, 48, 48) uint8 with landmarks (N, T, 68, 2).

        Landmarks are x and y in pixels of the clip. rest: the person's face at rest, for networks that take one.
        Raises UserError for clips of another type.
        """
        if clips.dtype != np.uint8:
            raise UserError(f"clips are whole grey levels from 0 to 255 (uint8), not {clips.dtype}: convert them.")
        every = max(1, clips.shape[1] // self.frames)
        known = {}
        if self.rest_frames:
            calm = rest or Rest(clips[0, : self.rest_frames], landmarks[0, : self.rest_frames])
            known = {
                REST_CLIPS: calm.clip[None],
                REST_LANDMARKS: calm.landmarks.astype(np.float32)[None],
                REST_KNOWN: np.float32([rest is not None]),
            }
        pixels, points = clips[:, None, ::every], landmarks[:, None, ::every].astype(np.float32)
        answers = [
            self._session.run([PROBABILITIES], {CLIPS: clip, LANDMARKS: places, **known})[0]
            for clip, places in zip(pixels, points, strict=True)
        ]
        return np.concatenate(answers).astype(np.float64)
