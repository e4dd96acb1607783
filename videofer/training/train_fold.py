"""Runs of the study: train a model variant on folds and write what each learned and predicted."""

import logging
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch

from videofer.core.artifacts import read_arrays, read_table, write_arrays, write_json, write_table
from videofer.core.errors import UserError
from videofer.core.study import HEADS
from videofer.folds.split import samples_by_role
from videofer.models.interface import Fitted, Model, Schedule, Split, Task
from videofer.models.registry import load_model
from videofer.training.allocator import keep_freed_memory
from videofer.training.checkpoint import checkpoint_path, remove_checkpoint
from videofer.training.device import lease_device
from videofer.training.hardware import describe_hardware
from videofer.training.loop import fit_all
from videofer.training.precision import choose_precision
from videofer.training.stopwatch import Stopwatch

# The losses of history.csv, blank where a model lacks one; the other losses of a model follow them.
LOSSES = ("margin", "reconstruction", "sequence")


def train_folds(
    clips_path: str,
    augmented_path: str,
    folds_path: str,
    out: Mapping[int, Mapping[str, str]],
    resume: str,
    model: str,
    variant: str,
    seed: int,
    options: dict,
    schedule: dict,
    device: str,
    threads: int,
    code: str,
    side_by_side: int = 1,
) -> None:
    """Train folds and write weights, history.csv, predictions.csv and run.json of each to the paths in out[fold].

    options: the model's own settings; schedule: keys of `interface.Schedule`, of which precision may be "auto";
    resume: folder of the state that a killed run goes on from; side_by_side: how many networks train at once, each
    with the bytes that it would have alone. Test clips are read once, after all models are fitted. Equal runs write
    equal files but for the seconds in run.json. Raises UserError for a model or variant not known.
    """
    keep_freed_memory()
    torch.set_num_threads(threads)
    # use_deterministic_algorithms sets the same, and loads torch.compile's machinery.
    torch.set_deterministic_debug_mode("error")
    # Filling memory before its first use costs 4 % of a step and matters to code that reads what it never wrote.
    torch.utils.deterministic.fill_uninitialized_memory = False
    inputs = [clips_path, augmented_path, folds_path]
    learned = load_model(model)
    if variant not in learned.variants:
        raise UserError(
            f"variant '{variant}' of {model} is not known: choose one of {', '.join(learned.variants)}."
        )
    clips = read_arrays(clips_path, "clips")
    table = read_table(folds_path, "folds")
    names, subjects, classes = (clips.parameters[key] for key in ("clips", "subjects", "classes"))
    runs = [{"model": model, "variant": variant, "seed": seed, "fold": fold} for fold in out]
    samples = [samples_by_role(table, names, subjects, fold) for fold in out]

    with lease_device(device) as leased:
        logging.info("training on %s with %d threads", leased, threads)
        asked = Schedule(**schedule).precision
        schedule = schedule | {"precision": choose_precision(asked, leased)}
        settings = {"options": options, "schedule": schedule, "device": device, "code": code}
        states = [checkpoint_path(resume, run | settings, inputs) for run in runs]
        splits = load_splits(augmented_path, clips["label"], samples, leased)
        tasks = [
            Task(
                variant, options, len(classes), roles["train"], roles["validation"], Schedule(**schedule),
                (seed, fold), leased, state,
            )
            for fold, roles, state in zip(out, splits, states, strict=True)
        ]  # fmt: skip
        answered = fit_and_answer(learned, tasks, splits, side_by_side)
    shared = {
        "classes": classes,
        "device": leased,
        "hardware": describe_hardware(leased),
        "torch": torch.__version__,
    }
    notes = device_notes(device, leased) + precision_notes(asked, schedule["precision"])
    for run, paths, pairs, (fitted, scores, seconds) in zip(runs, out.values(), samples, answered, strict=True):
        counts = {role: len(set(pairs[role][:, 0].tolist())) for role in pairs}
        told = shared | seconds | {"clips": counts, "notes": [*notes, *fitted.notes]}
        write_run(paths, run, settings, inputs, clips, pairs, fitted, scores, told)
    for state in states:
        remove_checkpoint(state)


def write_run(
    out: Mapping[str, str],
    run: dict,
    settings: dict,
    inputs: list[str],
    clips,
    samples: dict[str, np.ndarray],
    fitted: Fitted,
    scores: dict[str, dict[str, np.ndarray]],
    told: dict,
) -> None:
    """Write one run's four files; scores: by role and head; told: what run.json says beside what was learned."""
    parameters = run | settings
    predictions = pd.concat(
        [tabulate_predictions(role, samples[role], clips, given) for role, given in scores.items()],
        ignore_index=True,
    )
    described = parameters | {"classes": told["classes"], "epoch": fitted.epoch}
    write_arrays(out["weights"], "weights", fitted.weights, described, inputs)
    write_table(out["history"], "history", with_run(tabulate_history(fitted), run), parameters, inputs)
    predictions.insert(1, "epoch", fitted.epoch)
    write_table(out["predictions"], "predictions", with_run(predictions, run), parameters, inputs)
    record = told | {"chosen_epoch": fitted.epoch, "model_parameters": fitted.parameters}
    write_json(out["run"], "run", run | record, parameters, inputs)


def fit_and_answer(
    learned: Model, tasks: Sequence[Task], splits: Sequence[Mapping[str, Split]], side_by_side: int
) -> list[tuple[Fitted, dict[str, dict[str, np.ndarray]], dict]]:
    """Learn folds, then answer the validation and test clips of each.

    Return of each fold what was learned, the class scores by role and head, and the seconds: training_seconds (of a
    resumed run, all together; of several folds, an equal part each), inference_seconds_per_clip (None without test
    clips), and in words what seconds_are.
    """
    watch = Stopwatch(tasks[0].device)
    fitted = fit_all(learned, tasks, side_by_side)
    spent = watch.lap() / len(tasks)
    return [
        (one, *answer_held_out(one, roles, one.earlier_seconds + spent, watch))
        for one, roles in zip(fitted, splits, strict=True)
    ]


def answer_held_out(
    fitted: Fitted, splits: Mapping[str, Split], trained: float, watch: Stopwatch
) -> tuple[dict[str, dict[str, np.ndarray]], dict]:
    """Return class scores by role and head of the clips held out, and the seconds, as of `fit_and_answer`."""
    scores, spent = {}, {}
    for role in ("validation", "test"):  # the first warms up, the second is timed
        if len(splits[role]):  # a tested subject may have no usable clip
            scores[role] = fitted.predict(splits[role])
            spent[role] = watch.lap() / len(splits[role])
    seconds = {"training_seconds": trained, "inference_seconds_per_clip": spent.get("test")}
    return scores, seconds | {"seconds_are": watch.describe()}


def load_splits(
    augmented_path: str, labels: np.ndarray, samples: Sequence[dict[str, np.ndarray]], device: str
) -> list[dict[str, Split]]:
    """Return of each fold role -> its clips on the device; labels (N,), samples as of `samples_by_role`.

    All share one copy of the clips, which stay uint8: batches alone become numbers in 0..1.
    """
    versions = read_arrays(augmented_path, "augmented")
    arrays = (versions["clip"], versions["landmarks"], labels)
    with warnings.catch_warnings():
        # On the processor the clips stay a map of their file, of which only batches are copied.
        warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
        data = [torch.from_numpy(array).to(device) for array in arrays]
    return [
        {role: Split(*data, torch.from_numpy(pairs).to(device)) for role, pairs in roles.items()}
        for roles in samples
    ]


def tabulate_history(fitted: Fitted) -> pd.DataFrame:
    """Return one row an epoch and split: the losses, both heads' accuracies, and whether the epoch was chosen.

    What a model lacks is blank.
    """
    table = pd.DataFrame(fitted.history)
    scores = ("total", "accuracy", "capsule_accuracy")
    own = [name for name in table if name not in ("epoch", "split", *LOSSES, *scores)]
    table = table.reindex(columns=["epoch", "split", *LOSSES, *own, *scores])
    return table.assign(chosen=(table["epoch"] == fitted.epoch).astype(int))


def tabulate_predictions(split: str, samples: np.ndarray, clips, scores: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return one row a sample: the truth, and each head's answer with all class scores.

    samples (M, 2) of (clip, version); scores: (M, J) by head; the columns of a head that is not there are blank.
    """
    positions = samples[:, 0]
    parameters = clips.parameters
    classes = np.array(parameters["classes"])
    table = pd.DataFrame(
        {
            "split": split,
            "clip": [parameters["clips"][p] for p in positions],
            "version": samples[:, 1],
            "subject": [parameters["subjects"][p] for p in positions],
            "true": classes[clips["label"][positions]],
        }
    )
    for name, head in HEADS.items():
        score = scores.get(name)
        table[head.answer] = None if score is None else classes[score.argmax(1)]
        table[[head.scores + label for label in classes]] = np.nan if score is None else score
    return table


def with_run(table: pd.DataFrame, run: dict) -> pd.DataFrame:
    """Put the columns that name the run (model, variant, seed, fold) first."""
    return pd.concat([pd.DataFrame(run, index=table.index), table], axis=1)


def device_notes(asked: str, leased: str) -> list[str]:
    """Return the fallbacks of this run that a reader of the report must know."""
    if asked == "auto" and leased == "cpu":
        return ["No GPU was found: trained on the processor."]
    return []


def precision_notes(asked: str, chosen: str) -> list[str]:
    """Return what a reader of the report must know of the precision, where a trial chose it."""
    return [f"A trial on this machine chose to compute in {chosen}."] if asked == "auto" else []
