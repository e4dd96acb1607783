"""A study that is small, finished and real: nine clips of 16 frames, trained in a second a fold."""

from collections.abc import Sequence
from pathlib import Path

import bars_study
import numpy as np
import pandas as pd
import yaml
from fake_runs import METRICS

from videofer.core.artifacts import read_arrays, sha256_file, write_arrays, write_table
from videofer.evaluation.evaluate import evaluate_runs
from videofer.faces.model_files import DLIB, identify_landmark_model
from videofer.pipeline.config import model_settings

ROOT = Path(__file__).parents[2]
PEOPLE, LENGTH, FOLDS = ["S0", "S1", "S2"], 16, 3
FACES = {"detector": "hog", "upsample": 0, "min_detected": 0.5, "max_gap": 5, "track": "landmarks"}


def write_data(folder: Path) -> Path:
    """Write clips, their versions and folds, and the lists of clips that come before."""
    names = bars_study.write_bars(folder, PEOPLE, LENGTH)
    write_table(folder / "folds.tsv", "folds", bars_study.split_bars(PEOPLE, FOLDS), {})
    parts = [name.split("-") for name in names]
    listed = pd.DataFrame({"clip": names, "video": names}).assign(
        subject=[subject for subject, _ in parts], label=[label for _, label in parts]
    )
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
    return bars_study.train(study, out, model, variant, fold=fold, **read_settings(model, epochs))


def finish(
    study: Path,
    model: str,
    variant: str,
    landmark_model: str = DLIB,
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
    parameters = {"method": "middle", "length": LENGTH, "size": 48, "margin": 8, "min_frames": 8, "rate": 25}
    write_arrays(study / "clips/S0/S0-fear.safetensors", "clip", {"times": np.arange(LENGTH) / 25}, parameters)
    own = study.parents[1] / landmark_model
    digest = sha256_file(own) if own.is_file() else identify_landmark_model(landmark_model)
    faces = FACES | {"landmark_model": landmark_model, "landmark_model_sha256": digest}
    write_arrays(study / "faces/S0/S0-fear.safetensors", "faces", {"box": np.zeros((LENGTH, 4))}, faces)
    return study


def read_faces(study: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return names, frames (N, T, 48, 48) and landmarks (N, T, 68, 2) of a study's clips, as they are judged."""
    versions = read_arrays(study / "augmented.safetensors", "augmented")
    names = read_arrays(study / "clips.safetensors", "clips").parameters["clips"]
    return names, versions["clip"][:, 0], versions["landmarks"][:, 0]
