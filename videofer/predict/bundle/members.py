"""From the weights of a trained fold back to its network, and the average of several networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from videofer.clips.augment import ANGLES
from videofer.core.artifacts import Arrays
from videofer.core.errors import UserError
from videofer.core.landmarks import COUNT
from videofer.core.study import FRAME_SIZE
from videofer.models.interface import Learner, Schedule, Split, Task
from videofer.models.registry import MODELS, load_model
from videofer.training.loop import predict


@dataclass(frozen=True)
class Member:
    """A trained network, ready to classify as it did when it was tested."""

    learner: Learner
    schedule: Schedule

    def classify(self, clips: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """Return the class probabilities (N, J) of clips (N, T, 48, 48) uint8 with landmarks (N, T, 68, 2).

        landmarks: x and y in pixels of the clip. Batches are as large as those of the training, in the same order.
        """
        return predict(self.learner, as_split(clips, landmarks), self.schedule)["sequence"]


def rebuild_member(weights: Arrays, length: int) -> Member:
    """Rebuild the network of one fold from its 'weights' artifact; length: T, the frames of a clip.

    Raises UserError for a model that is no network, and for weights that do not fit this version's network.
    """
    made = weights.parameters
    try:
        member = build_member(made, length)
        member.learner.network.load_state_dict({name: torch.from_numpy(a.copy()) for name, a in weights.items()})
    except (KeyError, RuntimeError, TypeError) as error:
        raise UserError(
            f"The weights of {made['model']} {made['variant']} do not fit the network of this version "
            f"({str(error).splitlines()[0]}): train and export it again, or use videofer "
            f"{weights.meta['videofer']}."
        ) from None
    return member


def build_member(parameters: Mapping, length: int) -> Member:
    """Build the network of a training's parameters, in its last stage and frozen, with initial weights.

    A network may compute means from its training clips when it is built, here from one black clip of `length`
    frames; these are among its weights.
    """
    schedule = Schedule(**parameters["schedule"])
    clips = np.zeros((1, length, FRAME_SIZE, FRAME_SIZE), np.uint8)
    blank = as_split(clips, np.zeros((1, length, COUNT, 2), np.float32), versions=len(ANGLES))
    task = Task(
        parameters["variant"], parameters["options"], len(parameters["classes"]), blank, blank, schedule,
        (parameters["seed"], parameters["fold"]), "cpu",
    )  # fmt: skip
    # Building draws initial weights, which must not change the user's own random state.
    with torch.random.fork_rng(devices=[]):
        learner = find_builder(parameters["model"])(task)
    learner.begin(list(learner.stages(schedule))[-1])
    learner.network.requires_grad_(False)
    return Member(learner, schedule)


def find_builder(model: str):
    """Return what makes a registered model's `Learner` of a `Task`; raises UserError if it is no network."""
    found = load_model(model)
    if found.learner is None:
        networks = ", ".join(name for name in MODELS if load_model(name).learner)
        raise UserError(f"{model} is not a network, and only networks can be exported: {networks}.")
    return found.learner


def as_split(clips: np.ndarray, landmarks: np.ndarray, versions: int = 1) -> Split:
    """Return clips (N, T, 48, 48) with landmarks (N, T, 68, 2) as a split whose samples are the first versions."""
    pixels, points = (torch.from_numpy(np.repeat(array[:, None], versions, axis=1)) for array in (clips, landmarks))
    numbers = torch.arange(len(clips))
    return Split(pixels, points, torch.zeros_like(numbers), torch.stack([numbers, torch.zeros_like(numbers)], 1))


def average_probabilities(members: Sequence[Member], clips: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Return the mean over the members of their class probabilities: (N, J) float64."""
    return np.mean([member.classify(clips, landmarks).astype(np.float64) for member in members], axis=0)
