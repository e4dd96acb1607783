"""The step `train_fold`: train one variant of a model on one fold and write what it learned and predicted."""

import hashlib
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from videofer.core.artifacts import (
    Arrays,
    read_arrays,
    read_table,
    sha256_artifact,
    write_arrays,
    write_json,
    write_table,
)
from videofer.core.errors import UserError
from videofer.core.study import HEADS
from videofer.folds.split import samples_by_role
from videofer.models.interface import Fitted, Schedule, Split, Task
from videofer.models.registry import load_model
from videofer.training.checkpoint import Checkpoint
from videofer.training.device import lease_device
from videofer.training.loop import fit, require_finite
from videofer.training.machine import describe_clock, describe_hardware, keep_freed_memory, read_clock

# The losses of history.csv, blank where a model lacks one; the other losses of a model follow them.
LOSSES = ("margin", "reconstruction", "sequence")

log = logging.getLogger(__name__)


def train_fold(
    clips: str,
    augmented: str,
    folds: str,
    *,
    out: Mapping[str, str],
    resume: str,
    model: str,
    variant: str,
    seed: int,
    fold: int,
    options: dict,
    schedule: dict,
    device: str,
    threads: int,
    code: str,
) -> None:
    """Train one fold and write weights, history.csv, predictions.csv and run.json to the paths in `out`.

    out: "weights", "history", "predictions" and "run" -> path; resume: folder of the checkpoint that a killed job
    goes on from; options: the model's own settings; schedule: the fields of `interface.Schedule`. Validation and
    test clips are predicted once, after the training. Equal jobs write equal files but for the seconds in run.json.
    Raises UserError for an unknown model or variant, a fold without clips to train or validate on, a device that is
    absent or has too little memory, and losses, weights or scores that are not finite; then nothing is written.
    """
    keep_freed_memory()
    torch.set_num_threads(threads)
    # use_deterministic_algorithms sets the same, and loads torch.compile's machinery.
    torch.set_deterministic_debug_mode("error")
    # Filling memory before its first use costs 4 % of a step and matters to code that reads what it never wrote.
    torch.utils.deterministic.fill_uninitialized_memory = False
    chosen = load_model(model)
    if variant not in chosen.variants:
        raise UserError(f"variant '{variant}' of {model} is not known: choose one of {', '.join(chosen.variants)}.")
    run = {"model": model, "variant": variant, "seed": seed, "fold": fold}
    parameters = run | {"options": options, "schedule": schedule, "device": device, "code": code}
    inputs = {"clips": clips, "augmented": augmented, "folds": folds}
    packed = read_arrays(clips, "clips")
    names, subjects, classes = (packed.parameters[key] for key in ("clips", "subjects", "classes"))
    samples = samples_by_role(read_table(folds, "folds"), names, subjects, fold)
    for role in ("train", "validation"):
        if not len(samples[role]):
            raise UserError(f"fold {fold} has no usable clip for {role}: choose other subjects or more folds.")
    with lease_device(device) as leased:
        log.info("training on %s with %d threads", leased, threads)
        splits = load_splits(augmented, packed["label"], samples, leased)
        sides, settings = (splits["train"], splits["validation"]), Schedule(**schedule)
        task = Task(variant, options, len(classes), *sides, settings, seed=(seed, fold), device=leased)
        made_with = {"code": code, "options": options, "schedule": schedule, "torch": str(torch.__version__)}
        made_with |= {name: sha256_artifact(path) for name, path in inputs.items()}
        made_with["device"] = torch.device(leased).type
        # Another study may train a run of the same name: its files are elsewhere.
        name = "-".join([*map(str, run.values()), hashlib.sha256(out["run"].encode()).hexdigest()[:8]])
        checkpoint = Checkpoint(Path(resume, f"{name}.pt"), made_with)
        try:
            started = read_clock(leased)
            fitted = fit(chosen, task, checkpoint)
            trained = fitted.earlier_seconds + read_clock(leased) - started
            scores, seconds = predict_roles(fitted, task, splits)
        except torch.OutOfMemoryError as error:
            raise UserError(
                "the GPU's memory is too small: choose a smaller training.batch_size or size of the model, fewer "
                "jobs on a GPU (VIDEOFER_JOBS_PER_GPU), or training.device: cpu."
            ) from error
        record = {
            "classes": classes,
            "device": leased,
            "hardware": describe_hardware(leased),
            "torch": torch.__version__,
            "training_seconds": trained,
            "inference_seconds_per_clip": seconds,
            "seconds_are": describe_clock(leased),
            "clips": {role: len(np.unique(pairs[:, 0])) for role, pairs in samples.items()},
            "notes": ["No GPU was found: trained on the processor."] if (device, leased) == ("auto", "cpu") else [],
            "chosen_epoch": fitted.epoch,
            "converged": fitted.converged,
            "model_parameters": fitted.parameters,
        }
    tables = [
        tabulate_predictions(run | {"split": role, "epoch": fitted.epoch}, samples[role], packed, found)
        for role, found in scores.items()
    ]
    files, described = list(inputs.values()), parameters | {"classes": classes, "epoch": fitted.epoch}
    write_arrays(out["weights"], "weights", fitted.weights, described, files)
    write_table(out["history"], "history", tabulate_history(run, fitted), parameters, files)
    write_table(out["predictions"], "predictions", pd.concat(tables, ignore_index=True), parameters, files)
    write_json(out["run"], "run", run | record, parameters, files)
    checkpoint.remove()


def load_splits(
    augmented: str, labels: np.ndarray, samples: Mapping[str, np.ndarray], device: str
) -> dict[str, Split]:
    """Return role -> its clips on the device; labels (N,), samples as of `samples_by_role`.

    All share one copy of the clips, which stay uint8: batches alone become numbers in 0..1.
    """
    versions = read_arrays(augmented, "augmented")
    with warnings.catch_warnings():
        # On the CPU the clips stay a map of their file, of which only batches are copied.
        warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
        data = [torch.from_numpy(array).to(device) for array in (versions["clip"], versions["landmarks"], labels)]
    return {role: Split(*data, torch.from_numpy(pairs).to(device)) for role, pairs in samples.items()}


def predict_roles(
    fitted: Fitted, task: Task, splits: Mapping[str, Split]
) -> tuple[dict[str, dict[str, np.ndarray]], float | None]:
    """Return the class scores of validation and test clips by role and head, and the seconds for a test clip.

    A role without clips is left out: a tested subject may have no usable clip; the seconds are None then.
    """
    scores, seconds = {}, None
    for role in ("validation", "test"):  # the first warms up, the second is timed
        if len(splits[role]):
            started = read_clock(task.device)
            scores[role] = fitted.predict(splits[role])
            seconds = (read_clock(task.device) - started) / len(splits[role]) if role == "test" else None
            finite = all(np.isfinite(found).all() for found in scores[role].values())
            require_finite(finite, task, f"a score of the {role} clips")
    return scores, seconds


def tabulate_history(run: Mapping, fitted: Fitted) -> pd.DataFrame:
    """Return one row an epoch and split: the losses, both heads' accuracies, and whether the epoch was chosen.

    run: the columns that come first; what a model lacks is blank.
    """
    table = pd.DataFrame(fitted.history)
    scores = ("total", "accuracy", "capsule_accuracy")
    own = [name for name in table if name not in ("epoch", "split", *LOSSES, *scores)]
    table = table.reindex(columns=["epoch", "split", *LOSSES, *own, *scores])
    return table.assign(**run, chosen=(table["epoch"] == fitted.epoch).astype(int))[[*run, *table, "chosen"]]


def tabulate_predictions(
    run: dict, samples: np.ndarray, clips: Arrays, scores: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Return one row a sample: the true class, and each head's prediction with all class scores.

    run: the columns that come first, the same in all rows; samples (M, 2) of (clip, version); scores: (M, J) by
    head; the columns of a head that a model lacks are blank.
    """
    positions, versions = samples.T
    names, subjects, classes = (np.array(clips.parameters[key]) for key in ("clips", "subjects", "classes"))
    rows = {"clip": names[positions], "version": versions, "subject": subjects[positions]}
    table = pd.DataFrame(run | rows | {"true": classes[clips["label"][positions]]})
    for name, head in HEADS.items():
        score = scores.get(name)
        table[head.answer] = None if score is None else classes[score.argmax(1)]
        table[[head.scores + label for label in classes]] = np.nan if score is None else score
    return table
