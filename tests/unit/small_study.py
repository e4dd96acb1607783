"""A study that is small, finished and real: nine clips of 16 frames, trained in a second a fold."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from fake_runs import METRICS

from videofer.clips.augment import augment_clips
from videofer.core.artifacts import read_arrays, write_arrays, write_table
from videofer.evaluation.evaluate import evaluate_runs
from videofer.folds.split import assign_parts
from videofer.pipeline.config import model_settings
from videofer.training.train_fold import train_fold

ROOT = Path(__file__).parents[2]
CLASSES = ["angry", "disgust", "fear", "happy", "sad", "surprise"]
SUBJECTS, LENGTH, FOLDS = 3, 16, 3
FACES = {"detector": "hog", "upsample": 0, "min_detected": 0.5, "max_gap": 5, "track": "landmarks"}
FILES = {"weights": "model.safetensors", "run": "run.json"} | {n: f"{n}.csv" for n in ("history", "predictions")}


def write_data(folder: Path) -> Path:
    """Write clips of noise with a bar at the class's height, which the landmarks mark, their versions and folds."""
    rng = np.random.default_rng(0)
    subjects = [f"S{p}" for p in range(SUBJECTS) for _ in CLASSES]
    labels = np.tile(np.arange(len(CLASSES)), SUBJECTS)
    clips = rng.integers(0, 80, (len(labels), LENGTH, 64, 64), dtype=np.uint8)
    landmarks = rng.normal(32, 10, (*clips.shape[:2], 68, 2)).astype(np.float32)
    for clip, points, label in zip(clips, landmarks, labels, strict=True):
        clip[:, 8 + 8 * label : 16 + 8 * label] += 150
        points[..., 1] += 8 * label - 20
    names = [f"{subject}-{CLASSES[label]}" for subject, label in zip(subjects, labels, strict=True)]
    parameters = {"clips": names, "subjects": subjects, "classes": CLASSES}
    arrays = {"clip": clips, "landmarks": landmarks, "label": labels}
    write_arrays(folder / "clips.safetensors", "clips", arrays, parameters)
    augment_clips(folder / "clips.safetensors", folder / "augmented.safetensors", 48, "face", code="")
    write_table(folder / "folds.tsv", "folds", assign_parts(subjects, labels, FOLDS, 0), {})
    listed = pd.DataFrame({"clip": names, "video": names, "subject": subjects, "label": [n[3:] for n in names]})
    write_table(folder / "manifest.tsv", "manifest", listed, {})
    write_table(folder / "rejected.tsv", "rejected", pd.DataFrame(columns=["clip", "video", "stage", "reason"]), {})
    return folder


def read_settings(model: str, epochs: int) -> dict:
    """Return the settings of a model in config.yaml, else mmi-sized.yaml, on the processor, for so many epochs."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    if config["models"][model] is None:  # left to the study
        config["models"] |= yaml.safe_load((ROOT / "experiments/mmi-sized.yaml").read_text())["models"]
    settings = model_settings(config, model)
    return settings | {"device": "cpu", "schedule": settings["schedule"] | {"epochs": epochs}}


def train(study: Path, model: str, variant: str, fold: int = 0, epochs: int = 1) -> Path:
    """Train one fold of a model under the settings of config.yaml; returns the run's folder."""
    out = study / f"runs/{model}/{variant}/seed-0/fold-{fold}"
    train_fold(
        *(str(study / name) for name in ("clips.safetensors", "augmented.safetensors", "folds.tsv")),
        out={name: str(out / file) for name, file in FILES.items()}, resume=str(study / "resume"),
        model=model, variant=variant, seed=0, fold=fold, **read_settings(model, epochs), threads=1, code="c",
    )  # fmt: skip
    return out


def finish(
    study: Path,
    model: str,
    variant: str,
    landmark_model: str | None = None,
    epochs: int = 1,
    others: Sequence[tuple[str, str]] = (),
) -> Path:
    """Train every fold and write what the pipeline's other steps leave: metrics, a table, one clip's files.

    others: further models and variants.
    """
    trained = [(model, variant), *others]
    runs = [train(study, *one, fold, epochs) for one in trained for fold in range(FOLDS)]
    evaluate_runs(
        *([run / f for run in runs] for f in ("predictions.csv", "history.csv", "run.json")),
        study / "manifest.tsv", study / "rejected.tsv", study / "folds.tsv",
        out={n: study / f"metrics/{n}.csv" for n in METRICS}, models={name: [one] for name, one in trained},
        seeds=[0], folds=range(FOLDS), code="c",
    )  # fmt: skip
    (study / "tables").mkdir()
    (study / "tables/table-4.1.csv").write_text("dataset,dataset_kind\nsmall,rendered\n")
    parameters = {"method": "middle", "length": LENGTH, "size": 48, "margin": 8, "min_frames": 8}
    write_arrays(study / "clips/S0-fear.safetensors", "clip", {"times": np.arange(LENGTH) / 25}, parameters)
    faces = FACES | {"landmark_model": landmark_model}
    write_arrays(study / "faces/S0-fear.safetensors", "faces", {"box": np.zeros((LENGTH, 4))}, faces)
    return study


def read_faces(study: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return names, frames (N, T, 48, 48) and landmarks (N, T, 68, 2) of a study's clips, as they are judged."""
    versions = read_arrays(study / "augmented.safetensors", "augmented")
    names = read_arrays(study / "clips.safetensors", "clips").parameters["clips"]
    return names, versions["clip"][:, 0], versions["landmarks"][:, 0]
