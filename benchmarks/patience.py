"""What a longer or shorter patience would have given: python -m benchmarks.patience RESULTS MODEL VARIANT...

Trains the variants (pairs of words) on every fold of a finished study for EPOCHS epochs, and answers the test clips
after each. Prints for each variant and patience: right answers of all folds, by the epoch that
validation would have chosen, and after how many epochs the training would have stopped.
"""

import sys
from pathlib import Path
from unittest.mock import patch

import torch
import yaml

from videofer.core.artifacts import read_arrays, read_table
from videofer.folds.split import samples_by_role
from videofer.models.interface import Schedule, Task
from videofer.models.registry import load_model
from videofer.pipeline.config import model_settings
from videofer.training import loop
from videofer.training.train_fold import load_splits

EPOCHS, PATIENCES = 60, (5, 10, 20, 60)
ROOT = Path(__file__).parents[1]
Judged = list[tuple[tuple[float, float], int]]  # of each epoch: its score on validation, right answers of the test


def train(results: Path, settings: dict, model: str, variant: str, fold: int) -> tuple[Judged, int]:
    """Train one fold and return what each epoch gave, and the number of test clips."""
    packed, schedule = read_arrays(results / "clips.safetensors", "clips"), settings["schedule"]
    names, subjects, classes = (packed.parameters[key] for key in ("clips", "subjects", "classes"))
    samples = samples_by_role(read_table(results / "folds.tsv", "folds"), names, subjects, fold)
    splits = load_splits(str(results / "augmented.safetensors"), packed["label"], samples, "cpu")
    schedule = Schedule(**schedule | {"epochs": EPOCHS, "patience": EPOCHS})
    sides = (splits["train"], splits["validation"])
    task = Task(variant, settings["options"], len(classes), *sides, schedule, seed=(0, fold), device="cpu")
    labels, judged, judge = packed["label"][samples["test"][:, 0]], [], loop.judge_epoch

    def look(learner, task, schedule, progress, stage):
        judge(learner, task, schedule, progress, stage)
        scores = loop.predict(learner, splits["test"], schedule)["sequence"]
        row = progress.history[-1]
        judged.append(((row["accuracy"], -row["total"]), int((scores.argmax(1) == labels).sum())))

    with patch.object(loop, "judge_epoch", look):
        loop.fit(load_model(model), task)
    return judged, len(labels)


def stop(judged: Judged, patience: int) -> tuple[int, int]:
    """Return the right answers of the chosen epoch and the number of epochs, had training had this patience."""
    best, chosen = (-1.0, 0.0), 0
    for epoch, (score, _) in enumerate(judged):
        if score > best:
            best, chosen = score, epoch
        if epoch - chosen >= patience:
            break
    return judged[chosen][1], epoch + 1


def main() -> None:
    """Print the table of the variants that are named."""
    results, *words = sys.argv[1:]
    torch.set_num_threads(1)
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    folds = sorted(set(read_table(Path(results, "folds.tsv"), "folds")["fold"]))
    print("| model | " + " | ".join(f"patience {patience}" for patience in PATIENCES) + " |")
    for model, variant in zip(words[::2], words[1::2], strict=True):
        settings = model_settings(config, model)
        runs = [train(Path(results), settings, model, variant, fold) for fold in folds]
        cells = []
        for patience in PATIENCES:
            right, epochs = zip(*(stop(judged, patience) for judged, _ in runs), strict=True)
            cells.append(f"{sum(right)} of {sum(n for _, n in runs)}, {sum(epochs) / len(epochs):.0f} epochs")
        print(f"| {model} {variant} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
