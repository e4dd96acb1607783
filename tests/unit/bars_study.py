"""A small study to train on: thirty clips of a bright bar at the class's height, and its runs."""

import json
from pathlib import Path

import numpy as np
from frame_task import PLAIN
from model_options import read_options

from videofer.clips.augment import augment_clips
from videofer.core.artifacts import write_arrays, write_table
from videofer.folds.split import assign_parts
from videofer.training.train_fold import train_fold

CLASSES = ["angry", "disgust", "fear", "happy", "sad", "surprise"]
OPTIONS = read_options("capsule-lstm")


def write_study(folder, changed_role=None):
    """Write a small study: 5 subjects x 6 classes, 4 noisy frames with a bright bar at the class's height.

    `changed_role` blackens the clips of the subjects with that role in fold 0.
    """
    rng = np.random.default_rng(0)
    subjects = [f"S{p}" for p in range(5) for _ in CLASSES]
    labels = np.tile(np.arange(6), 5)
    folds = assign_parts(subjects, labels, 5, 0)
    clips = rng.integers(0, 80, (30, 4, 64, 64), dtype=np.uint8)
    for clip, label in zip(clips, labels, strict=True):
        clip[:, 8 + 8 * label : 16 + 8 * label] += 150
    blackened = set(folds.subject[(folds.fold == 0) & (folds.role == changed_role)])
    clips[[s in blackened for s in subjects]] = 0
    names = [f"{s}-{CLASSES[c]}" for s, c in zip(subjects, labels, strict=True)]
    parameters = {"clips": names, "subjects": subjects, "classes": CLASSES}
    # Landmarks that tell the classes apart as the bars do: all on the bar's height.
    landmarks = np.random.default_rng(1).normal(32, 10, (30, 4, 68, 2)).astype(np.float32)
    landmarks[..., 1] = 12 + 8 * labels[:, None, None]
    arrays = {"clip": clips, "landmarks": landmarks, "label": labels}
    write_arrays(folder / "clips.safetensors", "clips", arrays, parameters)
    augment_clips(folder / "clips.safetensors", folder / "augmented.safetensors", 48, "face", code="")
    write_table(folder / "folds.tsv", "folds", folds, {})


def run(
    folder: Path,
    out: str = "run",
    epochs: int = 3,
    variant: str = "margin-reconstruction-ce",
    model: str = "capsule-lstm",
    options: dict = OPTIONS,
    schedule: dict | None = None,
    fold: int = 0,
    code: str = "c",
) -> Path:
    """Train a fold; return the folder of its files, which is `out`."""
    files = {"weights": "weights", "history": "history.csv", "predictions": "predictions.csv", "run": "run"}
    train_fold(
        *(str(folder / name) for name in ("clips.safetensors", "augmented.safetensors", "folds.tsv")),
        out={name: str(folder / out / file) for name, file in files.items()}, resume=str(folder / "resume"),
        model=model, variant=variant, seed=0, fold=fold, options=options,
        schedule=PLAIN | {"epochs": epochs} | (schedule or {}), device="cpu", threads=1, code=code,
    )  # fmt: skip
    return folder / out


def files(folder: Path) -> dict:
    """Return the content of a run's files by name, without the seconds in run.json."""
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    record = json.loads(contents["run"])
    for measured in ("training_seconds", "inference_seconds_per_clip"):
        assert record.pop(measured) > 0
    return contents | {"run": record}
