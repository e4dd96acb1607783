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
TRIED = 5  # clips of noise, by which they are compared


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
    """Write a bundle's ONNX file, try it, and return the largest difference of its probabilities to the bundle's.

    Inputs clips and landmarks, output probabilities, as of `Average`, of one clip at a time: N is 1, since some
    networks arrange their frames by the number of clips. Raises UserError if the packages for it are missing, or if
    the probabilities differ.
    """
    try:
        import onnxruntime
        import onnxscript  # noqa: F401, torch's exporter is built on it
    except ImportError as error:
        raise UserError(f"ONNX needs the package {error.name}: pip install 'videofer[onnx]'.") from None
    clips, landmarks = draw_clips(bundle.preparation.length)
    fed = [
        {"clips": c[None].astype(np.float32) / 255, "landmarks": p[None]}
        for c, p in zip(clips, landmarks, strict=True)
    ]
    with atomic_path(out) as temporary:
        torch.onnx.export(
            Average(bundle.members).eval(), tuple(map(torch.from_numpy, fed[0].values())), temporary,
            input_names=list(fed[0]), output_names=["probabilities"], external_data=False, verbose=False,
        )  # fmt: skip
        session = onnxruntime.InferenceSession(str(temporary), providers=["CPUExecutionProvider"])
        computed = np.concatenate([session.run(None, clip)[0] for clip in fed])
        difference = float(np.abs(computed - average_probabilities(bundle.members, clips, landmarks)).max())
        if not difference <= TOLERANCE:
            raise UserError(
                f"{out}: the ONNX file's probabilities differ by {difference:.1e} from those of {bundle.name}, "
                f"which is more than {TOLERANCE:g}: use the bundle itself."
            )
    return difference


def draw_clips(length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return clips (5, length, 48, 48) uint8 and landmarks (5, length, 68, 2) to try a network with."""
    rng = np.random.default_rng(0)
    clips = rng.integers(0, 256, (TRIED, length, FRAME_SIZE, FRAME_SIZE), dtype=np.uint8)
    return clips, rng.uniform(4, FRAME_SIZE - 4, (TRIED, length, COUNT, 2)).astype(np.float32)
