"""A small study for the tests of the explanations: three people, three folds, really trained for an epoch."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from frame_task import PLAIN
from model_options import read_options

from videofer.clips.augment import augment_clips
from videofer.core.artifacts import write_arrays, write_table
from videofer.core.study import CLASSES
from videofer.evaluation.explain import explain_model
from videofer.training.train_fold import train_fold

PEOPLE = ["S1", "S2", "S3"]
FRAMES = 4
ROLES = ("test", "validation", "train")  # of the three people in fold 0; the next fold moves on by one


def write_study(folder: Path) -> Path:
    """Write clips of 4 noisy frames with a bright bar at the class's height, and the folds."""
    rng = np.random.default_rng(0)
    who, what = zip(*product(PEOPLE, range(len(CLASSES))), strict=True)
    clips = rng.integers(0, 80, (len(who), FRAMES, 64, 64), dtype=np.uint8)
    for clip, label in zip(clips, what, strict=True):
        clip[:, 8 + 8 * label : 16 + 8 * label] += 150
    names = [f"{s}-{CLASSES[c]}" for s, c in zip(who, what, strict=True)]
    parameters = {"clips": names, "subjects": list(who), "classes": list(CLASSES)}
    landmarks = np.zeros((len(who), FRAMES, 68, 2), np.float32)  # the explained model uses none
    arrays = {"clip": clips, "landmarks": landmarks, "label": np.array(what, np.int64)}
    write_arrays(folder / "clips.safetensors", "clips", arrays, parameters)
    augment_clips(folder / "clips.safetensors", folder / "augmented.safetensors", 48, "face", code="")
    rows = [(fold, s, ROLES[(n - fold) % 3]) for fold in range(3) for n, s in enumerate(PEOPLE)]
    write_table(folder / "folds.tsv", "folds", pd.DataFrame(rows, columns=["fold", "subject", "role"]), {})
    return folder


def train(folder: Path, variant: str, fold: int, epochs: int = 1, precision: str = "float32", **readings) -> Path:
    """Train a fold and return the folder of its run."""
    out = folder / f"runs/{variant}/fold-{fold}"
    files = {"weights": "model.safetensors", "run": "run.json"} | {
        n: f"{n}.csv" for n in ("history", "predictions")
    }
    train_fold(
        *(str(folder / name) for name in ("clips.safetensors", "augmented.safetensors", "folds.tsv")),
        out={name: str(out / file) for name, file in files.items()}, resume=str(folder / "resume"),
        model="capsule-lstm", variant=variant, seed=0, fold=fold,
        options=read_options("capsule-lstm", readings),
        schedule=PLAIN | {"epochs": epochs, "precision": precision},
        device="cpu", threads=1, code="c",
    )  # fmt: skip
    return out


def explain(folder: Path, runs: list[Path], out: str = "explanations.safetensors") -> Path:
    """Explain the runs of all folds and return the path of the artifact."""
    files = ([str(run / name) for run in runs] for name in ("model.safetensors", "predictions.csv", "run.json"))
    path = folder / out
    explain_model(str(folder / "clips.safetensors"), str(folder / "folds.tsv"), *files, str(path), 1, "c")
    return path
