"""Several trained networks as one ONNX file, which predict runs without torch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from videofer.core.errors import UserError
from videofer.core.landmarks import COUNT
from videofer.core.study import FRAME_SIZE
from videofer.models.frames_landmarks import mirror
from videofer.models.onnx import write_program
from videofer.people.network import PeopleNet
from videofer.predict.networks import INPUTS as DESCRIBED

INPUTS = ("clips", "landmarks", "rest_clips", "rest_landmarks", "rest_known")
OUTPUT = "probabilities"
TOLERANCE = 1e-5  # largest difference of a probability to that of torch, both in float32


class Ensemble(nn.Module):
    """The mean probabilities of several networks and of the mirrored clip, sharpened or softened.

    temperature: what the logarithms of the mean are divided by, so that the probabilities are as often right as
    they say.
    """

    def __init__(self, networks: Sequence[PeopleNet], temperature: float):
        super().__init__()
        self.networks, self.temperature = nn.ModuleList(networks), temperature

    def forward(
        self, clips: Tensor, landmarks: Tensor, rest_clips: Tensor, rest_landmarks: Tensor, known: Tensor
    ) -> Tensor:
        """Return probabilities (B, J); see PeopleNet.forward, but clips are uint8, 0 to 255."""
        clips, rest_clips = clips.float() / 255, rest_clips.float() / 255
        straight = clips, landmarks, rest_clips, rest_landmarks, known
        mirrored = clips.flip(-1), mirror(landmarks), rest_clips.flip(-1), mirror(rest_landmarks), known
        answers = [network(*seen).softmax(-1) for network in self.networks for seen in (straight, mirrored)]
        return (torch.stack(answers).mean(0).clamp_min(1e-9).log() / self.temperature).softmax(-1)


def write_onnx(ensemble: Ensemble, frames: int, rest: int, classes: Sequence[str], out: Path) -> None:
    """Write an ensemble for one clip of `frames` frames and `rest` frames at rest at a time as an ONNX file.

    The same weights give the same bytes. Raises UserError if onnxruntime answers otherwise than torch.
    """
    import onnxruntime

    generator = torch.Generator().manual_seed(0)
    example = []
    for count in (frames, rest):
        shape = (1, count, FRAME_SIZE, FRAME_SIZE)
        example.append(torch.randint(256, shape, generator=generator, dtype=torch.uint8))
        example.append(4 + 40 * torch.rand(1, count, COUNT, 2, generator=generator))
    inputs = (*example, torch.ones(1))
    write_program(
        ensemble.eval(), inputs, INPUTS, OUTPUT, out, {"model": "people", "classes": list(classes)} | DESCRIBED
    )
    with torch.no_grad():
        expected = ensemble(*inputs).numpy()
    session = onnxruntime.InferenceSession(str(out), providers=["CPUExecutionProvider"])
    answered = session.run([OUTPUT], dict(zip(INPUTS, (part.numpy() for part in inputs), strict=True)))[0]
    difference = float(np.abs(answered - expected).max())
    if not difference <= TOLERANCE:
        raise UserError(
            f"The ONNX file's probabilities differ by {difference:.1e} from those of torch: train again."
        )
