"""The landmark model as one ONNX file, and what it is worth on people held out: the step train_landmarks."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from videofer.core.artifacts import atomic_path, write_table
from videofer.core.landmarks import PARTS, PATCHES
from videofer.landmarks.faces import PATCH, Faces, read_batches
from videofer.landmarks.network import LandmarkNet
from videofer.landmarks.train import train
from videofer.models.onnx import write_program

SEEN = "grey levels 0 to 255 of the square around a face's box, twice as wide as the box"
AT_ONCE = 128  # faces that are answered together
# What held-out faces are told apart by: name -> edges of its bins.
BINS = {
    "yaw": (0, 10, 20, 30, 46), "pitch": (0, 10, 20, 31), "size": (0, 80, 110, 400), "skin": (0, 0.12, 0.25, 1),
}  # fmt: skip


class Finder(nn.Module):
    """The network as it is shipped: patches in grey levels in, pixels of the patch out."""

    def __init__(self, network: LandmarkNet):
        super().__init__()
        self.network = network

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        """Return landmarks (B, 68, 2), in pixels from the upper left edge of patches (B, P, P) uint8."""
        return (self.network(patches[:, None].float() / 255) + 1) * PATCH / 2


def train_model(
    drawn: Sequence[Path], held: Sequence[Path], steps: int, seed: int, code: str, measured: Path, out: Path
) -> None:
    """Train on batches of faces, write the model as ONNX, and what it is worth on the batches `held`."""
    torch.set_num_threads(1)  # the same bytes, however many there are
    network = train(read_batches(drawn), steps, seed).module
    finder, faces = Finder(network).eval(), read_batches(held)
    table = measure(find_all(finder, faces.patches), faces)
    write_table(measured, "landmark-errors", table, {"steps": steps, "seed": seed, "code": code}, [*drawn, *held])
    with atomic_path(out) as temporary:
        example = torch.zeros(1, PATCH, PATCH, dtype=torch.uint8)
        write_program(finder, (example,), [PATCHES], "landmarks", temporary, {PATCHES: SEEN})


@torch.no_grad()
def find_all(finder: nn.Module, patches: np.ndarray) -> np.ndarray:
    """Return the landmarks float32 (N, 68, 2) of patches uint8 (N, P, P), in their pixels."""
    parts = [patches[start : start + AT_ONCE] for start in range(0, len(patches), AT_ONCE)]
    return np.concatenate([finder(torch.from_numpy(part)).numpy() for part in parts])


def measure(found: np.ndarray, faces: Faces) -> pd.DataFrame:
    """Return mean, 95th percentile and share over 10 % of the errors of landmarks found (N, 68, 2).

    Of all, of each part of the face, and of the faces by BINS; in per cent of the distance of the eyes' middles,
    which a turned head does not shorten here.
    """
    eyes = faces.landmarks[:, 36:42].mean(axis=1) - faces.landmarks[:, 42:48].mean(axis=1)
    apart = np.linalg.norm(eyes, axis=1) / np.cos(np.radians(faces.poses[:, 0]))
    errors = 100 * np.linalg.norm(found - faces.landmarks, axis=2) / apart[:, None]
    rows = [summarise("all", errors)]
    rows += [summarise(part, errors[:, list(numbers)]) for part, numbers in PARTS.items()]
    values = {
        "yaw": abs(faces.poses[:, 0]),
        "pitch": abs(faces.poses[:, 1]),
        "size": faces.boxes,
        "skin": faces.skins,
    }
    for name, edges in BINS.items():
        for low, high in pairwise(edges):
            chosen = (values[name] >= low) & (values[name] < high)
            if chosen.any():
                rows.append(summarise(f"{name} {low} to {high}", errors[chosen]))
    rows += [
        summarise("designed heads", errors[faces.designed]),
        summarise("scanned heads", errors[~faces.designed]),
    ]
    return pd.DataFrame(rows)


def summarise(name: str, errors: np.ndarray) -> dict[str, float]:
    """Return a row of `measure` for errors (N, L) in per cent."""
    return {
        "what": name, "faces": len(errors), "mean": float(errors.mean()) if errors.size else np.nan,
        "p95": float(np.percentile(errors, 95)) if errors.size else np.nan,
        "over_10": float((errors > 10).mean()) if errors.size else np.nan,
    }  # fmt: skip
