"""Batches of acting people as artifacts."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np

from videofer.core.artifacts import write_arrays
from videofer.datasets.rendered.acting import Levers
from videofer.faces.landmark_model import load_landmark_model
from videofer.faces.model_files import identify_landmark_model
from videofer.people.clips import Clips
from videofer.people.draw import draw_person


def draw_batch(
    people: Sequence[int], clips_each: int, seed: int, levers: Mapping, landmark_model: str, code: str, out: Path
) -> None:
    """Draw `clips_each` clips of each of `people` and write them as an artifact "acted".

    levers: see Levers; landmark_model: see `load_landmark_model`.
    """
    model, drawn = load_landmark_model(landmark_model), Levers(**levers)
    parts = [draw_person(person, clips_each, seed, model, drawn) for person in people]
    arrays = {field.name: np.concatenate([getattr(p, field.name) for p in parts]) for field in fields(Clips)}
    parameters = {"seed": seed, "clips_each": clips_each, "levers": dict(levers), "code": code}
    parameters |= {"landmark_model": landmark_model}
    parameters |= {"landmark_model_sha256": identify_landmark_model(landmark_model)}
    write_arrays(out, "acted", arrays, parameters)
