"""What is drawn of acting people, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from videofer.core.artifacts import read_arrays
from videofer.core.study import CLASSES, NEUTRAL

PEOPLE_CLASSES = (*CLASSES, NEUTRAL)
SHOWN = (*PEOPLE_CLASSES, NEUTRAL)  # in turn: a face is at rest more often than it shows any one class
SIZE, FPS = 192, 25  # pixels of a drawn frame, frames a second
# Frames of a window; how many of them are drawn, and how many of the face at rest.
WINDOW, TAKEN, RESTING = 16, 4, 2
MARGIN = 8  # pixels around the face's square, for shifts and rotations


@dataclass(frozen=True)
class Clips:
    """N clips of TAKEN expressive frames, then RESTING ones of the same person without emotion.

    frames uint8 (N, F, 64, 64); landmarks float32 (N, F, 68, 2), pixels of the frame; labels (N,) int64, places in
    PEOPLE_CLASSES; people (N,) int64.
    """

    frames: np.ndarray
    landmarks: np.ndarray
    labels: np.ndarray
    people: np.ndarray


def read_batches(paths: Sequence[Path]) -> Clips:
    """Read the clips of several batches, in their order."""
    batches = [read_arrays(path, "acted") for path in paths]
    return Clips(*(np.concatenate([batch[field.name] for batch in batches]) for field in fields(Clips)))
