"""CPU time of a whole training job as it is, over that without each of two things that save some of it.

python -m benchmarks.training_job: jobs of the demo's size (96 clips, preset D, six epochs, one thread) on clips of
noise, each in a process of its own, alternating, some seven minutes. Both ways give the same bytes.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
import yaml

from benchmarks.overhead import compare_commands
from benchmarks.report import show
from benchmarks.rows import Row
from videofer.core.artifacts import write_arrays, write_table
from videofer.core.study import CLASSES
from videofer.folds.split import assign_parts
from videofer.pipeline.config import model_settings
from videofer.training.train_fold import train_fold

PEOPLE, CLIPS, EPOCHS, ROUNDS = 12, 96, 6, 3
MODELS = {"capsule-lstm": "margin-reconstruction-ce", "frames-landmarks": "fused"}  # name -> variant
# What a job is compared with -> the name that is replaced, and by what.
WITHOUT = {
    "freed memory returned to the system": {"videofer.training.train_fold.keep_freed_memory": lambda: None},
    "torch's own optimisers, which load the compiler": {
        "videofer.training.loop.Adam": torch.optim.Adam,
        "videofer.training.loop.SGD": torch.optim.SGD,
    },
}


def write_data(folder: Path) -> None:
    """Write clips of noise, their eight versions, and five folds."""
    rng = np.random.default_rng(0)
    labels = np.arange(CLIPS) % len(CLASSES)
    subjects = [f"S{clip % PEOPLE}" for clip in range(CLIPS)]
    landmarks = rng.uniform(0, 48, (CLIPS, 8, 16, 68, 2)).astype(np.float32)
    pixels = rng.integers(0, 256, (CLIPS, 8, 16, 48, 48), dtype=np.uint8)
    parameters = {"clips": [f"clip-{n}" for n in range(CLIPS)], "subjects": subjects, "classes": list(CLASSES)}
    write_arrays(folder / "clips.safetensors", "clips", {"label": labels}, parameters)
    write_arrays(folder / "augmented.safetensors", "augmented", {"clip": pixels, "landmarks": landmarks}, {})
    write_table(folder / "folds.tsv", "folds", assign_parts(subjects, labels, 5, 0), {})


def train(folder: str, model: str) -> None:
    """Train one fold."""
    settings = model_settings(yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8")), model)
    settings |= {"device": "cpu", "schedule": settings["schedule"] | {"epochs": EPOCHS}}
    files = {"weights": "model.safetensors", "history": "history.csv", "predictions": "predictions.csv"}
    train_fold(
        *(f"{folder}/{name}" for name in ("clips.safetensors", "augmented.safetensors", "folds.tsv")),
        out={name: f"{folder}/{file}" for name, file in (files | {"run": "run.json"}).items()},
        resume=f"{folder}/resume", model=model, variant=MODELS[model], seed=0, fold=0, threads=1, code="",
        **settings,
    )  # fmt: skip


def measure(folder: str) -> Iterator[Row]:
    """Yield the CPU time of a job of each model over that without each saving."""
    for model in MODELS:
        command = [sys.executable, "-m", "benchmarks.training_job", folder, model]
        for opponent in WITHOUT:
            yield compare_commands(f"training job, {model}", command, opponent, [*command, opponent], ROUNDS)


def main() -> None:
    """Print all ratios, or, as a subprocess, be one job."""
    if len(sys.argv) == 1:
        with tempfile.TemporaryDirectory() as folder:
            write_data(Path(folder))
            show(measure(folder))
        return
    folder, model, *without = sys.argv[1:]
    for opponent in without:
        for name, replacement in WITHOUT[opponent].items():
            patch(name, replacement).start()
    train(folder, model)


if __name__ == "__main__":
    main()
