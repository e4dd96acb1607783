"""A bundle's networks as one ONNX file, which runs without torch and videofer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from videofer.core.artifacts import atomic_path
from videofer.core.errors import UserError
from videofer.core.landmarks import COUNT
from videofer.models.interface import Batch
from videofer.predict.bundle.contents import Bundle
from videofer.predict.bundle.members import FRAME_SIZE, Member, average_probabilities

TOLERANCE = 1e-4  # largest difference between the file's probabilities and the bundle's
TRIED = 5  # clips of noise, on which they are compared


class Average(nn.Module):
    """The mean of several networks' probabilities.

    clips (N, T, 48, 48) in 0..1 and landmarks (N, T, 68, 2), pixels of the clip -> (N, J).
    """

    def __init__(self, members: Sequence[Member]):
        super().__init__()
        self.networks = nn.ModuleList(member.learner.network for member in members)
        self.learners = [member.learner for member in members]

    def forward(self, clips: Tensor, landmarks: Tensor) -> Tensor:
        """Return the mean probabilities (N, J)."""
        labels = torch.zeros(len(clips), dtype=torch.int64)
        outputs = [learner.classify(Batch(clips, landmarks, labels)) for learner in self.learners]
        return torch.stack([output.logits.float().softmax(-1) for output in outputs]).mean(0)


def export_onnx(bundle: Bundle, out: str | Path) -> float:
    """Write a bundle's ONNX file, and return the largest difference of its probabilities to the bundle's.

    Inputs clips and landmarks, output probabilities, as of `Average`, of one clip at a time: N is 1, since some
    networks arrange their frames by the number of clips. Raises UserError if the packages for it are missing, or if
    the probabilities differ.
    """
    try:
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401, torch's exporter is built on it
    except ImportError as error:
        raise UserError(f"ONNX needs the package {error.name}: pip install 'videofer[onnx]'.") from None
    length = bundle.preparation.length
    rng = np.random.default_rng(0)
    clips = rng.integers(0, 256, (TRIED, length, FRAME_SIZE, FRAME_SIZE), dtype=np.uint8)
    landmarks = rng.uniform(4, FRAME_SIZE - 4, (TRIED, length, COUNT, 2)).astype(np.float32)
    with atomic_path(out) as temporary:
        torch.onnx.export(
            Average(bundle.members).eval(), tuple(map(torch.from_numpy, list_inputs(clips, landmarks)[0].values())),
            temporary, input_names=["clips", "landmarks"], output_names=["probabilities"], external_data=False,
            verbose=False,
        )  # fmt: skip
        computed = run_onnx(temporary, clips, landmarks)
        difference = float(np.abs(computed - average_probabilities(bundle.members, clips, landmarks)).max())
        if not difference <= TOLERANCE:
            raise UserError(
                f"{out}: the ONNX file's probabilities differ by {difference:.1e} from those of {bundle.name}, "
                f"which is more than {TOLERANCE:g}: use the bundle itself."
            )
    return difference


def run_onnx(path: Path, clips: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Return the probabilities (N, J) by an ONNX file of clips (N, T, 48, 48) uint8 and landmarks (N, T, 68, 2)."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(["probabilities"], inputs)[0] for inputs in list_inputs(clips, landmarks)])


def list_inputs(clips: np.ndarray, landmarks: np.ndarray) -> list[dict[str, np.ndarray]]:
    """Return the inputs of the ONNX file for each clip alone."""
    pairs = zip(clips, landmarks, strict=True)
    return [{"clips": clip[None].astype(np.float32) / 255, "landmarks": points[None]} for clip, points in pairs]
