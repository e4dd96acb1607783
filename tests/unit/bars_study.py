"""Small studies to train on: clips of a bright bar at the class's height, and their runs."""

import json
from collections.abc import Container, Sequence
from pathlib import Path

import numpy as np
from model_options import PLAIN, read_options

from videofer.clips.augment import augment_clips
from videofer.core.artifacts import write_arrays, write_table
from videofer.core.study import CLASSES
from videofer.folds.split import assign_parts
from videofer.training.train_fold import train_fold

FILES = {"weights": "model.safetensors", "run": "run.json"} | {n: f"{n}.csv" for n in ("history", "predictions")}
OPTIONS = read_options("capsule-lstm")


def write_bars(folder: Path, people: Sequence[str], frames: int, black: Container = ()) -> list[str]:
    """Write a clip of noise for each of the people and classes, a bar at the class's height, and all versions.

    The landmarks tell the classes apart as the bars do: all lie on the bar's height. Clips of `black` people are
    black. Returns the clips' names.
    """
    rng = np.random.default_rng(0)
    subjects = [person for person in people for _ in CLASSES]
    labels = np.tile(np.arange(len(CLASSES)), len(people))
    clips = rng.integers(0, 80, (len(labels), frames, 64, 64), dtype=np.uint8)
    for clip, label in zip(clips, labels, strict=True):
        clip[:, 8 + 8 * label : 16 + 8 * label] += 150
    clips[[subject in black for subject in subjects]] = 0
    names = [f"{subject}-{CLASSES[label]}" for subject, label in zip(subjects, labels, strict=True)]
    landmarks = np.random.default_rng(1).normal(32, 10, (*clips.shape[:2], 68, 2)).astype(np.float32)
    landmarks[..., 1] = 12 + 8 * labels[:, None, None]
    arrays = {"clip": clips, "landmarks": landmarks, "label": labels}
    parameters = {"clips": names, "subjects": subjects, "classes": list(CLASSES)}
    write_arrays(folder / "clips.safetensors", "clips", arrays, parameters)
    augment_clips(folder / "clips.safetensors", folder / "augmented.safetensors", 48, "face", code="")
    return names


def split_bars(people: Sequence[str], folds: int):
    """Return the table of folds of what `write_bars` writes."""
    subjects = [person for person in people for _ in CLASSES]
    return assign_parts(subjects, np.tile(np.arange(len(CLASSES)), len(people)), folds, 0)


def write_study(folder: Path, changed_role: str | None = None) -> None:
    """Write a study of 5 subjects and clips of 4 frames; those of `changed_role` in fold 0 are black."""
    people = [f"S{p}" for p in range(5)]
    folds = split_bars(people, 5)
    write_bars(folder, people, 4, set(folds.subject[(folds.fold == 0) & (folds.role == changed_role)]))
    write_table(folder / "folds.tsv", "folds", folds, {})


def train(
    study: Path,
    out: Path,
    model: str,
    variant: str,
    *,
    fold: int = 0,
    device: str = "cpu",
    code: str = "c",
    **settings,
) -> Path:
    """Train a fold; settings: options and schedule. Returns `out`, the folder of its files."""
    train_fold(
        *(str(study / name) for name in ("clips.safetensors", "augmented.safetensors", "folds.tsv")),
        out={name: str(out / file) for name, file in FILES.items()}, resume=str(study / "resume"), model=model,
        variant=variant, seed=0, fold=fold, device=device, threads=1, code=code, **settings,
    )  # fmt: skip
    return out


def run(
    folder: Path,
    out: str = "run",
    epochs: int = 3,
    variant: str = "margin-reconstruction-ce",
    model: str = "capsule-lstm",
    options: dict = OPTIONS,
    schedule: dict | None = None,
    **others,
) -> Path:
    """Train a fold under a plain schedule with changes; return the folder of its files, which is `out`."""
    schedule = PLAIN | {"epochs": epochs} | (schedule or {})
    return train(folder, folder / out, model, variant, options=options, schedule=schedule, **others)


def files(folder: Path) -> dict:
    """Return the content of a run's files by name, without the seconds in run.json."""
    contents = {path.name: path.read_bytes() for path in folder.iterdir()}
    record = json.loads(contents["run.json"])
    for measured in ("training_seconds", "inference_seconds_per_clip"):
        assert record.pop(measured) > 0
    return contents | {"run.json": record}
