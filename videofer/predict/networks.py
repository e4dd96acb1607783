"""The networks of a bundle, run by onnxruntime: neither torch nor the code of the models is needed."""

from pathlib import Path

import numpy as np
import onnxruntime

from videofer.core.errors import UserError

CLIPS, LANDMARKS, PROBABILITIES = "clips", "landmarks", "probabilities"  # inputs and output of the file
ERRORS_ONLY = 3  # of onnxruntime's levels: it warns of what it does not know of the machine


class Networks:
    """The mean of several networks' probabilities, from an ONNX file that takes one clip at a time.

    threads: of the processor. Raises UserError for a file that onnxruntime cannot read.
    """

    def __init__(self, path: Path, threads: int):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = ERRORS_ONLY
        options.use_deterministic_compute = True
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its own, which have only Exception in common
            raise UserError(
                f"{path.name} cannot be run by onnxruntime {onnxruntime.__version__} "
                f"({str(error).splitlines()[0]}): export the bundle again, or update onnxruntime."
            ) from None

    def average(self, clips: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """Return the probabilities (N, J) float64 of clips (N, T, 48, 48) uint8 with landmarks (N, T, 68, 2).

        Landmarks are x and y in pixels of the clip.
        """
        pairs = zip(clips.astype(np.float32)[:, None] / 255, landmarks.astype(np.float32)[:, None], strict=True)
        answers = [self._session.run([PROBABILITIES], {CLIPS: c, LANDMARKS: points})[0] for c, points in pairs]
        return np.concatenate(answers).astype(np.float64)
