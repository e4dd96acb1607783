"""The networks of a people study as artifacts, and what they answer."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from videofer.core.artifacts import read_arrays, write_arrays
from videofer.models.frames_landmarks import mirror
from videofer.people.clips import MARGIN, PEOPLE_CLASSES, TAKEN, Clips, read_batches
from videofer.people.network import PeopleNet, Recipe
from videofer.people.train import train

AT_ONCE = 64  # clips that are answered together


def train_member(paths: Sequence[Path], recipe: Mapping, seed: int, code: str, out: Path) -> None:
    """Train one network on batches and write its weights as an artifact "people-weights"."""
    chosen = Recipe(**{key: tuple(value) if key == "widths" else value for key, value in recipe.items()})
    average = train(read_batches(paths), len(PEOPLE_CLASSES), chosen, seed)
    arrays = {name: value.numpy() for name, value in average.module.state_dict().items()}
    parameters = {"recipe": asdict(chosen), "seed": seed, "classes": list(PEOPLE_CLASSES), "code": code}
    write_arrays(out, "people-weights", arrays, parameters, inputs=paths)


def load_member(path: Path) -> PeopleNet:
    """Rebuild the network of an artifact "people-weights", ready to answer."""
    weights = read_arrays(path, "people-weights")
    made = weights.parameters
    recipe = Recipe(**(made["recipe"] | {"widths": tuple(made["recipe"]["widths"])}))
    with torch.random.fork_rng(devices=[]):
        network = PeopleNet(len(made["classes"]), torch.zeros(68, 2), recipe)
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
    return network.eval().requires_grad_(False)


@torch.no_grad()
def answer(network: PeopleNet, clips: Clips, known: bool) -> np.ndarray:
    """Return the probabilities float64 (N, J) of drawn clips, each averaged with its mirror image's.

    known: whether their frames at rest are given.
    """
    answers = []
    inner = slice(MARGIN, -MARGIN)
    for start in range(0, len(clips.labels), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        pictures = torch.from_numpy(clips.frames[part, :, inner, inner].astype(np.float32) / 255)
        points = torch.from_numpy(clips.landmarks[part]) - MARGIN
        given = torch.full((len(pictures),), float(known))
        both = [(pictures, points), (pictures.flip(-1), mirror(points))]
        logits = [network(x[:, :TAKEN], p[:, :TAKEN], x[:, TAKEN:], p[:, TAKEN:], given) for x, p in both]
        answers.append(torch.stack(logits).softmax(-1).mean(0))
    return torch.cat(answers).double().numpy()
