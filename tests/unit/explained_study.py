"""A small study for the tests of the explanations: three people, three folds, really trained for an epoch."""

from pathlib import Path

import bars_study
import pandas as pd
from model_options import PLAIN, read_options

from videofer.core.artifacts import write_table
from videofer.evaluation.explain import explain_model

PEOPLE = ["S1", "S2", "S3"]
FRAMES = 4
ROLES = ("test", "validation", "train")  # of the three people in fold 0; the next fold moves on by one


def write_study(folder: Path) -> Path:
    """Write clips of 4 frames, and the folds."""
    bars_study.write_bars(folder, PEOPLE, FRAMES)
    rows = [(fold, s, ROLES[(n - fold) % 3]) for fold in range(3) for n, s in enumerate(PEOPLE)]
    write_table(folder / "folds.tsv", "folds", pd.DataFrame(rows, columns=["fold", "subject", "role"]), {})
    return folder


def train(folder: Path, variant: str, fold: int, epochs: int = 1, precision: str = "float32", **readings) -> Path:
    """Train a fold and return the folder of its run."""
    settings = {
        "options": read_options("capsule-lstm", readings),
        "schedule": PLAIN | {"epochs": epochs, "precision": precision},
    }
    return bars_study.train(
        folder, folder / f"runs/{variant}/fold-{fold}", "capsule-lstm", variant, fold=fold, **settings
    )


def explain(folder: Path, runs: list[Path], out: str = "explanations.safetensors") -> Path:
    """Explain the runs of all folds and return the path of the artifact."""
    files = ([str(run / name) for run in runs] for name in ("model.safetensors", "predictions.csv", "run.json"))
    path = folder / out
    explain_model(str(folder / "clips.safetensors"), str(folder / "folds.tsv"), *files, str(path), 1, "c")
    return path
