"""Rendered faces with their true landmarks, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from videofer.core.artifacts import read_arrays

PATCH = 168  # pixels of the square around the box of a face that the model sees


@dataclass(frozen=True)
class Faces:
    """N faces. patches uint8 (N, PATCH, PATCH); landmarks float32 (N, 68, 2), pixels from its upper left edge.

    boxes float32 (N,): pixels of the picture, the side of the box; found (N,) bool: whether it is the finder's;
    poses float32 (N, 3): yaw, pitch, roll, degrees; skins float32 (N,): luminance of the skin's colour, linear;
    designed (N,) bool: a head as the demo's; people (N,) int64.
    """

    patches: np.ndarray
    landmarks: np.ndarray
    boxes: np.ndarray
    found: np.ndarray
    poses: np.ndarray
    skins: np.ndarray
    designed: np.ndarray
    people: np.ndarray


def read_batches(paths: Sequence[Path]) -> Faces:
    """Read the faces of several batches, in their order."""
    batches = [read_arrays(path, "marked-faces") for path in paths]
    return Faces(*(np.concatenate([batch[field.name] for batch in batches]) for field in fields(Faces)))
