"""Trained networks of a study as one ONNX file, which `networks.Networks` runs without torch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from videofer.clips.augment import ANGLES
from videofer.core.artifacts import Arrays
from videofer.core.errors import UserError
from videofer.core.landmarks import COUNT
from videofer.core.study import FRAME_SIZE
from videofer.models.interface import Batch, Learner, Schedule, Split, Task
from videofer.models.onnx import write_program
from videofer.models.registry import load_model
from videofer.predict.networks import CLIPS, INPUTS, LANDMARKS, PROBABILITIES, Networks

TOLERANCE = 1e-5  # largest difference of a probability to that of the networks in torch, both in float32
TRIED = 5  # clips of noise, on which they are compared


class Average(nn.Module):
    """The mean of several networks' probabilities.

    clips (N, T, 48, 48) uint8 and landmarks (N, T, 68, 2), pixels of the clip -> (N, J).
    """

    def __init__(self, learners: Sequence[Learner]):
        super().__init__()
        self.learners = learners
        self.networks = nn.ModuleList(learner.network for learner in learners)

    def forward(self, clips: Tensor, landmarks: Tensor) -> Tensor:
        """Return the mean probabilities (N, J)."""
        batch = Batch(clips.float() / 255, landmarks, torch.zeros(len(clips), dtype=torch.int64))
        logits = [learner.classify(batch).logits for learner in self.learners]
        return torch.stack([each.float().softmax(-1) for each in logits]).mean(0)


def convert_networks(weights: Sequence[Arrays], length: int, out: Path) -> float:
    """Write the networks of 'weights' artifacts as an ONNX file; length: T, the frames of a clip.

    Inputs clips and landmarks, output probabilities, as of `Average`, of one clip at a time: N is 1, since some
    networks arrange their frames by the number of clips. The same weights give the same bytes. Returns the largest
    difference of its probabilities to those of torch; raises UserError if it is more than TOLERANCE, or if weights
    do not fit the network of this version.
    """
    average = Average([rebuild_network(each, length) for each in weights]).eval()
    rng = np.random.default_rng(0)
    clips = rng.integers(0, 256, (TRIED, length, FRAME_SIZE, FRAME_SIZE), dtype=np.uint8)
    landmarks = rng.uniform(4, FRAME_SIZE - 4, (TRIED, length, COUNT, 2)).astype(np.float32)
    pairs = list(zip(torch.from_numpy(clips).split(1), torch.from_numpy(landmarks).split(1), strict=True))
    made = weights[0].parameters
    about = {key: made[key] for key in ("model", "variant", "classes")} | INPUTS
    write_program(average, pairs[0], (CLIPS, LANDMARKS), PROBABILITIES, out, about)
    with torch.no_grad():
        expected = torch.cat([average(*pair) for pair in pairs]).numpy()
    difference = float(np.abs(Networks(out, 1).average(clips, landmarks) - expected).max())
    if not difference <= TOLERANCE:
        raise UserError(
            f"The ONNX file's probabilities differ by {difference:.1e} from those of the networks, which is more "
            f"than {TOLERANCE:g}: train again, or export another variant."
        )
    return difference


def rebuild_network(weights: Arrays, length: int) -> Learner:
    """Rebuild the network of one fold from its 'weights' artifact; length: T, the frames of a clip.

    Raises UserError for weights that do not fit this version's network.
    """
    made = weights.parameters
    # A network may compute means from its training clips when it is built, here from a black clip; its weights
    # hold the true means.
    versions = torch.zeros(1, len(ANGLES), length, FRAME_SIZE, FRAME_SIZE, dtype=torch.uint8)
    landmarks = torch.zeros(1, len(ANGLES), length, COUNT, 2)
    blank = Split(versions, landmarks, torch.zeros(1, dtype=torch.int64), torch.zeros(1, 2, dtype=torch.int64))
    try:
        schedule = Schedule(**made["schedule"])
        task = Task(
            made["variant"], made["options"], len(made["classes"]), blank, blank, schedule,
            (made["seed"], made["fold"]), "cpu",
        )  # fmt: skip
        # Building draws initial weights, which must not change the user's own random state.
        with torch.random.fork_rng(devices=[]):
            learner = load_model(made["model"]).learner(task)
        learner.begin(list(learner.stages(schedule))[-1])
        learner.network.load_state_dict({name: torch.from_numpy(a.copy()) for name, a in weights.items()})
    except (KeyError, RuntimeError, TypeError) as error:
        raise UserError(
            f"The weights of {made['model']} {made['variant']} do not fit the network of this version "
            f"({str(error).splitlines()[0]}): train and export it again, or use videofer "
            f"{weights.meta['videofer']}."
        ) from None
    learner.network.requires_grad_(False)
    return learner
